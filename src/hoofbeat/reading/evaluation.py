"""How well reading does: on annotated texts, on marked concepts, and on letters with expected findings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from hoofbeat.errors import InputError, UsageError
from hoofbeat.reading.model import Cutoff, Letter, Mention, Span

Sort = Literal["annotated", "concepts", "letters"]
_WORD = re.compile(r"[^\W_]+")
_HALF = 0.5  # what a parent or a child of the expected finding counts


class Expected(NamedTuple):
    """One letter with what it should give: ids present and absent, and traps in words."""

    id: str
    text: str
    group: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    traps: tuple[str, ...]


def sort_of(path: Path) -> Sort:
    """Return what a file of JSON Lines holds, seen from the fields of its first line. Raises InputError."""
    first = _first_line(path)
    if "letter" in first and "expected_present" in first:
        return "letters"
    if "neg" in first and "concept" in first:
        return "concepts"
    if "anns" in first:
        return "annotated"
    raise InputError(
        "The file holds nothing that reading can be scored on",
        where=str(path),
        why="A line needs anns, or concept and neg, or letter and expected_present.",
        remedy="compare it with the format in docs/how-to/read-a-letter.md",
    )


def _first_line(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8") as file:
            line = next((line for line in file if line.strip()), "")
        data = json.loads(line)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}", remedy="check the name") from None
    except (OSError, ValueError):
        raise InputError(
            "The file is not JSON Lines", where=str(path), remedy="one JSON object a line"
        ) from None
    return data if isinstance(data, dict) else {}


def score_reading(path: Path, *, cutoff: Cutoff | None = None, baselines: bool = True) -> dict[str, Any]:
    """Score one file of JSON Lines.

    Returns, for annotated texts, {documents, mention, document, assertion}, with 95 % ranges by resampling
    documents, and the same under `dictionary` (exact names only) and `fasthpocr` (where it is installed). For
    concepts {documents, assertion}; for letters {documents, finding, assertion, traps}.
    cutoff: "balanced" for annotated texts and "clinic" for letters by default.
    """
    sort = sort_of(path)
    if sort == "annotated":
        return {"sort": sort, **_score_annotated(path, cutoff or "balanced", baselines=baselines)}
    if sort == "concepts":
        from hoofbeat.reading.scoring_assertion import score_negex

        with path.open(encoding="utf-8") as file:
            scored = score_negex(line for line in file if line.strip())
        return {
            "sort": sort,
            "documents": scored["concepts"],
            "mention": None,
            "document": None,
            "assertion": scored,
        }
    return {"sort": sort, **score_letters(read_expected(path), cutoff=cutoff or "clinic")}


def _score_annotated(path: Path, cutoff: Cutoff, *, baselines: bool) -> dict[str, Any]:
    from hoofbeat.reading.mentions import find_mentions
    from hoofbeat.reading.scoring import read_annotated, score_file

    documents = read_annotated(path)
    found = {d.text: find_mentions(d.text, cutoff=cutoff) for d in documents}
    scored = {"cutoff": cutoff, **score_file(documents, found.__getitem__)}
    scored["assertion"] = _polarity(documents, found)
    if baselines:
        scored["dictionary"] = score_file(documents, exact_names)
        fast = _fasthpocr()
        if fast:
            scored["fasthpocr"] = score_file(documents, fast)
    return scored


def _polarity(documents: Sequence[Any], found: dict[str, list[Mention]]) -> dict[str, Any] | None:
    """How often there or not there is right, of mentions with the annotated id at the annotated place."""
    from hoofbeat.reading.context import assert_mentions
    from hoofbeat.reading.findings import denied_by_normal
    from hoofbeat.reading.scoring import overlap

    right = total = 0
    for d in documents:
        marked = [g for g in d.gold if g.assertion in ("present", "absent") and g.spans]
        pairs = [
            (m, g) for g in marked for m in found[d.text] if m.term == g.term and overlap(m.spans, g.spans)
        ]
        said = assert_mentions(d.text, [Span(m.start, m.end) for m, _ in pairs])
        for (m, g), a in zip(pairs, said, strict=True):
            total += 1
            right += (denied_by_normal(d.text, m.spans, a).status == "absent") == (g.assertion == "absent")
    return {"mentions": total, "right": right, "share": round(right / total, 4)} if total else None


@cache
def _names() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Labels and synonyms of all findings by their first word, the longest first."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    names: dict[str, dict[tuple[str, ...], str]] = {}
    for number, term in enumerate(onto.ids):
        if onto.phenotypic[number]:
            for name in (onto.label(term), *(s.text for s in onto.synonyms(term) if s.scope != "OURS")):
                words = tuple(_WORD.findall(name.lower()))
                if words:
                    names.setdefault(words[0], {}).setdefault(words, term)
    return {first: sorted(named.items(), key=lambda n: -len(n[0])) for first, named in names.items()}


def exact_names(text: str) -> list[Mention]:
    """Return the findings named word for word: the plain dictionary that better reading is measured against.

    >>> [m.term for m in exact_names("A skin rash and an itchy back.")]
    ['HP:0000988']
    """
    words = [(m[0].lower(), m.start(), m.end()) for m in _WORD.finditer(text)]
    found: list[Mention] = []
    at = 0
    while at < len(words):
        size = 1
        for name, term in _names().get(words[at][0], ()):
            if tuple(w[0] for w in words[at : at + len(name)]) == name:
                size = len(name)
                found.append(Mention((Span(words[at][1], words[at + size - 1][2]),), term, 1.0, "label"))
                break
        at += size
    return found


def _fasthpocr() -> Callable[[str], list[Mention]] | None:
    """FastHPOCR as a reader, if it and an index for it are there; building one takes it many minutes."""
    import os

    index = os.environ.get("FASTHPOCR_INDEX", "")
    if find_spec("FastHPOCR") is None or not index:
        return None
    from importlib import import_module

    annotator = import_module("FastHPOCR.HPOAnnotator").HPOAnnotator(index)

    def read(text: str) -> list[Mention]:
        try:
            found = annotator.annotate(text, longestMatch=True)
        except Exception:  # noqa: BLE001 (it fails on a few texts: then it has found nothing in them)
            return []
        return [Mention((Span(a.startOffset, a.endOffset),), a.hpoUri, 1.0, "label") for a in found]

    return read


def read_expected(path: Path) -> list[Expected]:
    """Return letters with what they should give. Raises InputError naming the line that cannot be read."""
    found = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                lists = [
                    tuple(map(str, row.get(k) or ()))
                    for k in ("expected_present", "expected_absent", "traps")
                ]
                key = str(row.get("case_id") or row.get("id") or number)
                found.append(Expected(key, str(row["letter"]), str(row.get("group", "")), *lists))
            except (ValueError, KeyError, TypeError, AttributeError):
                remedy = "give {case_id, letter, expected_present, expected_absent, traps}"
                where = f"{path}, line {number}"
                raise InputError(
                    "This line is no letter with expected findings", where=where, remedy=remedy
                ) from None
    return found


def score_letters(letters: Iterable[Expected], *, cutoff: Cutoff = "clinic") -> dict[str, Any]:
    """Score letters: {documents, finding, assertion, traps, letters}.

    finding: precision, recall and F1 of the findings proposed as the patient's, a parent or a child of an
    expected one counting half. assertion: of expected findings that were read at all, how many with the right
    status and person. traps: those whose finding was proposed as the patient's though it is not expected.
    """
    from hoofbeat.reading.letter import read_letter

    counts: list[tuple[float, int, int]] = []
    right = total = trapped = traps = 0
    each: list[dict[str, Any]] = []
    for expected in letters:
        letter = read_letter(expected.text, cutoff=cutoff)
        present = {p.term for p in letter.proposals if _present(p)}
        hits = matched(present, set(expected.present))
        counts.append((hits, len(present), len(expected.present)))
        good, seen = _assertions(letter, expected)
        sprung = [t for t in expected.traps if _sprung(t, present, expected)]
        right, total, trapped, traps = (
            right + good,
            total + seen,
            trapped + len(sprung),
            traps + len(expected.traps),
        )
        each.append(
            {
                "id": expected.id,
                "hits": hits,
                "missed": sorted(set(expected.present) - present),
                "extra": sorted(present - set(expected.present)),
                "assertion_wrong": seen - good,
                "traps_sprung": sprung,
            }
        )
    return {
        "documents": len(each),
        "cutoff": cutoff,
        "finding": _micro(counts),
        "assertion": {"findings": total, "right": right, "share": round(right / total, 4) if total else None},
        "traps": {"set": traps, "sprung": trapped},
        "letters": each,
    }


def _present(proposal: Any) -> bool:
    return proposal.assertion.who == "patient" and proposal.assertion.status in ("present", "historical")


def matched(found: set[str], expected: set[str]) -> float:
    """Return how much of the expected was found: 1 each, and ½ for a parent or child, each used once.

    >>> matched({"HP:0000988", "HP:0025475"}, {"HP:0000988", "HP:0012733"})
    1.5
    """
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    exact = found & expected
    free, hits = sorted(found - exact), float(len(exact))
    for term in sorted(expected - exact):
        if term not in onto:
            continue
        near = {*onto.parents(term), *onto.children(term)}
        fit = next((f for f in free if f in near), None)
        if fit:
            free.remove(fit)
            hits += _HALF
    return hits


def _assertions(letter: Letter, expected: Expected) -> tuple[int, int]:
    """Of expected findings that were read: how many with the right status and person, and how many."""
    right = total = 0
    for terms, absent in ((expected.present, False), (expected.absent, True)):
        for term in terms:
            said = [p for p in letter.proposals if p.term == term]
            if said:
                total += 1
                right += any(
                    p.assertion.who == "patient"
                    and (
                        p.assertion.status == "absent"
                        if absent
                        else p.assertion.status in ("present", "historical")
                    )
                    for p in said
                ) and not (absent and any(_present(p) for p in said))
    return right, total


def _sprung(trap: str, present: set[str], expected: Expected) -> bool:
    """Whether what a trap names was proposed as the patient's own finding."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    allowed = {a for t in expected.present if t in onto for a in onto.ancestors(t)}
    words = re.sub(r"\([^)]*\)", "", trap.split(":", 1)[-1])
    for phrase in re.split(r",|/|\band\b|\bwith\b", words):
        match = onto.find(phrase.strip()) if phrase.strip() else None
        if match and match.id in present - allowed:
            return True
    return False


