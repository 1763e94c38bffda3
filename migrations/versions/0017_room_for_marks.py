"""room for marks

A mark is written anew with every visit of its household. With half of each page free, PostgreSQL puts the new row beside the
old one and need not touch the indexes.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE dirty_households SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE dirty_households RESET (fillfactor)")
