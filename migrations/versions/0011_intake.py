"""intake

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=16), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        sa.Column("about_name", sa.String(length=64), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("responded_at", Moment(), nullable=True),
        sa.Column("reviewed_at", Moment(), nullable=True),
        sa.Column("task_id", sa.String(length=36), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_desk", "reports", ["county_code", "state", "village_code"])
    op.create_index("ix_reports_household", "reports", ["county_code", "household_id"])
    op.create_index("uq_reports_source", "reports", ["county_code", "source", "source_id"], unique=True)


def downgrade() -> None:
    op.drop_table("reports")
