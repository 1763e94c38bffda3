"""console

Revision ID: 0009
Revises: 0008
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DESK = ["county_code", "status", "village_code", "klass", "severity", "kind", "duty", "assignee_id", "finder_id", "found_by",
        "opened_at", "id"]  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_saved_filters")),
    )
    op.create_index(
        "uq_saved_filters_name", "saved_filters", ["county_code", "account_id", "page", "name"], unique=True
    )
    op.create_table(
        "conferences",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("invited", sa.Text(), nullable=False),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_by", sa.Integer(), nullable=True),
        sa.Column("result_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_conferences")),
    )
    op.create_index("ix_conferences_case", "conferences", ["county_code", "emergency_id"])
    op.create_table(
        "reserve_entries",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("township_code", sa.String(length=12), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.String(length=24), nullable=False),
        sa.Column("balance", sa.String(length=24), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "township_code", "n", name=op.f("pk_reserve_entries")),
    )
    with op.batch_alter_table("disposals") as table:
        table.add_column(sa.Column("undoes", sa.String(length=36), nullable=True))
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("found_by", sa.String(length=120), nullable=False, server_default=""))
        table.add_column(sa.Column("finder_id", sa.Integer(), nullable=True))
        table.drop_index("ix_alerts_desk")
        table.create_index("ix_alerts_desk", DESK)
    _name_the_finders()


def _name_the_finders() -> None:
    """Alerts that stand already get what is now noted when they are raised."""
    bind = op.get_bind()
    texts = {"county_code": sa.String, "id": sa.String}
    alerts = sa.table("alerts", *(sa.column(n, t) for n, t in (
        texts | {"channels": sa.Text, "found_by": sa.String, "finder_id": sa.Integer}).items()))  # fmt: skip
    visits = sa.table("visits", *(sa.column(n, t) for n, t in (texts | {"author_id": sa.Integer}).items()))
    for county, alert, told in bind.execute(sa.select(alerts.c.county_code, alerts.c.id, alerts.c.channels)).all():
        channels = json.loads(told or "[]")
        source = next((each.get("source") for each in channels if each["channel"] == "visit"), None)
        author = sa.select(visits.c.author_id).where(visits.c.county_code == county, visits.c.id == source)
        found = {"found_by": " ".join(sorted(each["channel"] for each in channels)),
                 "finder_id": bind.scalar(author) if source else None}  # fmt: skip
        bind.execute(alerts.update().where(alerts.c.county_code == county, alerts.c.id == alert).values(**found))


def downgrade() -> None:
    with op.batch_alter_table("alerts") as table:
        table.drop_index("ix_alerts_desk")
        table.create_index("ix_alerts_desk", ["county_code", "status", "village_code"])
        table.drop_column("finder_id")
        table.drop_column("found_by")
    with op.batch_alter_table("disposals") as table:
        table.drop_column("undoes")
    for table in ("reserve_entries", "conferences", "saved_filters"):
        op.drop_table(table)
