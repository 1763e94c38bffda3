"""Registry care on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.kit import clock
from fieldsvc.kit.ids import UUID_TEXT

from . import rows
from .duplicates import WHY, Pair
from .ground import HOUSEHOLD, KINDS, MERGED, PERSON, SURVIVOR
from .models import Merge

FIELDS = sorted({*rows.TAKEN["households"], *rows.TAKEN["persons"]})


def identifier(**more: Any) -> ma.fields.String:
    return ma.fields.String(required=True, validate=Regexp(f"^{UUID_TEXT.pattern}\\Z"), **more)


def reason() -> ma.fields.String:
    return ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "理由，必填"})


class SearchSchema(ma.Schema):
    kind = ma.fields.String(load_default=PERSON, validate=OneOf([PERSON, HOUSEHOLD]))
    village = ma.fields.String(validate=Regexp(r"^\d{6,12}\Z"), metadata={"description": "区划代码或其前缀"})
    offset = ma.fields.Integer(load_default=0, validate=Range(0, 100_000))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, 200))


class CompareSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf([PERSON, HOUSEHOLD]))
    one = identifier()
    other = identifier()


class MergeRequestSchema(ma.Schema):
    """合并：survivor 保留，merged 并入其中；两边的历史都保留，可以拆分。"""

    kind = ma.fields.String(required=True, validate=OneOf([PERSON, HOUSEHOLD]))
    survivor = identifier()
    merged = identifier()
    reason = reason()
    take = ma.fields.List(ma.fields.String(validate=OneOf(FIELDS)), load_default=list, validate=Length(max=10),
                          metadata={"description": "以被并入一方为准的字段；保留一方为空的字段自动采用（认定类别除外）"})  # fmt: skip
    identity = ma.fields.String(load_default="", validate=OneOf(["", SURVIVOR, MERGED]),
                                metadata={"description": "两人身份证号不同时，以哪一方为准"})  # fmt: skip


class MoveSchema(ma.Schema):
    person_id = identifier()
    household_id = identifier(metadata={"description": "迁入的户"})
    reason = reason()


class ApartSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf([PERSON, HOUSEHOLD]))
    one = identifier()
    other = identifier()
    reason = reason()


class SplitSchema(ma.Schema):
    reason = reason()
    later = ma.fields.String(load_default=SURVIVOR, validate=OneOf([SURVIVOR, MERGED]),
                             metadata={"description": "合并以后新产生的记录归哪一方"})  # fmt: skip


class TwinSchema(ma.Schema):
    kind = ma.fields.String()
    survivor = ma.fields.String(metadata={"description": "建议保留的一方"})
    merged = ma.fields.String()
    name = ma.fields.String()
    village_code = ma.fields.String()
    households = ma.fields.List(ma.fields.String())
    why = ma.fields.List(ma.fields.String())
    persons = ma.fields.List(ma.fields.List(ma.fields.String()), metadata={"description": "疑似重复的成员（保留、并入）"})


class PairListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(TwinSchema))
    total = ma.fields.Integer()


class CompareAnswerSchema(ma.Schema):
    kind = ma.fields.String()
    sides = ma.fields.List(ma.fields.Dict())
    differing = ma.fields.List(ma.fields.String(), metadata={"description": "两边不同的字段"})


class MergeSchema(ma.Schema):
    id = ma.fields.String()
    kind = ma.fields.String()
    label = ma.fields.String()
    survivor = ma.fields.String()
    merged = ma.fields.String()
    household_id = ma.fields.String()
    reason = ma.fields.String()
    actor_id = ma.fields.Integer()
    at = ma.fields.String()
    state = ma.fields.String()
    moved = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), metadata={"description": "随之转移的记录数"})
    split_at = ma.fields.String(allow_none=True)
    split_reason = ma.fields.String(allow_none=True)
    later = ma.fields.String(allow_none=True)


class MergeListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(MergeSchema))


def pair(one: Pair) -> dict[str, Any]:
    return {"kind": one.kind, "survivor": one.survivor, "merged": one.merged, "name": one.name, "village_code": one.village_code,
            "households": list(one.homes), "why": [WHY[each] for each in one.why], "persons": [list(p) for p in one.persons]}  # fmt: skip


def merge(one: Merge) -> dict[str, Any]:
    return {"id": one.id, "kind": one.kind, "label": KINDS[one.kind], "survivor": one.survivor_id, "merged": one.merged_id,
            "household_id": one.household_id, "reason": one.reason, "actor_id": one.actor_id, "at": clock.show(one.at), "state": one.state,
            "moved": {name: len(ids) for name, ids in one.moved.items() if ids}, "split_at": clock.show(one.split_at),
            "split_reason": one.split_reason, "later": one.later}  # fmt: skip
