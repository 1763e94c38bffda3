"""One day in the township: each step told, checked and timed. A step that comes out wrong ends the day, by name."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .client import Client
from .errands import Errand
from .phone import Phone
from .stage import HOST, Stage
from .telling import Teller

WAIT_SECONDS = 30.0


class WentWrong(Exception):
    """A step did not come out as it must; the text says what."""


def check(right: object, text: str) -> None:
    if not right:
        raise WentWrong(text)


def drained(left: Callable[[], int], text: str) -> None:
    """Wait until nothing is left; ``WentWrong`` when for ``WAIT_SECONDS`` it does not become less."""
    least, ends = left(), time.monotonic() + WAIT_SECONDS
    while least:
        check(time.monotonic() < ends, f"{WAIT_SECONDS:g} 秒内{text}")
        time.sleep(0.02)
        if (now := left()) < least:
            least, ends = now, time.monotonic() + WAIT_SECONDS


@dataclass
class Day:
    """What the steps hand on to each other. ``alerts`` = {(rule, subject id): alert}; ``referrals`` by rule."""

    stage: Stage
    tell: Teller
    phones: dict[str, Phone] = field(default_factory=dict)
    desks: dict[str, Client] = field(default_factory=dict)
    errands: list[Errand] = field(default_factory=list)
    stories: dict[str, Errand] = field(default_factory=dict)
    alerts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    referrals: dict[str, dict[str, Any]] = field(default_factory=dict)

    def desk(self, username: str) -> Client:
        if username not in self.desks:
            self.desks[username] = Client(HOST, self.stage.port, username, self.stage.password)
        return self.desks[username]

    def raised(self, story: str, rule: str) -> dict[str, Any]:
        """The alert of a rule that a story's visit raised."""
        (subject,) = (subject for name, subject in self.stories[story].raises if name == rule)
        return self.alerts[rule, subject]

    def hang_up(self) -> None:
        for client in (*self.phones.values(), *self.desks.values()):
            client.close()


@dataclass(frozen=True)
class Step:
    zh: str
    en: str
    act: Callable[[Day], None]


@dataclass(frozen=True)
class Failure:
    """The step that went wrong and why; ``cause`` when it was no check of ours that failed."""

    number: int
    step: Step
    reason: str
    cause: Exception | None = None


def play(day: Day, steps: tuple[Step, ...]) -> Failure | None:
    """Play the steps in order; None when every one came out right."""
    try:
        for number, step in enumerate(steps, 1):
            day.tell.head(number, step.zh, step.en)
            began = time.monotonic()
            try:
                step.act(day)
            except WentWrong as wrong:
                return Failure(number, step, str(wrong))
            except Exception as error:
                return Failure(number, step, f"{type(error).__name__}: {error}", error)
            day.tell.took(time.monotonic() - began)
    finally:
        day.hang_up()
    return None
