"""Who the letter is about: age and sex, from its words, without guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, NamedTuple

from hoofbeat.reading.rules import expand, lowered, read_data

Sex = Literal["female", "male", "unknown"]

_OLDEST = 120.0
_READ = 20_000  # characters: a letter says who it is about in its first pages
_SURE = 3  # times more pronouns of one sex than of the other, if nothing else is said
_PER_YEAR = {"y": 1.0, "m": 12.0, "w": 52.18, "d": 365.25, "h": 8766.0}
_BESIDE = 48  # characters around an age in which the word for the patient stands
_AGES = ("old", "aged", "short", "after", "bare")
_NOT_NOW = re.compile(
    r"(?:at|since|from|until|by|when|to|onset|died|menarche|menopause|of|the|or)\s{1,2}(?:the\s)?$"
)
# "at 12 years old" is when something was, unless it was the visit
_THEN = re.compile(
    r"\b(?:since|from|until|before|after|when\s(?:he|she|they)\s(?:was|were)"
    r"|(?<!presented )(?<!presenting )(?<!presents )(?<!seen )(?<!examined )(?<!reviewed )(?<!evaluated )at)"
    r"\s{1,2}(?:(?:about|around|approximately|only|just|nearly|almost)\s)?$"
)
# what stands before a bare "aged 61" that is said of a person now
_NOW = re.compile(
    r"\b(?:is|now|currently|he|she|who)[,\s(]{1,3}$|\b(?:dob|nhs|mrn|hospital|name|sex|gender)\b[^\n]{0,40}$"
)
_OPENS = re.compile(r"(?:^|\n)[^\S\n]*(?:[-*•][^\S\n])?$")
_THEN_NEXT = re.compile(r",?\s(?:he|she|they)\s(?:had|was|underwent|developed|got|started|began|suffered)\b")
_THIS = re.compile(r"\b(?:this|your|our)\s(?:[\w'-]{2,20},?\s){0,3}[\w'-]{2,20}[,\s(]{1,3}$")
_PERSON = re.compile(r"\ban?\s(?:[\w'-]{2,20},?\s){0,3}[\w'-]{2,20}[,\s(]{1,3}$")
_NAME = re.compile(r"\b[A-Z][\w'’-]+\s(?:[A-Z][\w'’.-]*\s){0,2}[A-Z][\w'’-]+\s?[,(]\s?$")
_HAS = re.compile(r"\b(?:has|have|had|with)\san?\s{1,2}$")
_CLAUSE = re.compile(r"[.;:\n]")
_EVENT = re.compile(
    r"\b(?:has|had|have|having|with|after|following|since|underwent|undergone|suffer\w*|develop\w*|diagnos\w*"
    r"|history|started|began|onset|for|due|of|s/p)\b"
)


class _Words(NamedTuple):
    age: re.Pattern[str]
    named: re.Pattern[str]
    introduced: re.Pattern[str]
    stated: re.Pattern[str]
    titled: re.Pattern[str]
    pronoun: re.Pattern[str]
    relative: re.Pattern[str]
    relative_next: re.Pattern[str]
    owned_next: re.Pattern[str]
    patient: re.Pattern[str]
    sex_of: dict[str, Sex]
    numbers: dict[str, float]


def read_person(text: str) -> tuple[float | None, Sex]:
    """Return the age in years and the sex of the patient; None and "unknown" if the text does not say.

    A date of birth alone gives no age, nor does "in her fifties". The sex comes from the words for the
    patient ("45-year-old woman", "this gentleman", "Mrs"), else from the pronouns if those of one sex are by
    far the more frequent.

    >>> read_person("This 6-month-old girl, whose father is 38 years old, has a rash.")
    (0.5, 'female')
    """
    text = text[:_READ]
    low = lowered(text)
    words = _words()
    for match in words.age.finditer(low):
        years = _years(match, words)
        if years <= _OLDEST and _is_patients(text, low, match, words):
            letter = match.group("sex")
            beside = words.sex_of[letter] if letter else _beside(low, match, words)
            return years, _anywhere(low, words) if beside == "unknown" else beside
    return None, _anywhere(low, words)


def _years(match: re.Match[str], words: _Words) -> float:
    said = next(match.group(name) for name in _AGES if match.group(name))
    number = float(said.replace(",", ".")) if said[0].isdigit() else words.numbers[said]
    unit = (match.group("old_unit") or match.group("aged_unit") or "y")[0]
    return round(number / _PER_YEAR[unit], 3)


def _is_patients(text: str, low: str, match: re.Match[str], words: _Words) -> bool:
    """Tell whether an age is the patient's now, not a relative's nor that at which something happened."""
    before = low[max(0, match.start() - _BESIDE) : match.start()]
    if match.group("bare") and not text[match.end("bare") : match.end()].strip().isupper():
        return False  # 72m is no 72M
    if match.group("aged") and (_NOT_NOW.search(before) or not _said_of_person(text, low, match, words)):
        return False
    if match.group("old") and _THEN.search(before):
        return False
    if _HAS.search(before) and words.owned_next.match(low, match.end()):
        return False
    return not words.relative.search(before) and not words.relative_next.match(low, match.end())


def _said_of_person(text: str, low: str, match: re.Match[str], words: _Words) -> bool:
    """Tell whether "aged 61" follows a person; behind an event ("appendicitis aged 12") it dates it."""
    if re.match(r"age(?:\sis|\sof|:)", match.group()):
        return True
    start = max(0, match.start() - _BESIDE)
    before = low[start : match.start()]
    if _OPENS.search(before):
        return _THEN_NEXT.match(low, match.end()) is None
    if _NOW.search(before) or _THIS.search(before) or words.patient.search(before):
        return True
    if _NAME.search(text, start, match.start()):
        return True
    clause = _CLAUSE.split(before)[-1]
    return _PERSON.search(clause) is not None and _EVENT.search(clause) is None


def _beside(low: str, match: re.Match[str], words: _Words) -> Sex:
    # another sentence may be of another person
    after = low[match.start() : match.end()] + _CLAUSE.split(low[match.end() : match.end() + _BESIDE])[0]
    before = low[max(0, match.start() - _BESIDE) : match.start()]
    for part in (after, before):
        named = words.named.search(part)
        if named is not None and not words.relative.search(part[: named.start()]):
            return words.sex_of[named.group(1)]
    return "unknown"


def _anywhere(low: str, words: _Words) -> Sex:
    stated = words.stated.search(low)
    if stated is not None:
        return words.sex_of[stated.group(1)]
    for match in words.introduced.finditer(low):
        if not words.relative.search(low[max(0, match.start() - _BESIDE) : match.start()]):
            return words.sex_of[match.group(1)]
    title = words.titled.search(low[:1500])
    if title is not None:
        return words.sex_of[title.group(1)]
    said = [words.sex_of[word] for word in words.pronoun.findall(low)]
    female, male = said.count("female"), said.count("male")
    if female > _SURE * male:
        return "female"
    return "male" if male > _SURE * female else "unknown"


@cache
def _words() -> _Words:
    data = read_data("relatives.yaml")
    patient = data["patient"]
    numbers = {str(w): float(n) for w, n in read_data("times.yaml")["spelled"].items()} | _tens()
    sex_of: dict[str, Sex] = {**patient["letters"], **patient["titles"]}
    for name, sex in (("female", "female"), ("she", "female"), ("male", "male"), ("he", "male")):
        sex_of.update(dict.fromkeys(patient[name], sex))
    named = _any_of([*patient["female"], *patient["male"]])
    owned = _any_of(w for row in data["relatives"] if row.get("only_owned") for w in _spelled(row))
    others = _any_of(w for row in data["relatives"] if not row.get("only_owned") for w in _spelled(row))
    titles = _any_of(patient["titles"])
    # "his daughter", "has a daughter", or a line that opens with "Daughter"
    has_one = r"(?:has|have|had)\s(?:an?|one|two|three|another)\s(?:[\w-]{2,12}\s)?"
    owner = r"(?:his|her|their|my|whose|patient's)\s{1,2}"
    adjectives = r"(?:[\w-]{2,16},?\s{1,2}){0,3}"
    opened = _any_of(w for row in data["relatives"] if row.get("may_open") for w in _spelled(row))
    kin = rf"\b(?:{others}|(?:{owner}|{has_one})(?:{owned}))|(?:^|[.;\n]\s{{0,3}})(?:{opened})"
    pronouns = _any_of([*patient["she"], *patient["he"]])
    return _Words(
        age=_age_pattern(_any_of(numbers), named),
        named=re.compile(rf"\b({named})\b"),
        introduced=re.compile(rf"\b(?:this|an?|the|your|pleasant|old)\s{{1,2}}{adjectives}({named})\b"),
        stated=re.compile(rf"\b(?:sex|gender)\b\s?:?\s{{0,3}}(f|m|{named})\b"),
        titled=re.compile(rf"(?<!dear )\b({titles})\b\.?\s(?!surgeon|colleague)[a-z*]"),
        pronoun=re.compile(rf"\b({pronouns})\b"),
        relative=re.compile(
            rf"(?:{kin})\b[^.;,]{{0,24}},?\s{{0,2}}\(?"
            rf"(?:(?:an?|who|is|was|now|also|currently)\s{{1,2}}){{0,3}}$"
            rf"|\b{owner}$"
        ),
        relative_next=re.compile(rf"\s{{1,2}}(?:[\w-]{{2,12}}\s{{1,2}})?(?:{others})\b"),
        owned_next=re.compile(rf"\s{{1,2}}(?:[\w-]{{2,12}}\s{{1,2}})?(?:{owned})\b"),
        patient=re.compile(
            rf"\b(?:{named}|patient|pt|person|infant|neonate|adult|(?:{titles})\.?\s[\w'. -]{{1,30}})"
            rf"[,\s(]{{1,3}}(?:who\s)?(?:is\s|was\s)?(?:now\s|currently\s)?$"
        ),
        sex_of=sex_of,
        numbers=numbers,
    )


def _age_pattern(spelled: str, named: str) -> re.Pattern[str]:
    """Return the shapes of an age: "45-year-old", "aged 45", "45 yo", "man, 45 years", "45M"."""
    one = rf"(?:\d{{1,3}}(?:[.,]\d)?|{spelled})"
    unit = r"(?:years?|yrs?|y|months?|mths?|mo|m|weeks?|wks?|w|days?|d|hours?)"
    gap = r"[\s-]{0,2}"
    return re.compile(
        rf"(?<![\w./-])(?:(?P<old>{one}){gap}(?P<old_unit>{unit}){gap}(?:old|of age)\b"
        rf"|(?:aged?:?|age is|age of)\s{{0,3}}(?P<aged>{one})(?:{gap}(?P<aged_unit>{unit})\b)?(?![\w/%])"
        rf"|(?P<short>\d{{1,3}}){gap}(?:y\.?/?o\b\.?|(?:yrs?|y)(?=[\s,]{{0,2}}(?:[mf]|{named})\b))"
        rf"|(?:{named}),?\s{{1,2}}(?P<after>{one}){gap}(?:years?|yrs?|y)\b(?!\s(?:ago|before|history))"
        rf"|(?P<bare>\d{{1,3}})(?=\s?[mf]\b))(?:[\s,]{{0,2}}(?P<sex>[mf])\b(?![/.-]))?"
    )


def _spelled(row: dict[str, Any]) -> list[str]:
    return [form for word in row["words"] for form in expand(str(word), {})]


def _tens() -> dict[str, float]:
    """Return the numbers 20 to 99 in words."""
    tens = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
    ones = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    found = {ten: 20.0 + 10 * i for i, ten in enumerate(tens)}
    for ten, number in list(found.items()):
        found |= {f"{ten}-{one}": number + 1 + i for i, one in enumerate(ones)}
    return found


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))
