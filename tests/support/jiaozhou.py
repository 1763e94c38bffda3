"""The real departments under Jiaozhou's policy with the sample supplements, and households that come to their notice."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.forms.service import publish
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site

from .river import COUNTY, account, assign, household, uid, visit

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = (ROOT / "fieldsvc/civil/sample/jiaozhou.toml", ROOT / "plugins/medical/fieldsvc_medical/sample/jiaozhou.toml")
UNINSURED = {"insured": "no", "inpatient_year": "no", "emergency_treatment": "no"}
INSURED = UNINSURED | {"insured": "yes"}
INPATIENT = {"insured": "yes", "inpatient_year": "yes", "hospital_designated": "yes", "cost_within_policy": "yes",
             "insurance_settled": "yes", "self_paid_year": 30000, "medical_aid_received": "no",
             "emergency_treatment": "no"}  # fmt: skip


@cache
def departments() -> Departments:
    return load_departments(Settings(Path("unused"), "sqlite://", supplements=SAMPLES))


def sampled(site: Site) -> Site:
    return replace(site, settings=replace(site.settings, supplements=SAMPLES))


def open_township(site: Site, *names: str) -> None:
    """Publish every form; households of one person, on 低保, in the caseload of grid worker 1."""
    with site.db.write() as session:
        for file in departments().form_files:
            publish(session, COUNTY, file.form, file.department, file.source, file.name)
        account(session, 1)
        account(session, 2, "township_officer", "370281001")
        account(session, 3, "department_officer", COUNTY, "medical")
        for name in names:
            household(session, name, tier="dibao")
            assign(session, uid(name), 1)


def medical_visit(site: Site, name: str, answers: dict, visit_name: str | None = None, **options) -> str:
    """A visit to the first person of household ``name``."""
    with site.db.write() as session:
        return visit(site, session, uid(name), visit_name or f"{name}-visit", answers, person=uid(f"{name}/p1"),
                     form="medical_visit", **options)  # fmt: skip
