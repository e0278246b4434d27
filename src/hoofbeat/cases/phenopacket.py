"""GA4GH phenopackets v2, in: the dozen fields a differential needs; unknown fields are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hoofbeat.cases.gather import Gatherer
from hoofbeat.cases.model import Case, Finding, Measurement, State, Treatment
from hoofbeat.cases.times import read_age, read_days, years_between
from hoofbeat.terms import find_test, site, sites

SITE, SPARED, FORM, COURSE, SINCE, RESPONSE, NOT_ASKED = (
    "hoofbeat:site/",
    "hoofbeat:spared/",
    "hoofbeat:form/",
    "hoofbeat:course/",
    "hoofbeat:since/",
    "hoofbeat:response/",
    "hoofbeat:not_asked",
)
SAID = "hoofbeat:said"
_SNOMED = ("SNOMEDCT:", "SCTID:", "SNOMED:")


def is_phenopacket(data: Mapping[str, Any]) -> bool:
    """True if a mapping looks like a phenopacket rather than our own case file."""
    return any(
        key in data
        for key in ("phenotypicFeatures", "phenotypic_features", "metaData", "meta_data", "subject")
    )


def _get(data: Mapping[str, Any], key: str) -> Any:
    """A field by its camelCase or snake_case name."""
    if key in data:
        return data[key]
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in key)
    return data.get(snake)


def case_from_phenopacket(data: Mapping[str, Any], gather: Gatherer) -> Case:
    """Return a case from a phenopacket; faults go to the gatherer."""
    subject = _mapping(_get(data, "subject"), gather, "subject")
    findings = [
        *(_feature(x, f"feature {n}", gather) for n, x in _items(data, "phenotypicFeatures", gather)),
    ]
    measurements = []
    for n, item in _items(data, "measurements", gather):
        found = _measurement(item, f"measurement {n}", gather)
        if isinstance(found, Finding):
            findings.append(found)
        elif found:
            measurements.append(found)
    truth = _truth(data, gather)
    treatments = [_treatment(x) for _, x in _items(data, "medicalActions", gather)]
    setting = next(
        (
            str(x).removeprefix("hoofbeat:setting/")
            for x in _alternates(subject)
            if str(x).startswith("hoofbeat:setting/")
        ),
        None,
    )
    return Case.model_validate(
        {
            "id": str(data.get("id") or subject.get("id") or "case"),
            "age_years": _age(subject, gather),
            "sex": gather.sex(subject.get("sex"), "subject"),
            "setting": setting,
            "findings": tuple(f for f in findings if f),
            "measurements": tuple(measurements),
            "treatments": tuple(t for t in treatments if t),
            "prior_diagnoses": tuple(
                str(_get(d, "term").get("label", ""))
                for _, d in _items(data, "diseases", gather)
                if d.get("excluded") and isinstance(_get(d, "term"), Mapping)
            ),
            "truth": tuple(i for i, _ in truth),
            "truth_labels": tuple(label for _, label in truth),
            "publications": _publications(data),
        }
    )


def _alternates(subject: Mapping[str, Any]) -> list[Any]:
    found = _get(subject, "alternateIds")
    return found if isinstance(found, list) else []


def _mapping(value: Any, gather: Gatherer, what: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    gather.fault("wrong-shape", f"{what} is not an object", "see the GA4GH phenopacket schema, version 2")
    return {}


def _items(data: Mapping[str, Any], key: str, gather: Gatherer) -> list[tuple[int, Mapping[str, Any]]]:
    value = _get(data, key)
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
    last = _get(subject, "timeAtLastEncounter")
    if isinstance(last, Mapping):
        text = _duration(last)
        if text is not None:
            return gather.age(text, "subject")
        moment, birth = last.get("timestamp"), _get(subject, "dateOfBirth")
        if isinstance(moment, str) and isinstance(birth, str):
            years = years_between(birth, moment)
            return gather.age(years, "subject") if years is not None else None
    old = _get(subject, "ageAtCollection")
    return gather.age(_duration({"age": old}), "subject") if isinstance(old, Mapping) else None


def _duration(element: Mapping[str, Any]) -> Any:
    """The ISO duration of a time element: an age, or the middle of an age range."""
    age = element.get("age")
    if isinstance(age, Mapping):
        text = age.get("iso8601duration")
        return text.get("iso8601duration") if isinstance(text, Mapping) else text
    if isinstance(age, str):
        return age
    spread = _get(element, "ageRange")
    if isinstance(spread, Mapping):
        ends = [read_age(_duration({"age": spread.get(k)})) for k in ("start", "end")]
        known = [e for e in ends if e is not None]
        return sum(known) / len(known) if known else None
    return None


def _feature(item: Mapping[str, Any], at: str, gather: Gatherer) -> Finding | None:
    kind = item.get("type")
    identifier = kind.get("id") if isinstance(kind, Mapping) else None
    if not isinstance(identifier, str) or not identifier:
        gather.fault("no-term", "A phenotypic feature has no type id", "give type: {id: HP:…, label: …}", at)
        return None
    fields: dict[str, Any] = {"where": (), "spared": (), "forms": ()}
    _modifiers(item, fields)
    description = item.get("description")
    if isinstance(description, str) and description.strip().lower().startswith("site:"):
        place = gather.place(description.split(":", 1)[1], at)
        for field, found in (("where", place.sites), ("spared", place.spared), ("forms", place.forms)):
            fields[field] = tuple(dict.fromkeys((*fields[field], *found)))
    elif isinstance(description, str) and description.startswith(SAID + ":"):
        fields["said"] = description[len(SAID) + 1 :]
    onset = item.get("onset")
    text = _duration(onset) if isinstance(onset, Mapping) else None
    if text is not None:
        fields["onset_age_years"] = gather.age(text, at)
    state = State.ABSENT if item.get("excluded") is True else fields.pop("state", State.PRESENT)
    fields.pop("state", None)
    if identifier.startswith("HP:"):
        return gather.finding(identifier, at, state=state, **fields)
    gather.note(
        "warning", "other-ontology", f"{identifier} is not an HPO term", "it is not used in ranking", at
    )
    return None


def _modifiers(item: Mapping[str, Any], fields: dict[str, Any]) -> None:
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
        elif code == NOT_ASKED:
            fields["state"] = State.NOT_ASKED
    fields["where"], fields["spared"], fields["forms"] = tuple(where), tuple(spared), tuple(forms)


@cache
def _by_snomed() -> dict[str, str]:
    return {s.snomed: s.slug for s in sites() if s.snomed}


def _measurement(item: Mapping[str, Any], at: str, gather: Gatherer) -> Measurement | Finding | None:
    assay = _mapping(item.get("assay"), gather, f"{at}: assay")
    value = _mapping(item.get("value"), gather, f"{at}: value")
    quantity = value.get("quantity")
    if isinstance(quantity, Mapping):
        return _quantity(assay, quantity, item, at, gather)
    term = _get(value, "ontologyClass")
    if isinstance(term, Mapping) and str(term.get("id", "")).startswith("HP:"):
        return gather.finding(str(term["id"]), at)
    gather.note(
        "warning",
        "no-quantity",
        f"The measurement of {assay.get('label') or 'something'} has no quantity",
        "it is not used in ranking",
        at,
    )
    return None


def _quantity(
    assay: Mapping[str, Any], quantity: Mapping[str, Any], item: Mapping[str, Any], at: str, gather: Gatherer
) -> Measurement | None:
    amount = gather.number(quantity.get("value", 0.0), at, "The value")
    unit = _mapping(quantity.get("unit"), gather, f"{at}: unit")
    words = str(assay.get("label") or assay.get("id") or "")
    if amount is None or not words:
        return None
    code = str(assay.get("id") or "")
    known = find_test(code) or find_test(words)
    spread = _mapping(_get(quantity, "referenceRange"), gather, f"{at}: reference range")
    ends = [
        gather.number(spread[k], at, f"The {k} limit") if spread.get(k) is not None else None
        for k in ("low", "high")
    ]
    observed = _get(item, "timeObserved")
    return Measurement(
        test=known.slug if known else words,
        value=amount,
        unit=str(unit.get("id") or unit.get("label") or "").removeprefix("UCUM:"),
        low=ends[0],
        high=ends[1],
        date=str(observed["timestamp"])[:10]
        if isinstance(observed, Mapping) and observed.get("timestamp")
        else None,
        loinc=code.removeprefix("LOINC:") if code.startswith("LOINC:") else None,
        said=words if known and words not in (known.slug, known.name) else "",
    )


def _treatment(item: Mapping[str, Any]) -> Treatment | None:
    given = item.get("treatment")
    agent = given.get("agent") if isinstance(given, Mapping) else None
    name = (agent.get("label") or agent.get("id")) if isinstance(agent, Mapping) else None
    if not name:
        return None
    response = _get(item, "responseToTreatment")
    code = str(response.get("id", "")) if isinstance(response, Mapping) else ""
    word = code.removeprefix(RESPONSE) if code.startswith(RESPONSE) else "unknown"
    when = str(agent.get("id", "")) if isinstance(agent, Mapping) else ""
    date = when.removeprefix("hoofbeat:treatment/") if when.startswith("hoofbeat:treatment/") else None
    return Treatment.model_validate({"name": str(name), "response": word, "date": date or None})


def _truth(data: Mapping[str, Any], gather: Gatherer) -> list[tuple[str, str]]:
    found = []
    for _, disease in _items(data, "diseases", gather):
        term = disease.get("term")
        if isinstance(term, Mapping) and term.get("id") and not disease.get("excluded"):
            found.append((str(term["id"]), str(term.get("label", ""))))
    if not found:
        for _, interpretation in _items(data, "interpretations", gather):
            diagnosis = interpretation.get("diagnosis")
            term = diagnosis.get("disease") if isinstance(diagnosis, Mapping) else None
            if isinstance(term, Mapping) and term.get("id"):
                found.append((str(term["id"]), str(term.get("label", ""))))
    return found


def _publications(data: Mapping[str, Any]) -> tuple[str, ...]:
    meta = _get(data, "metaData")
    references = _get(meta, "externalReferences") if isinstance(meta, Mapping) else None
    found = []
    for reference in references if isinstance(references, list) else []:
        if isinstance(reference, Mapping):
            found += [str(reference[k]) for k in ("id", "reference") if reference.get(k)]
    return tuple(dict.fromkeys(found))
