"""Our own case file, for people: YAML (or JSON) with plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import yaml

from hoofbeat.cases.dates import first_day, with_spans
from hoofbeat.cases.gather import Gatherer, Place, shown
from hoofbeat.cases.model import Case, Finding, Measurement, Setting, State, Treatment
from hoofbeat.cases.times import write_days
from hoofbeat.terms import find_test, lesion_word, site

_TOP = (
    "id",
    "age",
    "sex",
    "setting",
    "findings",
    "measurements",
    "treatments",
    "prior_diagnoses",
    "truth",
    "publications",
)
_FINDING = (
    "is", "where", "spared", "forms", "since", "date", "course", "absent", "not_asked", "onset_age", "said",
)  # fmt: skip
_MEASUREMENT = ("test", "value", "unit", "low", "high", "date", "age", "loinc", "said")
_TREATMENT = ("name", "response", "date", "age", "kind", "code")
_KINDS = ("procedure", "radiation", "regimen")
_RESPONSES = get_args(Treatment.model_fields["response"].annotation)
_COURSES = ("relapsing", "persistent", "progressive", "improving", "resolved")


class Lines(dict[str, Any]):
    """A mapping that remembers the line it began on, and the line of each of its keys."""

    line: int = 0
    lines: dict[str, int]


class DuplicateKey(yaml.YAMLError):
    """One key given twice in a mapping: which of the two is meant cannot be known."""

    def __init__(self, key: object, line: int) -> None:
        super().__init__(f"The field {key!r} is given twice")
        self.line = line


class _Loader(yaml.SafeLoader):
    pass


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    found = Lines()
    found.line, found.lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        try:
            twice = key in found
        except TypeError as fault:
            raise yaml.YAMLError(f"a list cannot be a field name, in line {line}") from fault
        if twice:
            raise DuplicateKey(key, line)
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[str(key)] = line
    return found


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# a date stays the text it was written as
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


_MOST_PARTS = 2_000_000


def parse_yaml(text: str) -> Any:
    """Return the data of a YAML or JSON text, mappings with line numbers. Raises yaml.YAMLError."""
    data = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    if _parts(data, {}) > _MOST_PARTS:
        raise yaml.YAMLError("its references (*) make it endlessly large")
    return data


def _parts(value: Any, counted: dict[int, float]) -> float:
    """How many parts data would have if every reference in it were written out."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in counted:
        counted[id(value)] = float("inf")  # what is met again while it is being counted holds itself
        inner = value.values() if isinstance(value, dict) else value
        counted[id(value)] = 1 + sum(_parts(x, counted) for x in inner)
    return counted[id(value)]


def case_from_mapping(data: Mapping[str, Any], gather: Gatherer, *, default_id: str = "case") -> Case:
    """Return a case from our own mapping; faults go to the gatherer."""
    gather.known_keys(data, _TOP, "")
    age = gather.age(data["age"], _at(data, "age")) if data.get("age") is not None else None
    setting = data.get("setting")
    if setting is not None and setting not in get_args(Setting):
        gather.fault(
            "bad-setting",
            f"Unknown setting {shown(setting)}",
            "one of: " + ", ".join(get_args(Setting)),
            _at(data, "setting"),
        )
        setting = None
    found = [_finding(x, n, gather) for n, x in enumerate(_list(data, "findings", gather), 1)]
    measured = [_measurement(x, n, gather) for n, x in enumerate(_list(data, "measurements", gather), 1)]
    treated = [_treatment(x, n, gather) for n, x in enumerate(_list(data, "treatments", gather), 1)]
    measurements, treatments = tuple(m for m in measured if m), tuple(t for t in treated if t)
    return Case(
        id=str(data.get("id") or default_id),
        age_years=age,
        sex=gather.sex(data.get("sex"), _at(data, "sex")),
        setting=setting,
        findings=with_spans((f for f in found if f), measurements, treatments),
        measurements=measurements,
        treatments=treatments,
        prior_diagnoses=tuple(str(x) for x in _list(data, "prior_diagnoses", gather)),
        truth=tuple(str(x) for x in _list(data, "truth", gather)),
        publications=tuple(str(x) for x in _list(data, "publications", gather)),
    )


