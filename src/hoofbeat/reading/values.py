"""Laboratory and bedside values in a text: number, unit, printed range, flag, direction, and what is wrong.

The printed range decides, then the printed flag, then the usual range for age and sex. A unit that is
missing, ambiguous or impossible is said in `problem`, and no usual range is then applied.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from hoofbeat.reading import value_patterns as patterns
from hoofbeat.reading.body_measures import find_growth, find_pressures, find_weight_changes
from hoofbeat.reading.model import Span, Value
from hoofbeat.reading.units import DOSE, Unit
from hoofbeat.reading.value_judgement import Person, judge, without_doubtful
from hoofbeat.reading.value_patterns import Analyte
from hoofbeat.reading.value_tail import Tail, read_tail
from hoofbeat.reading.word_lists import TOKEN, Found

_REACH = 160  # characters from a name to its number, at most
_WORDS_BETWEEN = 14
_LONGEST_GROUP = 8
_GROWN = frozenset({"weight", "height", "head_circumference", "birth_weight", "bmi"})
_SHORTHAND = frozenset({"7", "12", "52"})  # "3/7" is three days, "4/52" four weeks
_LONGEST_FLAG = 6  # words
_MARKED = re.compile(r"(?:(?P<high>[↑⇑▲])|[↓⇓▼])\s?\Z")
_STOP = re.compile(r"[.,;:()\[\]|\n]")
_HYPHENED = re.compile(r"[-‐‑][^\W\d_]")
_MORE_DIGITS = re.compile(r"[^\W\d_]|[/-]\d")
_TELEPHONE = re.compile(r"0\d")
_LARGEST = 10_000_000  # beyond is a hospital number
_CLOSED = frozenset(".,;:)]/|\n")


class _Name(NamedTuple):
    """One name of a test in the text."""

    start: int
    end: int
    slug: str


class _Approach(NamedTuple):
    """Where the number after a name begins, and what was said on the way."""

    at: int
    flag: str
    date: str | None


def find_values(text: str, *, age_years: float | None = None, sex: str = "unknown") -> list[Value]:
    """Return the values printed in a text, in its order.

    Doses, dates, ages and amounts of other things are not values. direction rests on the printed range, then
    the printed flag, then the usual range for age and sex. Where `problem` is set the number cannot be used
    as a measurement; a direction beside it was printed, not worked out. So it is with what a relative has,
    and with a wish or a condition ("aim for Hb above 100 g/L").

    >>> value = find_values("Hb 98 g/L (115-165)")[0]
    >>> value.test, value.direction, value.basis, value.finding
    ('haemoglobin', 'low', 'printed range', 'HP:0001903')
    >>> find_values("glucose 9.2 today")[0].problem
    'no unit printed'
    """
    person = Person(age_years, sex)
    changes = list(find_weight_changes(text))
    told = {place for change in changes for place in range(*change.span)}
    found: list[Value] = []
    done = 0
    for group, limit in _groups(text):
        if group[0].start < done:
            continue
        values, end = _read_group(text, group, limit, person, done)
        found.extend(v for v in values if v.test != "weight" or v.span.end - 1 not in told)
        done = max(done, end)
    return without_doubtful(text, sorted([*changes, *found], key=lambda v: (v.span, v.test)))


def _groups(text: str) -> Iterator[tuple[list[_Name], int]]:
    """Yield names joined in a list ("AST/ALT"), each list with where the next name begins."""
    group: list[_Name] = []
    last = ""  # text of the name before
    for name in _names(text):
        if group:
            between = text[group[-1].end : name.start] if name.start - group[-1].end < 24 else "...."
            if (
                name.slug == group[-1].slug
                and patterns.ALIAS.fullmatch(between)
                and text[name.start : name.end] != last
            ):
                group[-1] = group[-1]._replace(end=name.end)
                last = text[name.start : name.end]
                continue
            if (
                patterns.JOIN.fullmatch(between)
                and len(group) < _LONGEST_GROUP
                and name.slug
                and group[-1].slug
            ):
                group.append(name)
                last = text[name.start : name.end]
                continue
            yield group, name.start
        group, last = [name], text[name.start : name.end]
    if group:
        yield group, len(text)


def _names(text: str) -> Iterator[_Name]:
    for found in patterns.names().find(text):
        if not _part_of_word(text, found):
            yield _Name(found.start, found.end, found.meaning)


def _part_of_word(text: str, found: Found[str]) -> bool:
    """Tell "zinc-deficient" and "proto-iron" from names that stand alone."""
    after, before = text[found.end : found.end + 2], text[max(0, found.start - 2) : found.start]
    return bool(_HYPHENED.match(after) or _HYPHENED.match(before[::-1]))


def _read_group(
    text: str, group: list[_Name], limit: int, person: Person, done: int
) -> tuple[list[Value], int]:
    """Return the values of names joined in a list, and where the text has been read to; done: so far."""
    last = group[-1]
    if not last.slug:
        return [], last.end
    special = _bedside(text, last, limit, person) or list(_share_before(text, group[0], person))
    if special or last.slug == "blood_pressure":
        return special, max([last.end, *(v.span.end for v in special)])
    approach = _approach(text, last.end, min(limit, last.end + _REACH))
    tails = _tails(text, approach.at, limit, group) if approach else []
    if approach is None or not tails:
        return [], last.end
    group = group if len(tails) == len(group) else group[-1:]
    pairs = zip(group, tails, strict=True) if len(group) > 1 else ((last, tail) for tail in tails)
    flag = _flag_before(text, group[0].start, done)
    values = [
        value
        for name, tail in pairs
        for value in _value(text, name, tail, approach._replace(flag=approach.flag or flag), person)
    ]
    return values, tails[-1].end


def _bedside(text: str, name: _Name, limit: int, person: Person) -> list[Value]:
    """Read what is not printed as one number and a unit: two pressures, places on a growth chart."""
    found: Iterator[Value] = iter(())
    if name.slug == "blood_pressure":
        found = find_pressures(text, name.end, limit, _usual_pressures(person))
    elif name.slug in _GROWN:
        found = find_growth(text, (name.start, name.end), limit, patterns.analytes()[name.slug].test)
    return [replace(value, span=Span(name.start, value.span.end)) for value in found]


def _approach(text: str, at: int, limit: int) -> _Approach | None:
    """Walk from a name to its number over words that only join; None where other words come between."""
    flag, date = "", None
    fluid = patterns.fluid_after().match(text, at)
    at = fluid.end() if fluid else at
    for _ in range(_WORDS_BETWEEN):
        skipped = patterns.SKIP.match(text, at, limit)
        at = skipped.end() if skipped else at
        if at >= limit:
            return None
        dated = patterns.DATE.match(text, at) or patterns.TIME.match(text, at)
        if dated:
            date = patterns.iso_date(dated) if dated.re is patterns.DATE else date
            at = dated.end()
            continue
        if patterns.NUMBER.match(text, at):
            return _Approach(at, flag, date)
        arrow = patterns.ARROW.match(text, at)
        if arrow:
            flag, at = arrow.lastgroup or "", arrow.end()
            continue
        step = _word_between(text, at, limit)
        if step is None:
            return None
        flag, at = step[0] or flag, step[1]
    return None


def _word_between(text: str, at: int, limit: int) -> tuple[str, int] | None:
    found = patterns.joining().at(text, at)
    if found is None or found.end > limit:
        return None
    word = text[at : found.end].lower()
    if found.meaning == "change" or word in patterns.changes():
        course = patterns.CHANGE.match(text, found.end, limit)
        if course:
            return "", course.end() if course["to"] else found.end
        if found.meaning == "change":
            return ("", found.end) if word in {"up", "down", "came", "settled"} else None
    return (found.meaning if found.meaning in {"high", "low", "normal"} else ""), found.end


def _tails(text: str, at: int, limit: int, group: list[_Name]) -> list[Tail]:
    """Read one number for each name, or all numbers of a list under one name that shares its unit."""
    counted = patterns.analytes()[group[-1].slug].counted
    first = read_tail(text, at, limit, counted=counted)
    if first is None:
        return []
    tails = [first]
    alone = len(group) == 1
    wanted = len(group) if not alone else (6 if first.unit is None else 1)
    while len(tails) < wanted:
        joint = patterns.NEXT_IN_LIST.match(text, tails[-1].end)
        joint = joint or (patterns.SPREAD.match(text, tails[-1].end) if alone else None)
        following = read_tail(text, joint.end(), limit, counted=counted) if joint else None
        if following is None:
            break
        tails.append(following)
        if alone and following.unit is not None:
            break
    shared = tails[-1].unit
    if alone and len(tails) > 1 and shared is None:
        second = text[tails[0].number_end : tails[1].end]
        no_value = (second.startswith("/") and second[1:] in _SHORTHAND) or patterns.SPREAD.match(second)
        return [] if no_value else tails[:1]
    return [tail if tail.unit else tail._replace(unit=shared, borrowed=shared is not None) for tail in tails]


def _value(text: str, name: _Name, tail: Tail, approach: _Approach, person: Person) -> Iterator[Value]:
    analyte = patterns.analytes()[name.slug]
    unit = tail.unit
    fits = unit is None or analyte.own(1.0, unit) is not None
    if tail.borrowed and not fits:
        unit = None
    elif unit is not None and not fits and (unit.code in DOSE or (unit.code == "%" and not analyte.percent)):
        return  # a dose, or the strength of a solution
    if unit is None and not _plausible_bare(text, name, tail, analyte):
        return
    fluid = _fluid(text, name)
    span = Span(name.start, max(name.end, tail.end))
    value = Value(
        test=f"{fluid} {analyte.test.name}" if fluid else analyte.test.slug,
        value=tail.value,
        unit="" if unit is None else text[unit.start : unit.end],
        span=span,
        flag=tail.flag or approach.flag,
        date=tail.date or approach.date,
    )
    said = text[span.start : span.end]
    yield judge(value, analyte, tail._replace(unit=unit), person, said=said, elsewhere=bool(fluid))


def _flag_before(text: str, start: int, done: int) -> str:
    """Return the flag that stands just before a name: "raised serum ", "↓ ".

    What stands before a stop, or was read with the value before (done), is not said of this name.
    """
    window = _STOP.split(text[max(done, start - 60) : start])[-1]
    mark = _MARKED.search(window)
    if mark is not None:
        return "high" if mark["high"] else "low"
    if not window[-1:].isspace():
        return ""
    words = [word.lower() for word in TOKEN.findall(window)]
    while words and words[-1] in patterns.before_name():
        words.pop()
    flags = patterns.flag_words()
    for count in range(min(_LONGEST_FLAG, len(words)), 0, -1):
        flag = flags.get(" ".join(words[-count:]))
        if flag is not None:
            return flag
    return ""


def _fluid(text: str, name: _Name) -> str:
    """Return the fluid that a test was done on, where it was not blood and the name does not say so."""
    if name.slug.startswith(("faecal", "sweat")):
        return ""
    start = max(0, name.start - 100)
    if not patterns.fluids().isdisjoint(word.lower() for word in TOKEN.findall(text, start, name.start)):
        before = patterns.other_fluid().search(text, start, name.start)
        if before is not None:
            return (before["near"] or before["head"]).lower()
    after = patterns.fluid_after().match(text, name.end, name.end + 30)
    return after["near"].lower() if after else ""


def _plausible_bare(text: str, name: _Name, tail: Tail, analyte: Analyte) -> bool:
    """Tell a number without a unit that may be the test's from one that counts something else."""
    if tail.low is not None or tail.high is not None or tail.flag:
        return True
    end = tail.number_end
    word = TOKEN.match(text, end + 1) if text[end : end + 1] in {" ", "\u00a0", "-"} else None
    if word and word[0].lower() in patterns.never_after_number():
        return False
    if _MORE_DIGITS.match(text, end) or _TELEPHONE.match(tail.digits) or tail.value >= _LARGEST:
        return False
    if "\n" in text[name.end : tail.start]:
        return False  # the number of the next item of a list
    written = text[name.start : name.end]
    if written not in analyte.weak and written.lower() not in analyte.weak:
        return True
    least, most = analyte.test.possible
    ends = text[end : end + 1] in _CLOSED or word is None or _joins(word[0])
    return least <= tail.value <= most and ends


def _joins(word: str) -> bool:
    return word.lower() in {"and", "with", "but", "on"} or patterns.names().at(word, 0) is not None


def _usual_pressures(person: Person) -> tuple[tuple[Analyte, tuple[float, float]], ...]:
    both = (patterns.analytes()[slug] for slug in ("systolic_blood_pressure", "diastolic_blood_pressure"))
    return tuple(
        (analyte, analyte.usual(person.age_years, person.sex) or (-math.inf, math.inf)) for analyte in both
    )


def _share_before(text: str, name: _Name, person: Person) -> Iterator[Value]:
    """Read "12 % eosinophils", where the number stands before the name."""
    analyte = patterns.analytes()[name.slug]
    if analyte.percent is None:
        return
    found = patterns.SHARE_BEFORE.search(text, max(0, name.start - 16), name.start)
    if found is None:
        return
    unit = Unit(found.start("unit"), found.end("unit"), "%")
    tail = Tail(
        found.start(),
        name.end,
        found.end("digits"),
        patterns.number_of(found["digits"]),
        found["digits"],
        unit=unit,
    )
    value = Value(
        test=analyte.test.slug, value=tail.value, unit=found["unit"], span=Span(found.start(), name.end)
    )
    yield judge(value, analyte, tail, person)
