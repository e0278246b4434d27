"""The small parts of a FHIR R4 resource: lists, codes, days, ranges, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

# LOINC answers and SNOMED qualifiers for present and absent
_YES, _NO = {"LA9633-4", "52101004", "POS", "A", "373066001"}, {"LA9634-2", "2667000", "NEG", "373067005"}


def list_of(value: Any) -> list[Any]:
    """Return a list as it is; anything else is an empty one."""
    return value if isinstance(value, list) else []


def codes(concept: Any) -> set[str]:
    """Return every code of a CodeableConcept, whatever its vocabulary."""
    items = list_of(concept.get("coding")) if isinstance(concept, Mapping) else []
    return {str(c.get("code", "")) for c in items if isinstance(c, Mapping)}


def code(concept: Any) -> str:
    """Return one code of a status, which has no more than one that matters."""
    return next(iter(sorted(codes(concept))), "")


def reference(value: Any) -> str:
    """Return what a Reference points to."""
    return str(value.get("reference") or "") if isinstance(value, Mapping) else ""


def day_of(value: Any) -> str:
    """Return the day of a FHIR date or time; a month or a year stands for its first day.

    >>> day_of("2025-11"), day_of("2026-03-01T10:00:00Z"), day_of("last spring")
    ('2025-11-01', '2026-03-01', '')
    """
    text = str(value or "")[:10]
    for filled in (text, f"{text}-01", f"{text}-01-01"):
        try:
            return date.fromisoformat(filled).isoformat()
        except ValueError:
            continue
    return ""


def day_in(resource: Mapping[str, Any], *fields: str) -> str:
    """Return the first day that one of the fields tells; of a Period, the day it begins."""
    for field in fields:
        value = resource.get(field)
        found = day_of(value.get("start") if isinstance(value, Mapping) else value)
        if found:
            return found
    return ""


def usual_range(part: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the ends of the laboratory's own range."""
    first: Any = next(iter(list_of(part.get("referenceRange"))), {})
    ends = []
    for key in ("low", "high"):
        end = first.get(key) if isinstance(first, Mapping) else None
        ends.append(number(end.get("value")) if isinstance(end, Mapping) else None)
    return ends[0], ends[1]


def number(value: Any) -> float | None:
    """Return a JSON number; true and false are none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def yes_or_no(part: Mapping[str, Any]) -> bool | None:
    """Return whether an Observation says that something is there; None if it does not say."""
    if isinstance(part.get("valueBoolean"), bool):
        return bool(part["valueBoolean"])
    said = codes(part.get("valueCodeableConcept"))
    for concept in list_of(part.get("interpretation")):
        said |= codes(concept)
    if said & _NO:
        return False
    return True if said & _YES else None
