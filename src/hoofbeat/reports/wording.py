"""Chances, ratios and settings in the words of every report."""

from __future__ import annotations

import re
from typing import Literal

from hoofbeat.knowledge import pretty_amount

SETTINGS = {
    "uniform": "if every disease were equally common beforehand (uniform prior)",
    "described": "with diseases weighed by how often they are described",
    "population": "in the general population",
    "general_practice": "in general practice",
    "dermatology": "in a dermatology clinic",
    "rare_disease_clinic": "in a rare-disease clinic",
}
# A ratio this near to one speaks neither for a disease nor against it.
EVEN = 1.05
# Characters that no file format may hold; tab and newline stay.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    r"""Return a text without control characters, and without those that turn the direction of reading.

    >>> clean("a\x00b" + chr(0x202E) + "c")
    'abc'
    """
    return _CONTROL.sub("", text)


def of_100(chance: float) -> str:
    """Return a chance as "of 100", small ones per million so that they are never printed as nothing.

    >>> of_100(0.41), of_100(0.004), of_100(2.5e-6), of_100(0.9999)
    ('41', '0.4', '2.5 per million', 'over 99')
    """
    if 0.995 <= chance < 1:
        return "over 99"
    if chance >= 0.0995:
        return f"{100 * chance:.0f}"
    if chance >= 0.0005:
        return f"{100 * chance:.1g}" if chance < 0.0095 else f"{100 * chance:.2g}"
    per_million = 1e6 * chance
    return f"{per_million:.0f} per million" if per_million >= 10 else f"{per_million:.2g} per million"


def in_100(chance: float) -> str:
    """Return a chance in full words: "41 of 100", "28 per million"."""
    words = of_100(chance)
    return words if words.endswith("million") else f"{words} of 100"


def from_to(first: float, last: float) -> str:
    """Return the chances at both ends of something, once where they read alike.

    >>> from_to(0.001, 0.0004), from_to(7.9e-5, 7.91e-5)
    ('0.1 of 100 to 400 per million', '79 per million')
    """
    return " to ".join(dict.fromkeys((in_100(first), in_100(last))))


def span(low: float, high: float) -> str:
    """Return a range, its unit once where both ends have the same.

    >>> span(2.9e-5, 8.6e-5), span(1.2e-5, 0.001)
    ('29 to 86 per million', '12 per million to 0.1 of 100')
    """
    left, right = of_100(low), of_100(high)
    if right.endswith("million"):
        return f"{left.removesuffix(' per million')} to {right}"
    return f"{left} to {right} of 100" if left.endswith("million") else f"{left} to {right}"


def factor(ratio: float) -> str:
    """Return a likelihood ratio as a factor: "×12", or "÷3" below one.

    >>> factor(12), factor(0.3), factor(99.7)
    ('×12', '÷3.3', '×100')
    """
    if ratio >= 1:
        return f"×{_figures(ratio)}"
    return f"÷{_figures(1 / ratio)}" if ratio > 0 else "÷∞"


def speaks(ratio: float) -> Literal["for", "against", "neither"]:
    """Return whether a likelihood ratio speaks for a disease, against it, or neither."""
    if ratio > EVEN:
        return "for"
    return "against" if ratio < 1 / EVEN else "neither"


def days(count: float) -> str:
    """Return a number of days as people say it.

    >>> days(0), days(20), days(913), days(61)
    ('0 days', '20 days', '2.5 years', '2 months')
    """
    if count < 60:
        return "1 day" if round(count) == 1 else f"{count:.0f} days"
    if count < 700:
        return f"{count / 30.4375:.0f} months"
    return f"{count / 365.25:.1f} years".replace(".0 ", " ")


def amount(value: float) -> str:
    """Return an amount with two figures, small ones as "1 in 10,000,000".

    >>> amount(1980.0), amount(0.0398), amount(1e-7), amount(0)
    ('2,000', '0.04', '1 in 10,000,000', '0')
    """
    return pretty_amount(value, 2)


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its word: "1 finding", "2 findings"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _figures(value: float) -> str:
    if value >= 1e6:
        return f"{value:.1e}"
    return pretty_amount(value, 2)
