"""shared needs

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_needs",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("shared_by", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("agreed_account", sa.Integer(), nullable=True),
        sa.Column("agreed_by", sa.String(length=64), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_shared_needs")),
    )
    op.create_index("ix_shared_needs_household", "shared_needs", ["county_code", "household_id"])
    op.create_index("ix_shared_needs_board", "shared_needs", ["county_code", "state", "village_code"])


def downgrade() -> None:
    op.drop_table("shared_needs")
