"""Ages and spans of time as people and as phenopackets write them."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T.*)?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(\d+(?:\.\d+)?)\s*(y|yr|yrs|year|years|m|mo|mos|month|months|w|wk|week|weeks|d|day|days)(?:\s*old)?\b",
    re.IGNORECASE,
)
DAYS = {"y": 365.25, "m": 30.4375, "w": 7.0, "d": 1.0}


def read_days(value: object) -> float | None:
    """Return a span in days from "2 years", "8 months", "P1Y6M" or a number of days; None if it is no span.

    >>> read_days("P58Y") == read_days("58 years")
    True
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if value >= 0 else None
    text = str(value).strip()
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        return sum(float(n) * d for n, d in zip(iso.groups(), DAYS.values(), strict=True) if n)
    parts = _WORDS.findall(text)
    rest = _WORDS.sub("", text).strip(" ,").replace("and", "").strip()
    if parts and not rest:
        return sum(float(n) * DAYS[unit[0].lower()] for n, unit in parts)
    return None


def read_age(value: object) -> float | None:
    """Return an age in years from 58, "58", "58 y", "8 months" or "P58Y"; None if it is no age."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    days = read_days(text)
    return None if days is None else round(days / DAYS["y"], 4)


def write_years(years: float) -> str:
    """Return an age as an ISO 8601 duration, to the day."""
    whole = int(years)
    days = round((years - whole) * DAYS["y"])
    if days >= 365:
        whole, days = whole + 1, 0
    return f"P{whole}Y" + (f"{days}D" if days else "")


def write_days(days: float) -> str:
    """Return a span as an ISO 8601 duration of days."""
    return f"P{days:.12g}D"


def years_between(birth: str, moment: str) -> float | None:
    """Return the years between two ISO dates or timestamps, or None if either is unreadable."""
    try:
        first, second = date.fromisoformat(birth[:10]), date.fromisoformat(moment[:10])
    except ValueError:
        return None
    return (second - first).days / DAYS["y"]
