"""How values are printed: names of tests, numbers, ranges, flags, dates, and the words that join them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from hoofbeat.reading.units import Unit, in_own_unit
from hoofbeat.reading.word_lists import TOKEN, WordList, read_words
from hoofbeat.terms import Test, find_test

_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?:[.·]\d{1,4})?(?![\d,])|\d{1,7}(?:[.,·]\d{1,4})?(?!\d)|(?<![\d.])[.·]\d{1,3})"
)
_SPACED = r"\d{1,3}(?:[  ](?!10[369][  ]?/)\d{3}){1,2}(?!\d)"
_LESS = r"(?:<|≤|<=|&lt;|less than|below|under|up to|not more than|fewer than|at most)"
_MORE = r"(?:>|≥|>=|&gt;|more than|greater than|above|over|at least|exceeding|in excess of)"
NUMBER = re.compile(rf"(?:(?P<less>{_LESS})|(?P<more>{_MORE}))?[^\S\n]?=?[^\S\n]?(?P<digits>{_DIGITS})")
SPACED = re.compile(rf"(?:(?P<less>{_LESS})|(?P<more>{_MORE}))?[^\S\n]?=?[^\S\n]?(?P<digits>{_SPACED})")
# what may stand between a name and its number and means nothing
SKIP = re.compile(
    r"(?:[^\S\n]|[:=,()\[\]|*+⁺~≈'\"…_–—-]|\.{3,40}|\s?²⁺){0,24}(?:\n(?:[^\S\n]|[:=|*-]){0,24})?"
)
JOIN = re.compile(
    r"[⁺+]{0,2}[^\S\n]?(?:/|,?[^\S\n]?\band\b|,|&)[^\S\n]?(?:\n[^\S\n]{0,8})?(?:(?:serum|plasma|total|her|his|a|the)\s)?"
)
ALIAS = re.compile(r"\s?[(\[,/]\s?(?:or\s)?|\s")
NEXT_IN_LIST = re.compile(r"[^\S\n]?(?:/|,?[^\S\n]?\band\b|,(?=[^\S\n])|;|&)[^\S\n]?(?:\n[^\S\n]{0,8})?")
SPREAD = re.compile(r"[^\S\n]?(?:-|–|—|\bto\b)[^\S\n]?")
CHANGE = re.compile(
    rf"[^\S\n]?(?:(?:again|further|down|up|back|slightly|steadily)[^\S\n])?"
    rf"(?:from[^\S\n](?P<was>{_DIGITS})(?P<unit>[^\d,;.]{{0,16}}?)[^\S\n])?(?P<to>to|→)[^\S\n]"
)
ARROW = re.compile(r"(?P<high>[↑⇑▲]{1,3}|\^(?!\d))|(?P<low>[↓⇓▼]{1,3})")
LETTER = re.compile(
    r"[^\S\n]{0,40}(?:\|[^\S\n]{0,40})?(?:\((?P<in>H{1,2}|L{1,2}|N|\+|A)\)|\[(?P<sq>H|L|N)\]"
    r"|(?P<bare>HH?|LL?|H\*|L\*)|\*{1,2}|!)(?![\w/])"
)
BRACKET = re.compile(r"[^\S\n]{0,40}\n?[^\S\n]{0,6}[(\[{]([^()\[\]{}]{1,90})[)\]}]")
DATE = re.compile(
    r"\(?(?:on |dated )?(?:(?P<iso>(?:19|20)\d\d-[01]\d-[0-3]\d)"
    r"|(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>(?:19|20)?\d\d)"
    r"|(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[A-Z][a-z]{2,8}) (?P<year2>(?:19|20)\d\d)"
    r"|(?P<month2>[A-Z][a-z]{2,8}) (?P<year3>(?:19|20)\d\d))(?!\d)\)?"
)
DATE_AFTER = re.compile(r"[^\S\n]?" + DATE.pattern)
ARROW_AFTER = re.compile(r"[^\S\n]{0,3}\(?(?:" + ARROW.pattern + r")\)?")
SHARE_BEFORE = re.compile(rf"(?<![\d.,])(?P<digits>{_DIGITS})[^\S\n]?(?P<unit>%)[^\S\n](?:of\s)?\Z")
# a table prints the range alone; a dash makes it one, and digits or a unit do not follow
BARE_RANGE = re.compile(
    rf"[^\S\n]{{0,40}}[|;,]?[^\S\n]{{0,40}}(?P<range>(?<=[\s|]){_DIGITS}[^\S\n]?[-–—−][^\S\n]?{_DIGITS})(?![\d/])"
)
FLAG_INSIDE = re.compile(r"(?<![\w])(?:high|low|H|L)(?![\w])")
LIMIT_WORD = re.compile(
    r"(?i)upper limit|lower limit|uln|lln|up to|below|above|under|over|less than|more than|greater than"
)
RANGE_CLOSE = re.compile(
    r"(?:[^\S\n]|[.,;:*]|\b(?:H|L|high|low|for (?:women|men)|fasting|adults?|female|male|normal)\b)*"
)
TIME = re.compile(r"(?:at )?\d{1,2}:\d\d(?:[^\S\n]?[ap]m)?(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Analyte(NamedTuple):
    """What is needed to read the values of one test.

    test: as hoofbeat.terms holds one. ages: (from years, to years, range by sex). percent: usual share where
    the value is printed in per cent. also: further units, each with the factor to the test's own. weak: names
    believed only with a unit or a value that can be. unclear: range, exempting words, what is unclear.
    """

    test: Test
    ages: tuple[tuple[float, float, dict[str, tuple[float, float]]], ...] = ()
    percent: tuple[float, float] | None = None
    also: dict[str, float] = {}  # noqa: RUF012 (never changed)
    weak: frozenset[str] = frozenset()
    unit_left_out: bool = False
    unclear: tuple[float, float, tuple[str, ...], str] | None = None

    @property
    def counted(self) -> bool:
        """Whether it counts cells by volume."""
        return self.test.unit.startswith("10*")

    def own(self, value: float, unit: Unit) -> float | None:
        """Return a value in the test's own unit, or None if that unit measures something else."""
        if unit.code in self.also:
            return value * self.also[unit.code]
        return in_own_unit(value, unit, self.test)

    def usual(self, age_years: float | None, sex: str) -> tuple[float, float] | None:
        """Return the usual range at an age; of unknown sex, what is normal for either."""
        by_sex = self.test.usual
        for start, end, young in self.ages:
            if age_years is not None and start <= age_years < end:
                by_sex = young
        if not by_sex:
            return None
        if sex in by_sex:
            return by_sex[sex]
        return min(low for low, _ in by_sex.values()), max(high for _, high in by_sex.values())


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_words("analytes.yaml")
    return data


