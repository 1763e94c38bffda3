"""Registry writes: sealed numbers, one number one person, temporary identities, feed entries."""

import pytest
from sqlalchemy import select, text

from fieldsvc.feed.models import Change
from fieldsvc.feed.rules import NUMBER, UPDATE
from fieldsvc.households import assignments, queries, records, service
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.crypto import mask
from fieldsvc.kit.errors import Problem
from tests.households.conftest import OTHER, VILLAGE, number


def test_numbers_lie_sealed_and_names_plain(site, make_home):
    make_home("张三", persons=[("张三", number(1))], phone="13800001111")
    with site.db.read() as session:
        rows = str([list(session.execute(text(f"SELECT * FROM {t}"))) for t in ("households", "persons")])
        person = session.scalars(select(Person)).one()
        assert records.identity_of(site.vault, person) == number(1)
    assert "张三" in rows and number(1) not in rows and "13800001111" not in rows


def test_one_number_is_one_person(make_home):
    make_home("张三", persons=[("张三", number(1))])
    with pytest.raises(Problem) as refused:
        make_home("李四", persons=[("李四", number(1).lower())])
    assert refused.value.code == "identity-taken" and "张三" not in refused.value.detail


def test_two_at_once_with_the_same_number_are_decided_by_the_index(site, make_home, monkeypatch):
    home, _ = make_home("张三", persons=[("张三", number(1))])
    monkeypatch.setattr(queries, "by_identity", lambda *_: None)
    with pytest.raises(Problem) as refused, site.db.write() as session:
        service.create_person(session, site.vault, site.county, home.id, {"name": "李四", "id_number": number(1)}, source="x")
    assert refused.value.code == "identity-taken"


def test_a_temporary_identity_is_converted(site, make_home, told):
    home, (child,) = make_home("张三", persons=[("张小", None)])
    assert child.identity_kind == "temporary" and child.birth_date is None
    temporary = child.temporary_number
    with site.db.write() as session:
        held = session.get(Person, (site.county, child.id))
        service.update_person(session, site.vault, held, {"id_number": number(7, "20150203")})
    with site.db.read() as session:
        held = session.get(Person, (site.county, child.id))
        assert (held.identity_kind, str(held.birth_date), held.sex) == ("identity", "2015-02-03", "male")
        assert held.temporary_number == temporary
        assert queries.by_identity(session, site.county, site.vault.index("identity", number(7, "20150203"))).id == child.id
    assert told[-1] == home.id


def test_a_number_and_a_birth_date_that_disagree_are_refused(site, make_home):
    home, (person,) = make_home("张三", persons=[("张三", number(1))])
    with pytest.raises(Problem) as refused, site.db.write() as session:
        service.create_person(session, site.vault, site.county, home.id,
                              {"name": "李四", "id_number": number(2), "birth_date": "1980-01-02"}, source="x")  # fmt: skip
    assert refused.value.extra == {"field": "birth_date"}
    with pytest.raises(Problem), site.db.write() as session:
        held = session.get(Person, (site.county, person.id))
        service.update_person(session, site.vault, held, {"birth_date": "1980-01-02"})


@pytest.mark.parametrize(
    ("values", "field"),
    [({"village_code": "370282001001"}, "village_code"), ({"village_code": None}, "village_code"), ({"name": " "}, "name"),
     ({"area": "town"}, "area"), ({"tier": "rich"}, "tier"), ({"phone": "no"}, "phone"), ({"name": "a\x00b"}, "name"),
     ({"name": "字" * 65}, "name"), ({"name": 7}, "name")],
)  # fmt: skip
def test_what_cannot_be_a_household(site, make_home, values, field):
    home, _ = make_home("张三")
    with pytest.raises(Problem) as refused, site.db.write() as session:
        service.update_household(session, site.vault, session.get(Household, (site.county, home.id)), values)
    assert refused.value.code == "invalid-record" and refused.value.extra["field"] == field


def test_a_change_reaches_the_workers_of_the_household_and_dates_its_fields(site, make_home, make_account, told):
    wang, li = make_account("wang"), make_account("li", region=OTHER)
    home, _ = make_home("张三")
    elsewhere, _ = make_home("李四", OTHER)
    with site.db.write() as session:
        assignments.grant(session, site.county, wang.id, [home.id])
        assignments.grant(session, site.county, li.id, [elsewhere.id])
    start = last_seq(site)
    with site.db.write() as session:
        held = session.get(Household, (site.county, home.id))
        assert service.update_household(session, site.vault, held, {"address": "东街 1 号", "name": "张三"}) == {"address"}
    assert changes(site, start) == [(wang.id, NUMBER["households"], UPDATE, home.id)]
    with site.db.read() as session:
        assert session.get(Household, (site.county, home.id)).versions == {"address": last_seq(site)}
    assert told[-1] == home.id


def test_nothing_changed_is_nothing_told(site, make_home, make_account, told):
    home, (person,) = make_home("张三", persons=[("张三", number(1))], phone="13800001111")
    with site.db.write() as session:
        assignments.grant(session, site.county, make_account_id(session, site), [home.id])
    start, heard = last_seq(site), len(told)
    with site.db.write() as session:
        held = session.get(Household, (site.county, home.id))
        same = {"name": "张三", "phone": mask("13800001111")}
        assert service.update_household(session, site.vault, held, same) == set()
        one = session.get(Person, (site.county, person.id))
        assert service.update_person(session, site.vault, one, {"id_number": mask(number(1))}) == set()
    assert (last_seq(site), len(told)) == (start, heard)


def test_a_foreign_mask_is_no_number(site, make_home):
    _, (person,) = make_home("张三", persons=[("张三", number(1))])
    with pytest.raises(Problem) as refused, site.db.write() as session:
        held = session.get(Person, (site.county, person.id))
        service.update_person(session, site.vault, held, {"id_number": mask(number(112))[:-1] + "9"})
    assert refused.value.extra["field"] == "id_number"


def test_recognising_a_household_recognises_its_members(site, make_home):
    home, people = make_home("张三", persons=[("张三", number(1)), ("张小", None)])
    with site.db.write() as session:
        held = session.get(Household, (site.county, home.id))
        service.set_recognised_tier(session, held, "dibao")
    with site.db.write() as session:
        held = session.get(Household, (site.county, home.id))
        service.set_recognised_tier(session, held, "tekun", session.get(Person, (site.county, people[1].id)))
    with site.db.read() as session:
        assert session.get(Household, (site.county, home.id)).tier == "dibao"
        tiers = {p.name: p.tier for p in queries.members(session, site.county, [home.id])}
    assert tiers == {"张三": "dibao", "张小": "tekun"}


def make_account_id(session, site):
    from fieldsvc.accounts.service import create_account
    from tests.support.accounts import HASH

    return create_account(session, site.county, username="zhao", password_hash=HASH, name="赵", role="grid_worker",
                          region=VILLAGE).id  # fmt: skip


def last_seq(site):
    from fieldsvc.feed.models import Counter

    with site.db.read() as session:
        return session.get(Counter, site.county).seq


def changes(site, after):
    with site.db.read() as session:
        found = select(Change.scope, Change.tbl, Change.op, Change.record_id).where(Change.seq > after)
        return [tuple(row) for row in session.execute(found.order_by(Change.seq))]
