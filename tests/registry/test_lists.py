"""A department's list that was matched to somebody who is merged away before it is applied is learned of the survivor."""


from fieldsvc.matching import apply
from fieldsvc.matching.rules import GONE
from fieldsvc.registry.people import merge_persons
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
