"""keyrings

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keyrings",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("word_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("word_index", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", name=op.f("pk_keyrings")),
    )


def downgrade() -> None:
    op.drop_table("keyrings")
