"""Numbers and their evidence, in words a clinician reads."""

from __future__ import annotations

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
    """Return a fraction as per cent with at most two figures, never "0" for what is not nothing."""
    percent = 100 * fraction
    if percent >= 10 or percent == 0:
        return f"{percent:.0f}"
    return f"{percent:.1g}" if percent < 1 else f"{percent:.2g}"


def pretty_amounts(low: float, high: float, unit: str) -> str:
    """Return a range of amounts with its unit."""
    left, right = f"{low:.3g}", f"{high:.3g}"
    return f"{right} {unit}" if left == right else f"{left}–{right} {unit}"


def numbers_of(disease: Disease) -> tuple[Evidence, ...]:
    """Return every number of a disease model, with its evidence."""
    return tuple(part for _, part in pieces(disease) if isinstance(part, Evidence))


def source_keys(disease: Disease) -> tuple[str, ...]:
    """Return the keys of every source a disease model leans on, in the order of their first use."""
    return tuple(dict.fromkeys(key for _, key in sources_named(pieces(disease))))
