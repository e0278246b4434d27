"""Dates and spans of a case as days from the visit, each as the earliest and the latest day it can be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from hoofbeat.cases import Case, Finding, first_day, last_day
from hoofbeat.pathways.events import DAYS_A_YEAR

# The units in which spans are told; what is told in years may be half a year off.
_UNITS = (DAYS_A_YEAR, DAYS_A_YEAR / 12, 7.0)
# Years by which an age written as a fraction may be off.
_FRACTION = 0.05
# Days by which an age in whole years and a date may differ.
_BIRTH_SLACK_DAYS = 400.0


class When(NamedTuple):
    """When something was: a point to show (day, date), and the days between which it was (first, last)."""

    day: float | None = None
    date: str | None = None
    exact: bool = False
    first: float | None = None
    last: float | None = None


def date_fault(text: str | None, visit: date | None, age_years: float | None) -> str:
    """Return "after-visit" or "before-birth" for a date that cannot be, in whole or in part; else nothing."""
    start, end = first_day(text), last_day(text)
    if start is None or end is None or visit is None:
        return ""
    if start > visit:
        return "after-visit"
    too_old = age_years is not None and (visit - end).days > age_years * DAYS_A_YEAR + _BIRTH_SLACK_DAYS
    return "before-birth" if too_old else ""


def dated_possibly(case: Case, visit: date | None) -> Case:
    """Return a case without the values and treatments whose dates cannot be."""
    kept = {
        field: tuple(x for x in getattr(case, field) if not date_fault(x.date, visit, case.age_years))
        for field in ("measurements", "treatments")
    }
    return case.model_copy(update=kept)


def days_back(finding: Finding, age_years: float | None) -> tuple[float, float] | None:
    """Return the fewest and the most days for which a finding has been there; None where nothing says so.

    A span is taken as told. Two ages in whole years leave up to two years between them.
    """
    if finding.since_days is not None:
        return finding.since_days, finding.since_days
    if finding.onset_age_years is None or age_years is None:
        return None
    (young, old), (early, late) = _years(age_years), _years(finding.onset_age_years)
    return max(0.0, young - late) * DAYS_A_YEAR, max(0.0, old - early) * DAYS_A_YEAR


def _years(age: float) -> tuple[float, float]:
    return (age, age + 1) if age == int(age) else (age - _FRACTION, age + _FRACTION)


class Days:
    """Turns the dates and spans of a case into days from the visit."""

    def __init__(self, case: Case, visit: date | None) -> None:
        self.age, self.visit = case.age_years, visit

    def of_date(self, text: str | None) -> When:
        """Return when a date as written was; no later than the visit."""
        start, end = first_day(text), last_day(text)
        if start is None or end is None:
            return When()
        if self.visit is None:
            return When(date=start.isoformat(), exact=start == end)
        first, last = float((start - self.visit).days), float((end - self.visit).days)
        return When(first, start.isoformat(), start == end, first, max(first, min(0.0, last)))

    def of_record(self, text: str | None, age_years: float | None) -> When:
        """Return when a value was measured or something was done: by its date, else by the age at it."""
        if text or age_years is None or self.age is None:
            return self.of_date(text)
        day = -max(0.0, self.age - age_years) * DAYS_A_YEAR
        return When(
            day, self._before(-day), exact=False, first=day - DAYS_A_YEAR, last=min(0.0, day + DAYS_A_YEAR)
        )

    def of_finding(self, finding: Finding) -> When:
        """Return when a finding began: by its date, where it has one and the visit is known."""
        if finding.date and self.visit:
            return self.of_date(finding.date)
        backs = days_back(finding, self.age)
        if backs is None:
            return When()
        fewest, most = backs
        if finding.since_days is not None:
            back, slack = finding.since_days, _slack(finding.since_days)
            fewest, most = max(0.0, back - slack), back + slack
        else:
            back = max(0.0, ((self.age or 0.0) - (finding.onset_age_years or 0.0)) * DAYS_A_YEAR)
        return When(-back, self._before(back), exact=False, first=-most, last=-fewest)

    def _before(self, back: float) -> str | None:
        try:
            return (self.visit - timedelta(days=round(back))).isoformat() if self.visit else None
        except OverflowError:
            return None


def _slack(days: float) -> float:
    """Half of the unit in which a span was told: "2 years" is one and a half to two and a half."""
    for unit in _UNITS:
        count = days / unit
        if count >= 1 and abs(count - round(count)) < 1e-3:  # as far as files round
            return unit / 2
    return 0.5
