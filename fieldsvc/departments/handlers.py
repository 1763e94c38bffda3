"""Handing a referral (转办) to its department's plugin: one call, one process, one time limit."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from fieldsvc.plugin_api import referral as shapes
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

from .child import ChildFailed, ask
from .discover import Plugin

SECONDS = 10.0
HOOK = "fieldsvc_deliver_referral"
Handler = Callable[[ReferralView], ReferralAnswer]


class HandlerFailed(Exception):
    """The plugin gave no usable answer; ``code``: hangs, exits, raised, rubbish. Its text holds nobody's data."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def handler_of(plugin: Plugin, seconds: float = SECONDS) -> Handler | None:
    """A function of the view; None when the department answers by hand. Facts travel as JSON (money as text)."""
    if HOOK not in plugin.hooks:
        return None

    def deliver(referral: ReferralView) -> ReferralAnswer:
        try:
            text = ask("fieldsvc.departments.call", [plugin.module], msgspec.json.encode(referral), seconds)
        except ChildFailed as failed:
            raise HandlerFailed(failed.code, str(failed)) from failed
        return read(msgspec.json.decode(text))

    return deliver


def read(told: dict[str, Any]) -> ReferralAnswer:
    """The child's answer, or why it is none."""
    if "failed" in told:
        raise HandlerFailed(told["code"], told["failed"])
    return ReferralAnswer(**told)


def check(given: Any) -> str:
    """What is wrong with a hook's return value, in Chinese; empty when nothing is."""
    if not isinstance(given, ReferralAnswer):
        return f"返回了 {type(given).__name__}，应返回 ReferralAnswer"
    if given.state not in get_args(shapes.Answer):
        return f"state 应为 {'、'.join(get_args(shapes.Answer))} 之一"
    if not isinstance(given.reason, str) or (given.state == "returned" and not given.reason.strip()):
        return "退回必须写明 reason"
    return "" if isinstance(given.outcome, Mapping) else "outcome 应为字典"
