"""What stands behind a name: one number with its unit, flag, printed range and date."""

from __future__ import annotations

from typing import NamedTuple

from hoofbeat.reading import value_patterns as patterns
from hoofbeat.reading.units import Unit, unit_at

_ROUNDS = 5  # unit, flag, range, date, flag again
_REACH = 110  # characters behind a number that are looked at


class Tail(NamedTuple):
    """One printed number and what belongs to it. start..end: its characters; number_end: end of the digits.

    sign: "<" or ">" where the text says less or more. borrowed: the unit was printed once for a list.
    """

    start: int
    end: int
    number_end: int
    value: float
    digits: str
    sign: str = ""
    unit: Unit | None = None
    low: float | None = None
    high: float | None = None
    range_unit: Unit | None = None
    flag: str = ""
    date: str | None = None
    borrowed: bool = False


def read_tail(text: str, at: int, limit: int, *, counted: bool = False) -> Tail | None:
    """Return the number that stands at a position, with what follows it up to the limit, or None.

    limit: where the next name begins; a unit may reach past it, for "K/µL" holds a K.
    """
    tail = _number(text, at, counted=counted)
    if tail is None:
        return None
    reach = min(len(text), tail.end + _REACH)
    limit = min(limit, reach) if limit >= tail.end else reach
    for _ in range(_ROUNDS):
        following = (
            _unit(text, tail, counted=counted)
            or _bracket(text, tail, limit, counted=counted)
            or _open_range(text, tail, limit, counted=counted)
            or _flag(text, tail, limit)
            or _date(text, tail, limit)
        )
        if following is None:
            break
        tail = following
    return tail


def _number(text: str, at: int, *, counted: bool) -> Tail | None:
    spaced = patterns.SPACED.match(text, at)
    found = (
        spaced if spaced and unit_at(text, spaced.end(), counted=counted) else patterns.NUMBER.match(text, at)
    )
    if found is None:
        return None
    sign = "<" if found["less"] else ">" if found["more"] else ""
    digits = found["digits"]
    unit = unit_at(text, found.end(), counted=counted)
    end = unit.end if unit else found.end()
    return Tail(found.start(), end, found.end(), patterns.number_of(digits), digits, sign, unit)


def _unit(text: str, tail: Tail, *, counted: bool) -> Tail | None:
    """Take a unit printed after a flag or a range."""
    if tail.unit is not None or tail.end == tail.number_end:
        return None
    unit = unit_at(text, tail.end, counted=counted)
    return tail._replace(unit=unit, end=unit.end) if unit else None


def _bracket(text: str, tail: Tail, limit: int, *, counted: bool) -> Tail | None:
    found = patterns.BRACKET.match(text, tail.end, limit)
    if found is None:
        return None
    inside = found.span(1)
    ranged = _range(text, tail, *inside, counted=counted) if tail.low is None and tail.high is None else None
    if ranged is not None:
        flag = patterns.FLAG_INSIDE.search(found[1])
        marked = {"H": "high", "L": "low"}.get(flag[0][0].upper(), "") if flag else ""
        return ranged._replace(end=found.end(), flag=tail.flag or marked)
    if tail.unit is None:
        unit = unit_at(text, inside[0], end=inside[1], counted=counted)
        if unit is not None and not text[unit.end : inside[1]].strip():
            return tail._replace(unit=unit, end=found.end())
    return None


def _open_range(text: str, tail: Tail, limit: int, *, counted: bool) -> Tail | None:
    """Take a range without brackets: announced by a word, or alone in a table behind the unit."""
    if tail.low is not None or tail.high is not None:
        return None
    announced = patterns.announced_range().match(text, tail.end, limit)
    if announced is not None:
        return _range(text, tail, announced.start("range"), limit, counted=counted, open_end=True)
    bare = patterns.BARE_RANGE.match(text, tail.end, limit) if tail.unit is not None else None
    if bare is None:
        return None
    return _range(text, tail, bare.start("range"), limit, counted=counted, open_end=True)


def _range(
    text: str, tail: Tail, start: int, end: int, *, counted: bool, open_end: bool = False
) -> Tail | None:
    lead = patterns.range_lead().match(text, start, end)
    begin = lead.end() if lead else start
    found = patterns.printed_range().match(text, begin, end)
    if found is None and lead is not None:  # "upper limit 37": the lead took the word that says which limit
        for word in patterns.LIMIT_WORD.finditer(text, start, end):
            found = patterns.printed_range().match(text, word.start(), end)
            if found is not None:
                break
    if found is None:
        return None
    low, high = (None if found[g] is None else patterns.number_of(found[g]) for g in ("low", "high"))
    high = patterns.number_of(found["below"]) if found["below"] else high
    low = patterns.number_of(found["above"]) if found["above"] else low
    if low is not None and high is not None and low >= high:
        return None
    unit = unit_at(text, found.end(), counted=counted, end=None if open_end else end)
    closes = unit.end if unit else found.end()
    rest = text[closes:end]
    if not open_end and not patterns.RANGE_CLOSE.fullmatch(rest):
        return None
    return tail._replace(low=low, high=high, range_unit=unit, unit=tail.unit or unit, end=closes)


def _flag(text: str, tail: Tail, limit: int) -> Tail | None:
    if tail.flag:
        return None
    arrow = patterns.ARROW_AFTER.match(text, tail.end, limit)
    if arrow is not None:
        return tail._replace(flag="high" if arrow["high"] else "low", end=arrow.end())
    letter = patterns.LETTER.match(text, tail.end, limit)
    if letter is not None:
        mark = (letter["in"] or letter["sq"] or letter["bare"] or "")[:1]
        return tail._replace(flag={"H": "high", "L": "low", "N": "normal"}.get(mark, ""), end=letter.end())
    word = patterns.flag_after().match(text, tail.end, min(len(text), tail.end + 80))
    if word is None or word.end() > limit:
        return None
    end = word.end()
    closing = text[end : end + 1]
    return tail._replace(
        flag=word.lastgroup or "", end=end + 1 if closing in {")", "]"} and _opened(word[0]) else end
    )


def _opened(words: str) -> bool:
    return "(" in words or "[" in words


def _date(text: str, tail: Tail, limit: int) -> Tail | None:
    if tail.date is not None:
        return None
    found = patterns.DATE_AFTER.match(text, tail.end, limit)
    if found is None:
        return None
    date = patterns.iso_date(found)
    return tail._replace(date=date, end=found.end()) if date else None
