"""When a finding began: durations ("4/52", "for 8 months"), ages ("since the age of 52") and dates.

A time belongs to the findings of its clause: "8-month history of" to those after it, "for 8 months" to those
before it, and at the head of a clause ("Over 6/12: …") to those after it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

from hoofbeat.reading.model import Section, Span, When
from hoofbeat.reading.rules import lowered, read_data
from hoofbeat.reading.sections import find_sections
from hoofbeat.reading.sentences import split_sentences

_HEAD = (
    40  # characters: a time so near the head of its clause, with no finding before, speaks of what follows
)
_LETTER_HEAD = 1200  # characters in which a letter gives its own date
_GUARD = 40  # characters before a time that may show it to be the length of a treatment or the patient's age
_TWO_DIGITS = 70  # years 00 to 69 are of this century


class Time(NamedTuple):
    """A time named in a text; ahead: it speaks of what follows, wherever in its clause it stands."""

    start: int
    end: int
    when: When
    ahead: bool


class _Words(NamedTuple):
    search: re.Pattern[str]
    breaks: re.Pattern[str]
    treated: re.Pattern[str]
    person: re.Pattern[str]
    unit_days: dict[str, float]
    spelled: dict[str, float]
    months: dict[str, int]
    stages: dict[str, float]
    near: dict[str, float]


def time_of(
    text: str,
    spans: Sequence[Span],
    sections: Sequence[Section] | None = None,
    sentences: Sequence[Span] | None = None,
) -> list[When]:
    """Return for each span when it began, as its clause says; an empty When if it says nothing.

    A date is turned into days before the letter if the text gives the date of the letter; a year alone is
    taken at its middle. Of the two readings of 03/04/2019 the British one is taken unless only the American
    one is a date.

    >>> text = "A 2/12 history of weight loss. Itch since the age of 52."
    >>> [(w.since_days, w.onset_age_years) for w in time_of(text, [Span(18, 29), Span(31, 35)])]
    [(60.9, None), (None, 52.0)]
    """
    if not spans:
        return []
    if sentences is None:
        sentences = split_sentences(text, find_sections(text) if sections is None else sections)
    order = sorted(range(len(spans)), key=lambda i: spans[i])
    ordered = [spans[i] for i in order]
    found = [When()] * len(spans)
    at = 0
    for number, sentence in enumerate(sentences):
        end = sentences[number + 1].start if number + 1 < len(sentences) else len(text) + 1
        until = bisect_left(ordered, end, lo=at, key=lambda s: s.start)
        if until > at:
            times = find_times(text, sentence.start, min(end, len(text)))
            clauses = [sentence.start, *_clause_starts(text, sentence)]
            for k in range(at, until) if times else ():
                found[order[k]] = _nearest(ordered[k], times, clauses, ordered[at:until])
        at = until
    letter = letter_date(text) if any(when.date for when in found) else None
    return [_before_letter(when, letter) for when in found]


def find_times(text: str, start: int = 0, end: int | None = None) -> list[Time]:
    """Return the times that a part of a text names, from left to right."""
    low = lowered(text[start:end])
    found = []
    for match in _words().search.finditer(low):
        when = _read(match)
        if when is not None and not _of_something_else(low, match):
            span = Span(start + match.start(), start + match.end())
            ahead = match.lastgroup == "history"
            found.append(Time(span.start, span.end, replace(when, span=span), ahead))
    return found


def day_of_test(text: str, when: When) -> When:
    """Return the time of a finding that a test told: a date is that of the test, unless it says "since".

    >>> text = "CT on 3 May 2024 showed a mass."
    >>> day_of_test(text, When(since_days=6.0, date="2024-05-03", span=Span(6, 16))).since_days is None
    True
    """
    if when.date is None or when.span is None:
        return when
    said = lowered(text[max(0, when.span.start - 24) : when.span.start + 6])
    return when if _SINCE.search(said) else replace(when, since_days=None)


def letter_date(text: str) -> date | None:
    """Return the date that a letter bears at its head, None if it bears none.

    >>> letter_date("Clinic letter, 3 May 2024. Dear Dr, ...")
    datetime.date(2024, 5, 3)
    """
    head = lowered(text[:_LETTER_HEAD])
    for match in _words().search.finditer(head):
        before = head[max(0, match.start() - 24) : match.start()]
        if match.lastgroup != "day_date" or _NOT_OF_LETTER.search(before):
            continue
        if match.start() < 200 or _OF_LETTER.search(before):
            return _full_date(match.group("day_date"))
    return None


_SINCE = re.compile(r"\b(?:since|from|began|begun|started|onset)\b")
_NOT_OF_LETTER = re.compile(r"(?:dob|d\.o\.b\.?|born|birth|since|from|on|in|admitted|nhs|diagnosed)\W{0,4}$")
_OF_LETTER = re.compile(r"(?:date|dated|typed|dictated|clinic|seen on|letter|visit)\W{0,4}$")


def _of_something_else(low: str, match: re.Match[str]) -> bool:
    """Tell whether a time is the length of a treatment, or the patient's age."""
    before = low[max(0, match.start() - _GUARD) : match.start()]
    if match.lastgroup == "age":
        return _words().person.search(before) is not None
    return match.lastgroup in {"lasting", "history"} and _words().treated.search(before) is not None


