"""What a draft model says that a model, or another document, does not: new, agreeing, contradicting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hoofbeat.reading.as_model import Draft, Stated

if TYPE_CHECKING:  # a letter is read without the disease models
    from hoofbeat.knowledge import Disease, Frequency, Knowledge

RemarkKind = Literal[
    "heading names another disease",
    "nothing under the heading",
    "announced list is missing",
    "new",
    "agrees",
    "contradicts",
    "documents disagree",
]
# what is called common is at odds with a middle below the first, what is called less common above the second
_SELDOM, _OFTEN = 0.25, 0.5


class Remark(NamedTuple):
    """One thing to look at. what: in words; places: "document, line 5, sentence 7", one or more."""

    kind: RemarkKind
    what: str
    places: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the remark as plain fields."""
        return {"kind": self.kind, "what": self.what, "places": list(self.places)}


def faults(draft: Draft, knowledge: Knowledge, disease: Disease | None = None) -> list[Remark]:
    """Return what is wrong with a document by itself: foreign headings, empty headings, lost lists."""
    shape, name = draft.outline, draft.document
    found = [
        Remark(
            "heading names another disease",
            f"{line.text!r} stands in a text on {shape.title}; what is under it was read all the same",
            (f"{name}, line {line.number}",),
        )
        for line in _foreign_headings(draft, knowledge, disease)
    ]
    for empty in shape.empty_lists:
        of = "causes" if empty.causes else "things"
        found.append(
            Remark("announced list is missing", f"a list of {of} is announced, and none follows",
                   (f"{name}, line {empty.line}",))
        )  # fmt: skip
    found += [
        Remark("nothing under the heading", f"{line.text!r} has no text", (f"{name}, line {line.number}",))
        for line in shape.empty_headings
    ]
    return found


def _foreign_headings(draft: Draft, knowledge: Knowledge, disease: Disease | None) -> Iterator[Any]:
    from hoofbeat.knowledge import heading_issues

    own = _as_disease(draft, disease)
    by_line = {line.number: line for line in draft.outline.headings}
    marked = "\n".join(
        f"# {by_line[line.number].text}" if line.number in by_line else "" for line in draft.outline.lines
    )
    for issue in heading_issues(marked, own, knowledge):
        yield by_line[int(issue.where.rsplit("line ", 1)[1])]


def _as_disease(draft: Draft, known: Disease | None) -> Disease:
    """The document's own disease under all the names it goes by, so that none of them counts as foreign."""
    from hoofbeat.knowledge import Disease

    names = tuple(draft.outline.names) or (draft.document,)
    if known is not None:
        about = known.about.model_copy(update={"synonyms": (*known.about.synonyms, *names)})
        return known.model_copy(update={"about": about})
    plain = {"id": "hoofbeat:document", "name": names[0], "synonyms": names[1:], "definition": "a document"}
    return Disease.model_validate({"slug": "document", "about": plain})


def against(draft: Draft, disease: Disease) -> list[Remark]:
    """Return what a document says beside a model: what is new, what agrees, what contradicts."""
    return [
        *_findings_against(draft, disease),
        *_sites_against(draft, disease),
        *_causes_against(draft, disease),
    ]


def _findings_against(draft: Draft, disease: Disease) -> Iterator[Remark]:
    rows: dict[str, list[Frequency]] = {}
    for row in disease.findings.findings:
        rows.setdefault(row.finding, []).append(row)
    for test in disease.tests.tests:
        if test.finding and test.present:
            rows.setdefault(test.finding, []).append(test.present)
    tests = {t.test for t in disease.tests.tests}
    for s in (*draft.of("finding"), *draft.of("test")):
        known = rows.get(s.key) or _kinds_of(s.key, rows)
        if s.what == "test" and not s.key.startswith("HP:"):
            kind: RemarkKind = "agrees" if s.key in tests else "new"
            yield _remark(draft, kind, f"test {s.name}", s)
        elif not known:
            yield _remark(draft, "new", f"{s.name} [{s.key}]" + (" said to be absent" if s.denied else ""), s)
        else:
            yield _compared(draft, s, known, disease)


def _kinds_of(term: str, rows: dict[str, list[Frequency]]) -> list[Frequency]:
    """Rows of a kind of the term, or of what it is a kind of one step up: other words for the same."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    near = {term, *onto.parents(term), *onto.children(term)} if term in onto else set()
    return [row for key, found in rows.items() if key in near for row in found]


def _compared(draft: Draft, s: Stated, known: Sequence[Frequency], disease: Disease) -> Remark:
    low, high = min(r.low for r in known), max(r.high for r in known)
    model = f"the model {disease.slug} has {100 * low:.0f}–{100 * high:.0f} %"
    name = f"{s.name} [{s.key}]"
    if s.denied and high > _SELDOM:
        return _remark(draft, "contradicts", f"{name} is said to be absent; {model}", s)
    if s.share and not any(r.low <= s.share[1] and s.share[0] <= r.high for r in known):
        return _remark(draft, "contradicts", f"{name} is given as {100 * s.share[1]:.0f} %; {model}", s)
    if not s.share and _apart(s.how_often, low, high):
        return _remark(draft, "contradicts", f"{name} is called {s.how_often}; {model}", s)
    return _remark(draft, "agrees", name, s)


def _apart(often: str, low: float, high: float) -> bool:
    """Whether a word of frequency and a model's range are at odds, by the middle of the range."""
    middle = (low + high) / 2
    return (often == "common" and middle < _SELDOM) or (often == "less common" and middle > _OFTEN)


