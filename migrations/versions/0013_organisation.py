"""the one door, the organisation, supervision

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from fieldsvc.kit.columns import JsonText, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "item", "region", name=op.f("pk_openings")),
    )
    op.create_table(
        "item_cards",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("in_one_go", sa.Boolean(), nullable=False),
        sa.Column("proofs", JsonText(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "item", name=op.f("pk_item_cards")),
    )
    op.create_table(
        "account_removals",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_account_removals")),
    )
    op.create_index("ix_account_removals_account", "account_removals", ["county_code", "account_id"], unique=False)
    op.create_table(
        "joint_matters",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("meeting_id", sa.String(length=36), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_joint_matters")),
    )
    op.create_index("ix_joint_matters_region", "joint_matters", ["county_code", "region"], unique=False)
    op.create_table(
        "joint_meetings",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("members", JsonText(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_joint_meetings")),
    )
    op.create_index("ix_joint_meetings_day", "joint_meetings", ["county_code", "held_on"], unique=False)
    op.create_table(
        "joint_tasks",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("meeting_id", sa.String(length=36), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("done_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_joint_tasks")),
    )
    op.create_index("ix_joint_tasks_meeting", "joint_tasks", ["county_code", "meeting_id"], unique=False)
    op.create_table(
        "measures",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_measures")),
    )
    op.create_index("ix_measures_name", "measures", ["county_code", "name", "region", "on_date"], unique=False)
    op.create_table(
        "draws",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("tier", sa.String(length=24), nullable=True),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_draws")),
    )
    op.create_index("ix_draws_at", "draws", ["county_code", "at"], unique=False)
    op.create_table(
        "drawn_cases",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("draw_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "draw_id", "household_id", name=op.f("pk_drawn_cases")),
    )
    op.create_index("ix_drawn_cases_household", "drawn_cases", ["county_code", "household_id"], unique=False)


def downgrade() -> None:
    for table in (
        "drawn_cases", "draws", "measures", "joint_tasks", "joint_meetings", "joint_matters", "account_removals", "item_cards", "openings",
    ):
        op.drop_table(table)
