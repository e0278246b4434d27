"""A letter as read, written for people and machines: case file, phenopacket, FHIR, JSON with spans, table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from hoofbeat.reading.as_case import left_out, to_case, words_of
from hoofbeat.reading.html_page import page, standing
from hoofbeat.reading.model import Diagnosis, Drug, Letter, Proposal, Span, Value

if TYPE_CHECKING:  # pytest would take the class for a test
    from hoofbeat.reading.model import TestResult

_IS = re.compile(r"^- is: (HP:\d{7})$", re.MULTILINE)
Format = Literal["yaml", "phenopacket", "fhir", "json", "html", "tsv"]
# Evidence and Conclusion Ontology: evidence used in automatic assertion
_AUTOMATIC = {"id": "ECO:0000501", "label": "evidence used in automatic assertion"}
_ECO = {
    "id": "eco",
    "name": "Evidence and Conclusion Ontology",
    "url": "http://purl.obolibrary.org/obo/eco.owl",
    "version": "2024-07-19",
    "namespacePrefix": "ECO",
    "iriPrefix": "http://purl.obolibrary.org/obo/ECO_",
}
_HPO_SYSTEM = "http://human-phenotype-ontology.org"
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_COLUMNS = (
    "term", "label", "status", "who", "since_days", "onset_age_years", "date", "where", "spared", "forms",
    "course", "section", "source", "chance", "start", "end", "words",
)  # fmt: skip


def written(letter: Letter, form: Format, *, text_id: str = "letter") -> str:
    """Return a letter in one of the formats. Raises InputError for a case of a text about a disease."""
    if form == "yaml":
        return case_yaml(letter, text_id=text_id)
    if form == "html":
        return page(letter, title=text_id)
    if form == "tsv":
        return table(letter)
    data = {"phenopacket": phenopacket, "fhir": fhir_bundle, "json": as_data}[form](letter, text_id=text_id)
    return json.dumps(data, ensure_ascii=False, sort_keys=form == "json", allow_nan=False) + "\n"


def case_yaml(letter: Letter, *, text_id: str = "letter") -> str:
    """Return our case file; what was left out follows as comments, for the person who confirms."""
    from hoofbeat.cases import to_yaml

    case = to_case(letter, case_id=text_id)
    labels = {f.term: f.label for f in case.findings}
    # the names of the terms stand beside them, for the person who confirms
    lines = [_IS.sub(lambda m: f"{m[0]}  # {labels.get(m[1], '')}", to_yaml(case).rstrip("\n"))]
    out = left_out(letter)
    if out:
        lines.append("# Left out; add by hand what holds:")
        rows = (f"#   {o.why}: {o.proposal.label} ({o.proposal.term})" for o in out)
        lines += dict.fromkeys(rows)
    doubtful = [v for v in letter.values if v.problem]
    lines += [f"# Not used: {_one_line(v.test)}, {_one_line(v.problem)}" for v in doubtful]
    return "\n".join(lines) + "\n"


def _one_line(words: str) -> str:
    return " ".join(words.split())


def phenopacket(letter: Letter, *, text_id: str = "letter", created: str | None = None) -> dict[str, Any]:
    """Return a GA4GH phenopacket (v2); each feature carries where in the text it was read, as evidence.

    created: ISO timestamp for metaData; now by default.
    """
    from hoofbeat.cases import to_phenopacket

    case = to_case(letter, case_id=text_id)
    packet = to_phenopacket(case, created=created)
    places = _places(letter)
    for feature, finding in zip(packet["phenotypicFeatures"], case.findings, strict=True):
        onset = _onset_age(case.age_years, finding.since_days)
        if onset and "onset" not in feature:
            feature["onset"] = {"age": {"iso8601duration": onset}}
        key = feature["type"]["id"], bool(feature.get("excluded"))
        where = "; ".join(places.get(key, ()))
        if where:
            reference = {"id": f"hoofbeat:text/{text_id}", "description": f"characters {where}"}
            feature["evidence"] = [{"evidenceCode": _AUTOMATIC, "reference": reference}]
    packet["metaData"]["resources"].append(_ECO)
    return packet


def _onset_age(age_years: float | None, since_days: float | None) -> str:
    """Age at onset in whole years; an age at the letter in whole years is taken at its middle."""
    if age_years is None or since_days is None:
        return ""
    now = age_years + (0.5 if age_years == int(age_years) and age_years >= 2 else 0.0)
    years = now - since_days / 365.25
    return f"P{int(years)}Y" if years >= 1 else ""


def _places(letter: Letter) -> dict[tuple[str, bool], list[str]]:
    found: dict[tuple[str, bool], list[str]] = {}
    for p in letter.proposals:
        if p.assertion.who == "patient" and p.assertion.status in ("present", "historical", "absent"):
            where = found.setdefault((p.term, p.assertion.status == "absent"), [])
            where.append(", ".join(f"{s.start}-{s.end}" for s in p.spans))
    return found


def fhir_bundle(letter: Letter, *, text_id: str = "letter") -> dict[str, Any]:
    """Return a FHIR R4 bundle: an Observation a finding or value, all preliminary, and relatives' findings.

    A finding denied is an Observation with the value false; uncertain and hypothetical ones are not sent.
    """
    case = to_case(letter, case_id=text_id)
    subject = {"reference": f"Patient/{text_id}"}
    places = _places(letter)
    resources = [_patient(letter, text_id)]
    for number, finding in enumerate(case.findings, 1):
        absent = finding.state.value == "absent"
        where = "; ".join(places.get((finding.term, absent), ()))
        resources.append(_observation(f"{text_id}-f{number}", finding, where, subject))
    for number, m in enumerate(case.measurements, 1):
        resources.append(_measured(f"{text_id}-m{number}", m, subject))
    resources += _relatives(letter, text_id, subject)
    entries = [{"fullUrl": f"urn:hoofbeat:{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _patient(letter: Letter, text_id: str) -> dict[str, Any]:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": text_id}
    if letter.sex != "unknown":
        patient["gender"] = letter.sex
    return patient


def _observation(
    key: str,
    finding: Any,
    where: str,
    subject: dict[str, str],
) -> dict[str, Any]:
    from hoofbeat.terms import lesion_word, site

    absent = finding.state.value == "absent"
    code = "NEG" if absent else "POS"
    out: dict[str, Any] = {
        "resourceType": "Observation",
        "id": key,
        "status": "preliminary",
        "code": _coded(finding.term, finding.label),
        "subject": subject,
        "valueBoolean": not absent,
        "interpretation": [{"coding": [{"system": _INTERPRETATION, "code": code}]}],
    }
    if finding.where:
        out["bodySite"] = {"text": ", ".join(site(s).name for s in finding.where)}
    said = [f"read from the text at characters {where}"] if where else []
    said += [f"not on: {', '.join(site(s).name for s in finding.spared)}"] if finding.spared else []
    said += [f"form: {', '.join(lesion_word(f).name for f in finding.forms)}"] if finding.forms else []
    said += [f"since {finding.since_days:g} days"] if finding.since_days is not None else []
    said += [f"course: {finding.course}"] if finding.course else []
    if said:
        out["note"] = [{"text": s} for s in said]
    return out


def _coded(term: str, label: str) -> dict[str, Any]:
    return {"coding": [{"system": _HPO_SYSTEM, "code": term, "display": label}], "text": label}


def _measured(key: str, m: Any, subject: dict[str, str]) -> dict[str, Any]:
    from hoofbeat.terms import find_test, to_ucum

    known = find_test(m.test)
    code: dict[str, Any] = {"text": known.name if known else m.test}
    if known and known.loinc:
        code["coding"] = [{"system": "http://loinc.org", "code": known.loinc}]
    ucum = {"system": "http://unitsofmeasure.org", "code": to_ucum(m.unit)}
    out: dict[str, Any] = {
        "resourceType": "Observation",
        "id": key,
        "status": "preliminary",
        "code": code,
        "subject": subject,
        "valueQuantity": {"value": m.value, "unit": m.unit, **ucum},
    }
    ends = {k: {"value": v, "unit": m.unit} for k, v in (("low", m.low), ("high", m.high)) if v is not None}
    if ends:
        out["referenceRange"] = [ends]
    if m.date:
        out["effectiveDateTime"] = m.date
    return out


def _relatives(letter: Letter, text_id: str, subject: dict[str, str]) -> Iterator[dict[str, Any]]:
    by_who: dict[str, dict[str, str]] = {}
    for p in letter.proposals:
        if p.assertion.who not in ("patient", "general") and p.assertion.status in ("present", "historical"):
            by_who.setdefault(p.assertion.who, {})[p.term] = p.label
    for number, (who, terms) in enumerate(by_who.items(), 1):
        yield {
            "resourceType": "FamilyMemberHistory",
            "id": f"{text_id}-r{number}",
            "status": "partial",
            "patient": subject,
            "relationship": {"text": who},
            "condition": [{"code": _coded(term, label)} for term, label in terms.items()],
        }


def as_data(letter: Letter, *, text_id: str = "letter") -> dict[str, Any]:
    """Return everything read as plain data, each part with its characters [start, end] and its words."""
    return {
        "id": text_id,
        "kind": letter.kind,
        "age_years": letter.age_years,
        "sex": letter.sex,
        "findings": [_finding(letter, p) for p in letter.proposals],
        "measurements": [{**_value(letter, v), **_general(letter)} for v in letter.values],
        "treatments": [{**_drug(letter, d), **_general(letter)} for d in letter.drugs],
        "tests": [{**_test(letter, t), **_general(letter)} for t in letter.tests],
        "diagnoses": [_diagnosis(letter, d) for d in letter.diagnoses],
        "sections": [{"kind": s.kind, "heading": s.heading, "span": list(s.span)} for s in letter.sections],
    }


def _general(letter: Letter) -> dict[str, str]:
    """Say of a value or a treatment in a text about a disease that it is nobody's."""
    return {"who": "general"} if letter.kind == "disease" else {}


