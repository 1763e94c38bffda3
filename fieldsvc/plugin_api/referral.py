"""What a referral handler sees and what it answers (转办). Handlers run in the worker, under a time limit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Answer = Literal["queued", "accepted", "returned", "done"]


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A referral as its department may see it: no identifier numbers, only what the matter needs."""

    id: str
    duty: str
    programme: str | None
    household_id: str
    person_id: str | None
    person_name: str
    village_code: str
    summary: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReferralAnswer:
    """``queued``: an officer will answer; ``returned`` needs ``reason``; ``done`` may carry ``outcome`` for the aid chain."""

    state: Answer
    reason: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
