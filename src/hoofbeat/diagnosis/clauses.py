"""What a report in words asserts, what it denies and what it leaves open, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

Stance = Literal["yes", "no", "unsure"]

# A negation ends here; a comma is judged by itself, since "no a, b or c" denies all three.
_SENTENCE = re.compile(r"[.;!\n](?=\s|$)|\b(?:but|however|although|though|except|whereas)\b")
_COMMA = re.compile(r",\s+")
_BEFORE = re.compile(
    r"\b(?:no|not|non|without|nor|neither|never|none|lacks?|lacking|negative for|absence of|absent|"
    r"free (?:of|from)|"
    r"fail(?:s|ed)? to|exclud(?:es|ed)|rule[sd]? out|cannot|denies|\w+n't)\b"
    # "no other lesion" denies none of those already told of
    r"(?!\s+(?:only|just|other|further|additional|second|longer)\b)"
)
_AFTER = re.compile(
    r"\b(?:(?:not|cannot|never|no longer) (?:be |been )?(?:clearly )?"
    r"(?:seen|found|identified|detected|visible|visuali[sz]ed|shown|demonstrated|present|evident|"
    r"apparent|noted)|absent|excluded|ruled out|negative|none)\b"
    r"(?!.*\b(?:before|previous\w*|earlier|prior)\b)"
)
_OPEN = re.compile(
    r"\b(?:cannot|can not|could not|not) (?:be )?(?:\w+ly )?(?:exclude|excluded|rule out|ruled out)\b|\?|"
    r"\b(?:unclear|equivocal|possibl[ey]|indeterminate|questionable|doubtful|uncertain|unlikely)\b|"
    r"\bno (?:significant |interval |further )*(?:change|growth|increase|decrease|enlargement)\b"
)
_IGNORED = re.compile(r"\bwithout (?:\w+ )?(?:contrast|enhancement)\b")
_NEW_SUBJECT = re.compile(r"^(?:\d|an?\b|the\b|there\b)")
_REST = re.compile(r"\b(?:otherwise|rest|remaining|remainder|elsewhere)\b")


class Said(NamedTuple):
    """One word of a list found in a text, what it was listed as, and whether the text asserts it."""

    word: str
    id: str
    stance: Stance
    clause: str


class Span(NamedTuple):
    """Where a word of a list stands in a text."""

    start: int
    end: int
    word: str
    id: str


def plain(words: str) -> str:
    """Return words in small letters, hyphens as blanks, so that "non-avid" is "non avid"."""
    return re.sub(r"[-_\u2010-\u2015\s]+", " ", words.lower().replace("\u2019", "'")).strip()


def said(text: str, listed: Iterable[tuple[str, str]]) -> list[Said]:
    """Return the listed words that a text holds as whole words, each with its stance.

    listed: words with what they stand for; where two overlap the longer counts. A negation reaches to the end
    of its clause, over commas only where the list is closed by "or". What it may or may not reach is unsure.

    >>> [
    ...     (s.word, s.stance)
    ...     for s in said("no mass in the liver; 3 cm mass in the tail", [("mass", "tumour")])
    ... ]
    [('mass', 'no'), ('mass', 'yes')]
    >>> said("abnormal", [("normal", "usual")])
    []
    """
    known = sorted({(plain(word), id_) for word, id_ in listed}, key=lambda each: -len(each[0]))
    found: list[Said] = []
    lines = text.lower().splitlines()
    for sentence in (part for line in lines for part in _SENTENCE.split(line)):
        carried = ""
        for number, clause in enumerate(clauses := _clauses(sentence, known)):
            spans = _spans(clause, known)
            closed = any(re.search(r"\b(?:or|nor)\b", later) for later in clauses[number:])
            found += [
                Said(span.word, span.id, _stance(clause, span, spans, carried, closed=closed), clause)
                for span in spans
            ]
            cues = [m for m in _BEFORE.finditer(clause) if not _inside(m, spans)]
            if cues:
                carried = cues[-1].group()
            elif _NEW_SUBJECT.match(clause):
                carried = ""
    return found


def _clauses(sentence: str, known: list[tuple[str, str]]) -> list[str]:
    """Split at commas; a bare item of a list ("spleen", "or pancreas") stays with what it belongs to."""
    parts: list[str] = []
    for part in _COMMA.split(_IGNORED.sub(" ", plain(sentence))):
        if parts and len(part.split()) <= 3 and not _spans(part, known) and not _BEFORE.search(part):
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    return parts


def _spans(clause: str, known: list[tuple[str, str]]) -> list[Span]:
    taken: list[Span] = []
    for word, id_ in known:
        for m in re.finditer(rf"(?<!\w){re.escape(word)}(?:s|es)?(?!\w)", clause):
            if all(m.end() <= t.start or m.start() >= t.end for t in taken):
                taken.append(Span(m.start(), m.end(), word, id_))
    return sorted(taken)


def _inside(cue: re.Match[str], spans: Iterable[Span]) -> bool:
    """Whether a cue is but part of a listed word ("non specific")."""
    return any(s.start <= cue.start() and cue.end() <= s.end for s in spans)


def _stance(clause: str, span: Span, spans: list[Span], carried: str, *, closed: bool) -> Stance:
    if _OPEN.search(clause):
        return "unsure"
    after = _AFTER.search(clause, span.end)
    if after and not _inside(after, spans):
        return "no"
    cues = [m for m in _BEFORE.finditer(clause, 0, span.start) if not _inside(m, spans)]
    if cues:
        between = clause[cues[-1].end() : span.start]
        return "unsure" if re.search(r"\band\b", between) else "no"
    if not carried or _NEW_SUBJECT.match(clause):
        return "yes"
    return "no" if closed or carried == "negative for" else "unsure"


def of_the_rest(clause: str) -> bool:
    """Whether a clause speaks of what is left besides ("otherwise unremarkable")."""
    return bool(_REST.search(clause))
