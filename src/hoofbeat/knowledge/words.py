"""Numbers and their evidence, in words a clinician reads."""

from __future__ import annotations

from decimal import Decimal

from hoofbeat.knowledge.evidence import Amount, Evidence
from hoofbeat.knowledge.model import Disease
from hoofbeat.knowledge.places import pieces, sources_named


def in_words(evidence: Evidence) -> str:
    """Return what a number rests on: "15 of 21", "30–79 %" with its place, or "assumed 5–20 %: why".

    >>> from hoofbeat.knowledge import Counted, Frequency
    >>> in_words(Frequency(counted=Counted(n=15, of=21, source="wermers_1996", place="abstract")))
    '15 of 21 (abstract)'
    """
    if evidence.counted:
        counted = evidence.counted
        bias = ", biased" if counted.biased else ""
        return f"{counted.n} of {counted.of}{bias} ({counted.place})"
    unit = evidence.unit if isinstance(evidence, Amount) else ""
    spread = (
        pretty_amounts(evidence.low, evidence.high, unit)
        if unit
        else pretty_range(evidence.low, evidence.high)
    )
    if evidence.reported:
        return f"{spread} ({evidence.reported.place})"
    why = evidence.assumption.why if evidence.assumption else ""
    return f"assumed {spread}: {why}"


def pretty_range(low: float, high: float) -> str:
    """Return a range of fractions as per cent: "30–79 %".

    >>> pretty_range(0.0005, 0.02)
    '0.05–2 %'
    """
    left, right = pretty_percent(low), pretty_percent(high)
    return f"{right} %" if left == right else f"{left}–{right} %"


def pretty_percent(fraction: float) -> str:
    """Return a fraction as per cent with at most two figures, never "0" for what is not nothing.

    >>> pretty_percent(0.41), pretty_percent(0.004), pretty_percent(2e-7)
    ('41', '0.4', '0.00002')
    """
    percent = 100 * fraction
    if percent >= 10 or percent == 0:
        return f"{percent:.0f}"
    return _plain(percent, 1 if percent < 1 else 2)


def pretty_amount(value: float, figures: int = 3) -> str:
    """Return an amount as people write it: "7,050", small ones as "1 in 10,000,000".

    >>> pretty_amount(7049.0), pretty_amount(0.125), pretty_amount(1e-7), pretty_amount(0)
    ('7,050', '0.125', '1 in 10,000,000', '0')
    """
    return f"1 in {_plain(1 / value, 2)}" if 0 < value < 1e-4 else _plain(value, figures)


def pretty_amounts(low: float, high: float, unit: str = "") -> str:
    """Return a range of amounts with its unit, one amount where both ends read alike.

    >>> pretty_amounts(365, 7050, "pg/mL"), pretty_amounts(1e-8, 1e-7, "per person-year")
    ('365–7,050 pg/mL', '1 in 100,000,000 to 1 in 10,000,000 per person-year')
    """
    left, right = pretty_amount(low), pretty_amount(high)
    # a dash between two "1 in" reads as if it parted their words
    between = " to " if " " in left + right else "–"
    return f"{right if left == right else left + between + right} {unit}".rstrip()


def _plain(value: float, figures: int) -> str:
    """A number with so many figures and commas, never with a power of ten."""
    return f"{Decimal(f'{value:.{figures}g}'):,f}"


def numbers_of(disease: Disease) -> tuple[Evidence, ...]:
    """Return every number of a disease model, with its evidence."""
    return tuple(part for _, part in pieces(disease) if isinstance(part, Evidence))


def source_keys(disease: Disease) -> tuple[str, ...]:
    """Return the keys of every source a disease model leans on, in the order of their first use."""
    return tuple(dict.fromkeys(key for _, key in sources_named(pieces(disease))))
