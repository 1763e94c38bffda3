"""Units that give services: users, area and cases; services they are given to do, done, and looked into by samples."""

import pytest
from sqlalchemy import select

from fieldsvc.households.models import Task
from tests.support.places import HOME, PERSON
from tests.support.river import uid

STATION = {"name": "三里河街道社会工作站", "kind": "station", "region": "370281001"}


@pytest.fixture
def jiaozhou(county):
    """Households a (served by the unit's user 5) and b (not)."""
    found = county("jiaozhou")
    for name in ("a", "b"):
        found.household(name, tier="dibao", area="urban")
        found.tell(name, **HOME, **PERSON, service_wanted="counselling", cannot_self_care=True)
    found.worker(5, "grid_worker", "370281001001", serves=["a"])
    return found


def plan(found, name="a", **more):
    body = {"household_id": uid(name), "person_id": uid(f"{name}/p1"), "item": "civil.counselling", "provider": STATION["name"]}
    return found.call("post", "/plans", body | more)


@pytest.mark.requirement("SVC-04")
def test_a_station_has_users_area_and_cases(jiaozhou):
    (made,) = jiaozhou.post("/providers", STATION | {"users": [5]}, expect=(201,))["items"]
    assert (made["users"], made["region"], made["kind_label"]) == ([{"account_id": 5, "name": "用户5"}], "370281001", "社会工作站（点）")
    assert plan(jiaozhou)[0] == 201
    (shown,) = jiaozhou.get("/providers")["items"]
    assert shown["cases"] == {"running": 1}
    assert jiaozhou.refused("/providers", STATION) == (409, "name-taken")
    assert jiaozhou.refused("/providers", STATION | {"name": "外镇", "region": "370281002"})[0] == 422
    assert jiaozhou.get("/providers", region="370281002")["items"] == []
    changed = jiaozhou.post(f"/providers/{made['id']}/users", {"users": []})["items"]
    assert changed[0]["users"] == []
    assert jiaozhou.call("post", f"/providers/{made['id']}/users", {"users": []}, region="370281002")[0] == 404


@pytest.mark.requirement("SVC-02")
def test_a_bought_services_users_assignments_and_done_work_are_recorded_and_samples_confirmed(jiaozhou):
    unit = STATION | {"name": "阳光社工服务中心", "kind": "organisation", "users": [5]}
    jiaozhou.post("/providers", unit, expect=(201,))
    assert plan(jiaozhou, provider=unit["name"], worker_id=1)[1]["code"] == "not-its-user"
    assert plan(jiaozhou, "b", provider=unit["name"], worker_id=5)[1]["code"] == "not-in-caseload"
    status, made = plan(jiaozhou, provider=unit["name"], worker_id=5)
    assert (status, made["worker_id"]) == (201, 5)
    assert jiaozhou.seen_by(5, "/plans")["items"][0]["id"] == made["id"]
    for note in ("面谈一次", "电话回访"):
        jiaozhou.post(f"/plans/{made['id']}/entries", {"note": note, "signed_by": "p1"}, expect=(201,))
    jiaozhou.post(f"/plans/{made['id']}/entries/1/check", {"right": True})
    jiaozhou.post(f"/plans/{made['id']}/entries/2/check", {"right": False, "note": "没有接到电话"})
    (shown,) = jiaozhou.get("/providers")["items"]
    assert (shown["done"], shown["checked"], shown["wrong"]) == (2, 2, 1)


@pytest.mark.requirement("CHR-04")
def test_a_volunteer_takes_a_task_and_its_visit_is_recorded(jiaozhou):
    jiaozhou.post("/providers", {"name": "春雨义工", "kind": "volunteers", "region": "370281001", "users": [5]}, expect=(201,))
    made = plan(jiaozhou, provider="春雨义工", worker_id=5)[1]

    def task():
        with jiaozhou.site.db.read() as session:
            (one,) = session.scalars(select(Task).where(Task.about == made["id"]))
            return one.account_id, one.kind, one.status

    assert task() == (5, "plan", "open")
    visit = jiaozhou.visited("civil_household_visit", {"visit_needs": "陪同看病"})
    shown = jiaozhou.post(f"/plans/{made['id']}/entries", {"visit_id": visit, "note": "入户陪伴"}, expect=(201,))
    assert shown["entries"][0]["visit_id"] == visit
    assert task() == (5, "plan", "done")
