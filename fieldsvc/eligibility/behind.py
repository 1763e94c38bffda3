"""Which stored facts stand behind a result: what its class (general or child) goes by."""

from .plan import Plan, amount_column, unless_column, verdict_column


def facts_behind(plan: Plan, *columns: str) -> frozenset[str]:
    """Every stored fact the columns may read, also through computed facts, other programmes and the proposed tier: whoever sees
    the result could infer it."""
    kept: dict[tuple[str, ...], frozenset[str]] = plan.__dict__.setdefault("_behind", {})
    if columns not in kept:
        kept[columns] = _follow(plan, columns)
    return kept[columns]


def behind_rule(plan: Plan, rule: str) -> frozenset[str]:
    """Those behind a rule's verdict, its amount, and whether it raises its alert."""
    return facts_behind(plan, verdict_column(rule), amount_column(rule), unless_column(rule))


def _follow(plan: Plan, columns: tuple[str, ...]) -> frozenset[str]:
    steps, waiting, seen = plan.by_name(), list(columns), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += steps[name].reads if name in steps else ()
    return frozenset(seen - steps.keys() - set(columns))
