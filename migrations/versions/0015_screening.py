"""alerts by subject: what a screening asks of them must not grow with the county

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_alerts_subject", "alerts", ["county_code", "subject_id"])


def downgrade() -> None:
    op.drop_index("ix_alerts_subject", "alerts")
