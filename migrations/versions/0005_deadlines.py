"""deadlines

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RUNNING = "met_at IS NULL"
UNTOLD = "escalated_at IS NULL AND (met_at IS NULL OR met_at > due_at)"
UNSURE = "met_at IS NULL AND escalated_at IS NULL AND (provisional OR due_at IS NULL)"


def upgrade() -> None:
    op.create_table(
        "deadlines",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("klass", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("variant", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_deadlines")),
    )
    op.create_index("ix_deadlines_subject", "deadlines", ["county_code", "subject_id"])
    op.create_index("ix_deadlines_household", "deadlines", ["county_code", "household_id"])
    _partial("uq_deadlines_running", ["county_code", "subject_id", "kind"], RUNNING, unique=True)
    _partial("ix_deadlines_due", ["county_code", "due_at"], RUNNING)
    _partial("ix_deadlines_untold", ["county_code", "due_at"], UNTOLD)
    _partial("ix_deadlines_unsure", ["county_code", "computed_on"], UNSURE)


def _partial(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    as_number = sa.text(where.replace("provisional", "provisional = 1"))
    op.create_index(name, "deadlines", columns, unique=unique, postgresql_where=sa.text(where), sqlite_where=as_number)


def downgrade() -> None:
    op.drop_table("deadlines")
