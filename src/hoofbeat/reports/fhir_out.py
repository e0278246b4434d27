"""A ranking as FHIR R4: a ClinicalImpression and a RiskAssessment, with all that they rest on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date as calendar
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from hoofbeat.cases import Case, Finding, Measurement, Treatment
from hoofbeat.diagnosis import Ranked, Ranking
from hoofbeat.reports.report_model import NOTICE
from hoofbeat.reports.wording import SETTINGS, clean, of_100, span, speaks
from hoofbeat.terms import find_test, load_ontology, site, to_ucum

Resource = dict[str, Any]
HPO = "http://human-phenotype-ontology.org"
_SYSTEMS = {
    "ORPHA": "http://www.orpha.net",
    "MONDO": "http://purl.obolibrary.org/obo/mondo.owl",
    "OMIM": "urn:oid:2.16.840.1.113883.6.174",
    "DECIPHER": "https://www.deciphergenomics.org",
    "HP": HPO,
    "hoofbeat": "urn:hoofbeat:disease",
}
# of the lists that a treatment's code may come from, those that FHIR has an address for
_LISTS = {
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
}
_WRITTEN = re.compile(r"\d{4}(?:-\d{2}){0,2}(?=T|$)", re.ASCII)
_GENDER = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}


def to_fhir(ranking: Ranking, case: Case, *, numbers: bool = True, date: str | None = None) -> Resource:
    """Return a Bundle (collection): patient, findings, values, treatments, impression and RiskAssessment.

    A treatment is a MedicationStatement, or a Procedure where it is said to be one or is radiation; what it
    did is a note. The sites of a finding are its bodySite; sites that are spared are a note, because R4 has
    no field for them.
    The patient has sex only: no name, no identifier, no date of birth. Probabilities are per cent, as R4
    asks, with the range in the rationale; numbers: False leaves them out. date: ISO, of both resources; none
    is made up. References are made from the case, so that the same answer is the same Bundle.
    """
    maker = _Maker(case)
    patient = maker.entry("Patient", {"gender": _GENDER.get(case.sex, "unknown")})
    subject = {"reference": patient["fullUrl"]}
    seen = [maker.entry("Observation", _finding(f, subject)) for f in _asked(case.findings)]
    seen += [maker.entry("Observation", _measured(m, subject)) for m in case.measurements]
    given = [maker.entry(_kind(t), _treatment(t, subject)) for t in case.treatments]
    items = [{"reference": entry["fullUrl"]} for entry in seen]
    told = [{"reference": entry["fullUrl"]} for entry in given]
    dated = {"date": date} if date else {}
    risk = maker.entry("RiskAssessment", _risk(ranking, subject, items + told, numbers=numbers, date=date))
    impression = {
        "status": "completed",
        "description": clean(f"Differential {SETTINGS[ranking.setting]}, model {ranking.model_version}."),
        "subject": subject,
        **dated,
        **(
            {"investigation": [{"code": {"text": "findings and values given"}, "item": items}]}
            if items
            else {}
        ),
        **({"supportingInfo": told} if told else {}),
        "summary": _summary(ranking, numbers=numbers),
        "finding": [_impression(r) for r in ranking.ranked],
        "prognosisReference": [{"reference": risk["fullUrl"]}],
        "note": [{"text": NOTICE}],
    }
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [patient, *seen, *given, maker.entry("ClinicalImpression", impression), risk],
    }


class _Maker:
    """Gives each resource an address that follows from the case and the place of the resource."""

    def __init__(self, case: Case) -> None:
        told = json.dumps(case.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
        self._start, self._count = uuid5(NAMESPACE_URL, f"hoofbeat:{told}"), 0

    def entry(self, kind: str, fields: Resource) -> Resource:
        self._count += 1
        address = f"urn:uuid:{uuid5(self._start, f'{kind} {self._count}')}"
        return {"fullUrl": address, "resource": {"resourceType": kind, **fields}}


def _asked(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.state != "not_asked"]


def _finding(finding: Finding, subject: Resource) -> Resource:
    name = finding.label or load_ontology().label(finding.term)
    return {
        "status": "final",
        "code": {
            "coding": [{"system": HPO, "code": finding.term, "display": clean(name)}],
            "text": clean(name),
        },
        "subject": subject,
        "valueBoolean": finding.state == "present",
        **_sites(finding),
    }


def _sites(finding: Finding) -> Resource:
    there, spared = [site(s) for s in finding.where], [site(s).name for s in finding.spared]
    told: Resource = {}
    if there:
        told["bodySite"] = {"text": ", ".join(s.name for s in there)}
    if len(there) == 1 and there[0].snomed:
        told["bodySite"]["coding"] = [{"system": "http://snomed.info/sct", "code": there[0].snomed}]
    if spared:
        told["note"] = [{"text": f"Looked for and not found on: {', '.join(spared)}."}]
    return told


def _kind(t: Treatment) -> str:
    return "Procedure" if t.kind in ("procedure", "radiation") else "MedicationStatement"


def _treatment(t: Treatment, subject: Resource) -> Resource:
    name, (vocabulary, _, code) = clean(t.name), (t.code or "").partition(":")
    system = _LISTS.get(vocabulary.upper())
    concept = {"text": name, **({"coding": [{"system": system, "code": code}]} if system and code else {})}
    response = [{"text": f"Response of the rash: {t.response}."}] if t.response != "unknown" else []
    procedure = _kind(t) == "Procedure"
    when = {"performedDateTime" if procedure else "effectiveDateTime": day} if (day := _day(t.date)) else {}
    return {
        "status": "unknown",  # a case tells that it was tried, not whether it goes on
        "code" if procedure else "medicationCodeableConcept": concept,
        "subject": subject,
        **when,
        **({"note": response} if response else {}),
    }


def _day(written: str | None) -> str:
    """Return a date as FHIR writes it, the hour left out; empty for what is none.

    >>> _day("2024-06"), _day("2024-06-01T08:00:00Z"), _day("2024-13"), _day("last spring")
    ('2024-06', '2024-06-01', '', '')
    """
    found = _WRITTEN.match((written or "").strip())
    try:
        calendar.fromisoformat(f"{found[0]}-01-01"[:10] if found else "")
    except ValueError:
        return ""
    return found[0] if found else ""


def _measured(m: Measurement, subject: Resource) -> Resource:
    known = find_test(m.test)
    loinc = m.loinc or (known.loinc if known else "")
    name = clean(known.name if known else m.test)
    coding = {"coding": [{"system": "http://loinc.org", "code": loinc}]} if loinc else {}
    unit = to_ucum(m.unit)
    quantity = {"value": m.value, "unit": clean(m.unit) or "1"}
    if unit:
        quantity |= {"system": "http://unitsofmeasure.org", "code": unit}
    ends = {
        k: {"value": v, "unit": clean(m.unit) or "1"}
        for k, v in (("low", m.low), ("high", m.high))
        if v is not None
    }
    return {
        "status": "final",
        "code": {**coding, "text": name},
        "subject": subject,
        **({"effectiveDateTime": day} if (day := _day(m.date)) else {}),
        "valueQuantity": quantity,
        **({"referenceRange": [ends]} if ends else {}),
    }


def _risk(
    ranking: Ranking, subject: Resource, basis: list[Resource], *, numbers: bool, date: str | None
) -> Resource:
    listed = (*ranking.ranked, *ranking.watch, ranking.none_of_these)
    return {
        "status": "final",
        "method": {"text": f"hoofbeat, model {ranking.model_version}, HPO {ranking.ontology_release}"},
        "subject": subject,
        **({"occurrenceDateTime": date} if date else {}),
        **({"basis": basis} if basis else {}),
        "prediction": [_prediction(r, numbers=numbers) for r in listed],
        "note": [{"text": NOTICE}],
    }


def _prediction(ranked: Ranked, *, numbers: bool) -> Resource:
    found: Resource = {"outcome": _disease(ranked)}
    if numbers:
        found["probabilityDecimal"] = float(f"{100 * ranked.chance:.6g}")
        found["rationale"] = f"{of_100(ranked.chance)} of 100, range {span(ranked.low, ranked.high)}".replace(
            "million of 100", "million"
        )
    return found


def _disease(ranked: Ranked) -> Resource:
    coding = []
    for name in dict.fromkeys((ranked.id, *ranked.aliases)):
        system = _SYSTEMS.get(name.partition(":")[0])
        if system and ranked.rank:
            code = name if name.startswith(("HP:", "MONDO:")) else name.partition(":")[2]
            coding.append({"system": system, "code": code, "display": clean(ranked.name)})
    return {**({"coding": coding} if coding else {}), "text": clean(ranked.name)}


def _impression(ranked: Ranked) -> Resource:
    sides = {
        side: [r.label for r in ranked.reasons if speaks(r.ratio) == side] for side in ("for", "against")
    }
    basis = "; ".join(f"{side}: {', '.join(labels)}" for side, labels in sides.items() if labels)
    return {"itemCodeableConcept": _disease(ranked), **({"basis": clean(basis)} if basis else {})}


def _summary(ranking: Ranking, *, numbers: bool) -> str:
    first = [
        f"{r.name} {of_100(r.chance)} of 100".replace("million of 100", "million") if numbers else r.name
        for r in ranking.ranked[:3]
    ]
    grave = [r.name for r in (*ranking.ranked, *ranking.watch) if r.do_not_miss]
    said = f"First of the list: {', '.join(first)}."
    return clean(said + (f" Not to be missed: {', '.join(grave)}." if grave else ""))
