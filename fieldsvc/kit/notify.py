"""What later stages want to hear from earlier ones. The application, the worker and the command line register them once
at their start; the registry calls them without knowing who listens (imports point upstream)."""

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

# (table, record id, household id, sensitivity class)
Belonging = tuple[str, str, str, str]
Changed = Callable[[Session, str, set[str]], None]
Collector = Callable[[Session, str, list[str]], Iterable[Belonging]]

_changed: list[Changed] = []
_moved: list[Changed] = []
_collectors: list[Collector] = []


def on_household_changed(listener: Changed) -> None:
    """``listener(session, county, household ids)`` runs in the transaction of every registry write."""
    if listener not in _changed:
        _changed.append(listener)


def household_changed(session: Session, county: str, household_ids: Iterable[str]) -> None:
    """Tell that the registry knows something new of these households."""
    ids = set(household_ids)
    for listener in _changed if ids else ():
        listener(session, county, ids)


def on_household_moved(listener: Changed) -> None:
    """``listener(session, county, household ids)`` runs in the transaction that gives households another village, or a record
    another household; after ``household_changed``."""
    if listener not in _moved:
        _moved.append(listener)


def household_moved(session: Session, county: str, household_ids: Iterable[str]) -> None:
    ids = set(household_ids)
    for listener in _moved if ids else ():
        listener(session, county, ids)


def on_collect_belongings(collector: Collector) -> None:
    """``collector(session, county, household ids)`` names every record of its feature that belongs to them."""
    if collector not in _collectors:
        _collectors.append(collector)


def belongings(session: Session, county: str, household_ids: list[str]) -> list[Belonging]:
    """What later features hold of these households: what a worker must receive when a household is given."""
    return [record for collector in _collectors for record in collector(session, county, household_ids)]


Adopt = Callable[[Session, str, set[str]], None]
_adopters: list[Adopt] = []


def on_strays(adopter: Adopt) -> None:
    """``adopter(session, county, household ids)`` is told of marked households that are not there: what a push stored under
    them while they were merged away is to follow."""
    if adopter not in _adopters:
        _adopters.append(adopter)


def adopt_strays(session: Session, county: str, household_ids: Iterable[str]) -> None:
    ids = set(household_ids)
    for adopter in _adopters if ids else ():
        adopter(session, county, ids)
