"""overlaps and merges

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("old_id", sa.String(length=36), nullable=False),
        sa.Column("tbl", sa.String(length=12), nullable=False),
        sa.Column("new_id", sa.String(length=36), nullable=False),
        sa.Column("merge_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "old_id", name=op.f("pk_redirects")),
    )
    op.create_index("ix_redirects_new", "redirects", ["county_code", "new_id"])
    op.create_index("ix_redirects_ref", "redirects", ["county_code", "ref"])
    op.create_table(
        "registry_merges",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("survivor_id", sa.String(length=36), nullable=False),
        sa.Column("merged_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("moved", sa.Text(), nullable=False),
        sa.Column("own", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("split_by", sa.Integer(), nullable=True),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("split_reason", sa.Text(), nullable=True),
        sa.Column("later", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_registry_merges")),
    )
    op.create_index("ix_registry_merges_survivor", "registry_merges", ["county_code", "survivor_id"])
    op.create_index("ix_registry_merges_merged", "registry_merges", ["county_code", "merged_id"])
    op.create_table(
        "aids",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("programme", sa.String(length=80), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.String(length=24), nullable=True),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("chain_household_id", sa.String(length=36), nullable=False),
        sa.Column("chain_n", sa.Integer(), nullable=False),
        sa.Column("klass", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_aids")),
    )
    op.create_index("ix_aids_household", "aids", ["county_code", "household_id"])
    op.create_index("ix_aids_programme", "aids", ["county_code", "programme"])
    op.create_index("uq_aids_source", "aids", ["county_code", "source", "source_id", "programme", "subject_id"], unique=True)
    op.create_table(
        "overlap_overrides",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_overlap_overrides")),
    )
    op.create_index("ix_overlap_overrides_line", "overlap_overrides", ["county_code", "line_id"])


def downgrade() -> None:
    for table in ("overlap_overrides", "aids", "registry_merges", "redirects"):
        op.drop_table(table)
