"""One hook call in a process of its own: ``python -m fieldsvc.departments.call MODULE FD``, the referral as JSON on stdin.

Answers ``{"state", "reason", "outcome"}``, or ``{"code", "failed"}`` with the exception's kind and place. Its message stays
here: it may quote the person the referral is about.
"""

import importlib
import sys
import traceback
from typing import Any

import msgspec
import pluggy

from fieldsvc.plugin_api import hookspecs
from fieldsvc.plugin_api.markers import GROUP
from fieldsvc.plugin_api.referral import ReferralView

from .child import answer_with
from .handlers import HOOK, check


def call(name: str, referral: ReferralView) -> dict[str, Any]:
    """Import, register, call. Whatever the plugin raises, SystemExit included, comes back as ``raised``."""
    try:
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        manager.register(importlib.import_module(name))
        manager.check_pending()
        given = next(iter(getattr(manager.hook, HOOK)(referral=referral)), None)
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return {"code": "raised", "failed": f"{type(error).__name__}（{last.filename}:{last.lineno}）"}
    if wrong := check(given):
        return {"code": "rubbish", "failed": wrong}
    return {"state": given.state, "reason": given.reason, "outcome": dict(given.outcome)}


def main() -> None:
    _, name, channel = sys.argv
    told = call(name, msgspec.json.decode(sys.stdin.buffer.read(), type=ReferralView))
    try:
        answer_with(channel, msgspec.json.encode(told))
    except (TypeError, msgspec.MsgspecError):
        answer_with(channel, msgspec.json.encode({"code": "rubbish", "failed": "outcome 不能写成 JSON"}))


if __name__ == "__main__":
    main()
