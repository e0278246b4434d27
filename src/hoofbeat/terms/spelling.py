"""Words as they are compared: without case, plural, British or American spelling, or word ending."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

_GREEK = str.maketrans({
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
    "µ": "mu", "μ": "mu", "ω": "omega", "’": "'", "æ": "ae", "œ": "oe", "ß": "ss", "ø": "o",
})  # fmt: skip
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_STOP = frozenset({
    "an", "the", "of", "in", "on", "at", "to", "by", "for", "from", "with", "and", "or", "his", "her",
    "my", "their", "its", "it", "he", "she", "they", "me", "has", "have", "having", "had", "is",
    "are", "was", "were", "be", "been", "being", "am", "some", "that", "which", "who", "this",
    "these", "feel", "feels", "got", "getting", "gets", "get", "lot", "lots",
})  # fmt: skip
# side, degree and words that add nothing: without them a finding is less exact and still true
_SHADES = frozenset({
    "left", "right", "both", "bilateral", "mild", "moderate", "severe", "slight", "slightly", "marked",
    "bad", "badly", "terrible", "awful", "recent", "new", "sudden", "ongoing", "constant",
    "considerable", "significant", "pronounced", "extreme", "extensive", "level", "concentration",
    "value", "very", "really", "quite",
})  # fmt: skip
# after these words an A is a name, not an article: vitamin A, hepatitis A
_NAMED_A = frozenset({
    "vitamin", "vit", "hepatitis", "factor", "type", "group", "protein", "stage", "immunoglobulin",
    "hemoglobin", "haemoglobin",
})  # fmt: skip
_IRREGULAR = {
    "teeth": "tooth", "feet": "foot", "varices": "varix",
    "nevi": "nevus", "naevi": "nevus", "naevus": "nevus", "emboli": "embolus", "thrombi": "thrombus",
    "calculi": "calculus", "calculuses": "calculus", "nuclei": "nucleus", "fungi": "fungus",
    "bronchi": "bronchus", "crises": "crisis", "testes": "testis", "diagnoses": "diagnosis",
    "children": "child", "men": "man", "women": "woman", "cortices": "cortex",
    "indices": "index", "apices": "apex", "viscera": "viscus", "ova": "ovum", "phalanges": "phalanx",
    "comedones": "comedo", "toes": "toe", "foci": "focus", "villi": "villus", "rhonchi": "rhonchus",
}  # fmt: skip
_AMERICAN = (
    (re.compile(r"ae|oe"), "e"),
    (re.compile(r"our(?=s?$|ed$|ings?$|less$|ations?$)"), "or"),
    (re.compile(r"(?<=[bt])re$"), "er"),
    (re.compile(r"is(?=e[ds]?$|ing$|ations?$)"), "iz"),
    (re.compile(r"ys(?=e[ds]?$|ing$)"), "yz"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"leuc(?=[oa])"), "leuk"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"^mould"), "mold"),
    (re.compile(r"ll(?=ed$|ings?$)"), "l"),
)
_ENDINGS = (
    "ations", "ation", "ating", "ated", "iness", "fulness", "ness", "ings", "ing", "ious", "ive", "ions",
    "ion", "ful", "ed", "y",
)  # fmt: skip


def strict_words(phrase: str) -> list[str]:
    """Return the words of a phrase in American singular, without articles and the like.

    >>> strict_words("Oesophageal varices"), strict_words("a deficiency of vitamin A")
    (['esophageal', 'varix'], ['deficiency', 'vitamin', 'a'])
    """
    raw = list(_tokens(phrase))
    kept = [t for i, t in enumerate(raw) if t not in _STOP and not _is_article(raw, i)]
    return [_singular(t) for t in kept or raw]


def without_shades(words: list[str]) -> list[str]:
    """Return words without those for side and degree, unless nothing else is said.

    >>> without_shades(["mild", "pain"]), without_shades(["mild"])
    (['pain'], ['mild'])
    """
    return [w for w in words if w not in _STRICT_SHADES] or words


def loose_word(word: str, same: Mapping[str, str]) -> str:
    """Return what a strict word shares with its kin: "itchy" and "itching" both give "itch".

    same: words that mean the same, each with the one that stands for all ("pruritus" → "itch").
    """
    if word in same:
        return same[word]
    for ending in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= (3 if ending == "ness" else 4):
            return same.get(rest, rest)
    return word


def is_abbreviation(text: str) -> bool:
    """True for one short word in capitals, which means something else in small letters: "PE", "T2DM".

    >>> is_abbreviation("DVT"), is_abbreviation("Rash"), is_abbreviation("Low TSH")
    (True, False, False)
    """
    capitals = sum(c.isupper() for c in text)
    return 2 <= len(text) <= 7 and text.isalnum() and capitals >= 2 and capitals > len(text) / 2 - 1


def _tokens(phrase: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", phrase.casefold().translate(_GREEK))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for found in _TOKEN.finditer(plain):
        word = found[0]
        yield word.removesuffix("'s").replace("'", "")


def _is_article(words: list[str], i: int) -> bool:
    """True for the article a, and for I at the start; elsewhere both are names of things."""
    last = i == len(words) - 1
    if words[i] == "i":
        return i == 0 and not last
    return words[i] == "a" and not last and (i == 0 or words[i - 1] not in _NAMED_A)


def in_american(word: str) -> str:
    """Return a small-letter word in American spelling.

    >>> in_american("haemorrhagic"), in_american("tumours")
    ('hemorrhagic', 'tumors')
    """
    for pattern, american in _AMERICAN:
        word = pattern.sub(american, word)
    return word


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word.isdigit():
        return word
    if word.endswith("ae"):
        word = word[:-1]
    word = in_american(word)
    if len(word) >= 7 and word.endswith("oses"):
        return f"{word[:-2]}is"
    if word.endswith("itides"):
        return f"{word[:-4]}s"
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


_STRICT_SHADES = frozenset(_singular(w) for w in _SHADES)
