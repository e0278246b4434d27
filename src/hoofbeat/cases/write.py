"""GA4GH phenopackets v2, out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hoofbeat.cases.actions import RESPONSE, TREATMENT
from hoofbeat.cases.checks import is_death
from hoofbeat.cases.dates import BEGAN, BEGAN_AT_AGE, time_element, to_timestamp
from hoofbeat.cases.model import Case, Finding, Measurement, State, Treatment
from hoofbeat.cases.phenopacket import (
    COURSE,
    FORM,
    NOT_ASKED,
    ONSET_AGE,
    PRIOR,
    SAID,
    SINCE,
    SITE,
    SPARED,
)
from hoofbeat.cases.times import write_days, write_years
from hoofbeat.terms import find_test, lesion_word, load_ontology, site

_SEX = {"female": "FEMALE", "male": "MALE", "other": "OTHER_SEX", "unknown": "UNKNOWN_SEX"}


def to_phenopacket(case: Case, *, created: str | None = None) -> dict[str, Any]:
    """Return a case as a phenopacket (protobuf JSON names); reading it back gives the same case.

    created: ISO timestamp for metaData; now by default. A site is a modifier. So is a site that is spared,
    under an id of our own, lest a reader that does not know it take it for one involved. Death is told as a
    finding and, for readers that look there, as the vital status.
    """
    subject: dict[str, Any] = {"id": case.id, "sex": _SEX[case.sex]}
    if case.age_years is not None:
        subject["timeAtLastEncounter"] = {"age": {"iso8601duration": write_years(case.age_years)}}
    if case.setting:
        subject["alternateIds"] = [f"hoofbeat:setting/{case.setting}"]
    if death := next((f for f in case.findings if is_death(f)), None):
        moment = time_element(death.date, death.onset_age_years)
        subject["vitalStatus"] = {"status": "DECEASED"} | ({"timeOfDeath": moment} if moment else {})
    packet: dict[str, Any] = {"id": case.id, "subject": subject}
    packet["phenotypicFeatures"] = [_feature(f) for f in case.findings]
    if case.measurements:
        packet["measurements"] = [_measurement(m) for m in case.measurements]
    if case.treatments:
        packet["medicalActions"] = [_treatment(t) for t in case.treatments]
    labels = (*case.truth_labels, *[""] * len(case.truth))
    diseases: list[dict[str, Any]] = [
        {"term": {"id": i, "label": label}} for i, label in zip(case.truth, labels, strict=False)
    ]
    diseases += [{"term": _prior(words), "excluded": True} for words in case.prior_diagnoses]
    if diseases:
        packet["diseases"] = diseases
    packet["metaData"] = _meta(case, created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return packet


def _prior(words: str) -> dict[str, str]:
    known = re.fullmatch(r"(.+) \[([A-Za-z]+:\S+)\]", words)
    return {"id": known[2], "label": known[1]} if known else {"id": PRIOR, "label": words}


def _feature(finding: Finding) -> dict[str, Any]:
    feature: dict[str, Any] = {"type": {"id": finding.term, "label": finding.label}}
    if finding.state is State.ABSENT:
        feature["excluded"] = True
    modifiers = [_site(slug) for slug in finding.where]
    modifiers += [{"id": SPARED + slug, "label": f"not on: {site(slug).name}"} for slug in finding.spared]
    modifiers += [{"id": FORM + w, "label": lesion_word(w).name} for w in finding.forms]
    if finding.course:
        modifiers.append({"id": COURSE + finding.course, "label": finding.course})
    if finding.since_days is not None:
        modifiers.append({"id": SINCE + write_days(finding.since_days), "label": "since"})
    if finding.date is not None and finding.onset_age_years is not None:
        modifiers.append({"id": ONSET_AGE + write_years(finding.onset_age_years), "label": "onset at age"})
    if finding.state is State.NOT_ASKED:
        modifiers.append({"id": NOT_ASKED, "label": "not asked"})
    if modifiers:
        feature["modifiers"] = modifiers
    if onset := time_element(finding.date, finding.onset_age_years):
        feature["onset"] = onset
    if finding.said:
        feature["description"] = f"{SAID}:{finding.said}"
    return feature


def _site(slug: str) -> dict[str, str]:
    # our own id is exact; two of our sites may share the nearest SNOMED structure
    return {"id": SITE + slug, "label": site(slug).name}


def _measurement(m: Measurement) -> dict[str, Any]:
    known = find_test(m.test)
    code = f"LOINC:{m.loinc}" if m.loinc else ""
    unit = {"id": f"UCUM:{m.unit}", "label": m.unit}
    quantity: dict[str, Any] = {"unit": unit, "value": m.value}
    if m.low is not None or m.high is not None:
        spread: dict[str, Any] = {"unit": unit}
        spread.update({k: v for k, v in (("low", m.low), ("high", m.high)) if v is not None})
        quantity["referenceRange"] = spread
    label = m.said or (known.name if known else m.test)
    out: dict[str, Any] = {"assay": {"id": code, "label": label}, "value": {"quantity": quantity}}
    if observed := time_element(m.date, m.age_years):
        out["timeObserved"] = observed
    return out


def _treatment(t: Treatment) -> dict[str, Any]:
    term = {"id": t.code or TREATMENT, "label": t.name}
    moment = time_element(t.date, t.age_years)
    done: dict[str, Any]
    if t.kind == "procedure":
        done = {"procedure": {"code": term, **({"performed": moment} if moment else {})}}
    elif t.kind == "regimen":
        done = {"therapeuticRegimen": {"ontologyClass": term, **({"startTime": moment} if moment else {})}}
    elif t.kind == "radiation":
        if moment:  # the standard has no place for when it was given
            kept = quote(t.date or write_years(t.age_years or 0.0), safe="")
            term["id"] = f"{TREATMENT}/{kept}" + (f"/{quote(t.code, safe='')}" if t.code else "")
        done = {"radiationTherapy": {"modality": term}}
    else:
        done = {"treatment": {"agent": term, **({"doseIntervals": [_dose(t)]} if moment else {})}}
    return done | {"responseToTreatment": {"id": RESPONSE + t.response, "label": t.response}}


def _dose(t: Treatment) -> dict[str, Any]:
    """When a drug was begun; the standard has no place for a year, a month or an age of it."""
    if t.date is None:
        age = write_years(t.age_years or 0.0)
        return {"scheduleFrequency": {"id": BEGAN_AT_AGE + age, "label": f"begun at age {age}"}}
    if stamp := to_timestamp(t.date):
        return {"interval": {"start": stamp}}
    return {"scheduleFrequency": {"id": BEGAN + t.date, "label": f"begun {t.date}"}}


def _meta(case: Case, created: str) -> dict[str, Any]:
    resources = [_hpo(), _OWN]
    if case.measurements:
        resources += [_UCUM, _LOINC]
    ids = [
        *case.truth,
        *(t.code or "" for t in case.treatments),
        *(_prior(w)["id"] for w in case.prior_diagnoses),
    ]
    resources += [_LISTS[p] for p in sorted({i.partition(":")[0] for i in ids}) if p in _LISTS]
    meta: dict[str, Any] = {
        "created": created,
        "createdBy": "hoofbeat",
        "phenopacketSchemaVersion": "2.0",
        "resources": resources,
    }
    if case.publications:
        meta["externalReferences"] = [{"id": p} for p in case.publications]
    return meta


def _hpo() -> dict[str, str]:
    base = "http://purl.obolibrary.org/obo/"
    release = load_ontology().release
    return _resource("hp", "Human Phenotype Ontology", "HP", f"{base}hp.owl", release, f"{base}HP_")


def _resource(key: str, name: str, prefix: str, url: str, version: str, iri: str) -> dict[str, str]:  # noqa: PLR0917 (fields of one record, in the schema's order)
    return {
        "id": key,
        "name": name,
        "url": url,
        "version": version,
        "namespacePrefix": prefix,
        "iriPrefix": iri,
    }


_OWN = _resource(
    "hoofbeat", "hoofbeat's sites, lesion words and courses", "hoofbeat", "urn:hoofbeat", "1", "urn:hoofbeat:"
)
_UCUM = _resource(
    "ucum", "Unified Code for Units of Measure", "UCUM", "https://ucum.org", "2.1", "https://ucum.org/"
)
_LOINC = _resource(
    "loinc",
    "Logical Observation Identifiers Names and Codes",
    "LOINC",
    "https://loinc.org",
    "",
    "https://loinc.org/",
)
# Lists that diseases and drugs may come from; which release of them, nobody says.
_LISTS = {
    prefix: _resource(prefix.lower(), name, prefix, url, "", iri)
    for prefix, name, url, iri in (
        ("ORPHA", "Orphanet", "https://www.orphadata.com", "http://www.orpha.net/ORDO/Orphanet_"),
        (
            "MONDO",
            "Mondo",
            "http://purl.obolibrary.org/obo/mondo.owl",
            "http://purl.obolibrary.org/obo/MONDO_",
        ),
        (
            "OMIM",
            "Online Mendelian Inheritance in Man",
            "https://www.omim.org",
            "https://www.omim.org/entry/",
        ),
        (
            "RxNorm",
            "RxNorm",
            "https://www.nlm.nih.gov/research/umls/rxnorm",
            "http://purl.bioontology.org/ontology/RXNORM/",
        ),
    )
}