def _clause_starts(text: str, sentence: Span) -> list[int]:
    part = lowered(text[sentence.start : sentence.end])
    return [sentence.start + m.end() for m in _words().breaks.finditer(part)]


def _nearest(span: Span, times: Sequence[Time], clauses: Sequence[int], beside: Sequence[Span]) -> When:
    """Return the time before a span that speaks of what follows, or the one after it, whichever is nearer."""
    number = bisect_right(clauses, span.start) - 1
    start = clauses[max(number, 0)]
    end = clauses[number + 1] if number + 1 < len(clauses) else None
    after = bisect_left(times, span.end, key=lambda t: t.start)
    until = bisect_right(times, span.start, key=lambda t: t.end) - 1
    best: tuple[int, When] | None = None
    if until >= 0 and times[until].start >= start and _speaks_ahead(times[until], start, beside):
        best = (span.start - times[until].end, times[until].when)
    if after < len(times) and (end is None or times[after].start < end):
        time = times[after]
        gap = time.start - span.end
        if not time.ahead and (best is None or gap < best[0]) and not _heads_rest(time, span, beside):
            best = (gap, time.when)
    return When() if best is None else best[1]


def _speaks_ahead(time: Time, clause: int, beside: Sequence[Span]) -> bool:
    if time.ahead:
        return True
    if time.start - clause > _HEAD:
        return False
    first = bisect_left(beside, clause, key=lambda s: s.start)
    return first >= len(beside) or beside[first].start >= time.start


def _heads_rest(time: Time, span: Span, beside: Sequence[Span]) -> bool:
    """Tell whether a time far behind a span, with other findings right after it, belongs to those."""
    first = bisect_left(beside, time.end, key=lambda s: s.start)
    follows = first < len(beside) and beside[first].start - time.end <= 3
    return follows and time.start - span.end > 40


def _read(match: re.Match[str]) -> When | None:
    kind, words = match.lastgroup or "", _words()
    if kind in {"history", "lasting", "ago"}:
        days = _days(match.group(kind))
        return None if days is None else When(since_days=round(days, 1))
    if kind == "age":
        days = _days(match.group(kind), unit="years")
        return None if days is None else When(onset_age_years=round(days / 365.25, 2))
    said = match.group(kind).strip()
    if kind == "stage":
        age = words.stages.get(said.split()[-1], words.stages.get(" ".join(said.split()[-2:])))
        return None if age is None else When(onset_age_years=float(age))
    if kind == "near":
        return When(since_days=float(words.near[said]))
    if kind == "day_date":
        day = _full_date(said)
        return None if day is None else When(date=day.isoformat())
    return When(date=_month_or_year(said))