def _sites_against(draft: Draft, disease: Disease) -> Iterator[Remark]:
    rows: dict[str, tuple[float, float]] = {}
    for row in disease.findings.sites:
        low, high = rows.get(row.site, (1.0, 0.0))
        rows[row.site] = min(low, row.low), max(high, row.high)
    counted = disease.findings.counted_sites
    seen = {site for patient in counted.patients for site in patient.sites} if counted else set()
    for s in draft.of("site"):
        regions = [r for r in _regions(s.key) if r in rows]
        if not regions and s.key in seen:
            yield _remark(draft, "agrees", f"site {s.name}", s)
            continue
        if not regions:
            yield _remark(draft, "new", f"site {s.name}", s)
            continue
        # every place counts that a document gives a site, since it may speak twice of it
        said = {x.how_often for x in draft.stated if x.what == "site" and x.key == s.key}
        bad = [r for r in regions if any(_apart(o, *rows[r]) for o in said)]
        if bad:
            low, high = rows[bad[0]]
            text = f"site {s.name} is called {s.how_often}; the model {disease.slug} has"
            yield _remark(draft, "contradicts", f"{text} {100 * low:.0f}–{100 * high:.0f} % for {bad[0]}", s)
        else:
            yield _remark(draft, "agrees", f"site {s.name}", s)


def _causes_against(draft: Draft, disease: Disease) -> Iterator[Remark]:
    known = {c.finding for c in disease.about.causes if c.finding} | set(disease.about.xrefs.related)
    known |= {row.finding for row in disease.findings.findings}
    known |= {test.finding for test in disease.tests.tests if test.finding}
    for s in draft.of("cause"):
        yield _remark(
            draft, "agrees" if s.key in known else "new", f"cause or association {s.name} [{s.key}]", s
        )


def _remark(draft: Draft, kind: RemarkKind, what: str, s: Stated) -> Remark:
    return Remark(kind, what, (f"{draft.document}, {s.place}",))


def disagreements(drafts: Sequence[Draft]) -> list[Remark]:
    """Return what documents on one disease say differently: sites, findings, causes left out."""
    found: list[Remark] = []
    for first, second in combinations(drafts, 2):
        found += [
            *_sites_between(first, second),
            *_findings_between(first, second),
            *_causes_between(first, second),
        ]
    return found


def _sites_between(first: Draft, second: Draft) -> Iterator[Remark]:
    one, other = _ranked_sites(first), _ranked_sites(second)
    for here, there, a, b in ((one, other, first, second), (other, one, second, first)):
        for region in here["common"]:
            if region in there["less common"] and region not in there["common"]:
                yield Remark(
                    "documents disagree",
                    f"site {_name(region)}: {a.document} calls it common, {b.document} less common",
                    (_placed(a, here["common"][region]), _placed(b, there["less common"][region])),
                )
            elif region not in there["common"] and region not in there["named"]:
                yield Remark(
                    "documents disagree",
                    f"site {_name(region)}: {a.document} calls it common, {b.document} does not name it",
                    (_placed(a, here["common"][region]),),
                )


def _ranked_sites(draft: Draft) -> dict[str, dict[str, Stated]]:
    found: dict[str, dict[str, Stated]] = {"common": {}, "less common": {}, "named": {}}
    for s in draft.stated:
        if s.what == "site":
            kind = s.how_often if s.how_often in found else "named"
            for region in _regions(s.key):
                found[kind].setdefault(region, s)
    return found


def _findings_between(first: Draft, second: Draft) -> Iterator[Remark]:
    for s in first.of("finding"):
        other = next((o for o in second.of("finding") if o.key == s.key), None)
        if other is None:
            continue
        if s.denied != other.denied:
            yield _both(first, second, s, other, f"{s.name} is there in one document and absent in the other")
        elif s.share and other.share and (s.share[0] > other.share[1] or other.share[0] > s.share[1]):
            shares = f"{100 * s.share[1]:.0f} % against {100 * other.share[1]:.0f} %"
            yield _both(first, second, s, other, f"{s.name}: {shares}")
        elif {s.how_often, other.how_often} == {"common", "less common"}:
            yield _both(first, second, s, other, f"{s.name} is called {s.how_often} and {other.how_often}")


def _causes_between(first: Draft, second: Draft) -> Iterator[Remark]:
    for a, b in ((first, second), (second, first)):
        lost = next((e for e in a.outline.empty_lists if e.causes), None)
        known = {s.key for s in a.of("cause")}
        listed = [s for s in b.of("cause") if s.key not in known]
        if lost and listed:
            names = ", ".join(s.name for s in listed)
            yield Remark(
                "documents disagree",
                f"causes: the list of {a.document} is missing; {b.document} names {names}",
                (f"{a.document}, line {lost.line}", *dict.fromkeys(_placed(b, s) for s in listed)),
            )


def _both(first: Draft, second: Draft, s: Stated, other: Stated, what: str) -> Remark:
    return Remark("documents disagree", what, (_placed(first, s), _placed(second, other)))


def _placed(draft: Draft, s: Stated) -> str:
    return f"{draft.document}, {s.place}"


def _regions(slug: str) -> Iterable[str]:
    from hoofbeat.terms import site_regions

    return sorted(site_regions([slug]))


def _name(region: str) -> str:
    return region.replace("_", " ")
