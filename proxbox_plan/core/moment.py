"""Moments in one form, whatever form they came in. Nothing here asks a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field


def _is_real(text: str) -> str:
    datetime.fromisoformat(text)  # ValueError for the 31st of November
    return text


Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), AfterValidator(_is_real)]
"""A moment as it stands in documents."""


def utc(time: str | int) -> str:
    """Return a moment (ISO 8601 with an offset, or seconds since 1970) as `2026-11-21T07:30:00Z`.

    Raises ValueError, OverflowError or OSError for what is none.
    """
    moment = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else datetime.fromisoformat(time)
    return moment_text(moment)


def day(text: str) -> str:
    """Return a day (ISO 8601) as `2026-11-21`; ValueError for what is none."""
    return date.fromisoformat(text).isoformat()


def moment_text(moment: datetime) -> str:
    """Return a moment as it stands in documents, events and locks; such texts sort like the moments."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def seconds(moment: str) -> int:
    """Return a moment, as it stands in documents, in seconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp())


def seconds_between(one: str, other: str) -> float:
    """Return how much later the other moment is, in seconds."""
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
