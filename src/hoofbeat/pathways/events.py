"""The pieces of a timeline: events, what treatments did, what came back, and how long it took."""

from __future__ import annotations

from typing import Literal

from hoofbeat.pathways.condition_model import Piece

DAYS_A_YEAR = 365.25
COURSE_FACTS = {
    "rash_cleared_after_resection": "the rash cleared after resection",
    "rash_back_after_resection": "the rash came back after resection",
    "rash_back_under_treatment": "the rash came back under treatment of the tumour",
    "glucagon_high_after_resection": "glucagon stayed high, or rose again, after resection",
    "glucagon_normal_after_resection": "glucagon was normal after resection",
    "glucagon_measured_after_return": "glucagon was measured after the rash came back",
}


class Event(Piece):
    """One thing that happened.

    day: days from the visit, negative before it; None when it has no date. date: as written or worked out
    from a span. exact: false where only a span or a year was given. first, last: the earliest and the latest
    day it can have been; what comes before what is decided by these. kinds: the options a treatment is.
    work: the procedures it is.
    """

    kind: Literal["finding", "measurement", "treatment"]
    what: str
    term: str = ""
    day: float | None = None
    date: str | None = None
    exact: bool = False
    first: float | None = None
    last: float | None = None
    value: float | None = None
    unit: str = ""
    times_limit: float | None = None
    response: str = ""
    kinds: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    note: Literal["", "after resection", "at recurrence"] = ""

    def follows(self, other: Event) -> bool:
        """True if this came later than another event, for certain."""
        return self.first is not None and other.last is not None and self.first > other.last


class Response(Piece):
    """What followed one treatment: the rash as it was said, and glucagon before and after.

    days: from treatment to the value after. ratio: after over before. glucagon: in words.
    """

    treatment: str
    kinds: tuple[str, ...]
    date: str | None
    rash: str
    glucagon_before: float | None = None
    glucagon_after: float | None = None
    unit: str = "pg/mL"
    times_limit_after: float | None = None
    days: float | None = None
    ratio: float | None = None
    glucagon: Literal["", "normal", "fell", "residual", "unchanged", "rose"] = ""


class Recurrence(Piece):
    """A sign that it came back: the rash or glucagon, after which treatment, and when."""

    sign: Literal["rash", "glucagon"]
    after: str
    date: str | None = None
    days_after: float | None = None


class Delay(Piece):
    """Days from the first sign to the visit, to the first proof, and to treatment of the tumour."""

    first_sign: str = ""
    date: str | None = None
    to_visit: float | None = None
    to_proof: float | None = None
    to_treatment: float | None = None


class Timeline(Piece):
    """Everything dated, in order, and what follows from it.

    visit: the day the case was seen; visit_from says whether it was given or taken from the last date.
    """

    visit: str | None
    visit_from: Literal["given", "last date", "unknown"]
    events: tuple[Event, ...]
    responses: tuple[Response, ...]
    recurrences: tuple[Recurrence, ...]
    delay: Delay
    course: dict[str, bool]