def _at(data: Mapping[str, Any], key: str) -> str:
    line = data.lines.get(key) if isinstance(data, Lines) else None
    return f"line {line}" if line else ""


def _list(data: Mapping[str, Any], key: str, gather: Gatherer) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, str) and key not in ("measurements", "treatments"):
        return [value]
    gather.fault(
        "wrong-shape",
        f"{key} must be a list",
        f"write each of the {key} on a line of its own, after '- '",
        _at(data, key),
    )
    return []


def _finding(item: Any, number: int, gather: Gatherer) -> Finding | None:
    at = f"finding {number}"
    if isinstance(item, str):
        return gather.finding(item, at)
    if not isinstance(item, Mapping):
        gather.fault(
            "wrong-shape",
            f"A finding must be words or a mapping, not {type(item).__name__}",
            "write '- weight loss' or '- {is: weight loss, since: 1 year}'",
            at,
        )
        return None
    at += f", line {item.line}" if isinstance(item, Lines) else ""
    gather.known_keys(item, _FINDING, at)
    if not isinstance(item.get("is"), str):
        gather.fault("no-term", "A finding does not say what it is", "add 'is:' with an HPO id or words", at)
        return None
    flags = [k for k in ("absent", "not_asked") if item.get(k)]
    for key in ("absent", "not_asked"):
        if not isinstance(item.get(key, False), bool):
            gather.fault("bad-flag", f"{key} is {shown(item[key])}", f"write {key}: true or nothing", at)
    if len(flags) > 1:
        gather.fault("bad-flag", "A finding is both absent and not asked", "keep one", at)
    state = State.ABSENT if "absent" in flags else State.NOT_ASKED if flags else State.PRESENT
    where, spared, forms = _place(item, gather, at)
    onset = gather.age(item["onset_age"], at) if item.get("onset_age") is not None else None
    return gather.finding(
        item["is"],
        at,
        state=state,
        where=where,
        spared=spared,
        forms=forms,
        since_days=gather.days(item.get("since"), at),
        date=_began(item.get("date"), gather, at),
        course=_course(item.get("course"), gather, at),
        onset_age_years=onset,
        said=str(item.get("said", "")),
    )


def _began(value: Any, gather: Gatherer, at: str) -> str | None:
    if value is not None and first_day(str(value)) is None:
        gather.note(
            "warning", "bad-date", f"{shown(value)} is no date", "write 2026-03-14, 2026-03 or 2026", at
        )
    return _optional(value)


def _course(value: Any, gather: Gatherer, at: str) -> str | None:
    if value is None:
        return None
    if value not in _COURSES:
        gather.note(
            "warning",
            "unknown-course",
            f"The course {shown(value)} is not known",
            "one of: " + ", ".join(_COURSES),
            at,
        )
    return str(value)


def _place(item: Mapping[str, Any], gather: Gatherer, at: str) -> Place:
    """Sites, spared sites and lesion words; "trunk, sparing the face" may stand under where."""
    sites: list[str] = []
    spared: list[str] = []
    forms: list[str] = []
    for key in ("where", "spared", "forms"):
        value = item.get(key, [])
        for text in value if isinstance(value, list) else [value]:
            found = gather.place(str(text), at)
            spared += found.spared
            if key == "spared":
                spared += found.sites
                continue
            sites += found.sites
            forms += found.forms
    return Place(*(tuple(dict.fromkeys(slugs)) for slugs in (sites, spared, forms)))


