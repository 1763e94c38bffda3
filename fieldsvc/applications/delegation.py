"""审批权下放 (昌乐 二(二)15): whether the township confirms by itself, or the county does after the township's review."""

from fieldsvc.accounts.rules import TOWNSHIP, Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.policy.book import Found, PolicyBook

DELEGATED = "approval_delegated"


def delegated(policy: PolicyBook, jurisdiction: str) -> bool | None:
    """None where nobody has set it: then whoever has the region decides."""
    found = policy.at(jurisdiction, DELEGATED, clock.today())
    return bool(found.value) if isinstance(found, Found) else None


def refuse_undelegated(policy: PolicyBook, jurisdiction: str, actor: Actor) -> None:
    """Problem 409 ``approval-at-county``."""
    if actor.role == TOWNSHIP and delegated(policy, jurisdiction) is False:
        raise Problem(409, "approval-at-county", "本地区的审批权没有下放到镇（街道），请在审核后由县（市）民政部门确认。")
