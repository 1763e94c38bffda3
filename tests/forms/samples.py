"""A complete, correct visit on ``data/household_visit.md``; also what the bench validates."""

from datetime import date
from typing import Any

VISIT_DAY = date(2025, 3, 2)


def full_visit() -> dict[str, Any]:
    return {
        "visit_date": "2025-03-02", "met": "yes", "id_number": "37028119600101001X", "phone": "13800000000",
        "birth_date": "1960-01-01", "age": 65, "health": "ill", "illnesses": ["cancer", "other"], "self_paid": 12000.5,
        "self_borne": 15000, "household_size": 3, "income_month": 2400, "income_each": 800, "area": "rural",
        "dwelling": "farmhouse", "rooms": 3,
        "members": [
            {"member_name": "张三", "member_age": 30, "member_student": "no", "member_income": 1000},
            {"member_name": "李四", "member_age": 8, "member_student": "yes"},
        ],
        "member_count": 2, "members_income": 1000, "needs_help": "yes", "help_kinds": ["money"], "worry": 7,
        "next_time": "09:30", "started": "2025-03-02T09:00:00+08:00", "place": "36.26 120.03 10 5", "photo": "a1b2.jpg",
        "remark": "情况属实", "consent": "OK",
    }  # fmt: skip
