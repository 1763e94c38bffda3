"""Checking on the wire."""

from typing import Any

import marshmallow as ma
import orjson
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask, masked_text

from .differences import Difference
from .models import Authorisation, Check
from .outbox import COLUMN
from .rules import STATES, TAKEN


def kinds_field(**more: Any) -> ma.fields.List:
    return ma.fields.List(ma.fields.String(validate=Length(1, 40)), validate=Length(1, 100),
                          metadata={"description": "信息种类；不写为本地区的全部"}, **more)  # fmt: skip


class AuthorisationIn(ma.Schema):
    person_id = ma.fields.UUID(required=True)
    scope = kinds_field()
    signed_by = ma.fields.String(required=True, validate=Length(1, 64), metadata={"description": "本人或监护人"})
    signed_on = ma.fields.Date(required=True)
    valid_until = ma.fields.Date(required=True)


class CheckIn(ma.Schema):
    household_id = ma.fields.UUID(metadata={"description": "民政经办必填"})
    referral_id = ma.fields.UUID(metadata={"description": "部门必填：转给本部门的事项"})
    person_id = ma.fields.UUID(metadata={"description": "不写为全部家庭成员"})
    unit = ma.fields.String(required=True, validate=Length(1, 80), metadata={"description": "委托单位"})
    purpose = ma.fields.String(required=True, validate=Length(1, 200))
    kinds = kinds_field()
    platform = ma.fields.String(validate=Length(1, 32))


class ListIn(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    household_id = ma.fields.UUID()
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))
    size = ma.fields.Integer(load_default=50, validate=Range(1, 200))


class ChoiceIn(ma.Schema):
    fact = ma.fields.String(required=True, validate=Length(1, 64))
    taken = ma.fields.String(required=True, validate=OneOf(TAKEN))
    reason = ma.fields.String(required=True, validate=Length(1, 500))


class AuthorisationOut(ma.Schema):
    id = ma.fields.String()
    person_id = ma.fields.String()
    scope = ma.fields.List(ma.fields.String())
    signed_by = ma.fields.String()
    signed_on = ma.fields.Date()
    valid_until = ma.fields.Date()
    withdrawn_on = ma.fields.Date(allow_none=True)


class AuthorisationsOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AuthorisationOut))


class CheckLineOut(ma.Schema):
    id = ma.fields.String()
    household_id = ma.fields.String()
    person_id = ma.fields.String()
    application_id = ma.fields.String(allow_none=True)
    referral_id = ma.fields.String(allow_none=True)
    unit = ma.fields.String()
    purpose = ma.fields.String()
    platform = ma.fields.String()
    state = ma.fields.String()
    requested_at = ma.fields.String()
    answered_at = ma.fields.String(allow_none=True)
    error = ma.fields.String(allow_none=True)


class CheckOut(CheckLineOut):
    as_of = ma.fields.String(allow_none=True)
    parts = ma.fields.List(ma.fields.Dict(), metadata={"description": "每种信息一项；answered=false 为平台没有答复"})
    differences = ma.fields.List(ma.fields.Dict(), metadata={"description": "入户评估与信息核对不一致之处"})


class CheckListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CheckLineOut))
    total = ma.fields.Integer()


class KindsOut(ma.Schema):
    kinds = ma.fields.List(ma.fields.Dict())
    platforms = ma.fields.List(ma.fields.Dict())


def line(check: Check) -> dict[str, Any]:
    held = {
        name: getattr(check, name)
        for name in ("id", "household_id", "person_id", "application_id", "referral_id", "unit", "purpose", "state")
    }
    return held | {"platform": check.platform_title, "requested_at": clock.show(check.requested_at),
                   "answered_at": clock.show(check.answered_at), "error": check.last_error}  # fmt: skip


def report(vault: Vault, check: Check) -> dict[str, Any]:
    """The report with a part for every kind that was asked for; numbers in it masked."""
    told = (
        orjson.loads(vault.open(check.report_sealed, COLUMN)) if check.report_sealed else {"as_of": None, "parts": []}
    )
    found = {part["kind"]: part for part in told["parts"]}
    return {
        "as_of": told["as_of"],
        "parts": [_part(kind, title, found.get(kind)) for kind, title in check.kinds.items()],
    }


def _part(kind: str, title: str, told: dict[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {"kind": kind, "title": title, "answered": False, "found": None, "facts": {}}
    facts = {name: masked(value) for name, value in told["facts"].items()}
    return {"kind": kind, "title": title, "answered": True, "found": masked_text(told["found"]), "facts": facts}


def masked(value: Any) -> Any:
    """A platform may write an identity or account number where we expect none."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) >= 15:
        return mask(str(value))
    return value


def difference(one: Difference, vocabulary: Vocabulary) -> dict[str, Any]:
    choice = (
        {"taken": one.choice.taken, "reason": one.choice.reason, "at": clock.show(one.choice.at)}
        if one.choice
        else None
    )
    return {"fact": one.fact, "label": vocabulary.label(one.fact), "choice": choice,
            "visit": {"value": one.visit[0], "as_of": one.visit[1]}, "check": {"value": one.check[0], "as_of": one.check[1]}}  # fmt: skip


def authorised(one: Authorisation) -> dict[str, Any]:
    held = {name: getattr(one, name) for name in ("id", "person_id", "signed_on", "valid_until", "withdrawn_on")}
    return held | {"signed_by": masked_text(one.signed_by), "scope": list(one.scope)}
