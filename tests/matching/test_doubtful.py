"""Who is not found by number is looked for on foot (铁脚板摸排): a task on the phone, its answer settles the row, and nobody asks
again."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.facts.queries import known
from fieldsvc.households.models import Task
from fieldsvc.kit.errors import Problem
from fieldsvc.matching import desk as desks
from fieldsvc.matching import service
from fieldsvc.matching.desk import Desk
from tests.matching.conftest import OFFICER, number, rows_of, show
from tests.matching.county import told
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, account, assign, household, uid, visit

BORN = "1960-05-01"
UNNUMBERED = told(姓名="p1", 出生日期=BORN)


@pytest.fixture
def doubtful(named, deliver):
    """One doubtful row: p1 of household c, who has no number; the run is previewed."""
    with named.db.write() as session:
        household(session, "c")
        assign(session, uid("c"), 1)
    run = deliver([UNNUMBERED, told(姓名="李梅", 身份证号=number(4))])
    assert run["by_state"] == {"doubtful": 1, "matched": 1}
    return run["id"]


def tasks(site):
    with site.db.read() as session:
        return list(session.scalars(select(Task).where(Task.kind == "verify_match").order_by(Task.id)))


def stage(site, home="c"):
    with site.db.read() as session:
        entry = known(session, COUNTY, [uid(f"{home}/p1")]).get(uid(f"{home}/p1"))
    return entry and entry.document.get("education_stage", [None])[0]


def answer(site, said, name="check", **more):
    with site.db.write() as session:
        visit(site, session, uid("c"), name, {"same_person": said, **more}, person=uid("c/p1"), form="civil_match_check",
              at=service.clock.now())  # fmt: skip
    while service.work(site, departments()):
        pass


def settle(site, run_id, same, actor=OFFICER, person=None, n=2):
    with site.db.write() as session:
        desks.settle(session, Desk(site, actor, departments()), run_id, n, same, person, "电话问过本人")


def test_nothing_reaches_a_phone_before_the_run_is_approved(named, doubtful):
    assert tasks(named) == []


@pytest.mark.requirement("MON-12")
def test_a_doubtful_match_is_a_task_and_the_visit_that_says_yes_settles_it(named, doubtful, approve):
    run = approve(doubtful)
    (task,) = tasks(named)
    assert (task.household_id, task.person_id) == (uid("c"), uid("c/p1"))
    assert (task.form_id, task.questions) == ("civil_match_check", ["same_person"])
    assert "家庭经济困难学生" in task.detail and run["by_outcome"] == {"applied": 1, "asked": 1}
    assert stage(named) is None, "nothing is changed before somebody has looked"
    answer(named, "yes", task_id=task.id)
    assert stage(named) == "compulsory"
    (row,) = rows_of(named, doubtful, outcome="applied")[:1]
    assert (row["settlement"], row["household_id"]) == ("same", uid("c"))
    assert tasks(named)[0].status == "done"


def test_a_no_leaves_nothing_and_the_row_is_of_somebody_unknown(named, doubtful, approve):
    approve(doubtful)
    answer(named, "no")
    assert (stage(named), tasks(named)[0].status) == (None, "done")
    assert show(named, doubtful)["by_state"] == {"unknown": 1, "matched": 1}


def test_not_clear_leaves_the_question_open(named, doubtful, approve):
    approve(doubtful)
    answer(named, "unknown")
    assert tasks(named)[0].status == "open" and show(named, doubtful)["by_state"]["doubtful"] == 1
    answer(named, "yes", "again")
    assert tasks(named)[0].status == "done"


def test_an_answer_about_another_question_settles_nothing(named, doubtful, approve):
    approve(doubtful)
    answer(named, "yes", task_id=uid("some other task"))
    assert tasks(named)[0].status == "open"


@pytest.mark.parametrize(("said", "state"), [(True, "matched"), (False, "unknown")])
def test_what_was_settled_is_not_asked_again(named, doubtful, approve, deliver, said, state):
    approve(doubtful)
    settle(named, doubtful, said)
    again = deliver([UNNUMBERED | {"助学金": "否"}])
    (row,) = rows_of(named, again["id"])
    assert row["state"] == state and (("answered" in [r["code"] for r in row["reasons"]]) == said)


def test_an_officer_settles_before_the_approval_too(named, doubtful, approve):
    settle(named, doubtful, True)
    assert show(named, doubtful)["counts"]["changes"] == 2 and stage(named) is None
    approve(doubtful)
    assert stage(named) == "compulsory" and tasks(named) == []


def test_a_settlement_is_on_the_aid_chain_and_said_twice_is_said_once(named, doubtful, approve):
    approve(doubtful)
    settle(named, doubtful, True)
    settle(named, doubtful, True)
    with named.db.read() as session:
        (link,) = session.scalars(select(Link).where(Link.kind == "match_settled"))
    assert (link.household_id, link.content["same"], link.content["note"]) == (uid("c"), True, "电话问过本人")
    with pytest.raises(Problem, match="not-doubtful"):
        settle(named, doubtful, False)


def test_only_who_answers_for_the_place_may_settle(named, doubtful):
    elsewhere = Actor(COUNTY, 9, "外镇", "township_officer", "370281002")
    with pytest.raises(Problem, match="not-found"):
        settle(named, doubtful, True, elsewhere)
    settle(named, doubtful, True, Actor(COUNTY, 9, "本镇", "township_officer", "370281001"))


def test_of_two_candidates_one_is_named_and_the_other_questions_end(named, deliver, approve):
    with named.db.write() as session:
        account(session, 5)
        for home in "cd":
            household(session, home)
            assign(session, uid(home), 5)
    run = deliver([UNNUMBERED], as_of=date(2026, 10, 1))["id"]
    approve(run)
    assert [t.status for t in tasks(named)] == ["open", "open"]
    with pytest.raises(Problem, match="person-missing"):
        settle(named, run, True)
    settle(named, run, True, person=uid("d/p1"))
    assert {t.person_id: t.status for t in tasks(named)} == {uid("c/p1"): "cancelled", uid("d/p1"): "done"}
    assert (stage(named, "d"), stage(named, "c")) == ("compulsory", None)


def test_where_nobody_answers_for_the_household_it_stays_on_the_desk(named, deliver, approve):
    with named.db.write() as session:
        household(session, "c")
    run = approve(deliver([UNNUMBERED])["id"])
    assert (run["by_outcome"], tasks(named)) == ({"desk": 1}, [])