@cache
def analytes() -> dict[str, Analyte]:
    """Return all tests that can be read, by slug."""
    return {row["slug"]: _analyte(row) for row in _data()["analytes"]}


def _analyte(row: dict[str, Any]) -> Analyte:
    known = find_test(row["slug"])
    test = known if known is not None and known.slug == row["slug"] else _own_test(row)
    test = test._replace(
        low_is=row.get("low_is", {}).get("id", "") or test.low_is,
        high_is=row.get("high_is", {}).get("id", "") or test.high_is,
    )
    unclear = row.get("unclear")
    return Analyte(
        test,
        ages=tuple((age["from_years"], age["to_years"], _by_sex(age)) for age in row.get("ages", ())),
        percent=tuple(row["percent"]["range"]) if "percent" in row else None,
        also=row.get("also", {}),
        weak=frozenset(row.get("weak", ())),
        unit_left_out="unit_left_out" in row,
        unclear=(*unclear["range"], tuple(unclear["unless"]), unclear["problem"]) if unclear else None,
    )


def _own_test(row: dict[str, Any]) -> Test:
    low, high = row["possible"]
    return Test(
        slug=row["slug"],
        name=row["name"],
        unit=row["unit"],
        possible=(float(low), float(high)),
        usual=_by_sex(row["range"]) if "range" in row else {},
        molar_mass=row.get("molar_mass"),
        low_is="",
        high_is="",
        loinc=row.get("loinc", ""),
        words=tuple(row.get("words", ())),
    )


