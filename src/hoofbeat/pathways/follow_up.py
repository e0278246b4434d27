"""The visits that treatments on record have started: when each is due, and what a change would mean."""

from __future__ import annotations

from datetime import date, timedelta

from hoofbeat.knowledge import Amount
from hoofbeat.pathways.conditions import decide
from hoofbeat.pathways.events import Event
from hoofbeat.pathways.facts import CaseFacts
from hoofbeat.pathways.model import Option, Visit
from hoofbeat.pathways.result import Due
from hoofbeat.pathways.views import span

# A schedule's first line within a day of the treatment is no visit but a standing watch.
_STANDING_DAYS = 1.0


def schedule(facts: CaseFacts) -> tuple[Due, ...]:
    """Return the follow-up of every treatment on record, the most pressing first.

    Days are counted from the last treatment of its kind; without a date, the line is "undated" and says only
    how long after. A visit counts as done when one of its tests or procedures has a later date.
    """
    found: list[Due] = []
    by_id = {option.id: option for option in facts.pathway.options}
    given = [e for e in facts.timeline.events if e.kind == "treatment"]
    # undated ones stand last among the events, and may not hide a date
    latest = [*reversed([e for e in given if e.date]), *(e for e in given if not e.date)]
    seen: set[str] = set()
    for event in latest:
        for kind in event.kinds:
            if kind not in seen:
                seen.add(kind)
                found += [_due(visit, by_id[kind], event, facts) for visit in by_id[kind].follow_up]
    order = ("not on record", "due", "upcoming", "any time", "undated", "ended")
    return tuple(
        sorted(found, key=lambda due: (order.index(due.state), due.start or "", due.option, due.look))
    )


def _due(visit: Visit, option: Option, event: Event, facts: CaseFacts) -> Due:
    begun = _day(event.date)
    seen = _day(facts.timeline.visit)
    done = _last_done(visit, event, facts)
    closer = visit.sooner_when is not None and decide(visit.sooner_when, facts).holds is True
    every = visit.sooner_every if closer and visit.sooner_every else visit.every
    start, end = _window(visit, every, begun, done)
    until = begun + timedelta(days=visit.until.high) if begun and visit.until else None
    first = span(visit.first)
    assert first is not None  # noqa: S101 (first is never None: it is not optional in the file)
    return Due(
        treatment=event.what,
        option=option.id,
        look=visit.look,
        first=first,
        every=span(every),
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
        until=until.isoformat() if until else None,
        last_done=done.isoformat() if done else None,
        state=_state(visit, begun=begun, seen=seen, start=start, end=end, until=until),
        sooner=visit.sooner,
        change_means=visit.change_means,
        sources=visit.sources,
        judged=visit.judged,
    )


def _window(
    visit: Visit, every: Amount | None, begun: date | None, done: date | None
) -> tuple[date | None, date | None]:
    """The days between which the next visit falls."""
    if begun is None:
        return None, None
    first = begun + timedelta(days=visit.first.low), begun + timedelta(days=visit.first.high)
    if done is None or done < begun + timedelta(days=visit.first.low / 2):
        return first
    if every is None:
        return None, None
    return done + timedelta(days=every.low), done + timedelta(days=every.high)


def _state(
    visit: Visit,
    *,
    begun: date | None,
    seen: date | None,
    start: date | None,
    end: date | None,
    until: date | None,
) -> str:
    if visit.first.high <= _STANDING_DAYS:
        return "any time"
    if begun is None or seen is None:
        return "undated"
    if start is None or end is None or (until and (seen > until or start > until)):
        return "ended"
    if seen < start:
        return "upcoming"
    return "due" if seen <= end else "not on record"


def _last_done(visit: Visit, event: Event, facts: CaseFacts) -> date | None:
    days = [
        _day(e.date)
        for e in facts.timeline.events
        if e.follows(event) and (_is_test(e, visit) or set(e.work) & set(visit.procedures))
    ]
    return max((d for d in days if d), default=None)


def _is_test(event: Event, visit: Visit) -> bool:
    return event.kind == "measurement" and event.what in visit.tests


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
