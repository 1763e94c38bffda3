"""civil and programmes

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("klass", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("aid", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(length=80), nullable=True),
        sa.Column("payer", sa.String(length=80), nullable=True),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("wish", sa.Text(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_household", "plans", ["county_code", "household_id"])
    op.create_index("ix_plans_item", "plans", ["county_code", "item", "state"])
    op.create_table(
        "plan_entries",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("signed_by", sa.String(length=40), nullable=True),
        sa.Column("visit_id", sa.String(length=36), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "plan_id", "n", name=op.f("pk_plan_entries")),
    )
    op.create_table(
        "emergencies",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=True),
        sa.Column("residence", sa.String(length=12), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("stranded", sa.String(length=12), nullable=True),
        sa.Column("shelter", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.String(length=80), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("account_due_on", sa.Date(), nullable=True),
        sa.Column("account_task_id", sa.String(length=36), nullable=True),
        sa.Column("approval", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_emergencies")),
    )
    op.create_index("ix_emergencies_household", "emergencies", ["county_code", "household_id"])
    op.create_index("ix_emergencies_desk", "emergencies", ["county_code", "state", "village_code"])
    op.create_table(
        "emergency_payments",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.String(length=24), nullable=True),
        sa.Column("what", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "emergency_id", "n", name=op.f("pk_emergency_payments")),
    )
    op.create_table(
        "gifts",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=43), nullable=False),
        sa.Column("donor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.String(length=24), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=True),
        sa.Column("project", sa.String(length=80), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_gifts")),
    )
    op.create_index("uq_gifts_code", "gifts", ["county_code", "code"], unique=True)
    op.create_table(
        "gift_uses",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("gift_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("amount", sa.String(length=24), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_gift_uses")),
    )
    op.create_index("ix_gift_uses_household", "gift_uses", ["county_code", "household_id"])
    op.create_table(
        "love_bank",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_love_bank")),
    )
    op.create_index("ix_love_bank_household", "love_bank", ["county_code", "household_id"])
    op.create_table(
        "providers",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_providers")),
    )
    op.create_index("uq_providers_name", "providers", ["county_code", "name"], unique=True)
    op.create_table(
        "provider_users",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("county_code", "provider_id", "account_id", name=op.f("pk_provider_users")),
    )


def downgrade() -> None:
    tables = ("provider_users", "providers", "love_bank", "gift_uses", "gifts", "emergency_payments", "emergencies",
              "plan_entries", "plans")  # fmt: skip
    for table in tables:
        op.drop_table(table)
