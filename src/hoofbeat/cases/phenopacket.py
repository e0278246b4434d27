"""GA4GH phenopackets v2, in: what a differential and a pathway need; what is left unread is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hoofbeat.cases.actions import read_action
from hoofbeat.cases.checks import DEATH, is_death
from hoofbeat.cases.dates import from_timestamp, with_spans
from hoofbeat.cases.gather import Gatherer
from hoofbeat.cases.model import Case, Finding, Measurement, State
from hoofbeat.cases.time_element import When, duration_of, field, read_when
from hoofbeat.cases.times import read_days, years_between
from hoofbeat.cases.unread import tell_unread
from hoofbeat.terms import find_test, site, sites

SITE, SPARED, FORM, COURSE, SINCE, ONSET_AGE, NOT_ASKED = (
    "hoofbeat:site/",
    "hoofbeat:spared/",
    "hoofbeat:form/",
    "hoofbeat:course/",
    "hoofbeat:since/",
    "hoofbeat:onset_age/",
    "hoofbeat:not_asked",
)
SAID, PRIOR = "hoofbeat:said", "hoofbeat:prior"
_DECEASED = ("DECEASED", "2")  # a protobuf enum is a name or its number
_OPEN = ("UNSOLVED", "IN_PROGRESS")
_SNOMED = ("SNOMEDCT:", "SCTID:", "SNOMED:")


def is_phenopacket(data: Mapping[str, Any]) -> bool:
    """True if a mapping looks like a phenopacket rather than our own case file."""
    return any(
        key in data
        for key in ("phenotypicFeatures", "phenotypic_features", "metaData", "meta_data", "subject")
    )


def case_from_phenopacket(data: Mapping[str, Any], gather: Gatherer) -> Case:
    """Return a case from a phenopacket; faults go to the gatherer, and one warning names what is not read."""
    subject = _mapping(field(data, "subject"), gather, "subject")
    birth = field(subject, "dateOfBirth")
    findings = [
        _feature(x, birth, f"feature {n}", gather) for n, x in _items(data, "phenotypicFeatures", gather)
    ]
    measured = [
        found
        for n, x in _items(data, "measurements", gather)
        for found in _measured(x, f"measurement {n}", gather)
    ]
    measurements = [m for m in measured if isinstance(m, Measurement)]
    findings += [m for m in measured if isinstance(m, Finding)]
    actions = [read_action(x, f"action {n}", gather) for n, x in _items(data, "medicalActions", gather)]
    treatments = [t for t in actions if t]
    known = _with_death([f for f in findings if f], subject, gather)
    truth = _truth(data, gather)
    case = Case.model_validate(
        {
            "id": str(data.get("id") or subject.get("id") or "case"),
            "age_years": _age(subject, gather),
            "sex": gather.sex(subject.get("sex"), "subject"),
            "setting": _setting(subject),
            "findings": with_spans(known, measurements, treatments, _seen(subject)),
            "measurements": tuple(measurements),
            "treatments": tuple(treatments),
            "prior_diagnoses": tuple(_excluded(data)),
            "truth": tuple(i for i, _ in truth),
            "truth_labels": tuple(label for _, label in truth),
            "publications": _publications(data),
        }
    )
    tell_unread(data, gather)
    return case


def _setting(subject: Mapping[str, Any]) -> str | None:
    own = "hoofbeat:setting/"
    return next((str(x).removeprefix(own) for x in _alternates(subject) if str(x).startswith(own)), None)


def _alternates(subject: Mapping[str, Any]) -> list[Any]:
    found = field(subject, "alternateIds")
    return found if isinstance(found, list) else []


def _mapping(value: Any, gather: Gatherer, what: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    gather.fault("wrong-shape", f"{what} is not an object", "see the GA4GH phenopacket schema, version 2")
    return {}


def _items(data: Mapping[str, Any], key: str, gather: Gatherer) -> list[tuple[int, Mapping[str, Any]]]:
    value = field(data, key)
    if value is None:
        return []
    if not isinstance(value, list):
        gather.fault("wrong-shape", f"{key} is not a list", "see the GA4GH phenopacket schema, version 2")
        return []
    found = []
    for n, item in enumerate(value, 1):
        if isinstance(item, Mapping):
            found.append((n, item))
        else:
            gather.fault(
                "wrong-shape", f"{key} {n} is not an object", "see the GA4GH phenopacket schema, version 2"
            )
    return found


def _age(subject: Mapping[str, Any], gather: Gatherer) -> float | None:
    path, last = "subject.timeAtLastEncounter", field(subject, "timeAtLastEncounter")
    if isinstance(last, Mapping):
        text = duration_of(last)
        if text is not None:
            if field(last, "ageRange") is not None:
                gather.leave(f"{path}.ageRange")
            return gather.age(text, "subject")
        years = _years(field(subject, "dateOfBirth"), _seen(subject))
        if years is None and last:
            gather.leave(path)
        return gather.age(years, "subject") if years is not None else None
    old = field(subject, "ageAtCollection")
    return gather.age(duration_of({"age": old}), "subject") if isinstance(old, Mapping) else None


def _years(birth: Any, moment: str | None) -> float | None:
    if not isinstance(birth, str) or moment is None:
        return None
    years = years_between(birth, moment)
    # what began before birth is there at birth
    return 0.0 if years is not None and -1 < years < 0 else years


def _seen(subject: Mapping[str, Any]) -> str | None:
    """The day of the last encounter, where it is a date."""
    last = field(subject, "timeAtLastEncounter")
    moment = last.get("timestamp") if isinstance(last, Mapping) else None
    return from_timestamp(moment) if isinstance(moment, str) else None


def _with_death(findings: list[Finding], subject: Mapping[str, Any], gather: Gatherer) -> list[Finding]:
    """The findings, and death among them if the vital status tells of it: once, and when it was."""
    vital = _mapping(field(subject, "vitalStatus"), gather, "vitalStatus")
    moment = field(vital, "timeOfDeath")
    if str(vital.get("status", "")).upper() not in _DECEASED and not moment:
        return findings
    when = read_when(moment, "subject.vitalStatus.timeOfDeath", gather, "subject")
    told = next((n for n, f in enumerate(findings) if is_death(f)), None)
    times = _onset(when, field(subject, "dateOfBirth"), gather, "subject")
    if told is None:
        death = gather.finding(DEATH, "subject", **times)
        return [*findings, death] if death else findings
    there = findings[told]
    if there.date and when.date and there.date != when.date:
        message = "The date of death in vitalStatus is not that of the phenotypic feature"
        gather.note("warning", "death-twice", message, "the feature's is used; correct one of the two")
    filled = {k: v for k, v in times.items() if getattr(there, k) is None and (k == "date" or not there.date)}
    return [*findings[:told], there.model_copy(update=filled), *findings[told + 1 :]]


def _onset(when: When, birth: Any, gather: Gatherer, at: str) -> dict[str, Any]:
    """When a finding began, as fields of it; a date is an age as well where the date of birth is given."""
    age = when.age_years
    if age is None and (years := _years(birth, when.date)) is not None:
        age = gather.age(round(years, 4), at)
    return {"date": when.date, "onset_age_years": age}


def _feature(item: Mapping[str, Any], birth: Any, at: str, gather: Gatherer) -> Finding | None:
    kind = item.get("type")
    identifier = kind.get("id") if isinstance(kind, Mapping) else None
    if not isinstance(identifier, str) or not identifier:
        gather.fault("no-term", "A phenotypic feature has no type id", "give type: {id: HP:…, label: …}", at)
        return None
    fields: dict[str, Any] = {"where": (), "spared": (), "forms": ()}
    when = read_when(field(item, "onset"), "phenotypicFeatures.onset", gather, at)
    fields.update(_onset(when, birth, gather, at))
    _modifiers(item, fields, at, gather)
    description = item.get("description")
    if isinstance(description, str) and description.strip().lower().startswith("site:"):
        place = gather.place(description.split(":", 1)[1], at)
        for name, found in (("where", place.sites), ("spared", place.spared), ("forms", place.forms)):
            fields[name] = tuple(dict.fromkeys((*fields[name], *found)))
    elif isinstance(description, str) and description.startswith(SAID + ":"):
        fields["said"] = description[len(SAID) + 1 :]
    elif description:
        gather.leave("phenotypicFeatures.description")
    if field(item, "resolution"):
        fields.setdefault("course", "resolved")
        gather.leave("phenotypicFeatures.resolution")
    state = fields.pop("state", State.PRESENT)
    if gather.flag(item.get("excluded"), at, "excluded"):
        state = State.ABSENT
    if identifier.startswith("HP:"):
        return gather.finding(identifier, at, state=state, **fields)
    gather.note(
        "warning", "other-ontology", f"{identifier} is not an HPO term", "it is not used in ranking", at
    )
    return None


def _modifiers(item: Mapping[str, Any], fields: dict[str, Any], at: str, gather: Gatherer) -> None:
    """Read modifiers that say where and where not, how it looks, its course, and since when."""
    where, spared, forms = [], [], []
    modifiers = item.get("modifiers")
    for modifier in modifiers if isinstance(modifiers, list) else []:
        code = str(modifier.get("id", "")) if isinstance(modifier, Mapping) else ""
        if code.startswith(SITE):
            where.append(site(code.removeprefix(SITE)).slug)
        elif code.startswith(SPARED):
            spared.append(site(code.removeprefix(SPARED)).slug)
        elif (slug := _by_snomed().get(code.rpartition(":")[2])) and code.startswith(_SNOMED):
            where.append(slug)
        elif code.startswith(FORM):
            forms.append(code.removeprefix(FORM))
        elif code.startswith(COURSE):
            fields["course"] = code.removeprefix(COURSE)
        elif code.startswith(SINCE):
            fields["since_days"] = read_days(code.removeprefix(SINCE))
        elif code.startswith(ONSET_AGE):
            fields["onset_age_years"] = gather.age(code.removeprefix(ONSET_AGE), at)
        elif code == NOT_ASKED:
            fields["state"] = State.NOT_ASKED
        else:
            gather.leave("phenotypicFeatures.modifiers")
    fields["where"], fields["spared"], fields["forms"] = tuple(where), tuple(spared), tuple(forms)


@cache
def _by_snomed() -> dict[str, str]:
    return {s.snomed: s.slug for s in sites() if s.snomed}


def _measured(item: Mapping[str, Any], at: str, gather: Gatherer) -> Iterator[Measurement | Finding]:
    """The values of a measurement, which may have several, or the finding that it is said to show."""
    assay = _mapping(item.get("assay"), gather, f"{at}: assay")
    value = _mapping(item.get("value"), gather, f"{at}: value")
    several = _mapping(field(item, "complexValue"), gather, f"{at}: complexValue")
    parts = [(x.get("type"), x.get("quantity")) for _, x in _items(several, "typedQuantities", gather)]
    told = [(what, amount) for what, amount in [(assay, value.get("quantity")), *parts] if amount is not None]
    when = read_when(field(item, "timeObserved"), "measurements.timeObserved", gather, at)
    for what, amount in told:
        quantity = _mapping(amount, gather, f"{at}: quantity")
        if found := _quantity(_mapping(what, gather, f"{at}: type"), quantity, when, at, gather):
            yield found
    if told:
        return
    term = field(value, "ontologyClass")
    if isinstance(term, Mapping) and str(term.get("id", "")).startswith("HP:"):
        if when != When():
            gather.leave("measurements.timeObserved")
        if finding := gather.finding(str(term["id"]), at):
            yield finding
        return
    gather.note(
        "warning",
        "no-quantity",
        f"The measurement of {assay.get('label') or 'something'} has no quantity",
        "it is not used in ranking",
        at,
    )


def _quantity(
    assay: Mapping[str, Any], quantity: Mapping[str, Any], when: When, at: str, gather: Gatherer
) -> Measurement | None:
    amount = gather.number(quantity.get("value", 0.0), at, "The value")
    unit = _mapping(quantity.get("unit"), gather, f"{at}: unit")
    words = str(assay.get("label") or assay.get("id") or "")
    if amount is None or not words:
        return None
    code = str(assay.get("id") or "")
    known = find_test(code) or find_test(words)
    spread = _mapping(field(quantity, "referenceRange"), gather, f"{at}: reference range")
    ends = [
        gather.number(spread[k], at, f"The {k} limit") if spread.get(k) is not None else None
        for k in ("low", "high")
    ]
    return Measurement(
        test=known.slug if known else words,
        value=amount,
        unit=str(unit.get("id") or unit.get("label") or "").removeprefix("UCUM:"),
        low=ends[0],
        high=ends[1],
        date=when.date,
        age_years=when.age_years,
        loinc=code.removeprefix("LOINC:") if code.startswith("LOINC:") else None,
        said=words if known and words not in (known.slug, known.name) else "",
    )


def _truth(data: Mapping[str, Any], gather: Gatherer) -> list[tuple[str, str]]:
    """Ids and labels of the final diagnoses; interpretations are asked only where no disease is given."""
    found = []
    for n, disease in _items(data, "diseases", gather):
        excluded = gather.flag(disease.get("excluded"), f"disease {n}", "excluded")
        term = disease.get("term")
        if not isinstance(term, Mapping) or not term.get("id"):
            gather.leave("diseases.term")
        elif not excluded:
            found.append((str(term["id"]), str(term.get("label", ""))))
    given = {i for i, _ in found}
    for _, interpretation in _items(data, "interpretations", gather):
        diagnosis = interpretation.get("diagnosis")
        term = diagnosis.get("disease") if isinstance(diagnosis, Mapping) else None
        if not isinstance(term, Mapping) or not term.get("id"):
            continue
        settled = str(field(interpretation, "progressStatus")).upper() not in _OPEN
        if not given and settled:
            found.append((str(term["id"]), str(term.get("label", ""))))
        elif str(term["id"]) not in given:
            gather.leave("interpretations.diagnosis.disease")
    return found


def _excluded(data: Mapping[str, Any]) -> Iterator[str]:
    """Diagnoses that were ruled out, in words and with their id: "Eczema [MONDO:0004980]"."""
    unheard = Gatherer("")  # the same faults are told where the other diseases are read
    for _, disease in _items(data, "diseases", unheard):
        term = disease.get("term")
        if not isinstance(term, Mapping) or not unheard.flag(disease.get("excluded"), "", ""):
            continue
        code, words = str(term.get("id") or ""), str(term.get("label") or "")
        if words or code:
            yield words if code in ("", PRIOR) else f"{words} [{code}]" if words else code


def _publications(data: Mapping[str, Any]) -> tuple[str, ...]:
    meta = field(data, "metaData")
    references = field(meta, "externalReferences") if isinstance(meta, Mapping) else None
    found = []
    for reference in references if isinstance(references, list) else []:
        if isinstance(reference, Mapping):
            found += [str(reference[k]) for k in ("id", "reference") if reference.get(k)]
    return tuple(dict.fromkeys(found))
