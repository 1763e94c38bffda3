"""honesty and publicity

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import Moment, Yuan

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "breaches",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("owed", Yuan(), nullable=False),
        sa.Column("goods", sa.Text(), nullable=True),
        sa.Column("paid", Yuan(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found_by", sa.Integer(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("listed_at", Moment(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_breaches")),
    )
    op.create_index("ix_breaches_household", "breaches", ["county_code", "household_id"], unique=False)
    op.create_index("ix_breaches_state", "breaches", ["county_code", "state", "village_code"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("about_n", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_household", "corrections", ["county_code", "household_id"], unique=False)
    op.create_table(
        "kin",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("relation", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "account_id", "household_id", name=op.f("pk_kin")),
    )
    op.create_table(
        "notices",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("decided", sa.String(length=40), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("posted_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_desk", "notices", ["county_code", "state", "village_code"], unique=False)
    op.create_index("uq_notices_application", "notices", ["county_code", "application_id", "round"], unique=True)
    op.create_table(
        "objections",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(length=64), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_objections")),
    )
    op.create_index("ix_objections_notice", "objections", ["county_code", "notice_id"], unique=False)
    op.create_table(
        "promises",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_household", "promises", ["county_code", "household_id"], unique=False)


def downgrade() -> None:
    for table in ("objections", "notices", "corrections", "kin", "breaches", "promises"):
        op.drop_table(table)
