"""Is this deployment ready to serve, and if not, what is missing."""

from collections.abc import Iterator
from functools import lru_cache

from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.site import Site
from fieldsvc.migrate import config

from . import keys, queries

MENDS = {
    "database": "数据库无法连接。请检查 FIELDSVC_DATABASE_URL 和数据库服务。",
    "migrations": "数据库结构不是最新。请运行 fieldsvc migrate。",
    "counter": "本县尚未建立。请运行 fieldsvc migrate。",
    "keys": "数据目录中的密钥不是本县数据所用的密钥。请检查 FIELDSVC_HOME，恢复原来的 keys.json。",
    "forms": "还没有已发布的表单。请运行 fieldsvc migrate 或 fieldsvc form publish。",
}


def missing(site: Site) -> list[str]:
    """Names of what is missing (keys of ``MENDS``), most basic first; empty when ready."""
    try:
        with site.db.read() as session:
            return list(_missing(session, site))
    except (Problem, SQLAlchemyError):
        return ["database"]


def _missing(session: Session, site: Site) -> Iterator[str]:
    try:
        at = queries.revision(session)
    except SQLAlchemyError:
        session.rollback()
        at = None
    if at != head(site.settings.database_url):
        yield "migrations"
        return
    if queries.counter(session, site.county) is None:
        yield "counter"
    if not keys.fit(session, site.vault, site.county):
        yield "keys"
    if not queries.published(session, site.county):
        yield "forms"


@lru_cache(maxsize=2)
def head(url: str) -> str | None:
    """The newest migration this program knows."""
    return ScriptDirectory.from_config(config(url)).get_current_head()
