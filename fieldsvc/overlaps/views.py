"""Lines as shown and as taken away."""

from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import Actor
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.policy.book import Citation

from . import queries, service
from .rules import KINDS, Line, Place


def shown(session: Session, actor: Actor, place: Place, lines: list[Line]) -> list[dict[str, Any]]:
    """A page of lines with names, clause and earlier overrides: four statements, however many lines."""
    about = {line.household_id for line in lines}, {person for line in lines for person in persons(line)}
    homes, people = queries.names(session, actor.county, *about)
    villages = region_names(session, actor.county, {line.village_code for line in lines})
    given = service.given(session, actor, lines)
    return [_shown(line, place, homes.get(line.household_id), people, villages, given.get(line.id, [])) for line in lines]


def persons(line: Line) -> list[str]:
    return [*([line.person_id] if line.person_id else []), *line.others]


def _shown(
    line: Line, place: Place, home: Any, people: dict[str, str], villages: dict[str, str], given: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": line.id, "kind": line.kind, "label": KINDS[line.kind], "household_id": line.household_id, "person_id": line.person_id,
        "household": home.name if home else "", "ref": home.ref if home else None, "person": people.get(line.person_id or "", ""),
        "others": list(line.others), "village_code": line.village_code, "village": villages.get(line.village_code),
        "programmes": [{"id": each, "title": place.title(each)} for each in line.programmes], "why": line.why,
        "clause": clause(place, line.cite), "quote": line.cite.quote if line.cite else "", "reference": line.reference,
        "alert": line.alert, "overrides": given,
    }  # fmt: skip


def clause(place: Place, cite: Citation | None) -> str:
    if cite is None:
        return ""
    document = place.book.policy.documents.get(cite.document)
    return f"{document.number or document.title} {cite.clause}" if document else cite.clause


LISTING = Listing("重复与遗漏救助", (
    Column("类别", lambda line: line["label"]), Column("村（社区）", lambda line: line["village"] or line["village_code"]),
    Column("户编号", lambda line: line["ref"]), Column("户", lambda line: line["household"]), Column("人", lambda line: line["person"]),
    Column("救助项目", lambda line: "、".join(p["title"] for p in line["programmes"])), Column("情形", lambda line: line["why"]),
    Column("依据", lambda line: line["clause"] or line["reference"]), Column("原文", lambda line: line["quote"]),
    Column("已说明的理由", lambda line: "；".join(o["reason"] for o in line["overrides"])),
))  # fmt: skip