def _by_sex(row: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {
        sex: (
            -math.inf if row[sex][0] is None else float(row[sex][0]),
            math.inf if row[sex][1] is None else float(row[sex][1]),
        )
        for sex in ("female", "male")
    }


@cache
def names() -> WordList[str]:
    """Return the names of all tests, each with its slug; "" for names that are something else."""
    rows = _data()["analytes"]
    words = [(word, row["slug"]) for row in rows for word in row.get("words", ())]
    exact = [(word, row["slug"]) for row in rows for word in row.get("exact", ())]
    return WordList([*((word, "") for word in _data()["not_values"]), *words], exact)


@cache
def joining() -> WordList[str]:
    """Return words between a name and its value: "connect", "change", or "high", "low", "normal"."""
    flags = _data()["flags"]
    listed = [(word, flag) for flag in ("normal", "high", "low") for word in flags[flag]]
    changes = [(word, "change") for word in _data()["change"]]
    joined = [(word, "connect") for word in (*_data()["connect"], *_data()["degree"])]
    return WordList([*listed, *changes, *joined])


@cache
def changes() -> frozenset[str]:
    """Return the words of rising and falling."""
    return frozenset(_data()["change"])


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


@cache
def flag_words() -> dict[str, str]:
    """Return flags as plain words, each with what it says."""
    flags = _data()["flags"]
    return {" ".join(TOKEN.findall(word.lower())): flag for flag in flags for word in flags[flag]}


@cache
def before_name() -> frozenset[str]:
    """Return words that may stand between a flag and the name it is said of."""
    return frozenset(_data()["before_name"])


@cache
def fluids() -> frozenset[str]:
    """Return the fluids that are not blood."""
    return frozenset((*_data()["other_fluid"], "urinalysis"))


@cache
def flag_after() -> re.Pattern[str]:
    """Return the pattern of a flag after a value, closed by punctuation or the end."""
    flags, degree = _data()["flags"], _data()["degree"]
    groups = "|".join(f"(?P<{name}>{_any(flags[name])})" for name in ("normal", "high", "low"))
    lead = rf"(?:(?:which|that|and|it|this|all|both)\s)?(?:(?:is|was|were|are)\s)?(?:(?:{_any(degree)})\s)?"
    return re.compile(
        rf"[^\S\n]{{0,40}}[-–,;:|(\[]?[^\S\n]{{0,40}}{lead}(?:{groups})"
        rf"(?=[^\S\n]?(?:[.,;:)\]|\n]|$|[^\S\n]{{2}}|for (?:age|his|her|sex)|\s?\())",
        re.IGNORECASE,
    )


@cache
def range_words() -> str:
    """Return the words that announce a printed range, as a piece of a pattern."""
    return _any(_data()["range_words"])


@cache
def printed_range() -> re.Pattern[str]:
    """Return the pattern of a range: two limits, or one with the word or sign that says which."""
    span = r"[^\S\n]?(?:-|–|—|−|~|\bto\b|\band\b|\.\.)[^\S\n]?"
    return re.compile(
        rf"(?:between\s)?(?P<low>{_DIGITS}){span}(?P<high>{_DIGITS})"
        rf"|(?:{_LESS}|upper limit(?: of normal)?:?|uln:?)[^\S\n]?=?[^\S\n]?(?P<below>{_DIGITS})"
        rf"|(?:{_MORE}|lower limit(?: of normal)?:?|lln:?)[^\S\n]?=?[^\S\n]?(?P<above>{_DIGITS})",
        re.IGNORECASE,
    )


@cache
def announced_range() -> re.Pattern[str]:
    """Return the pattern of a range outside brackets, from its announcing word on."""
    return re.compile(
        rf"[^\S\n]{{0,6}}[,;:|/–-]?[^\S\n]{{0,3}}(?P<range>(?:the\s|our\s|laboratory\s)?(?:{range_words()})(?![a-z])"
        rf"(?:[\s:=.,]|is|of){{0,4}}(?=\d|[<>≤≥.·]|up to|less|more|below|above|between|under))",
        re.IGNORECASE,
    )


@cache
def range_lead() -> re.Pattern[str]:
    """Return the pattern of what may stand before a range: its words, flags, marks."""
    flags = _data()["flags"]
    words = _any(
        [
            *_data()["range_words"],
            *flags["high"],
            *flags["low"],
            *flags["normal"],
            "for women",
            "for men",
            "is",
            "are",
            "adult",
            "female",
            "male",
            "our",
            "laboratory",
            "lab",
            "the",
            "of",
            "in",
        ]
    )
    return re.compile(rf"(?:(?:{words}|[HL])(?![a-z])|[\s:=,;.|*-]){{0,14}}", re.IGNORECASE)


@cache
def other_fluid() -> re.Pattern[str]:
    """Return the pattern of a fluid that is not blood, named before a test."""
    fluids = _any(_data()["other_fluid"])
    return re.compile(
        rf"(?<![\w-])(?P<near>{fluids})(?:\sfluid)?[\s-](?:[\w-]{{1,12}}\s){{0,2}}\Z"
        rf"|(?<![\w-])(?P<head>{fluids}|urinalysis)\s?(?:\w{{1,12}}\s?)?:[^.;:\n]{{0,80}}\Z",
        re.IGNORECASE,
    )


@cache
def fluid_after() -> re.Pattern[str]:
    """Return the pattern of a fluid named in brackets after a test."""
    return re.compile(rf"\s?\((?P<near>{_any(_data()['other_fluid'])})\)", re.IGNORECASE)


@cache
def wished() -> re.Pattern[str]:
    """Return the pattern of words before a name that make its value a wish, or a condition."""
    wish, condition = _any(_data()["wishes"]), _any(_data()["conditions"])
    between = r"(?:\s(?:the|a|an|his|her|their|of|for|is|to|be|serum|plasma|blood|level)){0,3}"
    return re.compile(
        rf"(?<![\w-])(?:(?P<wish>{wish}){between}|(?P<condition>{condition}){between})[\s:]{{0,3}}\Z",
        re.IGNORECASE,
    )


@cache
def wish_words() -> re.Pattern[str]:
    """Return the pattern of any word of a wish or a condition."""
    words = {*_data()["wishes"], *_data()["conditions"], *_data()["wishes_after"]}
    return re.compile(rf"\b(?:{_any(words)})\b", re.IGNORECASE)


@cache
def told_as_fact() -> re.Pattern[str]:
    """Return the pattern of words that tell a value as one that was measured, whatever stands before."""
    return re.compile(rf"(?<!\w)(?:{_any(_data()['facts'])})(?!\w)", re.IGNORECASE)


@cache
def wished_after() -> re.Pattern[str]:
    """Return the pattern of words after a value that make it a wish: "(target)"."""
    return re.compile(
        rf"[\s,(–-]{{0,3}}(?:(?:is|as|being)\s)?(?:the\s|our\s|a\s)?(?:{_any(_data()['wishes_after'])})(?!\w)",
        re.IGNORECASE,
    )


@cache
def never_after_number() -> frozenset[str]:
    """Return the words after a number that show it to be no result."""
    return frozenset(word.lower() for word in _data()["never_after_number"])


def number_of(digits: str) -> float:
    """Return the value of printed digits.

    A comma before exactly three digits parts thousands, unless a nought stands before it; any other comma,
    and a raised dot, is a decimal point.

    >>> [number_of(digits) for digits in ("1,240", "1,24", "0,240", "60 000", "11·5")]
    [1240.0, 1.24, 0.24, 60000.0, 11.5]
    """
    plain = re.sub(r"\s", "", digits).replace("·", ".")
    if "," in plain:
        whole, _, rest = plain.partition(",")
        groups = rest.partition(".")[0].split(",")
        thousands = whole.lstrip("0") and all(len(group) == 3 for group in groups)
        plain = plain.replace(",", "" if thousands else ".")
    return float(plain)


def iso_date(found: re.Match[str]) -> str | None:
    """Return a date found as ISO text, None where day and month cannot be told apart."""
    if found["iso"]:
        return found["iso"]
    if found["a"]:
        year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
        return _day_and_month(int(found["a"]), int(found["b"]), year)
    month = (found["month"] or found["month2"]).lower()[:3]
    if month not in _MONTHS:
        return None
    number = f"{_MONTHS.index(month) + 1:02d}"
    if not found["day"]:
        return f"{found['year3']}-{number}"
    return f"{found['year2']}-{number}-{int(found['day']):02d}" if 0 < int(found["day"]) <= 31 else None


def _day_and_month(first: int, second: int, year: str) -> str | None:
    if not 0 < min(first, second) <= 12 or max(first, second) > 31:
        return None
    if first != second and max(first, second) <= 12:
        return None  # 3/4 is March here and April there
    return f"{year}-{min(first, second):02d}-{max(first, second):02d}"
