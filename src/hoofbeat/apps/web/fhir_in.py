"""A chart becomes a case: FHIR R4 Patient, Condition, Observation, medication and Procedure resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from hoofbeat.apps.web.fhir_codes import codings, finding_of, set_of, sites_of, words
from hoofbeat.cases import Case, Finding, Measurement, Sex, State, Treatment, check_case
from hoofbeat.errors import Issue
from hoofbeat.knowledge import DrugSet
from hoofbeat.terms import find_test, load_ontology

_SEXES: dict[str, Sex] = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}
_MEDICATION = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
_VOID = ("entered-in-error", "cancelled", "not-done", "stopped-in-error")
_DOUBTFUL = ("unconfirmed", "provisional", "differential")
# LOINC answers and SNOMED qualifiers for present and absent
_YES, _NO = {"LA9633-4", "52101004", "POS", "A", "373066001"}, {"LA9634-2", "2667000", "NEG", "373067005"}
_LARGEST_BUNDLE = 5_000


class Charted(NamedTuple):
    """A case from a chart: known holds the slugs of models whose disease is on the problem list."""

    case: Case | None
    issues: tuple[Issue, ...]
    known: tuple[str, ...] = ()
    dated: tuple[tuple[str, str], ...] = ()


def case_from_fhir(
    data: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, today: date | None = None
) -> Charted:
    """Return the case that a Bundle, or a list of resources, tells of, with what could not be used.

    today: the day of the visit, from which ages and spans are counted; the present day by default.
    Doubtful and refuted conditions are no findings; one refuted is absent. dated: findings with the day
    since which they are known.
    """
    resources = list(_resources(data))[:_LARGEST_BUNDLE]
    patients = [r for r in resources if r.get("resourceType") == "Patient"]
    if len({p.get("id") for p in patients}) > 1:
        remedy = "send one patient at a time"
        return Charted(None, (Issue("error", "many-patients", "The chart holds several patients", remedy),))
    reader = _Chart(today or date.today())  # noqa: DTZ011 (the day where the patient is)
    for resource in resources:
        reader.read(resource)
    case = reader.case(patients[0] if patients else {})
    return Charted(
        case, (*reader.issues(), *check_case(case)), tuple(dict.fromkeys(reader.known)), reader.dated()
    )


def _resources(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        if data.get("resourceType") == "Bundle":
            entries = data.get("entry")
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, Mapping):
                    yield from _resources(entry.get("resource"))
        elif data.get("resourceType"):
            yield data
    elif isinstance(data, list | tuple):
        for part in data:
            yield from _resources(part)


class _Chart:
    """Gathers what the resources of one patient say."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.findings: dict[tuple[str, State], Finding] = {}
        self.measurements: list[Measurement] = []
        self.given: dict[str, list[tuple[str, DrugSet | None]]] = {}
        self.labels: list[str] = []
        self.known: list[str] = []
        self.unused = 0

    def read(self, resource: Mapping[str, Any]) -> None:
        kind, status = resource.get("resourceType"), str(resource.get("status", ""))
        if kind in ("Patient", "Bundle", "OperationOutcome") or status in _VOID:
            return
        if kind == "Condition":
            self._condition(resource)
        elif kind == "Observation":
            self._observation(resource)
        elif kind in _MEDICATION:
            self._drug(resource)
        elif kind == "Procedure":
            name = words(resource.get("code"))
            if name:
                self.given.setdefault(name, []).append((_day(resource.get("performedDateTime")), None))
        else:
            self.unused += 1

    def _condition(self, resource: Mapping[str, Any]) -> None:
        verified = _code(resource.get("verificationStatus"))
        if verified == "entered-in-error":
            return
        term, said = finding_of(resource.get("code"))
        known = set_of(resource.get("code"))
        if verified in _DOUBTFUL:
            self.unused += 1
            return
        if known is not None and verified != "refuted":
            self.known += getattr(known, "disease", ())
        if term:
            state = State.ABSENT if verified == "refuted" else State.PRESENT
            self._found(term, said, state, self._since(resource), sites_of(resource.get("bodySite")))
        elif said and verified != "refuted":
            self.labels.append(said)
        else:
            self.unused += 1

    def _observation(self, resource: Mapping[str, Any]) -> None:
        parts = resource.get("component")
        for part in (resource, *(parts if isinstance(parts, list) else ())):
            if isinstance(part, Mapping) and not self._value(part, resource):
                self.unused += part is resource and not parts

    def _value(self, part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
        quantity, when = (
            part.get("valueQuantity"),
            _day(whole.get("effectiveDateTime") or whole.get("issued")),
        )
        if isinstance(quantity, Mapping):
            return self._measured(part, quantity, when)
        there = _yes_or_no(part)
        term, said = finding_of(part.get("code")) if there is not None else ("", "")
        if not term:
            return False
        since = self._back(when)
        self._found(
            term, said, State.PRESENT if there else State.ABSENT, since, sites_of(part.get("bodySite"))
        )
        return True

    def _measured(self, part: Mapping[str, Any], quantity: Mapping[str, Any], when: str) -> bool:
        code = part.get("code")
        known = set_of(code)
        named = [getattr(known, "test", ""), *(c.code for c in codings(code) if c.vocabulary == "LOINC")]
        test = next((t for t in map(find_test, filter(None, [*named, words(code)])) if t), None)
        value, unit = quantity.get("value"), quantity.get("code") or quantity.get("unit")
        if test is None or isinstance(value, bool) or not isinstance(value, int | float) or not unit:
            return False
        low, high = _range(part)
        loinc = next((c.code for c in codings(code) if c.vocabulary == "LOINC"), None)
        self.measurements.append(
            Measurement(
                test=test.slug,
                value=value,
                unit=str(unit),
                low=low,
                high=high,
                date=when or None,
                loinc=loinc,
            )
        )
        return True

    def _drug(self, resource: Mapping[str, Any]) -> None:
        concept = resource.get("medicationCodeableConcept")
        found = set_of(concept)
        drug = found if isinstance(found, DrugSet) else None
        name = (drug.treatment if drug else "") or words(concept)
        if name:
            when = (
                resource.get("authoredOn")
                or resource.get("effectiveDateTime")
                or resource.get("dateAsserted")
            )
            self.given.setdefault(name, []).append((_day(when), drug))

    def _found(self, term: str, said: str, state: State, since: float | None, where: tuple[str, ...]) -> None:
        before = self.findings.get((term, state))
        if before is not None:
            spans = [s for s in (before.since_days, since) if s is not None]
            since, where = max(spans, default=None), tuple(dict.fromkeys((*before.where, *where)))
        label = load_ontology().label(term)
        absent = state is State.ABSENT
        self.findings[term, state] = Finding(
            term=term,
            label=label,
            state=state,
            said=said if said.casefold() != label.casefold() else "",
            since_days=None if absent else since,
            where=() if absent else where,
        )

    def _since(self, resource: Mapping[str, Any]) -> float | None:
        period = resource.get("onsetPeriod")
        start = period.get("start") if isinstance(period, Mapping) else None
        return self._back(_day(resource.get("onsetDateTime") or start or resource.get("recordedDate")))

    def _back(self, day: str) -> float | None:
        return float(max(0, (self.today - date.fromisoformat(day)).days)) if day else None

    def case(self, patient: Mapping[str, Any]) -> Case:
        born = _day(patient.get("birthDate"))
        years = (self.today - date.fromisoformat(born)).days / 365.25 if born else None
        there = {term for term, state in self.findings if state is State.PRESENT}
        # what is said to be absent, and stands elsewhere in the chart, is there
        kept = [
            f for (term, state), f in self.findings.items() if state is State.PRESENT or term not in there
        ]
        return Case(
            id="chart",
            age_years=round(years, 1) if years is not None and 0 <= years <= 120 else None,
            sex=_SEXES.get(str(patient.get("gender", "unknown")), "unknown"),
            findings=tuple(kept),
            measurements=tuple(self.measurements),
            treatments=tuple(_treatment(name, times) for name, times in self.given.items()),
            prior_diagnoses=tuple(dict.fromkeys(self.labels)),
        )

    def issues(self) -> Iterator[Issue]:
        if self.unused:
            count = f"{self.unused} entries of the chart" if self.unused > 1 else "One entry of the chart"
            remedy = "look through the findings, and add by hand what matters"
            yield Issue("warning", "not-used", f"{count} could not be used", remedy)

    def dated(self) -> tuple[tuple[str, str], ...]:
        rows = []
        for f in self.findings.values():
            if f.state is State.PRESENT:
                days = f.since_days
                day = (
                    date.fromordinal(self.today.toordinal() - int(days)).isoformat()
                    if days is not None
                    else ""
                )
                rows.append((f.label, day))
        return tuple(rows)


def _treatment(name: str, times: list[tuple[str, DrugSet | None]]) -> Treatment:
    """A drug given again and again did not settle the matter; prescriptions say no more than that."""
    days = sorted({day for day, _ in times if day})
    drug = next((d for _, d in times if d), None)
    again = drug is not None and drug.repeated and len(days) >= drug.repeated and drug.response
    return Treatment.model_validate(
        {
            "name": name,
            "response": (drug.response if drug and again else "") or "unknown",
            "date": days[-1] if days else None,
        }
    )


def _yes_or_no(part: Mapping[str, Any]) -> bool | None:
    if isinstance(part.get("valueBoolean"), bool):
        return bool(part["valueBoolean"])
    said = {c for key in ("valueCodeableConcept",) for c in _codes(part.get(key))}
    read = part.get("interpretation")
    for concept in read if isinstance(read, list) else []:
        said |= _codes(concept)
    if said & _NO:
        return False
    return True if said & _YES else None


def _codes(concept: Any) -> set[str]:
    items = concept.get("coding") if isinstance(concept, Mapping) else None
    return (
        {str(c.get("code", "")) for c in items or () if isinstance(c, Mapping)}
        if isinstance(items, list)
        else set()
    )


def _code(concept: Any) -> str:
    return next(iter(sorted(_codes(concept))), "")


def _range(part: Mapping[str, Any]) -> tuple[float | None, float | None]:
    given = part.get("referenceRange")
    first = given[0] if isinstance(given, list) and given else {}
    ends = []
    for key in ("low", "high"):
        end = first.get(key) if isinstance(first, Mapping) else None
        value = end.get("value") if isinstance(end, Mapping) else None
        ends.append(float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None)
    return ends[0], ends[1]


def _day(value: Any) -> str:
    """Return the day of a FHIR date or time; a month or a year stands for its first day."""
    text = str(value or "")[:10]
    for filled in (text, f"{text}-01", f"{text}-01-01"):
        try:
            return date.fromisoformat(filled).isoformat()
        except ValueError:
            continue
    return ""
