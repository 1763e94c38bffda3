"""How long steps took (办理用时): answered in time and late, and the median days by step and month. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from statistics import median
from typing import Any

from fieldsvc.kit.clock import CHINA, aware

from .rules import KINDS

DAY = 86_400


def first_day(today: date, months: int) -> datetime:
    """When the month began with which ``months`` months, this one included, begin."""
    month = today.year * 12 + today.month - months
    return datetime.combine(date(month // 12, month % 12 + 1, 1), time(), CHINA)


def by_step(counts: Mapping[str, Mapping[str, int]], durations: Iterable[tuple[str, datetime, datetime]]) -> list[dict[str, Any]]:
    """One row for each step in the order of the work, months of China's calendar in theirs."""
    took: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for kind, began, met in durations:
        took[kind][f"{aware(met).astimezone(CHINA):%Y-%m}"].append((aware(met) - aware(began)).total_seconds())
    return [
        {"kind": kind, "label": label, **counts[kind], "months": [_month(name, took[kind][name]) for name in sorted(took[kind])]}
        for kind, label in KINDS.items() if kind in counts
    ]  # fmt: skip


def _month(name: str, seconds: list[float]) -> dict[str, Any]:
    """``median_days`` as text with one decimal: answers are no place for a float."""
    return {"month": name, "answered": len(seconds), "median_days": f"{median(seconds) / DAY:.1f}"}
