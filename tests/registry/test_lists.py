"""Lists from outside. A department's that was matched to somebody who is merged away before it is applied is learned of the survivor."""


from fieldsvc.households.importer import import_roster
from fieldsvc.households.models import Household
from fieldsvc.households.report import REFUSED
from fieldsvc.households.roster import read_roster
from fieldsvc.matching import apply
from fieldsvc.matching.rules import GONE
from fieldsvc.registry.homes import merge_households
from fieldsvc.registry.people import merge_persons
from fieldsvc.registry.service import split
from tests.households.test_import import csv_file, line
from tests.support.river import COUNTY, uid


def test_a_row_matched_before_the_merge_is_of_the_survivor(visited, care, monkeypatch):
    from types import SimpleNamespace

    with visited.db.write() as session:
        merge_persons(session, care, uid("a/p1"), uid("b/p1"), "同一人")
    row = SimpleNamespace(person_id=uid("b/p1"), household_id=uid("b"), outcome=None)
    monkeypatch.setattr(apply, "feed_of", lambda *_: None)
    monkeypatch.setattr(apply, "_planned", lambda *_: [])
    with visited.db.write() as session:
        apply.record_rows(session, None, SimpleNamespace(county_code=COUNTY), [row])
    assert (row.person_id, row.household_id) == (uid("a/p1"), uid("a")) and row.outcome != GONE


def test_a_roster_does_not_bring_a_merged_household_back(visited, care):
    for name in ("a", "b"):
        with visited.db.write() as session:
            session.get(Household, (COUNTY, uid(name))).ref = name.upper()
    with visited.db.write() as session:
        done = merge_households(session, care, uid("a"), uid("b"), "同一户")
    assert [(r.status, "已并入“A”" in r.reason) for r in imported(visited)] == [(REFUSED, True)]
    with visited.db.write() as session:
        split(session, care, done.id, "两户")
    assert [r.status for r in imported(visited)] != [REFUSED]


def imported(site):
    rows = [line("B", "b户", 户主="b户")]
    with site.db.write() as session:
        return import_roster(session, site.vault, COUNTY, read_roster(csv_file(rows))).rows
