"""One programme over the county, from columns the database takes out of the documents, says what the screenings said."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from fieldsvc.kit import clock
from fieldsvc.screening.county import judge_county, standing_on
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import INPATIENT, UNINSURED, departments, medical_visit, open_township
from tests.support.river import uid

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def town(site):
    open_township(site, *NAMES)
    medical_visit(site, "a", UNINSURED)
    medical_visit(site, "b", INPATIENT)
    medical_visit(site, "c", UNINSURED | {"insured": "yes"})
    while screen_due(site, departments()):
        pass
    return site


@pytest.mark.parametrize("programme", ["medical.insurance_subsidy", "medical.aid", "civil.dibao", "civil.temporary_aid"])
def test_it_is_what_the_screening_said(town, programme):
    book = departments().rulebook
    rule = book.by_id[programme]
    letters = letters_of(town, book, programme, clock.today())
    with town.db.read() as session:
        rows = session.scalars(select(DeterminationRow).where(DeterminationRow.subject == rule.subject, DeterminationRow.current)).all()
    assert letters == {row.subject_id: row.verdicts[book.order(rule.subject).index(programme)] for row in rows}
    assert len(letters) == len(NAMES) and (rule.subject == "household" or uid("a/p1") in letters)


def letters_of(site, book, programme, on):
    subject, found = book.by_id[programme].subject, judge_county(site, book, programme, "jiaozhou", on)
    place = standing_on(book, programme, "jiaozhou", on).order(subject).index(programme)
    frame = found.persons if subject == "person" else found.households
    return {who: packed[place] for who, packed in frame.select(f"{subject}_id", "verdicts").iter_rows()}


def test_knowledge_runs_out_here_too_and_a_county_of_nobody_is_empty(town):
    book, programme, later = departments().rulebook, "medical.aid", clock.today().replace(year=clock.today().year + 3)
    assert letters_of(town, book, programme, clock.today())[uid("b/p1")] == "e"
    assert letters_of(town, book, programme, later)[uid("b/p1")] == "u"
    nowhere = replace(town, settings=replace(town.settings, county_code="999999"))
    assert letters_of(nowhere, book, programme, later) == {}
