"""money for care

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "care_money",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.String(length=16), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_care_money")),
    )
    op.create_index("ix_care_money_day", "care_money", ["county_code", "on_date"])


def downgrade() -> None:
    op.drop_table("care_money")
