"""Moving a synthetic township into a migrated county: divisions, accounts, forms, roster."""

from collections.abc import Callable

from fieldsvc.accounts.passwords import hashed
from fieldsvc.accounts.regions import load_regions
from fieldsvc.accounts.service import create_account
from fieldsvc.departments.forms import publish_forms
from fieldsvc.departments.load import Departments
from fieldsvc.feed.service import open_county
from fieldsvc.households.importer import import_roster
from fieldsvc.households.report import Report
from fieldsvc.households.roster import read_roster
from fieldsvc.kit.site import Site

from .township import Town, roster


def settle(
    site: Site, departments: Departments, town: Town, password: str, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Everybody gets the same ``password``. Answers the roster's report; a second call with the same town changes nothing
    but fails on the accounts that exist (problem 409)."""
    secret = hashed(password)
    with site.db.write() as session:
        open_county(session, site.county)
        publish_forms(session, site.county, departments.form_files)
        load_regions(session, site.county, town.regions)
        made: dict[str | None, int] = {}
        for login in town.logins:
            account = create_account(session, site.county, username=login.username, password_hash=secret, name=login.name,
                                     role=login.role, region=login.region, department=login.department,
                                     supervisor_id=made.get(login.supervisor))  # fmt: skip
            made[login.username] = account.id
    with site.db.write() as session:
        return import_roster(session, site.vault, site.county, read_roster(roster(town)), progress=progress)
