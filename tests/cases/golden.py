"""Golden households: one file a household, with what each place's texts make of it.

A row of ``expect`` asks one question in one place on one day: a ``programme`` (as in ``eligibility/cases.py``), a
``parameter`` (its ``value``, or ``state`` missing | out_of_period), a ``duty`` (its ``office``, "" where the text names
none) or a ``standard`` (the ``states`` of its conditions, none where the text is silent).
``points`` are numbers of the contradictions between or within the texts that the household shows.
"""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from fieldsvc.eligibility.cases import PERSON, Case, differences
from fieldsvc.eligibility.standards import standard_findings
from fieldsvc.policy.book import Found, Missing
from fieldsvc.policy.values import show

FOLDER = Path(__file__).parent / "households"
KINDS = ("programme", "parameter", "duty", "standard")
PLACE = ("jurisdiction", "on")
VARIED = ("household", "person")


@dataclass(frozen=True)
class Household:
    file: str
    points: tuple[int, ...]
    case: Case


def read_households(folder=FOLDER):
    return [_read(file) for file in sorted(folder.glob("*.toml"))]


def _read(file):
    row = tomllib.loads(file.read_text(encoding="utf-8"))
    others = {f"other{n}": facts for n, facts in enumerate(row.get("others", ()))}
    case = Case(row["name"], row["samples"], row["household"], {PERSON: row["person"], **others}, tuple(row["expect"]))
    return Household(file.name, tuple(row.get("points", ())), case)


def kind_of(row):
    (kind,) = [kind for kind in KINDS if kind in row]
    return kind


def mistakes(books, household, row):
    """What is found otherwise than the row says."""
    book = books[household.case.samples]
    if kind_of(row) == "programme":
        return differences(book, household.case, row)
    expected = {key: value for key, value in row.items() if key not in PLACE and key != kind_of(row)}
    found = _FOUND[kind_of(row)](book, row)
    return [] if found == expected else [f"expected {expected}, found {found}"]


def _parameter(book, row):
    answer = book.policy.at(row["jurisdiction"], row["parameter"], row["on"])
    if isinstance(answer, Found):
        return {"value": show(answer.value) if answer.parameter.unit != "ratio" else answer.parameter.value}
    return {"state": "missing" if isinstance(answer, Missing) else "out_of_period"}


def _duty(book, row):
    office = book.policy.office(row["jurisdiction"], row["duty"])
    return {"office": office.office if office else ""}


def _standard(book, row):
    found = standard_findings(book, row["jurisdiction"], row["on"])
    return {"states": {f.condition: f.state for f in found if f.standard == row["standard"]}}


_FOUND = {"parameter": _parameter, "duty": _duty, "standard": _standard}


def shown_points(households):
    """Points for which a household's own answers differ between places: same question, same facts, another answer."""
    shown = set()
    for household in households:
        questions = defaultdict(dict)
        for row in household.case.expect:
            if not any(key in row for key in VARIED) or _differ_by_income_only(row):
                answer = {k: v for k, v in row.items() if k not in (*PLACE, *VARIED)}
                questions[kind_of(row), row[kind_of(row)]][row["jurisdiction"]] = repr(sorted(answer.items()))
        if any(len(set(answers.values())) > 1 for answers in questions.values()):
            shown |= set(household.points)
    return shown


def _differ_by_income_only(row):
    """Standards are each place's own: an income set the same distance above each of them is the same case."""
    return "household" not in row and row.get("person", {}).keys() == {"income_month"}
