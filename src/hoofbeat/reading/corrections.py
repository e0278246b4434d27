"""What a user corrected once is corrected in the next text too: kept in one local file, and exportable.

The file holds phrases of letters, so it lies in the user's own data folder, readable by the user only.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args

from hoofbeat.errors import InputError, UnknownTerm, UsageError
from hoofbeat.reading.model import Diagnosis, Drug, Letter, Proposal, Span, Status, Value

Part = TypeVar("Part", Diagnosis, Drug, Value)
_FORMAT = 1
_LONGEST = 200  # characters of a phrase
# what a status means of a diagnosis
_STANDING: dict[Status, Literal["made", "suspected", "excluded"]] = {
    "present": "made",
    "historical": "made",
    "absent": "excluded",
    "uncertain": "suspected",
    "hypothetical": "suspected",
}


class Correction(NamedTuple):
    """One correction: read nothing from a phrase, or read it as `to`, an HPO id or a status.

    phrase: words in lower case. term: the id it was read as, where only that reading is meant; "" for any.
    """

    phrase: str
    action: Literal["remove", "reassign"]
    to: str = ""
    term: str = ""


def plain(phrase: str) -> str:
    r"""Return a phrase as it is compared: lower case, single spaces.

    >>> plain("Red\n  Skin")
    'red skin'
    """
    return " ".join(phrase.lower().split())


def default_file() -> Path:
    """Return where corrections are kept: the user's data folder."""
    from platformdirs import user_data_dir

    return Path(user_data_dir("hoofbeat")) / "reading_corrections.json"


def removal(phrase: str) -> Correction:
    """Return the correction that nothing is read from a phrase. Raises UsageError for an empty one."""
    return Correction(_checked(phrase), "remove")


def reassignment(words: str) -> Correction:
    """Return the correction written as PHRASE=TERM, or PHRASE=STATUS (present, absent, …).

    TERM is an HPO id or a term's name. Raises UsageError, or UnknownTerm.
    """
    phrase, equals, to = words.rpartition("=")
    if not equals or not to.strip():
        raise UsageError(
            "A reassignment must be PHRASE=TERM", remedy="--reassign 'wandering sores=HP:0033622'"
        )
    return Correction(_checked(phrase), "reassign", _target(to.strip()))


def _checked(phrase: str) -> str:
    cleaned = plain(phrase)
    if not cleaned or len(cleaned) > _LONGEST:
        raise UsageError(
            "The phrase of a correction is empty or too long",
            remedy=f"give the words, at most {_LONGEST} characters",
        )
    return cleaned


def _target(to: str) -> str:
    from hoofbeat.terms import load_ontology

    if to in get_args(Status):
        return to
    onto = load_ontology()
    resolved = onto.resolve(to)
    if resolved.id:
        return resolved.id
    found = onto.find(to) if not to.startswith("HP:") else None
    if not found:
        raise UnknownTerm(
            "The term of a correction is not known",
            why=f"It is neither a term of HPO {onto.release} nor a status.",
            remedy="look it up: hoofbeat terms WORDS",
        )
    return str(getattr(found, "id", found))


