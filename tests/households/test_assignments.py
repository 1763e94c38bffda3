"""Granting and revoking: what the feed says, and what is written back."""

import pytest
from sqlalchemy import event, func, select

from fieldsvc.accounts.rules import CHILD_SUPERVISOR
from fieldsvc.accounts.service import supervise
from fieldsvc.feed import service as feed
from fieldsvc.feed.models import Change
from fieldsvc.feed.rules import NUMBER, REVOKE, UPDATE
from fieldsvc.households import assignments, queries
from fieldsvc.households.models import Assignment, Household, Task
from fieldsvc.kit import clock, notify, sql
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from tests.households.conftest import OTHER, actor_of, number
from tests.households.test_service import changes, last_seq


@pytest.fixture(autouse=True)
def _quiet(told):
    """Nobody else listens."""


def give(site, account, *homes):
    with site.db.write() as session:
        return assignments.grant(session, site.county, account.id, [home.id for home in homes])


def take(site, account, *homes):
    with site.db.write() as session:
        return assignments.revoke(session, site.county, account.id, [home.id for home in homes])


def test_a_grant_announces_all_that_belongs_to_the_household(site, make_home, make_account, monkeypatch):
    wang, director = make_account("wang"), make_account("lin", role="child_director")
    home, people = make_home("张三", persons=[("张三", number(1)), ("张小", None)])
    visit, secret, tasks = new_id(), new_id(), [new_id(), new_id()]
    old = [("visits", visit, home.id, "general"), ("visits", secret, home.id, "child")]
    monkeypatch.setattr(notify, "_collectors", [lambda session, county, ids: old if ids == [home.id] else []])
    with site.db.write() as session:
        for task, klass in zip(tasks, ("general", "child"), strict=True):
            session.add(Task(county_code=site.county, id=task, household_id=home.id, kind="visit", title="走访",
                             status="open", klass=klass, versions={}, updated_at=clock.now()))  # fmt: skip
    start = last_seq(site)
    give(site, wang, home)
    seen = {(tbl, record) for scope, tbl, op, record in changes(site, start) if scope == wang.id and op == UPDATE}
    general = {(NUMBER["households"], home.id), *((NUMBER["persons"], p.id) for p in people),
               (NUMBER["visits"], visit), (NUMBER["tasks"], tasks[0])}  # fmt: skip
    assert seen == general
    start = last_seq(site)
    give(site, director, home)
    seen = {(tbl, record) for scope, tbl, op, record in changes(site, start) if scope == director.id}
    assert seen == general | {(NUMBER["visits"], secret), (NUMBER["tasks"], tasks[1])}


def test_giving_again_changes_nothing(site, make_home, make_account):
    wang = make_account("wang")
    home, _ = make_home("张三")
    assert give(site, wang, home) == [home.id]
    start = last_seq(site)
    assert give(site, wang, home) == [] and last_seq(site) == start


def test_a_revocation_is_one_entry_and_its_number_is_written_back(site, make_home, make_account):
    wang, li = make_account("wang"), make_account("li")
    homes = [make_home(f"户{n}", persons=[("人", None)])[0] for n in range(3)]
    give(site, wang, *homes), give(site, li, *homes)
    start = last_seq(site)
    assert take(site, wang, homes[2], homes[0]) == sorted([homes[0].id, homes[2].id])
    made = changes(site, start)
    assert [(scope, op) for scope, _, op, _ in made] == [(wang.id, REVOKE)] * 2
    with site.db.read() as session:
        for home in (homes[0], homes[2]):
            row = session.get(Assignment, (site.county, home.id, wang.id))
            at = session.scalar(select(Change.seq).where(Change.op == REVOKE, Change.record_id == home.id))
            assert (row.active, row.revoked_seq) == (False, at) and row.revoked_at is not None
        assert session.get(Assignment, (site.county, homes[1].id, wang.id)).active
    assert take(site, wang, homes[0]) == []


def test_taken_and_given_back(site, make_home, make_account):
    wang = make_account("wang")
    home, _ = make_home("张三")
    give(site, wang, home), take(site, wang, home)
    assert give(site, wang, home) == [home.id]
    with site.db.read() as session:
        row = session.get(Assignment, (site.county, home.id, wang.id))
        assert row.active and row.revoked_at is None and row.revoked_seq is None