def _micro(counts: Sequence[tuple[float, int, int]]) -> dict[str, Any]:
    """Micro-averaged precision, recall and F1 with 95 % ranges by resampling letters."""
    table = np.array(counts, dtype=np.float64).reshape(-1, 3)
    rng = np.random.default_rng(20250116)
    size = len(table)
    if not size:
        return {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    weights = rng.multinomial(size, np.full(size, 1 / size), size=1000)
    whole, drawn = _rates(table.sum(axis=0)[None, :])[0], _rates(weights @ table)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    names = ("precision", "recall", "f1")
    out: dict[str, Any] = {n: round(float(v), 4) for n, v in zip(names, whole, strict=True)}
    out |= {
        f"{n}_range": [round(float(a), 4), round(float(b), 4)]
        for n, a, b in zip(names, low, high, strict=True)
    }
    return out


def _rates(totals: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    right, proposed, wanted = totals.T
    parts = (
        right / np.maximum(proposed, 1),
        right / np.maximum(wanted, 1),
        2 * right / np.maximum(proposed + wanted, 1),
    )
    return np.stack(parts, axis=1)


def expected_cases(path: Path, *, cutoff: Cutoff = "clinic") -> Iterator[tuple[Expected, Any]]:
    """Yield each letter of a file with the case read from it, for ranking."""
    from hoofbeat.reading.as_case import to_case
    from hoofbeat.reading.letter import read_letter

    for expected in read_expected(path):
        letter = read_letter(expected.text, cutoff=cutoff, kind="patient")
        yield expected, to_case(letter, case_id=expected.id)