def _finding(letter: Letter, p: Proposal) -> dict[str, Any]:
    when = {k: v for k in ("since_days", "onset_age_years", "date") if (v := getattr(p.when, k)) is not None}
    if p.when.span:
        when["span"] = list(p.when.span)
    return {
        "term": p.term,
        "label": p.label,
        "spans": [list(s) for s in p.spans],
        "words": words_of(letter, p),
        "status": p.assertion.status,
        "who": p.assertion.who,
        "cues": [list(s) for s in p.assertion.cues],
        "when": when,
        "where": list(p.where),
        "spared": list(p.spared),
        "forms": list(p.forms),
        "course": p.course,
        "section": p.section,
        "source": p.source,
        "chance": round(p.chance, 4),
        "rivals": [[term, round(chance, 4)] for term, chance in p.rivals],
    }


def _value(letter: Letter, v: Value) -> dict[str, Any]:
    fields = (
        "test",
        "value",
        "unit",
        "low",
        "high",
        "flag",
        "direction",
        "basis",
        "finding",
        "date",
        "problem",
    )
    return {**{k: getattr(v, k) for k in fields}, **_at(letter, v.span)}


def _drug(letter: Letter, d: Drug) -> dict[str, Any]:
    fields = ("name", "dose", "response", "status", "date")
    return {**{k: getattr(d, k) for k in fields}, **_at(letter, d.span)}


