"""Moments as records spell them, so that texts compare as moments do."""

from datetime import UTC, datetime

__all__ = ["spell_time", "time_text"]


def spell_time(moment: datetime) -> str:
    """RFC 3339, in UTC, with milliseconds. A moment without an offset is one in UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_text(text: str) -> str:
    """A moment that somebody wrote, RFC 3339 or a date, as records spell it. Raises ValueError, OverflowError."""
    return spell_time(datetime.fromisoformat(text))