def _measurement(item: Any, number: int, gather: Gatherer) -> Measurement | None:
    at = f"measurement {number}"
    if not isinstance(item, Mapping):
        gather.fault(
            "wrong-shape",
            "A measurement must be a mapping",
            "write '- {test: glucagon, value: 1240, unit: pg/mL}'",
            at,
        )
        return None
    at += f", line {item.line}" if isinstance(item, Lines) else ""
    gather.known_keys(item, _MEASUREMENT, at)
    missing = [key for key in ("test", "value", "unit") if item.get(key) is None]
    if missing:
        gather.fault(
            "incomplete", f"A measurement lacks {' and '.join(missing)}", "give test, value and unit", at
        )
        return None
    value = gather.number(item["value"], at, "The value")
    ends = [
        gather.number(item[k], at, f"The {k} limit") if item.get(k) is not None else None
        for k in ("low", "high")
    ]
    if value is None:
        return None
    known = find_test(str(item["test"]))
    return Measurement(
        test=known.slug if known else str(item["test"]),
        value=value,
        unit=str(item["unit"]),
        low=ends[0],
        high=ends[1],
        date=_optional(item.get("date")),
        age_years=_age_at(item, gather, at),
        loinc=_optional(item.get("loinc")),
        said=str(item.get("said") or (item["test"] if known and known.slug != item["test"] else "")),
    )


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _treatment(item: Any, number: int, gather: Gatherer) -> Treatment | None:
    at = f"treatment {number}"
    if isinstance(item, str):
        return Treatment(name=item)
    if not isinstance(item, Mapping) or not item.get("name"):
        gather.fault(
            "wrong-shape",
            "A treatment must be words or a mapping with a name",
            "write '- {name: clobetasol, response: partial}'",
            at,
        )
        return None
    at += f", line {item.line}" if isinstance(item, Lines) else ""
    gather.known_keys(item, _TREATMENT, at)
    response = item.get("response", "unknown")
    if response not in _RESPONSES:
        remedy = "one of: " + ", ".join(_RESPONSES)
        gather.fault("bad-response", f"Unknown response {shown(response)}", remedy, at)
        response = "unknown"
    kind = item.get("kind")
    if kind is not None and kind not in _KINDS:
        gather.fault(
            "bad-kind", f"Unknown kind {shown(kind)}", f"one of: {', '.join(_KINDS)}; or nothing", at
        )
        kind = None
    return Treatment(
        name=str(item["name"]),
        response=response,
        date=_optional(item.get("date")),
        age_years=_age_at(item, gather, at),
        kind=kind,
        code=_optional(item.get("code")),
    )


def _age_at(item: Mapping[str, Any], gather: Gatherer, at: str) -> float | None:
    """The age at a value or a treatment; a date goes before it."""
    if item.get("age") is None:
        return None
    if item.get("date") is not None:
        gather.note("warning", "date-and-age", "Both a date and an age are given", "the date is used", at)
        return None
    return gather.age(item["age"], at)


def to_yaml(case: Case) -> str:
    """Return a case as our own YAML; reading it back gives the same case."""
    top: dict[str, Any] = {"id": case.id}
    if case.age_years is not None:
        top["age"] = case.age_years
    if case.sex != "unknown":
        top["sex"] = case.sex
    if case.setting:
        top["setting"] = case.setting
    top["findings"] = [_finding_out(f) for f in case.findings]
    if case.measurements:
        top["measurements"] = [_out(m, _MEASUREMENT) for m in case.measurements]
    if case.treatments:
        top["treatments"] = [_out(t, _TREATMENT) for t in case.treatments]
    for key in ("prior_diagnoses", "truth", "publications"):
        if getattr(case, key):
            top[key] = list(getattr(case, key))
    return yaml.safe_dump(top, sort_keys=False, allow_unicode=True)


def _out(part: Measurement | Treatment, keys: tuple[str, ...]) -> dict[str, Any]:
    values = {k: getattr(part, "age_years" if k == "age" else k) for k in keys}
    return {k: v for k, v in values.items() if v not in (None, "")}


def _finding_out(finding: Finding) -> dict[str, Any]:
    out: dict[str, Any] = {"is": finding.term}
    if finding.where:
        out["where"] = [site(s).name for s in finding.where]
    if finding.spared:
        out["spared"] = [site(s).name for s in finding.spared]
    if finding.forms:
        out["forms"] = [lesion_word(w).name for w in finding.forms]
    if finding.since_days is not None:
        out["since"] = write_days(finding.since_days)
    later = {
        "date": finding.date, "course": finding.course, "onset_age": finding.onset_age_years,
    }  # fmt: skip
    out.update({k: v for k, v in later.items() if v not in (None, "")})
    if finding.state is State.ABSENT:
        out["absent"] = True
    elif finding.state is State.NOT_ASKED:
        out["not_asked"] = True
    if finding.said:
        out["said"] = finding.said
    return out
