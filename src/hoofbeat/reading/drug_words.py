"""The words treatments are told in, of data/drugs.yaml, ready to be found: names, effects, use, doses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from hoofbeat.reading.word_lists import WordList, read_words

Kind = Literal["response", "status"]
Side = Literal["after", "before", "either"]

_AMOUNT = (
    r"\d[\d.,–-]{0,8}\s?(?:mg|mcg|µg|μg|ug|g|m[lL]|IU|iu|[uU]nits?|%|tablets?|capsules?|GBq|MBq|Gy|J)"
    r"(?:\s?/\s?(?:kg|day|d|m2|m²|week|wk|dose|m[lL]|24\s?h|h)){0,2}(?![\w/])"
)
# what may stand between such a word and the name
_BETWEEN = (
    r"both|oral|intravenous|iv|a|some|her|his|the|high|dose|supplementary|regular|[\w-]{1,16},?\sand"
    r"|[\w-]{1,16},"
)
_NOT_OF_USE = frozenset({"despite", "in spite of"})  # "despite zinc and albumin being normal"


class Cue(NamedTuple):
    """A word that tells of an effect or of use. means: response or status; side: of the drug."""

    kind: Kind
    means: str
    side: Side


@cache
def data() -> dict[str, Any]:
    """Return data/drugs.yaml."""
    read: dict[str, Any] = read_words("drugs.yaml")
    return read


@cache
def names() -> WordList[str]:
    """Return the words for drugs, each with the plain name."""
    return WordList(
        (word, name)
        for group in data()["groups"]
        for name, words in group["names"].items()
        for word in (name, *words)
    )


@cache
def kinds() -> dict[str, str]:
    """Return the kind of each drug by its plain name."""
    return {name: group["kind"] for group in data()["groups"] for name in group["names"]}


@cache
def needing_cue() -> frozenset[str]:
    """Return the names that mean a treatment only beside a dose or a word of treatment."""
    return frozenset(name.lower() for group in data()["groups"] for name in group.get("cue", ()))


@cache
def cues() -> WordList[Cue]:
    """Return the words of effect and of use; a word listed for both sides of a drug counts on either."""
    found: dict[str, Cue] = {}

    def add(word: str, cue: Cue) -> None:
        same = found.get(word)
        both = same is not None and same[:2] == cue[:2] and same.side != cue.side
        if same is None or both or cue.kind == "response":
            found[word] = cue._replace(side="either") if both else cue

    for means, listed in data()["responses"].items():
        for side in ("after", "before"):
            for word in listed[side]:
                add(word, Cue("response", means, "after" if side == "after" else "before"))
    for key, words in data()["status"].items():
        means = key.removesuffix("_after")
        for word in words:
            add(word, Cue("status", means, "before" if means == key else "after"))
    return WordList(found.items())


@cache
def cells() -> re.Pattern[str]:
    """Return the shape of an effect that is the whole of a cell, or of what follows "response:"."""
    told = "|".join(f"(?P<{means}>{any_of(words)})" for means, words in data()["cell"].items())
    return re.compile(
        rf"(?:[|\t]|\b(?:response|effect|benefit|outcome)\s?[:=])[^\S\n]{{0,40}}(?:{told})[^\S\n]{{0,40}}(?=[|\t,;.)\n]|\Z)",
        re.IGNORECASE,
    )


@cache
def again() -> WordList[bool]:
    """Return the openings of a sentence that goes on about the drugs of the one before."""
    return WordList((word, True) for word in data()["again"])


@cache
def relative() -> re.Pattern[str]:
    """Return the shape of a relative who takes what follows."""
    return re.compile(
        rf"\b(?:{any_of(data()['relatives'])})\s(?:(?!she\b|he\b|patient\b)[\w'-]{{1,14}}\s){{0,6}}\Z",
        re.IGNORECASE,
    )


def any_of(words: Sequence[str]) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


@cache
def treated_before() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the shapes before a name that make it a treatment: words of use, and words of its effect."""
    effects = {w for listed in data()["responses"].values() for w in listed["before"]} - _NOT_OF_USE
    shape = r"\b(?:{})\s(?:(?:{})\s){{0,3}}\Z"
    return (
        re.compile(shape.format(any_of(data()["cues"]["before"]), f"{_BETWEEN}|low"), re.IGNORECASE),
        re.compile(shape.format(any_of(sorted(effects)), _BETWEEN), re.IGNORECASE),
    )


@cache
def leads_up() -> re.Pattern[str]:
    """Return the last words of those of effect, without which the longer search need not be made."""
    listed = {w.split()[-1] for told in data()["responses"].values() for w in told["before"]}
    return re.compile(rf"\b(?:{any_of(sorted(listed))})\s", re.IGNORECASE)


@cache
def treated_after() -> re.Pattern[str]:
    """Return the words behind a name that make it a treatment."""
    return re.compile(rf"\s(?:{any_of(data()['cues']['after'])})\b", re.IGNORECASE)


@cache
def measured_before() -> re.Pattern[str]:
    """Return the words before a name that make it something stained or measured, across a short list."""
    words = any_of(data()["cues"]["never_before"])
    return re.compile(rf"\b(?:{words})\s(?:[\w-]{{2,16}}(?:,|,?\sand|,?\sor)\s){{0,4}}\Z", re.IGNORECASE)


@cache
def measured_after() -> re.Pattern[str]:
    """Return the words behind a name that make it something scanned, stained or measured."""
    listed = data()["cues"]
    with_it = rf"(?:(?:,|,?\sand|,?\sor)\s(?:{any_of(listed['peptides'])})\b){{0,4}}"
    return re.compile(rf"{with_it}[\s-](?:{any_of(listed['never_after'])})\b", re.IGNORECASE)


@cache
def another() -> re.Pattern[str]:
    """Return the words behind which another treatment is named."""
    listed = data()["cues"]
    length = r"(?:\S{1,12}\s){0,2}(?:days?|weeks?|months?|years?)\b"
    return re.compile(
        rf"\b(?:{any_of(listed['another'])})\s+(?!(?:{any_of(listed['same'])})\b|\d|{length})(?=\w)",
        re.IGNORECASE,
    )


@cache
def when_another() -> re.Pattern[str]:
    """Return the words behind an effect that tie it to another treatment: "cleared when treated with"."""
    return re.compile(
        rf"\s(?:when|once|after|while|by|following)\s(?:\w+\s){{0,3}}?{another().pattern}", re.IGNORECASE
    )


@cache
def every() -> re.Pattern[str]:
    """Return the words by which an effect is said of every drug of a list."""
    return re.compile(rf"\b(?:{any_of(data()['cues']['every'])})\b", re.IGNORECASE)


@cache
def led_to() -> re.Pattern[str]:
    """Return what may stand between a drug and a word behind it that tells of its use."""
    words = any_of(data()["cues"]["led_to"])
    return re.compile(rf"(?:[\s,(]{{0,2}}(?:{words})\b){{0,5}}[\s,(]{{0,2}}", re.IGNORECASE)


@cache
def dose() -> re.Pattern[str]:
    """Return the shape of a dose behind a name."""
    forms, often = any_of(data()["forms"]), any_of(data()["often"])
    return re.compile(
        rf"[\s,(]{{0,3}}(?:(?:{forms}|at|LAR|dose)[\s,]{{1,2}}){{0,2}}"
        rf"(?P<dose>{_AMOUNT}(?:[\s,]{{1,2}}(?:{forms}|{often})\b){{0,4}}|(?:{often})\b(?:\s(?:{often})\b)?)",
        re.IGNORECASE,
    )