def load(path: Path) -> list[Correction]:
    """Return the corrections of a file; none if there is no file. Raises InputError for a broken one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        raise InputError("The file of corrections cannot be read", where=str(path)) from None
    try:
        data = json.loads(text)
        return [_from_json(row) for row in data["corrections"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            "The file of corrections is not in order",
            where=str(path),
            why="Corrections that cannot be read cannot be kept to.",
            remedy="repair it, or move it away to begin anew",
        ) from None


def _from_json(row: dict[str, Any]) -> Correction:
    action = row["action"]
    if action not in ("remove", "reassign") or not isinstance(row["phrase"], str):
        raise ValueError("row")
    return Correction(plain(row["phrase"]), action, str(row.get("to", "")), str(row.get("term", "")))


def as_json(corrections: Iterable[Correction]) -> str:
    """Return corrections as the text of their file, for export."""
    rows = [{k: v for k, v in c._asdict().items() if v} for c in corrections]
    return json.dumps({"format": _FORMAT, "corrections": rows}, ensure_ascii=False, indent=1) + "\n"


def add(path: Path, new: Sequence[Correction]) -> list[Correction]:
    """Add corrections to a file and return all; a later one on a phrase takes the place of the earlier."""
    kept = {(c.phrase, c.term): c for c in load(path)}
    for correction in new:
        kept.pop((correction.phrase, correction.term), None)
        kept[correction.phrase, correction.term] = correction
    _save(path, list(kept.values()))
    return list(kept.values())


def _save(path: Path, corrections: Sequence[Correction]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # written beside and renamed: a stop half-way leaves the old file whole; only the user can read it
        handle, work = tempfile.mkstemp(dir=path.parent, prefix=".corrections-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(as_json(corrections))
        Path(work).replace(path)
    except OSError as fault:
        raise UsageError(
            f"The corrections cannot be kept: {fault.strerror}", where=str(path), remedy="--corrections FILE"
        ) from None


def corrected(letter: Letter, corrections: Sequence[Correction]) -> Letter:
    """Return a letter with the corrections made to all that was read from their phrases.

    Findings, diagnoses, treatments and values are removed or given another status; what is read as another
    term is a finding from then on, and no diagnosis, treatment or value any more; and phrases are taught.
    """
    if not corrections:
        return letter
    by_phrase: dict[str, list[Correction]] = {}
    for correction in corrections:
        by_phrase.setdefault(correction.phrase, []).append(correction)
    values = tuple(_named(letter, letter.values, by_phrase))
    unread = [v.span for v in letter.values if v not in values]
    kept = [p for old in letter.proposals if (p := _one(letter, old, by_phrase)) is not None]
    kept = [p for p in kept if not _inside(p, unread)]  # what a value means goes with it
    kept += _taught(letter, kept, corrections)
    return replace(
        letter,
        proposals=tuple(sorted(kept, key=lambda p: (p.spans[0], p.term))),
        diagnoses=tuple(_named(letter, letter.diagnoses, by_phrase)),
        drugs=tuple(_named(letter, letter.drugs, by_phrase)),
        values=values,
    )


def _named(
    letter: Letter, parts: Iterable[Part], by_phrase: Mapping[str, Sequence[Correction]]
) -> Iterator[Part]:
    """Diagnoses, treatments or values with the corrections made that are not of one term only."""
    for part in parts:
        found = (c for words in _words_named(letter, part) for c in by_phrase.get(words, ()) if not c.term)
        correction = next(found, None)
        changed = part if correction is None else _restated(part, correction)
        if changed is not None:
            yield changed


def _inside(proposal: Proposal, spans: Sequence[Span]) -> bool:
    first, last = proposal.spans[0].start, proposal.spans[-1].end
    return any(span.start <= first and last <= span.end for span in spans)


def _words_named(letter: Letter, part: Diagnosis | Drug | Value) -> Iterator[str]:
    """The words of a part as a user may name it: all, its plain name, or a value without the range."""
    said = plain(letter.text[part.span.start : part.span.end])
    yield said
    if not isinstance(part, Value):
        yield plain(part.name)
        return
    # "hb 98 g/l" names "hb 98 g/l (115-160)" too: any beginning of it that holds a number
    words = said.split()
    for end in range(len(words) - 1, 0, -1):
        if any(character.isdigit() for word in words[:end] for character in word):
            yield " ".join(words[:end])


def _restated(part: Part, correction: Correction) -> Part | None:
    status = _status(correction)
    if status is None:
        return None
    if isinstance(part, Diagnosis):
        return replace(part, status=_STANDING[status])
    if isinstance(part, Drug):
        return replace(part, status=status)
    # a value that is there needs no word; one that is not the patient's is none
    return part if status in ("present", "historical") else None


def _status(correction: Correction) -> Status | None:
    return next((known for known in get_args(Status) if known == correction.to), None)


def _one(letter: Letter, proposal: Proposal, by_phrase: dict[str, list[Correction]]) -> Proposal | None:
    for words in _words(letter, proposal):
        for correction in by_phrase.get(words, ()):
            if correction.term in ("", proposal.term):
                return _changed(proposal, correction)
    return proposal


def _words(letter: Letter, proposal: Proposal) -> Iterator[str]:
    """The words of a proposal as a user may name them: those read, or all from the first to the last."""
    yield plain(" ".join(letter.text[s.start : s.end] for s in proposal.spans))
    if len(proposal.spans) > 1:
        yield plain(letter.text[proposal.spans[0].start : proposal.spans[-1].end])


def _changed(proposal: Proposal, correction: Correction) -> Proposal | None:
    if correction.action == "remove":
        return None
    status = _status(correction)
    if status:
        return replace(proposal, assertion=replace(proposal.assertion, status=status), chance=1.0)
    return replace(proposal, term=correction.to, label=_label(correction.to), chance=1.0, rivals=())


def _taught(
    letter: Letter, kept: Sequence[Proposal], corrections: Sequence[Correction]
) -> Iterator[Proposal]:
    """Phrases that a user gave a term and that nothing was read from: now they are read."""
    taught = {
        c.phrase: c.to
        for c in corrections
        if c.action == "reassign" and c.to.startswith("HP:") and not c.term
    }
    if not taught:
        return
    found = [(Span(*m.span()), taught[plain(m[0])]) for m in _pattern(taught).finditer(letter.text)]
    known = {(s.start, p.term) for p in kept for s in p.spans}
    new = [(span, term) for span, term in found if (span.start, term) not in known]
    if not new:
        return
    from hoofbeat.reading.context import assert_mentions

    said = assert_mentions(letter.text, [span for span, _ in new], letter.sections)
    for (span, term), assertion in zip(new, said, strict=True):
        who = "general" if letter.kind == "disease" else assertion.who
        yield Proposal(term, _label(term), (span,), replace(assertion, who=who))


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    # words of a phrase may be parted by a line break and its indent, never by more
    inner = "|".join(r"\s{1,20}".join(re.escape(word) for word in phrase.split()) for phrase in longest_first)
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.IGNORECASE)


def _label(term: str) -> str:
    from hoofbeat.terms import load_ontology

    return load_ontology().resolve(term).label or term
