"""What follows from a timeline: what each treatment did, what came back, and the delay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hoofbeat.pathways.events import Delay, Event, Recurrence, Response
from hoofbeat.pathways.model import CourseRules
from hoofbeat.terms import load_ontology

_GLUCAGON = "HP:0030688"
_PANCREAS_TUMOURS = ("HP:0002894", "HP:6000409", "HP:0030404", "HP:0030405")


def responses_of(events: Sequence[Event], rules: CourseRules | None) -> list[Response]:
    """Return what followed each treatment: the rash as it was said, and glucagon before and after."""
    return [_response(e, events, rules) for e in events if e.kind == "treatment"]


def _response(treated: Event, events: Sequence[Event], rules: CourseRules | None) -> Response:
    before, after = _around(treated, events, rules)
    ratio = after.value / before.value if before and after and after.value and before.value else None
    days = _between(treated, after) if after else None
    return Response(
        treatment=treated.what,
        kinds=treated.kinds,
        date=treated.date,
        rash=treated.response,
        glucagon_before=before.value if before else None,
        glucagon_after=after.value if after else None,
        times_limit_after=after.times_limit if after else None,
        days=days,
        ratio=None if ratio is None else round(ratio, 3),
        glucagon=_verdict(ratio, after, treated, rules),
    )


def _around(
    treated: Event, events: Sequence[Event], rules: CourseRules | None
) -> tuple[Event | None, Event | None]:
    """The last glucagon before a treatment, and the last after it that no later treatment can explain."""
    values = [e for e in events if e.kind == "measurement" and e.what == "glucagon"]
    directed = {rules.resection, *rules.tumour_directed} if rules else set()
    nexts = [
        e.first
        for e in events
        if e.kind == "treatment" and e.first is not None and directed & set(e.kinds) and e.follows(treated)
    ]
    until = min(nexts, default=float("inf"))
    resection = rules is not None and rules.resection in treated.kinds
    earlier = [v for v in values if treated.follows(v)]
    later = [v for v in values if v.follows(treated) and (v.last or 0.0) <= until]
    if resection and not later:
        later = [v for v in values if v.note == "after resection"]
        earlier = earlier or [v for v in values if not v.note and v.day is None]
    return (earlier[-1] if earlier else None), (later[-1] if later else None)


def _verdict(
    ratio: float | None, after: Event | None, treated: Event, rules: CourseRules | None
) -> Literal["", "normal", "fell", "residual", "unchanged", "rose"]:
    if after is None:
        return ""
    if after.times_limit is not None and after.times_limit <= 1:
        return "normal"
    if rules and rules.resection in treated.kinds and _is_residual(after, treated, rules):
        return "residual"
    if ratio is None:
        return ""
    # an assay repeats within about a fifth; less than that is no change
    return "fell" if ratio < 0.8 else "rose" if ratio > 1.25 else "unchanged"


def _between(earlier: Event, later: Event) -> float | None:
    """Days from one event to another, by the days that stand for them."""
    return later.day - earlier.day if later.day is not None and earlier.day is not None else None


def _is_residual(after: Event, removal: Event, rules: CourseRules) -> bool:
    """A high glucagon, for certain so long after the tumour was removed that it should have fallen."""
    if after.first is None or removal.last is None or after.times_limit is None:
        return False
    late = after.first - removal.last >= rules.residual_days.low
    return late and after.times_limit >= rules.residual_multiple.middle


def recurrences_of(
    events: Sequence[Event], responses: Sequence[Response], rules: CourseRules | None
) -> list[Recurrence]:
    """Return the signs that it came back: a relapse as said, a rash or a glucagon after resection.

    Of several values after the resection the latest decides. What cannot be told apart in time decides
    nothing.
    """
    found = [Recurrence(sign="rash", after=r.treatment, date=None) for r in responses if r.rash == "relapse"]
    last = _last_removal(events, rules)
    if rules is None or last is None:
        return found
    found += [_back("rash", event, last) for event in _returns(events, rules)]
    values = [e for e in events if e.kind == "measurement" and e.what == "glucagon"]
    dated = [v for v in values if v.follows(last)]
    for event in [*dated[-1:], *(v for v in values if v.day is None)]:
        said = event.note == "at recurrence" and (event.times_limit or 0) > 1
        if said or _is_residual(event, last, rules):
            found.append(_back("glucagon", event, last))
    return found


def _last_removal(events: Sequence[Event], rules: CourseRules | None) -> Event | None:
    """The last removal of the tumour; one without a date may be the last."""
    return next((e for e in reversed(events) if rules and rules.resection in e.kinds), None)


def _back(sign: Literal["rash", "glucagon"], event: Event, last: Event) -> Recurrence:
    return Recurrence(sign=sign, after=last.what, date=event.date, days_after=_between(last, event))


def _returns(events: Sequence[Event], rules: CourseRules) -> list[Event]:
    """Rashes that began after the last removal of the tumour; jaundice and other signs are none."""
    onto, last = load_ontology(), _last_removal(events, rules)
    return [
        e
        for e in events
        if last and e.kind == "finding" and e.follows(last) and onto.resolve(e.term).status == "current"
        if any(onto.is_a(e.term, term) for term in rules.rash)
    ]


def delay_of(events: Sequence[Event], rules: CourseRules | None) -> Delay:
    """Return the days from the first dated sign to proof, treatment and visit."""
    signs = [e for e in events if e.kind == "finding" and e.day is not None]
    if not signs or signs[0].day is None:
        return Delay()
    first = signs[0]
    start = signs[0].day
    proofs = [e.day for e in events if e.day is not None and _proves(e)]
    directed = set(rules.tumour_directed) if rules else set()
    directed |= {rules.resection} if rules else set()
    treated = [e.day for e in events if e.day is not None and directed & set(e.kinds)]
    return Delay(
        first_sign=first.what,
        date=first.date,
        to_visit=-start,
        to_proof=min(proofs) - start if proofs else None,
        to_treatment=min(treated) - start if treated else None,
    )


def _proves(event: Event) -> bool:
    """A raised glucagon, or a tumour of the pancreas."""
    if event.kind == "measurement":
        return event.what == "glucagon" and (event.times_limit or 0) > 1
    onto = load_ontology()
    known = event.kind == "finding" and onto.resolve(event.term).status == "current"
    return known and any(onto.is_a(event.term, term) for term in (_GLUCAGON, *_PANCREAS_TUMOURS))


def course_of(
    events: Sequence[Event],
    responses: Sequence[Response],
    recurrences: Sequence[Recurrence],
    rules: CourseRules | None,
) -> dict[str, bool]:
    """Return the named facts that a pathway may ask of the course; absent where nothing is known."""
    if rules is None:
        return {}
    removals = [r for r in responses if rules.resection in r.kinds]
    of_removal = {r.treatment for r in removals}
    found: dict[str, bool] = {}
    if any(r.rash in ("complete", "partial", "relapse") for r in removals):
        found["rash_cleared_after_resection"] = any(r.rash in ("complete", "relapse") for r in removals)
    directed = {r.treatment for r in responses if set(rules.tumour_directed) & set(r.kinds)} - of_removal
    if any(r.sign == "rash" and r.after in directed for r in recurrences):
        found["rash_back_under_treatment"] = True
    back = [r for r in recurrences if r.after in of_removal]
    if any(r.sign == "rash" for r in back):
        found["rash_back_after_resection"] = True
        if _measured_after_return(events, rules):
            found["glucagon_measured_after_return"] = True
    if any(r.sign == "glucagon" for r in back):
        found["glucagon_high_after_resection"] = True
    elif removals and removals[-1].glucagon == "normal":
        found["glucagon_normal_after_resection"] = True
        found["glucagon_high_after_resection"] = False
    # a value "at recurrence" without a limit cannot be judged, and its words are taken for it
    if removals and any(e.note == "at recurrence" and e.times_limit is None for e in events):
        found.setdefault("glucagon_high_after_resection", True)
    return found


def _measured_after_return(events: Sequence[Event], rules: CourseRules) -> bool:
    """Whether glucagon was measured, for certain, once the rash was back."""
    began = min((e.last for e in _returns(events, rules) if e.last is not None), default=None)
    values = [e.first for e in events if e.kind == "measurement" and e.what == "glucagon"]
    return began is not None and any(day is not None and day >= began for day in values)
