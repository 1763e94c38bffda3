"""Alembic environment: the core's own version table, one transaction for a whole upgrade."""

from alembic import context

from fieldsvc.kit.db import make_engine
from fieldsvc.models import metadata

VERSION_TABLE = "fieldsvc_version"


def render(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as the database's own: a migration never imports the code of its day."""
    if kind == "type":
        return {"Moment": "sa.DateTime(timezone=True)", "JsonText": "sa.Text()"}.get(type(item).__name__, False)
    return False


def run() -> None:
    engine = make_engine(context.config.get_main_option("sqlalchemy.url"))
    engine = engine.execution_options(fieldsvc_write=True)
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE,
                          render_as_batch=True, compare_type=True, render_item=render)  # fmt: skip
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