def _test(letter: Letter, t: TestResult) -> dict[str, Any]:
    out = {"kind": t.kind, "name": t.name, "conclusion": t.conclusion, "findings": list(t.findings)}
    return {**out, **_at(letter, t.span)}


def _diagnosis(letter: Letter, d: Diagnosis) -> dict[str, Any]:
    return {"name": d.name, "status": standing(d), "who": d.who, **_at(letter, d.span)}


def _at(letter: Letter, span: Span) -> dict[str, Any]:
    return {"span": list(span), "words": " ".join(letter.text[span.start : span.end].split())}


def _blank(value: float | str | None) -> str:
    return "" if value is None else str(value)


def table(letter: Letter) -> str:
    """Return the findings as a table: tab-separated, one finding a line, a line of names first."""
    rows = ["\t".join(_COLUMNS)]
    for p in letter.proposals:
        when = (p.when.since_days, p.when.onset_age_years, p.when.date)
        cells = (
            p.term, p.label, p.assertion.status, p.assertion.who, *(_blank(w) for w in when),
            " ".join(p.where), " ".join(p.spared), " ".join(p.forms), p.course or "", p.section, p.source,
            f"{p.chance:.2f}", str(p.spans[0].start), str(p.spans[-1].end), words_of(letter, p),
        )  # fmt: skip
        rows.append("\t".join(" ".join(cell.split()) for cell in cells))
    return "\n".join(rows) + "\n"
