"""Weight lost or gained, places on a growth chart, and blood pressure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hoofbeat.reading.model import Span, Value
from hoofbeat.reading.units import unit_at
from hoofbeat.reading.word_lists import TOKEN
from hoofbeat.terms import Test, find_test

if TYPE_CHECKING:
    from hoofbeat.reading.value_patterns import Analyte

_WORDS = {
    "a": 1, "an": 1, "half a": 0.5, "one and a half": 1.5, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_NUMBER = rf"\d{{1,3}}(?:[.,·]\d{{1,2}})?(?!\d)|{'|'.join(sorted(_WORDS, key=len, reverse=True))}"
_UNIT = r"kgs?|kilo(?:gram(?:me)?)?s?|lbs?|pounds?|stones?|st|%|per\s?cent"
_POUNDS = r"(?:[^\S\n]?(?P<odd>1[0-3]|[1-9])[^\S\n]?lbs?\b)?"
_AMOUNT = rf"(?P<number>{_NUMBER})\s?-?\s?(?P<unit>{_UNIT})(?![\w/]){_POUNDS}"
_ABOUT = (
    r"(?:(?:about|approximately|approx\.?|around|roughly|nearly|almost|over|under|some|up to|at least|at most"
    r"|as much as|more than|less than|a further|another|an estimated|a total of|an additional|close to"
    r"|in excess of|of|by|[~≈><±])\s?){0,3}"
)
_WEIGHT = r"(?:body[\s-]?)?(?:weight|wt)"
_PERIOD = (
    r"(?:(?:over|in|during|within)\s(?:the\s)?(?:past\s|last\s)?\d{1,2}[\s-]?"
    r"(?:years?|months?|weeks?|yrs?|/12|/52)\b[\s,:(]{0,3})?"
)
_UNWANTED = r"unintentional|unintended|unexplained|involuntary|progressive|recent"
_LOST = re.compile(
    rf"\b(?:(?P<down>lost|loses?|losing|shed|dropped|down)|(?P<up>gained|gaining|gains?|put on))"
    rf"\s{_ABOUT}{_AMOUNT}",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    rf"\b(?:{_WEIGHT}\s?-?(?:(?P<down>loss|reduction|decrease|decline)|(?P<up>gain|increase))"
    rf"|(?P<down2>loss|reduction) of (?:body\s)?weight|(?P<up2>gain|increase) (?:of|in) (?:body\s)?weight)"
    rf"(?:[\s,:;(~≈><–-]|\b(?:was|is|amounting to|totalling|{_UNWANTED})\b){{0,6}}{_PERIOD}{_ABOUT}{_AMOUNT}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?<![\d.,/]){_AMOUNT}\s?-?\s?(?:of\s)?(?:(?:{_UNWANTED})\s){{0,2}}"
    rf"{_WEIGHT}\s?-?(?:(?P<down>loss|reduction)|(?P<up>gain|increase))",
    re.IGNORECASE,
)
_FROM_TO = re.compile(
    rf"\b{_WEIGHT}\s(?:\w{{1,12}}\s){{0,3}}?(?:down\s|up\s)?from\s(?P<was>\d{{1,3}}(?:\.\d{{1,2}})?)\s?"
    rf"(?:(?:kgs?|lbs?|stone)\s)?to\s(?P<is>\d{{1,3}}(?:\.\d{{1,2}})?)\s?(?P<unit>kgs?|lbs?|stone)\b",
    re.IGNORECASE,
)
_BY = re.compile(
    rf"\b{_WEIGHT}\s(?:(?:has|had|is|was)\s)?(?:"
    rf"(?P<down>fallen|fell|dropped|down|decreased|gone down|went down)"
    rf"|(?P<up>risen|rose|up|increased|gone up|went up))\s(?:by\s)?{_ABOUT}{_AMOUNT}",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no|not|never|denie[sd]|denying|without|nor|n't|neither)\b[^.;\n]{0,24}\Z", re.IGNORECASE
)
_MEANT = re.compile(
    r"[^.;\n]{0,50}(?:(?<!un)\bintentional|\bdeliberate|\bdieting|\bon a diet|\bslimming|bariatric)",
    re.IGNORECASE,
)
_OF_WEIGHT = re.compile(r"[^.;\n]{0,40}\b(?:weight|wt)\b", re.IGNORECASE)
_PRESSURE = re.compile(
    r"(?P<systolic>\d{2,3})\s?/\s?(?P<diastolic>\d{2,3})(?!\d|/)(?:\s?(?P<unit>mm\s?hg|kpa))?", re.IGNORECASE
)
_TO_PRESSURE = re.compile(
    r"(?:[\s:=,(]|\b(?:is|was|of|at|on|arrival|lying|standing|sitting|seated|today|recorded|measured|right"
    r"|left|arm|initial|admission|raised|elevated|low|normal|high)\b){0,12}"
)
_CENTILE = re.compile(
    r"(?P<sign>[<>≤≥]|below|above|under|over|less than|more than)?\s?(?:the\s)?"
    r"(?:(?P<number>\d{1,2}(?:\.\d{1,2})?)\s?(?:st|nd|rd|th)?[\s-]?"
    r"(?P<unit>(?:per)?centiles?\b|%\s?t?ile\b)|(?P<p>[pP])(?P<pnumber>\d{1,2})\b)"
)
_SD = re.compile(
    r"(?P<sign>[<>≤≥]|below|above)?\s?(?P<number>[-–−+]?\s?\d(?:\.\d{1,2})?)\s?"
    r"(?P<unit>SDS?\b|standard deviations?|[zZ][\s-]?scores?)(?:\s(?P<side>below|above))?"
    r"|(?P<z>[zZ][\s-]?score|\bSDS)\s?(?:of|was|is|[:=])?\s?(?P<znumber>[-–−+]?\d(?:\.\d{1,2})?)"
)
_TRIGGERS = frozenset({
    "lost", "lose", "loses", "losing", "shed", "dropped", "down", "gained", "gaining", "gain", "gains", "put",
    "loss", "reduction", "increase", "weight", "wt", "body", "bodyweight",
})  # fmt: skip
_GROWTH_REACH = 70


def find_weight_changes(text: str) -> Iterator[Value]:
    """Yield weight lost (negative) or gained, in the unit printed; the text itself says the direction.

    Weight lost on purpose carries no finding.

    >>> [(v.value, v.unit, v.finding) for v in find_weight_changes("Has lost 2 stone 4 lb in 6 months.")]
    [(-32.0, 'lb', 'HP:0001824')]
    """
    taken = -1
    for word in TOKEN.finditer(text):
        start = word.start()
        if start < taken or word[0].lower() not in _TRIGGERS:
            continue
        match = _change_at(text, start)
        value = _weight_change(text, match) if match and match.start() >= taken else None
        if match is not None and value is not None:
            taken = match.end()
            yield value


def _change_at(text: str, start: int) -> re.Match[str] | None:
    """Return what is said of a change of weight around a word."""
    if text[start].lower() in {"w", "b"}:
        before = _BEFORE.search(text, max(0, start - 60), start + 40)
        if before is not None and before.end() > start:
            return before
    for pattern in (_FROM_TO, _LOST, _CHANGE, _BY):
        match = pattern.match(text, start)
        if match is not None:
            return match
    return None


def _weight_change(text: str, match: re.Match[str]) -> Value | None:
    if _DENIED.search(text, max(0, match.start() - 40), match.start()):
        return None
    said = match.groupdict()
    unit = said["unit"]
    if (
        match.re is _LOST
        and (unit in {"%", "st"} or unit.startswith("per"))
        and not _OF_WEIGHT.match(text, match.end())
    ):
        return None
    if match.re is _FROM_TO:
        amount = float(said["is"]) - float(said["was"])
    else:
        number = said["number"].lower()
        amount = (
            float(_WORDS[number]) if number in _WORDS else float(number.replace(",", ".").replace("·", "."))
        )
        if said.get("odd"):
            amount, unit = amount * 14 + float(said["odd"]), "lb"
        if said.get("down") or said.get("down2"):
            amount = -amount
    if amount == 0:
        return None
    test = find_test("weight_change")
    direction = "low" if amount < 0 else "high"
    meant = _MEANT.match(text, match.end()) is not None
    ids = (test.low_is, test.high_is) if test else ("", "")
    finding = None if meant else (ids[0] if amount < 0 else ids[1]) or None
    return Value(
        test="weight_change", value=round(amount, 3), unit=unit, span=Span(*match.span()), flag=direction,
        direction=direction, basis="printed flag", finding=finding,
    )  # fmt: skip


def find_pressures(
    text: str, at: int, limit: int, usual: Sequence[tuple[Analyte, tuple[float, float]]]
) -> Iterator[Value]:
    """Yield systolic and diastolic pressure printed as "150/90" behind a name that ends at a position."""
    lead = _TO_PRESSURE.match(text, at, limit)
    found = _PRESSURE.match(text, lead.end() if lead else at)
    if found is None:
        return
    for (analyte, (low, high)), part in zip(usual, ("systolic", "diastolic"), strict=True):
        amount = float(found[part])
        unit = found["unit"] or ""
        scaled = amount * 7.50062 if unit.lower() == "kpa" else amount
        least, most = analyte.test.possible
        possible = least <= scaled <= most
        direction = ("low" if scaled < low else "high" if scaled > high else "normal") if possible else ""
        finding = {"low": analyte.test.low_is, "high": analyte.test.high_is}.get(direction) or None
        yield Value(
            test=analyte.test.slug, value=amount, unit=unit, span=Span(at, found.end()), direction=direction,
            basis="default range" if direction else "", finding=finding,
            problem="" if possible else f"{amount:g} is impossible for {analyte.test.name}",
        )  # fmt: skip


def find_growth(text: str, name: tuple[int, int], limit: int, test: Test) -> Iterator[Value]:
    """Yield the place on a growth chart printed behind a measure: below the 3rd centile or -2 SD is low.

    The value of the measure itself is yielded first, where it is printed before the place.
    """
    start, end = name
    stop = min(limit, end + _GROWTH_REACH)
    for mark in (". ", ";", "\n\n"):
        cut = text.find(mark, end, stop)
        stop = cut if cut >= 0 else stop
    for pattern, limits in ((_CENTILE, (3.0, 97.0)), (_SD, (-2.0, 2.0))):
        found = pattern.search(text, end, min(len(text), stop + 12))
        if found is None or found.start() > stop:
            continue
        yield from _measure(text, start, end, found.start(), test)
        yield _place(found, Span(start, found.end()), limits, test)
        return


def _measure(text: str, start: int, end: int, stop: int, test: Test) -> Iterator[Value]:
    number = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?(?!\d)").search(text, end, stop)
    unit = unit_at(text, number.end()) if number else None
    if (
        number is not None
        and unit is not None
        and unit.end <= stop + 1
        and unit.code in {"kg", "g", "cm", "m", "lb", "kg/m2"}
    ):
        value = float(number[0].replace(",", "."))
        yield Value(test=test.slug, value=value, unit=text[unit.start : unit.end], span=Span(start, unit.end))


def _place(found: re.Match[str], span: Span, limits: tuple[float, float], test: Test) -> Value:
    said = found.groupdict()
    printed = said["number"] or said.get("znumber") or said.get("pnumber") or "0"
    amount = float(re.sub(r"[–−]", "-", printed).replace(" ", ""))
    if said.get("side") == "below":
        amount = -abs(amount)
    low, high = limits
    sign = said["sign"] or ""
    under, over = (
        sign in {"<", "≤", "below", "under", "less than"},
        sign in {">", "≥", "above", "over", "more than"},
    )
    direction = "normal"
    if amount < low or (under and amount == low):
        direction = "low"
    elif amount > high or (over and amount == high):
        direction = "high"
    elif under or over:
        direction = ""
    finding = {"low": test.low_is, "high": test.high_is}.get(direction) or None
    unit = said["unit"] or said.get("z") or said.get("p") or ""
    return Value(
        test=test.slug, value=amount, unit=unit, span=span, low=low, high=high, direction=direction,
        basis="printed range" if direction else "", finding=finding,
    )  # fmt: skip
