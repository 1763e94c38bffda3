"""The doctor names what is wrong and how to mend it, and finds nothing where nothing is."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from fieldsvc.admin.doctor import examine
from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import append
from fieldsvc.commands.policy import packages
from fieldsvc.departments.forms import publish_forms
from fieldsvc.departments.refusals import Refusal
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.forms.models import FormVersion
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid


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


def test_an_unmigrated_database_is_told_and_nothing_else_is_asked(site):
    with site.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE fieldsvc_version")
    assert [part for part, _, _ in bad(site)] == ["migrations"]
