"""What of a record an answer rests on: all but what was left out by hand, and what cannot be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from hoofbeat.apps.web.sheet import Sheet
from hoofbeat.cases import Case, Finding, Measurement, without_faults
from hoofbeat.errors import Issue
from hoofbeat.terms import find_test


class Asked(NamedTuple):
    """What a form asks. whole: everything in it; case: what the answer rests on, None if too little.

    without: what the answer was made without, by name. issues: every fault in what counts.
    """

    whole: Case | None = None
    case: Case | None = None
    without: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


def asked_of(sheet: Sheet) -> Asked:
    """Return what a form asks; a fault in one field takes out this field, and the rest is answered."""
    if sheet.blank:
        return Asked()
    whole = sheet.read()
    counted = sheet.read(whole=False) if sheet.leaves_out else whole
    if whole.case is None or counted.case is None:
        return Asked(issues=counted.issues or whole.issues)
    case = without_faults(counted.case)
    known = any(f.state.value != "not_asked" for f in case.findings) or case.measurements
    return Asked(whole.case, case if known else None, without(whole.case, case), counted.issues)


def without(whole: Case, case: Case) -> tuple[str, ...]:
    """Return by name what a whole record holds and a case made of it does not.

    >>> whole = Case(findings=(Finding(term="HP:0001824", label="Weight loss"),))
    >>> without(whole, Case())
    ('Weight loss',)
    """
    left = Counter(_names(whole)) - Counter(_names(case))
    return tuple(left)


def left_of(whole: Case, case: Case) -> Case:
    """Return a case of what is in a whole record and not in a case made of it."""
    names = without(whole, case)
    return case.model_copy(
        update={
            "findings": tuple(f for f in whole.findings if _finding(f) in names and f not in case.findings),
            "measurements": tuple(m for m in whole.measurements if m not in case.measurements),
            "treatments": tuple(t for t in whole.treatments if t not in case.treatments),
        }
    )


def _names(case: Case) -> Iterator[str]:
    yield from map(_finding, case.findings)
    yield from map(_value, case.measurements)
    yield from (t.name for t in case.treatments)


def _finding(finding: Finding) -> str:
    name = finding.label or finding.term
    state = finding.state.value
    return name if state == "present" else f"{name} ({state.replace('_', ' ')})"


def _value(m: Measurement) -> str:
    known = find_test(m.test)
    day = f" of {m.date}" if m.date else ""
    return f"{known.name if known else m.test} {m.value:g} {m.unit}".strip() + day
