"""Time. Stored and compared in UTC; shown as ISO 8601 with +08:00."""

from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")


def now() -> datetime:
    """The server's clock, aware, in UTC. Tests replace this one function."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in China, which is what policy dates mean."""
    return now().astimezone(CHINA).date()


def show(moment: datetime | None) -> str | None:
    """ISO 8601 with +08:00, or None."""
    return aware(moment).astimezone(CHINA).isoformat(timespec="seconds") if moment else None


def aware(moment: datetime) -> datetime:
    """SQLite returns naive UTC; everything else already carries its zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse(text: object) -> datetime | None:
    """A device's ISO 8601 time or epoch milliseconds as aware UTC; None when it is neither. A naive time is China's."""
    try:
        if isinstance(text, str) and len(text) <= 40:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)
        if isinstance(text, int | float) and not isinstance(text, bool):
            return datetime.fromtimestamp(text / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
