"""What a draft model says that a model, or another document, does not: new, agreeing, contradicting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hoofbeat.reading.as_model import Draft, Stated

if TYPE_CHECKING:  # a letter is read without the disease models
    from hoofbeat.knowledge import Disease, Knowledge

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


class _Row(NamedTuple):
    """How often a model has a finding: a range, and the variant of the disease it holds for; "" for all."""

    low: float
    high: float
    given: str = ""


def _rows(disease: Disease) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = {}
    for row in disease.findings.findings:
        rows.setdefault(row.finding, []).append(_Row(row.low, row.high, row.given))
    for test in disease.tests.tests:
        if test.finding and test.present:
            row_of_test = _Row(test.present.low, test.present.high, test.given)
            rows.setdefault(test.finding, []).append(row_of_test)
    return {finding: [*found, *_of_all(found, disease)] for finding, found in rows.items()}


def _of_all(rows: Sequence[_Row], disease: Disease) -> Iterator[_Row]:
    """What rows of every variant come to in all patients, whom most documents speak of: none has that row."""
    shares = {v.id: v.share for v in disease.about.variants}
    by_given = {row.given: row for row in rows}
    if not shares or shares.keys() != by_given.keys():
        return
    middle = {v: (share.low + share.high) / 2 for v, share in shares.items()}
    lows, highs = [], []
    for v, share in shares.items():
        rest = sum(middle.values()) - middle[v]
        for part in (share.low, share.high):
            weights = (
                {u: part if u == v else (1 - part) * m / rest for u, m in middle.items()}
                if rest
                else {v: 1.0}
            )
            lows.append(sum(w * by_given[u].low for u, w in weights.items()))
            highs.append(sum(w * by_given[u].high for u, w in weights.items()))
    yield _Row(min(lows), max(highs))


def _findings_against(draft: Draft, disease: Disease) -> Iterator[Remark]:
    rows = _rows(disease)
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


def _kinds_of(term: str, rows: dict[str, list[_Row]]) -> list[_Row]:
    """Rows of a kind of the term, or of what it is a kind of one step up: other words for the same."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    near = {term, *onto.parents(term), *onto.children(term)} if term in onto else set()
    return [row for key, found in rows.items() if key in near for row in found]


def _compared(draft: Draft, s: Stated, known: Sequence[_Row], disease: Disease) -> Remark:
    """Compare a statement with the nearest row: rows of variants are of different patients, no one range."""
    name = f"{s.name} [{s.key}]"
    said, row = "", min(known, key=lambda r: _away(s, r))
    if s.denied:
        # what is denied is at odds with the patients who show it most
        row = max(known, key=lambda r: r.high)
        said = "is said to be absent" if row.high > _SELDOM else ""
    elif s.share:
        said = f"is given as {100 * s.share[1]:.0f} %" if _away(s, row) else ""
    elif _away(s, row):
        said = f"is called {s.how_often}"
    if not said:
        return _remark(draft, "agrees", name, s)
    model = f"the model {disease.slug} has {100 * row.low:.0f}–{100 * row.high:.0f} %"
    model += f" {row.given.replace('_', ' ')}" if row.given else ""
    return _remark(draft, "contradicts", f"{name} {said}; {model}", s)


def _away(s: Stated, row: _Row) -> float:
    """How far a figure lies from a row, or a word of frequency from its middle; 0 where they agree."""
    if s.share:
        return max(row.low - s.share[1], s.share[0] - row.high, 0.0)
    return _off(s.how_often, row.low, row.high)


def _off(often: str, low: float, high: float) -> float:
    """How far the middle of a model's range lies from what a word of frequency can mean; 0 where it fits."""
    middle = (low + high) / 2
    if often == "common":
        return max(_SELDOM - middle, 0.0)
    return max(middle - _OFTEN, 0.0) if often == "less common" else 0.0


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
        bad = [r for r in regions if any(_off(o, *rows[r]) for o in said)]
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
