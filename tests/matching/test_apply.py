"""An approved run is written down to its end, also when it is killed between; what a list contradicts is kept and shown."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from fieldsvc.alerts.models import Alert
from fieldsvc.facts import queries as facts
from fieldsvc.facts.models import FactRow
from fieldsvc.facts.rules import contradictions
from fieldsvc.facts.service import record
from fieldsvc.households.models import Person
from fieldsvc.matching import apply as applying
from fieldsvc.matching import preview as previewing
from fieldsvc.matching import service
from fieldsvc.matching.apply import apply
from tests.matching.conftest import OFFICER, number, rows_of, show
from tests.matching.county import as_csv, made, register, told
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid, visit

ONE = [told(姓名="王小明", 身份证号=number(2))]


def said_before(site, value, at, kind="visit", fact="education_stage"):
    with site.db.write() as session:
        record(session, COUNTY, uid("a"), uid("a/p1"), {fact: value}, as_of=at, source_kind=kind, source_id="earlier",
               declared=departments().vocabulary.facts)  # fmt: skip


def document(site):
    with site.db.read() as session:
        return facts.known(session, COUNTY, [uid("a/p1")])[uid("a/p1")].document


def change(site, run):
    (row,) = rows_of(site, run["id"])
    return next(c for c in row["changes"] if c["fact"] == "education_stage")


def test_an_older_visit_gives_way_to_the_list(named, deliver, approve):
    said_before(named, "senior", datetime(2026, 9, 30, tzinfo=UTC))
    run = deliver(ONE)
    found = change(named, run)
    assert (found["kind"], found["old_shown"], found["new_shown"], found["old_source"]) == (
        "changed",
        "普通高中",
        "义务教育",
        "visit",
    )
    approve(run["id"])
    assert document(named)["education_stage"][0] == "compulsory"


def test_the_list_outranks_a_visit_of_the_same_day_and_yields_to_one_of_the_next(named, deliver):
    said_before(named, "senior", datetime(2026, 10, 1, 8, tzinfo=UTC))
    assert change(named, deliver(ONE))["kind"] == "changed"
    said_before(named, "senior", datetime(2026, 10, 2, 1, tzinfo=UTC))
    assert change(named, deliver([ONE[0] | {"学校": "别的"}]))["kind"] == "differs"


def test_a_difference_with_newer_knowledge_is_kept_and_shown_and_changes_nothing(named, deliver, approve):
    said_before(named, "senior", datetime(2026, 10, 5, tzinfo=UTC))
    run = deliver(ONE)
    assert change(named, run)["kind"] == "differs"
    approve(run["id"])
    assert document(named)["education_stage"][0] == "senior"
    with named.db.read() as session:
        lines = facts.history(session, COUNTY, [uid("a/p1")])[uid("a/p1")]
    (first, second) = contradictions(lines, departments().vocabulary.facts)["education_stage"]
    assert (first[0], first[2], second[0], second[2]) == ("senior", "visit", "compulsory", "department")
    again = deliver(ONE)
    assert again["counts"]["changes"] == 0, "kept once"


def test_a_newer_list_with_the_same_word_renews_it(named, deliver, approve):
    approve(deliver(ONE)["id"])
    run = deliver([ONE[0] | {"数据日期": "2026-11-01"}])
    assert change(named, run)["kind"] == "renewed"
    approve(run["id"])
    assert document(named)["education_stage"][1].startswith("2026-11-01")


@pytest.fixture
def large(named):
    county = made(5, 900, 600)
    register(named, county)
    return as_csv([row.cells for row in county.rows])


def counts(site):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(FactRow).where(FactRow.source_kind == "department"))


def test_a_killed_run_goes_on_where_it_stopped_and_says_nothing_twice(named, deliver, large, monkeypatch):
    run = deliver(None, data=large)["id"]
    with named.db.write() as session:
        service.approve(session, OFFICER, departments(), run, "动态监测")
    real, turns = applying.record_rows, []

    def dies(*args):
        turns.append(1)
        if len(turns) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(applying, "record_rows", dies)
    with pytest.raises(KeyboardInterrupt):
        apply(named, departments(), run)
    half = counts(named)
    assert show(named, run)["state"] == "approved" and half > 0
    monkeypatch.setattr(applying, "record_rows", real)
    apply(named, departments(), run)
    assert show(named, run)["by_outcome"]["applied"] == show(named, run)["counts"]["changes"], (
        "what was done is not done again"
    )
    assert show(named, run)["state"] == "applied" and sum(show(named, run)["by_outcome"].values()) == sum(
        show(named, run)["by_state"][state] for state in ("matched", "doubtful"))  # fmt: skip
    with named.db.read() as session:
        same = (
            select(FactRow.subject_id, FactRow.name)
            .where(FactRow.source_id == run)
            .group_by(FactRow.subject_id, FactRow.name)
        )
        assert session.execute(same.having(func.count() > 1)).all() == []
    before = counts(named)
    again = deliver(None, data=large)
    assert again["counts"]["changes"] == 0 and counts(named) == before


def test_a_preview_that_was_killed_begins_again(named, large, monkeypatch):
    run = service.uploaded_by(named, OFFICER, departments(), "education.student_aid", "x.csv", large, None)
    monkeypatch.setattr(previewing, "BATCH", 100)

    def dies(done):
        if done == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        previewing.preview(named, departments(), run, dies)
    previewing.preview(named, departments(), run)
    assert (show(named, run)["state"], show(named, run)["counts"]["read"]) == ("previewed", 600)


def test_a_run_taken_up_by_another_process_is_left_alone(named, large, monkeypatch):
    run = service.uploaded_by(named, OFFICER, departments(), "education.student_aid", "x.csv", large, None)
    monkeypatch.setattr(previewing, "BATCH", 100)
    taken = []

    def other(done):
        if done == 200 and not taken:
            taken.append(1)
            previewing.preview(named, departments(), run)

    previewing.preview(named, departments(), run, other)
    assert (show(named, run)["state"], show(named, run)["counts"]["read"]) == ("previewed", 600)


def test_two_workers_apply_one_run_once(named, deliver, large):
    run = deliver(None, data=large)["id"]
    with named.db.write() as session:
        service.approve(session, OFFICER, departments(), run, "动态监测")
    hands = [threading.Thread(target=apply, args=(named, departments(), run)) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    with named.db.read() as session:
        same = (
            select(FactRow.subject_id, FactRow.name)
            .where(FactRow.source_id == run)
            .group_by(FactRow.subject_id, FactRow.name)
        )
        assert session.execute(same.having(func.count() > 1)).all() == []
    assert show(named, run)["state"] == "applied"


def test_who_is_no_longer_on_the_register_is_named(named, deliver, approve):
    run = deliver(ONE)["id"]
    with named.db.write() as session:
        session.delete(session.get(Person, (COUNTY, uid("a/p1"))))
    assert approve(run)["by_outcome"] == {"gone": 1}


POSTS = ("姓名", "身份证号", "登记失业", "就业状况", "数据日期")
JOBLESS = {"姓名": "王小明", "身份证号": number(2), "登记失业": "是", "就业状况": "失业", "数据日期": "2026-11-01"}


@pytest.fixture
def worker_of(named, screen):
    """The person of household a is its main earner (a visit said so)."""
    known = {"main_labour": True, "employment_status": "employed"}
    with named.db.write() as session:
        record(session, COUNTY, uid("a"), uid("a/p1"), known, as_of=datetime(2026, 9, 1, tzinfo=UTC), source_kind="visit",
               source_id="v", declared=departments().vocabulary.facts)  # fmt: skip
    screen()
    return named


def alerts(site, rule):
    with site.db.read() as session:
        return list(session.scalars(select(Alert).where(Alert.household_id == uid("a"), Alert.rule_id.contains(rule))))


@pytest.mark.requirement("MON-09", "CHK-05")
def test_a_list_raises_an_alert_that_names_it_and_a_second_run_adds_none(worker_of, deliver, approve):
    data = as_csv([JOBLESS], "utf-8", POSTS)
    run = approve(deliver(None, feed="employment.unemployment_register", data=data)["id"])
    (alert,) = alerts(worker_of, "employment")
    assert [(c["channel"], c["source"]) for c in alert.channels if c["channel"] == "matching"] == [
        ("matching", run["id"])
    ]
    record_of = show(worker_of, run["id"])
    assert (
        record_of["new_alerts"] == 1
        and record_of["title"] == "登记失业和就业困难人员名单"
        and record_of["by_state"] == {"matched": 1}
    )
    assert record_of["asked_at"] and record_of["applied_at"] and record_of["file_hash"]
    second = approve(deliver(None, feed="employment.unemployment_register", data=data)["id"])
    assert (second["by_outcome"], second["new_alerts"], len(alerts(worker_of, "employment"))) == (
        {"unchanged": 1},
        0,
        1,
    )


@pytest.mark.requirement("MON-10")
def test_a_list_and_a_visit_feed_one_alert_with_two_sources(worker_of, deliver, approve, screen):
    approve(deliver(None, feed="employment.unemployment_register", data=as_csv([JOBLESS], "utf-8", POSTS))["id"])
    with worker_of.db.write() as session:
        visit(worker_of, session, uid("a"), "main", {"main_labour": "yes"}, person=uid("a/p1"), form="employment_visit")
    screen()
    (alert,) = alerts(worker_of, "employment")
    assert {c["channel"] for c in alert.channels} == {"matching", "visit"}
