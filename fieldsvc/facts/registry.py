"""What the registry itself knows, as facts: read from its rows, so that rules need not know the registry."""

from typing import Any


def household_facts(household: Any) -> dict[str, Any]:
    return {"area": household.area}


def person_facts(person: Any, household: Any) -> dict[str, Any]:
    """A person's own recognised tier goes before the household's. What the registry leaves empty is unknown, not 'none'."""
    born = person.birth_date.isoformat() if person.birth_date else None
    return {"birth_date": born, "sex": person.sex, "recognised_tier": person.tier or household.tier}


def changed(told: dict[str, list[Any]], facts: dict[str, Any]) -> dict[str, tuple[Any, int]]:
    """``{name: (value, revision)}`` of what differs from what was last told (``{name: [value, revision]}``).

    Taking a value back (None) or changing it is the next revision of what the registry says.
    """
    found = {}
    for name, value in facts.items():
        last, revision = told.get(name, [None, 0])
        if value != last:
            found[name] = (value, revision + 1)
    return found
