"""What moves the advice: each uncertain input at the ends of its range, the others in the middle."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import chances, framing
from hoofbeat.diagnosis.outcomes import band_chances, confounders_of, usual_curve
from hoofbeat.diagnosis.posterior import RESEARCH, Scored
from hoofbeat.diagnosis.reasons import reasons
from hoofbeat.diagnosis.result import Reason
from hoofbeat.diagnosis.steps import Influence
from hoofbeat.diagnosis.thresholds import Cut, cut
from hoofbeat.knowledge import (
    Disease,
    Evidence,
    Investigation,
    Stakes,
    in_words,
    load_calibration,
    load_interpretations,
    load_settings,
)

Vector = npt.NDArray[np.float64]
# As many findings as a reader can take in; the rest move the chance less.
FINDINGS = 4


class _Ends(NamedTuple):
    """An input at both ends: what it is, its range, and the chance and the thresholds there."""

    name: str
    unit: str
    low: float
    high: float
    chances: tuple[float, float]
    cuts: tuple[Cut, Cut]
    why: str
    sources: tuple[str, ...] = ()


def influences(
    scored: Scored, number: int, line: int, *, what: Investigation, stakes: Stakes, middle: Cut, chance: float
) -> tuple[Influence, ...]:
    """Return one row for each uncertain input behind a test's advice, the one that moves it most first.

    number, line: the disease and its likeliest variant. middle, chance: the thresholds and the chance as
    advised. One input at a time goes to the ends of its central 90 % range (one-way sensitivity analysis).
    """
    disease = list(scored.knowledge.diseases.values())[number]
    found = [
        *_of_stakes(what, stakes, middle, chance),
        *_of_accuracy(scored, what, disease, middle, chance),
        *_of_prior(scored, disease, middle, chance),
        _of_dependence(scored, number, middle, chance),
        *_of_findings(scored, number, line, middle),
    ]
    advised = middle.testing <= chance
    rows = [_row(ends, advised=advised) for ends in found]
    return tuple(sorted(rows, key=lambda row: (-row.swing, row.input)))


def _row(ends: _Ends, *, advised: bool) -> Influence:
    margin = [
        math.log(max(p, 1e-12) / max(c.testing, 1e-12)) for p, c in zip(ends.chances, ends.cuts, strict=True)
    ]
    return Influence(
        input=ends.name,
        unit=ends.unit,
        low=ends.low,
        high=ends.high,
        chance_low=ends.chances[0],
        chance_high=ends.chances[1],
        testing_low=ends.cuts[0].testing,
        testing_high=ends.cuts[1].testing,
        swing=abs(margin[1] - margin[0]),
        changes_advice=any((m >= 0) != advised for m in margin),
        why=ends.why,
        sources=ends.sources,
    )


def _again(middle: Cut, **changed: float) -> Cut:
    parts = {
        "sensitivity": middle.sensitivity,
        "false_alarm": middle.false_alarm,
        "benefit": middle.benefit,
        "harm": middle.harm,
        "burden": middle.burden,
    }
    return cut(**(parts | changed))


def _of_stakes(what: Investigation, stakes: Stakes, middle: Cut, chance: float) -> list[_Ends]:
    inputs = [
        ("benefit", "gain of finding it now", stakes.benefit),
        ("harm", "harm of a false alarm", stakes.harm),
        ("burden", "burden of the test", what.burden),
    ]
    found = [
        _Ends(
            name, "days of full health", amount.low, amount.high, (chance, chance),
            (_again(middle, **{part: amount.low}), _again(middle, **{part: amount.high})),
            in_words(amount), amount.sources,
        )
        for part, name, amount in inputs
    ]  # fmt: skip
    if what.price:
        dear = _again(middle, burden=middle.burden + what.price.high)
        words = f"not counted, or counted as {in_words(what.price)}"
        found.append(
            _Ends("price of the test", "days of full health", 0.0, what.price.high, (chance, chance),
                  (middle, dear), words)
        )  # fmt: skip
    return found


def _of_accuracy(
    scored: Scored, what: Investigation, disease: Disease, middle: Cut, chance: float
) -> list[_Ends]:
    """How many cases the test finds, by where the disease's curve lies; false alarms, by who is tested."""
    if what.bands is None:
        return []
    bands = what.bands
    meaning = next(v for v in load_interpretations().values if v.test == bands.test)
    curve = disease.curve(bands.test, disease.about.variants[0].id if disease.about.variants else "")
    if curve is None:
        return []
    ends = []
    for factor in (meaning.centre.low, meaning.centre.high):
        cuts = [c / factor for c in bands.cuts]
        found = sum(band_chances(curve, cuts, bands.test)[bands.positive :])
        ends.append((1 - meaning.slip.mean) * found + meaning.slip.mean * middle.false_alarm)
    gravest = [c.id for c in meaning.confounders if c.curve and c.id != "given_glucagon"]
    mine = [c.id for c in confounders_of(scored.case, bands.test)]
    quiet = sum(band_chances(usual_curve(bands.test), bands.cuts, bands.test)[bands.positive :])
    loud = sum(band_chances(usual_curve(bands.test, gravest), bands.cuts, bands.test)[bands.positive :])
    low, high = min(quiet, middle.false_alarm), max(loud, middle.false_alarm)
    known = ", ".join(mine) or "none known"
    told = f"from people without a confounder to those with acute illness; here: {known}"
    return [
        _Ends("cases the test finds", "share", ends[0], ends[1], (chance, chance),
              (_again(middle, sensitivity=ends[0]), _again(middle, sensitivity=ends[1])),
              in_words(curve), curve.sources),
        _Ends("false alarms", "share", low, high, (chance, chance),
              (_again(middle, false_alarm=low), _again(middle, false_alarm=high)), told,
              meaning.bands[3].sources),
    ]  # fmt: skip


