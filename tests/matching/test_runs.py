"""A department's list: previewed without touching anything, approved for a purpose, learned once, repeated without change."""

import pytest
from sqlalchemy import func, select

from fieldsvc.facts.models import DirtyHousehold, FactRow
from fieldsvc.facts.queries import known
from tests.matching.conftest import number, rows_of
from tests.matching.county import as_csv, told
from tests.support.river import COUNTY, uid

TWO = [told(姓名="王小明", 身份证号=number(2)), told(姓名="李梅", 身份证号=number(4), 学段="普通高中", 助学金="否")]


def document(site, who="a/p1"):
    with site.db.read() as session:
        return known(session, COUNTY, [uid(who)])[uid(who)].document


def count(site, model, *where):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def test_a_preview_shows_every_change_and_touches_nothing(named, deliver):
    before = count(named, FactRow)
    run = deliver(TWO)
    assert run["state"] == "previewed", run
    assert run["by_state"] == {"matched": 2} and run["counts"]["households"] == 2
    first = rows_of(named, run["id"])[0]
    assert {c["fact"]: (c["old"], c["new"], c["kind"]) for c in first["changes"]} == {
        "education_stage": (None, "compulsory", "new"), "education_grant_received": (None, True, "new"),
        "education_school": (None, "第一小学", "new")}  # fmt: skip
    assert first["id_number"] == number(2)[:6] + "********" + number(2)[-4:] and first["as_of"] == "2026-10-01"
    assert (count(named, FactRow), count(named, DirtyHousehold)) == (before, 0)


def test_an_approved_run_is_learned_with_its_source_and_day(named, deliver, approve):
    run = approve(deliver(TWO)["id"])
    assert (run["state"], run["by_outcome"], run["purpose"]) == ("applied", {"applied": 2}, "低收入人口动态监测")
    value, as_of, kind, source, _ = document(named)["education_stage"]
    assert (value, kind, source) == ("compulsory", "department", run["id"])
    assert as_of.startswith("2026-10-01T15:59:59")


def test_the_same_file_again_changes_nothing(named, deliver, approve):
    approve(deliver(TWO)["id"])
    before = count(named, FactRow), document(named)
    again = deliver(TWO)
    assert (again["counts"]["changes"], again["counts"]["households"]) == (0, 0)
    done = approve(again["id"])
    assert done["by_outcome"] == {"unchanged": 2}
    assert (count(named, FactRow), document(named)) == before


def test_while_nobody_has_decided_the_same_bytes_are_the_same_run(deliver):
    assert deliver(TWO)["id"] == deliver(TWO)["id"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_an_office_sends(named, post_list, deliver, encoding):
    assert deliver(None, data=as_csv(TWO, encoding))["by_state"] == {"matched": 2}
