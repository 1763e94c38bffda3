"""Whether phones and server hold the same, and whether every visit written is held somewhere."""

from __future__ import annotations

import json
from typing import Any

Rows = dict[str, list[dict[str, Any]]]


def compare(name: str, mine: Rows, theirs: Rows) -> list[str]:
    """One sentence for each record or column in which phone ``name`` differs from what it should hold."""
    return [sentence for table in theirs for sentence in compare_table(f"{name}: {table}", mine[table], theirs[table])]


def compare_table(name: str, mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    here, there = ({row["id"]: row for row in rows} for rows in (mine, theirs))
    lacks = [f"{name} lacks {id}" for id in there.keys() - here.keys()]
    extra = [f"{name} still holds {here[id]}" for id in here.keys() - there.keys()]
    both = here.keys() & there.keys()
    return (
        lacks + extra + [f"{name} {id} differs: {columns}" for id in both if (columns := uneven(here[id], there[id]))]
    )


def uneven(here: dict[str, Any], there: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (here[name], there[name]) for name in here if here[name] != there[name]}


def lost_visits(held: dict[str, dict[str, Any]], written: dict[str, set[str]]) -> list[str]:
    """``held``: visits on the server by id. ``written``: the answer sets ever given to each id (``same_text``)."""
    lost = [f"visit {id} is with no worker" for id in written if id not in held]
    answers = {id: same_text(json.loads(row["answers"])) for id, row in held.items() if id in written}
    return lost + [f"visit {id}: nobody wrote {text}" for id, text in answers.items() if text not in written[id]]


def same_text(answers: dict[str, Any]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True)


def verdicts(answer: dict[str, Any]) -> dict[str, str]:
    return {verdict["id"]: verdict["verdict"] for verdict in answer["verdicts"]}


def pulled(answer: dict[str, Any]) -> int:
    """Records received in a sync, all pages."""
    return sum(sum(map(sum, page["pulled"].values())) for page in answer["rounds"])


def agrees(world: Any, phone: Any, except_for: str = "nothing") -> None:
    """The phone holds what a new phone of the same worker would get, and WatermelonDB had nothing to complain of."""
    fresh = world.phone(phone.worker)
    assert compare("phone", phone.dump(), fresh.dump()) == []
    assert [line for line in phone.diagnostics() + fresh.diagnostics() if except_for not in line] == []
