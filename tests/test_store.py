"""The store itself: migrations match the models, county first in every key, transactions behave on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from fieldsvc.models import metadata


def test_migrations_match_the_models(db):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "fieldsvc_version", "compare_type": False})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("table", metadata.tables.values(), ids=str)
def test_county_leads_every_key_and_unique_constraint(table):
    assert next(iter(table.primary_key.columns)).name == "county_code"
    for index in table.indexes:
        assert next(iter(index.columns)).name == "county_code", index.name


def test_feed_page_is_read_from_one_index(db):
    assert inspect(db.engine).get_pk_constraint("feed")["constrained_columns"] == ["county_code", "scope", "seq"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_feed_key_carries_the_whole_change(db):
    options = inspect(db.engine).get_pk_constraint("feed")["dialect_options"]
    assert options["postgresql_include"] == ["tbl", "op", "record_id", "household_id"]