def _days(said: str, unit: str = "") -> float | None:
    """Return the length in days of "8 months", "2-3 weeks" (the middle), "4/52", "one and a half years"."""
    words = _words()
    slashed = _SLASHED.search(said)
    if slashed is not None:
        return float(slashed.group(1)) * words.unit_days["/" + slashed.group(2)]
    half = 0.5 if "and a half" in said or "½" in said else 0.0
    tokens = _TOKEN.findall(said.replace("and a half", " ").replace(",", "."))
    names = [t for t in tokens if t in words.unit_days]
    numbers = [n for t in tokens if (n := _number(t)) is not None]
    if not numbers and half == 0.0:
        return None
    middle = sum(numbers) / len(numbers) if numbers else 0.0
    return (middle + half) * words.unit_days[names[-1] if names else unit]


def _number(token: str) -> float | None:
    if token[0].isdigit():
        return float(token)
    return _words().spelled.get(token)


_PART = re.compile(r"<([a-z]+)>")
_SLASHED = re.compile(r"(\d{1,2})/(7|52|12)(?!\d)")
_TOKEN = re.compile(r"\d{1,3}(?:\.\d{1,2})?|[a-z]+")
_NUMERIC_DATE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{2,4})")
_WORD_DATE = re.compile(
    r"(?:(\d{1,2})(?:st|[nr]d|th)?\s+(?:of\s+)?([a-z]+)|([a-z]+)\.?\s+(\d{1,2})(?:st|[nr]d|th)?),?\s+(\d{4})"
)


def _full_date(said: str) -> date | None:
    numeric = _NUMERIC_DATE.search(said)
    if numeric is not None:
        one, two, three = (int(g) for g in numeric.groups())
        if one > 31:
            return _valid(one, two, three)
        year = three if three > 99 else three + (2000 if three < _TWO_DIGITS else 1900)
        return _valid(year, two, one) or _valid(year, one, two)
    worded = _WORD_DATE.search(said)
    if worded is None:
        return None
    day, month = worded.group(1) or worded.group(4), worded.group(2) or worded.group(3)
    return _valid(int(worded.group(5)), _words().months.get(month, 0), int(day))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_or_year(said: str) -> str:
    month = next((_words().months[w] for w in re.findall(r"[a-z]+", said) if w in _words().months), None)
    year = said[-4:]
    return year if month is None else f"{year}-{month:02d}"


def _before_letter(when: When, letter: date | None) -> When:
    if letter is None or when.date is None:
        return when
    parts = [int(p) for p in when.date.split("-")]
    began = _valid(parts[0], parts[1] if len(parts) > 1 else 7, parts[2] if len(parts) > 2 else 1)
    if began is None or began > letter:
        return when
    return replace(when, since_days=float((letter - began).days))


@cache
def _words() -> _Words:
    data = read_data("times.yaml")
    spelled = {str(w): float(n) for w, n in data["spelled"].items()}
    units = {str(w): float(row["days"]) for row in data["units"] for w in row["words"]}
    stages = {str(w): float(n) for w, n in (data["stages"] | data["tens"]).items()}
    near = {str(w): float(n) for w, n in data["near"].items()}
    parts = {
        **data["parts"],
        "spelled": _any_of(spelled),
        "unit": _any_of(u for u in units if not u.startswith("/")),
        "month": _any_of(data["months"]),
        "stage": _any_of(stages),
        "near": _any_of(near),
    }
    shapes = [f"(?P<{name}>{_filled(shape, parts)})" for name, shape in data["shapes"].items()]
    return _Words(
        search=re.compile(r"(?<![\w./])(?:" + "|".join(shapes) + ")"),
        breaks=re.compile(rf"\b{_any_of(data['ends'])}\b|;"),
        treated=re.compile(f"(?:{data['treated']})$"),
        person=re.compile(f"(?:{data['person']})$"),
        unit_days=units,
        spelled=spelled,
        months=dict(data["months"]),
        stages=stages,
        near=near,
    )


def _filled(shape: str, parts: Mapping[str, str]) -> str:
    """Return a pattern with the parts put in for their names."""
    while (name := _PART.search(shape)) is not None:
        shape = shape[: name.start()] + parts[name.group(1)] + shape[name.end() :]
    return shape


def _any_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) + ")"
