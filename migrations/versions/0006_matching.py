"""matching

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matching_answers",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("who", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "who", "person_id", name=op.f("pk_matching_answers")),
    )
    op.create_table(
        "matching_asks",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "task_id", name=op.f("pk_matching_asks")),
    )
    with op.batch_alter_table("matching_asks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_matching_asks_open",
            ["county_code", "household_id"],
            unique=False,
            sqlite_where=sa.text("open"),
            postgresql_where=sa.text("open"),
        )
        batch_op.create_index("ix_matching_asks_row", ["county_code", "run_id", "n"], unique=False)

    op.create_table(
        "matching_files",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("piece_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "run_id", "n", name=op.f("pk_matching_files")),
    )
    op.create_table(
        "matching_rows",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("klass", sa.String(length=12), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("birth", sa.String(length=10), nullable=True),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("who", sa.LargeBinary(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("settlement", sa.String(length=12), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_note", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "run_id", "n", name=op.f("pk_matching_rows")),
    )
    with op.batch_alter_table("matching_rows", schema=None) as batch_op:
        batch_op.create_index("ix_matching_rows_state", ["county_code", "run_id", "state", "n"], unique=False)

    op.create_table(
        "matching_runs",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("klass", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("file_bytes", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("newest", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_matching_runs")),
    )
    with op.batch_alter_table("matching_runs", schema=None) as batch_op:
        batch_op.create_index("ix_matching_runs_feed", ["county_code", "feed_id", "asked_at"], unique=False)
        batch_op.create_index("ix_matching_runs_state", ["county_code", "state"], unique=False)

    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.create_index("ix_persons_birth", ["county_code", "birth_date"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.drop_index("ix_persons_birth")

    with op.batch_alter_table("matching_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_matching_runs_state")
        batch_op.drop_index("ix_matching_runs_feed")

    op.drop_table("matching_runs")
    with op.batch_alter_table("matching_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_matching_rows_state")

    op.drop_table("matching_rows")
    op.drop_table("matching_files")
    with op.batch_alter_table("matching_asks", schema=None) as batch_op:
        batch_op.drop_index("ix_matching_asks_row")
        batch_op.drop_index("ix_matching_asks_open", sqlite_where=sa.text("open"), postgresql_where=sa.text("open"))

    op.drop_table("matching_asks")
    op.drop_table("matching_answers")
