"""The doctor names what is wrong and how to mend it, and finds nothing where nothing is."""

import os
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from fieldsvc.admin.doctor import examine
from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import append
from fieldsvc.commands.doctor import doctor
from fieldsvc.commands.policy import packages
from fieldsvc.departments.forms import publish_forms
from fieldsvc.departments.refusals import Refusal
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.forms.models import FormVersion
from fieldsvc.referrals.models import OutboxItem
from tests.support.jiaozhou import SAMPLES, departments
from tests.support.river import COUNTY, DAY, uid


@pytest.fixture
def ready(site):
    with site.db.write() as session:
        publish_forms(session, COUNTY, departments().form_files)
        append(session, COUNTY, uid("a"), "test", "测试", {"n": 1})
    return site


def bad(site, made=None, level="bad"):
    made = made or departments()
    return [(f.part, f.text, f.mend) for f in examine(site, made, packages(made), chain=True) if f.level == level]


def test_a_sound_deployment_has_no_findings(ready):
    assert bad(ready) == [] and bad(ready, level="warn") == []


def test_each_kind_of_trouble_is_named(ready):
    with ready.db.write() as session:
        mark_dirty(session, COUNTY, [uid("a")])
        session.execute(update(DirtyHousehold).values(set_aside=True))
        session.execute(update(FormVersion).where(FormVersion.form_id == "medical_visit").values(hash="0" * 64))
        session.execute(update(Link).values(content={"n": 2}))
    refused = Refusal("broken", "broken/plugin.py", 3, "no-marker", "没有标记。", "加 @hookimpl")
    found = bad(ready, replace(departments(), refusals=(refused,)))
    assert {part for part, _, _ in found} == {"screening", "forms", "chain", "plugins"}
    assert all(mend for _, _, mend in found)
    assert any("broken/plugin.py:3" in text for _, text, _ in found)


@pytest.fixture
def troubled(ready):
    """Household a set aside, b waiting after an earlier failure, and a referral to medical given up."""
    with ready.db.write() as session:
        mark_dirty(session, COUNTY, [uid("a"), uid("b")])
        session.execute(update(DirtyHousehold).values(last_error="[0123456789ab] ZeroDivisionError（dibao.py:7）"))
        session.execute(update(DirtyHousehold).where(DirtyHousehold.household_id == uid("a")).values(set_aside=True))
        session.add(OutboxItem(county_code=COUNTY, id=uid("letter"), referral_id=uid("referral"), department="medical", state="dead",
                               attempts=10, next_at=DAY, created_at=DAY, last_error="hangs：超过 10 秒没有结果"))  # fmt: skip
    return ready


def test_who_was_set_aside_and_what_was_given_up_is_named_with_its_error(troubled):
    found = bad(troubled)
    assert {part for part, _, _ in found} == {"screening", "outbox"}
    (screening,) = (text for part, text, _ in found if part == "screening")
    assert uid("a") in screening and "ZeroDivisionError（dibao.py:7）" in screening and uid("b") not in screening
    (outbox,) = (text for part, text, _ in found if part == "outbox")
    assert uid("referral") in outbox and "medical" in outbox and "hangs" in outbox
    assert all("doctor --retry" in mend for _, _, mend in found)


def test_of_many_set_aside_some_are_named_and_the_rest_counted(ready):
    with ready.db.write() as session:
        mark_dirty(session, COUNTY, [uid(str(n)) for n in range(25)])
        session.execute(update(DirtyHousehold).values(set_aside=True))
    texts = [text for part, text, _ in bad(ready) if part == "screening"]
    assert len(texts) == 21 and "另有 5 户" in texts[-1]


def test_retry_gives_all_of_it_another_try(troubled, monkeypatch):
    monkeypatch.setenv("FIELDSVC_HOME", str(troubled.settings.home))
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", troubled.settings.database_url)
    monkeypatch.setenv("FIELDSVC_SUPPLEMENT", os.pathsep.join(map(str, SAMPLES)))
    done = CliRunner().invoke(doctor, ["--retry"])
    assert "1 户" in done.output and "1 件" in done.output
    assert done.exit_code == 0, done.output
    with troubled.db.read() as session:
        assert not session.scalars(select(DirtyHousehold.household_id).where(DirtyHousehold.set_aside)).all()
        letter = session.get(OutboxItem, (COUNTY, uid("letter")))
    assert (letter.state, letter.attempts) == ("waiting", 0)


def test_an_unmigrated_database_is_told_and_nothing_else_is_asked(site):
    with site.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE fieldsvc_version")
    assert [part for part, _, _ in bad(site)] == ["migrations"]