def test_after_a_revocation_changes_no_longer_reach_the_worker(site, make_home, make_account):
    from fieldsvc.households import service

    wang = make_account("wang")
    home, _ = make_home("张三")
    give(site, wang, home), take(site, wang, home)
    start = last_seq(site)
    with site.db.write() as session:
        held = session.get(Household, (site.county, home.id))
        service.update_household(session, site.vault, held, {"address": "新址"})
    assert changes(site, start) == []


def test_a_whole_caseload_is_handed_over(site, make_home, make_account):
    wang, li = make_account("wang"), make_account("li")
    homes = [make_home(f"户{n}")[0] for n in range(3)]
    give(site, wang, *homes), give(site, li, homes[0])
    with site.db.write() as session:
        assert len(assignments.transfer(session, site.county, wang.id, li.id)) == 3
    with site.db.read() as session:
        held = select(Assignment.account_id, func.count()).where(Assignment.active).group_by(Assignment.account_id)
        assert dict(session.execute(held).all()) == {li.id: 3}


@pytest.mark.parametrize(("role", "region"), [("township_officer", "370281001"), ("administrator", "370281")])
def test_only_workers_answer_for_households(site, make_home, make_account, role, region):
    boss = make_account("boss", role=role, region=region)
    home, _ = make_home("张三")
    with pytest.raises(Problem) as refused:
        give(site, boss, home)
    assert refused.value.code == "not-a-worker"


@pytest.mark.requirement("ROL-02")
def test_a_director_sees_one_committee_and_the_supervisor_all(site, make_home, make_account):
    above = make_account("sun", role=CHILD_SUPERVISOR, region="370281001")
    directors = [make_account(f"d{n}", role="child_director", region=v) for n, v in enumerate(("370281001001", "370281001002"))]
    homes = [make_home(f"户{n}", one.region)[0] for n, one in enumerate(directors)]
    stranger, _ = make_home("户9", OTHER)
    with site.db.write() as session:
        for director, home in zip(directors, homes, strict=True):
            supervise(session, site.county, session.merge(director), above.id)
            assignments.grant(session, site.county, director.id, [home.id])
    ids = [home.id for home in [*homes, stranger]]
    with site.db.read() as session:
        assert queries.in_caseload(session, actor_of(directors[0]), ids) == {homes[0].id}
        assert queries.in_caseload(session, actor_of(above), ids) == {homes[0].id, homes[1].id}


@pytest.mark.parametrize("homes", [3, 30])
def test_however_many_change_hands_the_counter_is_held_for_a_few_statements(site, make_home, make_account, monkeypatch, homes):
    giver, taker = make_account("wang"), make_account("zhao")
    given = [make_home(f"户{n}")[0] for n in range(homes)]
    give(site, giver, *given)
    ids = [home.id for home in given]
    statements = counted(site, monkeypatch)
    with site.db.write() as session:
        assert sorted(assignments.transfer(session, site.county, giver.id, taker.id)) == sorted(ids)
    assert len(statements) <= 3
    with site.db.read() as session:
        told = dict(session.execute(select(Change.record_id, Change.seq).where(Change.op == REVOKE, Change.scope == giver.id)).all())
        kept = select(Assignment.household_id, Assignment.revoked_seq).where(Assignment.account_id == giver.id)
        assert dict(session.execute(kept).all()) == told and len(told) == homes


def counted(site, monkeypatch):
    """Statements sent after the feed's rows are written, while everybody waits for the counter."""
    statements, dialect, asked = [], site.db.dialect, sql.Sql.rows
    held = [False]
    write = feed.WRITERS[dialect]

    def written(*told):
        last = write(*told)
        held[0] = True
        return last

    monkeypatch.setitem(feed.WRITERS, dialect, written)
    monkeypatch.setattr(sql.Sql, "rows", lambda self, *a, **k: (held[0] and statements.append(self)) or asked(self, *a, **k))
    event.listen(site.db.engine, "before_cursor_execute", lambda *a: held[0] and statements.append(a[2]))
    return statements
