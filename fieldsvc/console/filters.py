"""How times, numbers and coded values read on a page."""

from datetime import date, datetime, timedelta
from typing import Any

import flask
from flask_babel import get_locale, gettext

from fieldsvc.accounts.rules import ROLES
from fieldsvc.aidchain.models import Aid
from fieldsvc.deadlines.views import Running
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text

from .links import linked


def install(app: flask.Flask) -> None:
    app.jinja_env.filters.update(
        moment=moment, day=day, since=since, lasting=lasting, span=span, masked=masked_text, due=due,
        translated=lambda text: gettext(text), role=_role, received=received,
    )  # fmt: skip
    app.jinja_env.globals.update(query=with_query, linked=linked)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _role(code: str) -> str:
    return gettext(ROLES.get(code, code))


def moment(at: datetime | str | None) -> str:
    """Date and minute in China."""
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return clock.aware(at).astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M") if at else "—"


def day(on: date | str | None) -> str:
    return (on if isinstance(on, str) else on.isoformat()) if on else "—"


def received(aid: Aid) -> str:
    """From when to when aid is had; the last day is the one before ``ends``."""
    if aid.ends is None:
        return gettext("%(from)s 起", **{"from": day(aid.starts)})
    last = aid.ends - timedelta(days=1)
    if last == aid.starts:
        return gettext("%(day)s 一次给付", day=day(last))
    return gettext("%(from)s 起，至 %(day)s 止", **{"from": day(aid.starts), "day": day(last)})


def due(one: Running) -> str:
    """When a clock runs out: as people say it in Chinese, elsewhere day and minute."""
    if one.due_at is None or str(get_locale()).startswith("zh"):
        return gettext(one.due_text)
    return moment(one.due_at) + (gettext("（暂定）") if one.provisional else "")


def since(at: datetime | None) -> str:
    """How long ago, in the largest unit that says something."""
    if at is None:
        return "—"
    minutes = max(0, int((clock.now() - clock.aware(at)).total_seconds() // 60))
    if minutes < 60:
        return gettext("%(n)s 分钟前", n=minutes)
    return gettext("%(n)s 小时前", n=minutes // 60) if minutes < 48 * 60 else gettext("%(n)s 天前", n=minutes // 1440)


def lasting(time: timedelta) -> str:
    """A length of time, with two units where it is short: 还剩 5 小时 20 分."""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 24 * 60:
        return gettext("还剩 %(h)s 小时 %(m)s 分", h=minutes // 60, m=minutes % 60)
    return gettext("还剩 %(d)s 天", d=minutes // 1440)


def span(time: timedelta) -> str:
    """A length of time alone: 5 小时 20 分."""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 72 * 60:
        return gettext("%(h)s 小时 %(m)s 分", h=minutes // 60, m=minutes % 60)
    return gettext("%(d)s 天", d=minutes // 1440)


def with_query(**changed: Any) -> str:
    """This page's address with some of its query changed; a value of None is left out."""
    kept = {name: value for name, value in flask.request.args.items() if name not in changed}
    kept |= {name: value for name, value in changed.items() if value is not None}
    here = flask.request.view_args or {}
    return flask.url_for(str(flask.request.endpoint), **here, **kept)