def _scaled(chance: float, factor: float) -> float:
    odds = factor * chance / max(1 - chance, 1e-12)
    return odds / (1 + odds)


def _of_prior(scored: Scored, disease: Disease, middle: Cut, chance: float) -> list[_Ends]:
    """How common the disease is, and who of those who have it comes here."""
    if scored.setting in RESEARCH:
        return []
    about = disease.about
    number = scored.table.find(disease.slug) or 0
    mean = framing.prevalence(disease)[0] * math.exp(float(chances.mean_lift(scored.table.version)[number]))
    years = about.undiagnosed_years
    seen = load_settings().named(scored.setting).attendance(about.kind, do_not_miss=about.do_not_miss)
    parts: list[tuple[str, str, Evidence, float]] = []
    if about.incidence:
        span = years.middle if years else 1.0
        parts.append(("how often it arises", about.incidence.unit, about.incidence, mean / span))
        if years:
            parts.append(("years before it is found", years.unit, years, mean / about.incidence.middle))
    elif about.prevalence:
        parts.append(("how common it is", about.prevalence.unit, about.prevalence, mean))
    parts.append(("share of those with it who come here", "share", seen, seen.mean))
    return [
        _Ends(name, unit, amount.low, amount.high,
              (_scaled(chance, amount.low / at), _scaled(chance, amount.high / at)),
              (middle, middle), in_words(amount), amount.sources)
        for name, unit, amount, at in parts
    ]  # fmt: skip


def _of_dependence(scored: Scored, number: int, middle: Cut, chance: float) -> _Ends:
    span = load_calibration().discount
    ends = [float(chances.averaged(scored, given=[at])[number]) for at in (span.low, span.high)]
    del chance
    return _Ends(
        "how far findings repeat each other", "share of the discount in ranking", span.low, span.high,
        (ends[0], ends[1]), (middle, middle), in_words(span),
    )  # fmt: skip


def _of_findings(scored: Scored, number: int, line: int, middle: Cut) -> list[_Ends]:
    """The findings whose frequency in the disease is least sure, at the ends of their ratios."""
    each = chances.by_power(scored)[:, number]
    powers = chances.heats(scored.full_temperature)
    found = [r for r in reasons(scored, [line])[0] if r.ratio > 0 and r.ratio_low > 0]
    found.sort(key=lambda r: (-math.log(r.ratio_high / r.ratio_low), r.finding))
    return [
        _Ends(
            f"{r.label} in {scored.table[line].name}", "likelihood ratio", r.ratio_low, r.ratio_high,
            (_moved(each, powers, r, r.ratio_low), _moved(each, powers, r, r.ratio_high)),
            (middle, middle), r.evidence, r.sources,
        )
        for r in found[:FINDINGS]
    ]  # fmt: skip


def _moved(each: Vector, powers: Vector, reason: Reason, ratio: float) -> float:
    odds = each / np.maximum(1 - each, 1e-12) * (ratio / reason.ratio) ** powers
    return float((odds / (1 + odds)).mean())
