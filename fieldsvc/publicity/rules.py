"""What of a person may be posted, and when the posting is over. Pure."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

from fieldsvc.deadlines.working_days import WORKING_DAY, Calendar, Length, due
from fieldsvc.kit.clock import CHINA

POSTED, OBJECTED, OVER = "posted", "objected", "over"
STATES = {POSTED: "公示中", OBJECTED: "有异议，已退回审核", OVER: "公示期满"}


def masked_name(name: str) -> str:
    """孙某某 → 孙*某: whoever knows the family recognises it, nobody else does."""
    if len(name) < 2:
        return "*"
    return f"{name[0]}*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def last_day(posted: date, days: int, calendar: Calendar) -> tuple[date, bool]:
    """The last day of a posting of so many working days, and whether that is provisional; the day of posting does not count."""
    end, provisional = due(Length(Fraction(days), WORKING_DAY, {}), datetime.combine(posted, time(12), CHINA), calendar)
    return (end - timedelta(seconds=1)).astimezone(CHINA).date(), provisional
