"""What cannot be in a case: impossible values, wrong orders of events, facts that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from hoofbeat.cases import Case, State, check_case, first_day
from hoofbeat.errors import Issue
from hoofbeat.pathways.conditions import decide
from hoofbeat.pathways.dates import date_fault
from hoofbeat.pathways.events import Event
from hoofbeat.pathways.facts import CaseFacts
from hoofbeat.pathways.model import Moment
from hoofbeat.pathways.naming import names
from hoofbeat.pathways.views import label_view
from hoofbeat.terms import find_test, load_ontology, read_measurement

# Spans are given in months and years; a biopsy some days "before" the rash is the same visit.
_ORDER_SLACK_DAYS = 7.0


def contradictions(case: Case, facts: CaseFacts) -> list[Issue]:
    """Return what is contradictory or impossible in a case, the grave ones first.

    case: as read, faulty parts included. What the case itself gets wrong (units, terms, ages), then what is
    wrong between its parts: values against findings, order of events, facts that exclude each other, and a
    label used without its grounds.
    """
    found = [
        *(issue for issue in check_case(case) if issue.level == "error"),
        *_values_against_findings(case),
        *_dates(case, facts),
        *_unclear(facts),
        *_orders(facts),
        *_conflicts(facts),
        *_label(case, facts),
    ]
    return sorted(dict.fromkeys(found), key=lambda issue: issue.level != "error")


def _values_against_findings(case: Case) -> Iterator[Issue]:
    onto = load_ontology()
    said = {f.term: f.state for f in case.findings if f.state is not State.NOT_ASKED}
    for number, m in enumerate(case.measurements, 1):
        test, where = find_test(m.test), f"measurement {number}"
        if test is None:
            continue
        reading = read_measurement(
            m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
        )
        shown = f"{test.name} {m.value:g} {m.unit}"
        refused = any(i.level == "error" for i in reading.issues)
        for term in (test.low_is, test.high_is):
            state, label = said.get(term), onto.label(term) if term else ""
            if refused and state is State.PRESENT:
                message = f"The case says {label} [{term}], and {shown} cannot show it"
                remedy = "check the unit in the report; it is often wrong by a thousand"
                yield Issue("warning", "value-cannot-show-finding", message, remedy, where)
            elif state is State.ABSENT and reading.finding == term:
                message = f"{label} [{term}] is said to be absent, yet {shown} shows it"
                yield Issue("error", "value-against-finding", message, "keep one of the two", where)
            elif state is State.PRESENT and term in reading.absent_finding and not _shown(term, case):
                message = f"{label} [{term}] is said to be present, yet {shown} does not show it"
                remedy = "give the value that shows it, the laboratory's own range, or leave out the finding"
                yield Issue("warning", "value-against-finding", message, remedy, where)


def _shown(term: str, case: Case) -> bool:
    """True if another value of the case shows the finding."""
    return any(
        read_measurement(
            m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
        ).finding
        == term
        for m in case.measurements
    )


def _dates(case: Case, facts: CaseFacts) -> Iterator[Issue]:
    items = [
        *((f"measurement {n}", m.date) for n, m in enumerate(case.measurements, 1)),
        *((f"treatment {n}", t.date) for n, t in enumerate(case.treatments, 1)),
    ]
    visit = first_day(facts.timeline.visit)
    for where, text in items:
        day, fault = first_day(text), date_fault(text, visit, case.age_years)
        if text and day is None:
            message = f"{text[:30]!r} is no date"
            yield Issue("warning", "bad-date", message, "write 2026-03-14, 2026-03 or 2026", where)
        elif fault == "after-visit":
            message = f"{where} is dated {day}, after the visit on {visit}, and is not used"
            yield Issue("error", fault, message, "correct the date, or the day of the visit", where)
        elif fault == "before-birth":
            message = f"{where} is dated {day}, before the patient was born, and is not used"
            yield Issue("error", fault, message, "correct the date or the age", where)


def _unclear(facts: CaseFacts) -> Iterator[Issue]:
    """Lines that may be work or treatment the pathway asks for, and do not say so clearly enough."""
    for number, item in enumerate(facts.case.treatments, 1):
        name = facts.wording.unclear(item.name)
        if name:
            message = f"treatment {number} is not taken for “{name}”: it does not say of what, or of another"
            remedy = "if it is meant, name it with its organ (CT of the abdomen), one treatment a line"
            yield Issue("warning", "treatment-not-understood", message, remedy, f"treatment {number}")


def _orders(facts: CaseFacts) -> Iterator[Issue]:
    for order in facts.pathway.file.orders:
        earlier = _moments(order.earlier, facts)
        later = _moments(order.later, facts)
        if earlier and later:
            first = max(earlier, key=_first) if order.every else min(earlier, key=_first)
            then = min(later, key=_last)
            slack = 0.0 if order.every else _ORDER_SLACK_DAYS
            # only what cannot be otherwise: the latest day of the one lies before the earliest of the other
            if _last(then) < _first(first) - slack:
                message = f"{order.says}: {then.what} {_said(then)}, {first.what} {_said(first)}"
                yield Issue("error", order.id, message, order.remedy, order.id)


def _first(event: Event) -> float:
    return event.first if event.first is not None else 0.0


def _last(event: Event) -> float:
    return event.last if event.last is not None else 0.0


def _said(event: Event) -> str:
    return f"on {event.date}" if event.date else f"{-(event.day or 0.0):.0f} days before the visit"


def _moments(moment: Moment, facts: CaseFacts) -> list[Event]:
    """The dated events that a moment means."""
    onto, found = load_ontology(), []
    for event in facts.timeline.events:
        if event.day is None:
            continue
        named = event.kind == "finding" and any(onto.is_a(event.term, t) for t in moment.present)
        done = bool(moment.procedure) and moment.procedure in event.work
        given = bool(moment.treated) and moment.treated in event.kinds
        anything = moment.anything and event.kind != "finding"
        if named or done or given or anything:
            found.append(event)
    return found


def _conflicts(facts: CaseFacts) -> Iterator[Issue]:
    for conflict in facts.pathway.file.conflicts:
        verdict = decide(conflict.when, facts)
        if verdict.holds:
            shown = f" ({'; '.join(verdict.because)})" if verdict.because else ""
            yield Issue(conflict.level, conflict.id, conflict.says + shown, conflict.remedy, conflict.id)


def _label(case: Case, facts: CaseFacts) -> Iterator[Issue]:
    label, view = facts.pathway.file.label, label_view(facts)
    if label is None or view is None or view.allowed:
        return
    if any(names(said, label.words) for said in case.prior_diagnoses):
        wanting = "; ".join(f"({g.id}) {g.says}" for g in view.grounds if not g.met)
        message = f"The case is called {label.name}, and the grounds of that label are wanting: {wanting}"
        remedy = "look for the tumour before the label is used"
        yield Issue("warning", "label-without-grounds", message, remedy, "prior_diagnoses")
