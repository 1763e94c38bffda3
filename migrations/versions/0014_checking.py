"""checking of a family's economic status

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import JsonText, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_authorisations",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("scope", JsonText(), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_check_authorisations")),
    )
    op.create_index(
        "ix_check_authorisations_person", "check_authorisations", ["county_code", "person_id"], unique=False
    )
    op.create_index(
        "ix_check_authorisations_household", "check_authorisations", ["county_code", "household_id"], unique=False
    )
    op.create_table(
        "checks",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("authorisation_id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=True),
        sa.Column("referral_id", sa.String(length=36), nullable=True),
        sa.Column("department", sa.String(length=32), nullable=True),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kinds", JsonText(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("platform_title", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("report_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_due", "checks", ["county_code", "state", "next_at"], unique=False)
    op.create_index("ix_checks_household", "checks", ["county_code", "household_id"], unique=False)
    op.create_index("ix_checks_person", "checks", ["county_code", "person_id"], unique=False)
    op.create_index("ix_checks_desk", "checks", ["county_code", "requested_at"], unique=False)
    op.create_table(
        "check_choices",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("check_id", sa.String(length=36), nullable=False),
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("taken", sa.String(length=12), nullable=False),
        sa.Column("between", JsonText(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "check_id", "fact", name=op.f("pk_check_choices")),
    )


def downgrade() -> None:
    for table in ("check_choices", "checks", "check_authorisations"):
        op.drop_table(table)
