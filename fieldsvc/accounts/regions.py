"""Regions (区划): names of county, township and village by their statistical division codes."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from fieldsvc.kit.errors import Problem

from .models import Region

PARENT_LENGTH = {12: 9, 9: 6}


def load_regions(session: Session, county: str, names: Mapping[str, str]) -> int:
    """Add or rename divisions ``{code: name}`` (6 digits a county, 9 a township, 12 a village); how many changed.

    Problem 422 ``invalid-region`` naming the first code that is not one of this county's.
    """
    changed = 0
    for code, name in sorted(names.items(), key=lambda item: (len(item[0]), item[0])):
        _check(county, code)
        held = session.get(Region, (county, code))
        if held is None:
            session.add(Region(county_code=county, code=code, name=name, parent=parent_of(code)))
        elif held.name != name:
            held.name = name
        else:
            continue
        changed += 1
    session.flush()
    return changed


def parent_of(code: str) -> str | None:
    length = PARENT_LENGTH.get(len(code))
    return code[:length] if length else None


def in_region(code: str, region: str) -> bool:
    """Whether division ``code`` lies in ``region``, both statistical codes of 6, 9 or 12 digits."""
    return bool(region) and code.startswith(region)


def _check(county: str, code: str) -> None:
    well_formed = code.isascii() and code.isdigit() and len(code) in (6, 9, 12) and code.startswith(county)
    if not well_formed:
        raise Problem(422, "invalid-region", f"“{code}”不是本县（{county}）6、9 或 12 位的区划代码。")
