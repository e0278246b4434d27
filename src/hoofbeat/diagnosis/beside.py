"""Reasons that stand beside the findings: where the rash is, laboratory values, what treatments did."""

from __future__ import annotations

from hoofbeat.diagnosis import quantities, regions, responses
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.result import Reason
from hoofbeat.knowledge import beta_range, in_words, load_usual_values


def reasons_beside(scored: Scored, h: int) -> list[Reason]:
    """Return all of them for one hypothesis; a background disease has none."""
    if h >= scored.table.own_count:
        return []
    return [*site_reasons(scored, h), *value_reasons(scored, h), *response_reasons(scored, h)]


def site_reasons(scored: Scored, h: int) -> list[Reason]:
    """Return what each region that the rash is on, or spares, does to one of our own hypotheses."""
    rates = regions.own_rates(without=scored.without)
    known, observed, of_any = rates[h], scored.observed, regions.usual_rates(without=scored.without)
    found = []
    for region, share in (*((r, 0.0) for r in observed.regions), *observed.spared) if known else ():
        rate, usual = known.get(region), of_any[region]
        mean = rate.mean if rate else regions.UNNAMED
        ends = beta_range(rate.a, rate.b) if rate else (mean, mean)
        ratios = [regions.region_ratio(p, usual, share) for p in (mean, *ends)]
        found.append(
            Reason(
                finding=f"site:{region}",
                label=_place_words(region, share),
                state="absent" if share else "present",
                how="site",
                here=1 - share * mean if share else mean,
                elsewhere=1 - share * usual if share else usual,
                ratio=ratios[0],
                ratio_low=min(ratios),
                ratio_high=max(ratios),
                kind=rate.kind if rate else "assumption",
                evidence=rate.evidence if rate else "the model names other regions, not this one",
                sources=rate.sources if rate else (),
                group="where the rash is",
            )
        )
    return found


def _place_words(region: str, share: float) -> str:
    part = "a part of " if 0 < share < 1 else ""
    return f"rash on {part}{region.replace('_', ' ')}"


def value_reasons(scored: Scored, h: int) -> list[Reason]:
    """Return what each laboratory value does to one of our own hypotheses."""
    hypothesis = scored.table[h]
    disease = scored.knowledge.diseases[hypothesis.slug]
    found = []
    for value in scored.observed.values:
        usual = load_usual_values().get(value.test)
        curve = disease.curve(value.test, hypothesis.variant) or usual
        if usual is None or curve is None:
            continue
        here, base = quantities.density(value, curve), quantities.density(value, usual)
        low, high = quantities.ratio_range(value, curve, usual) if curve is not usual else (1.0, 1.0)
        found.append(
            Reason(
                finding=f"test:{value.test}",
                label=f"{value.test} {value.value:g} {value.unit}",
                how="value",
                here=here,
                elsewhere=base,
                ratio=quantities.value_ratio(value, curve, usual),
                ratio_low=low,
                ratio_high=high,
                kind=curve.kind,
                evidence=in_words(curve),
                sources=curve.sources,
            )
        )
    return found


def response_reasons(scored: Scored, h: int) -> list[Reason]:
    """Return what each treatment's effect does to one of our own hypotheses."""
    hypothesis = scored.table[h]
    disease = scored.knowledge.diseases[hypothesis.slug]
    found = []
    for response in scored.observed.responses:
        rates = responses.rates_here(response, disease, hypothesis.variant)
        if rates is None:
            continue
        here, usual = rates
        rows = responses.row_frequencies(response, disease, hypothesis.variant)
        named = [o.test for o in response.trial.outcomes]
        row = rows[named.index(response.test)] if response.test else next(r for r in rows if r)
        low, high = (row.low / row.mean, row.high / row.mean) if row and response.test else (1.0, 1.0)
        found.append(
            Reason(
                finding=f"treatment:{response.trial.treatment}",
                label=f"{response.treatment.name}: {_EFFECTS[response.treatment.response]}",
                how="treatment",
                here=here,
                elsewhere=usual,
                ratio=here / usual,
                ratio_low=low * here / usual,
                ratio_high=high * here / usual,
                kind=row.kind if row else "assumption",
                evidence=in_words(row) if row else "as in any rash",
                sources=row.sources if row else (),
            )
        )
    return found


_EFFECTS = {
    "none": "no effect",
    "partial": "helped in part",
    "complete": "cleared it",
    "relapse": "helped, then it came back",
    "worse": "made it worse",
    "unknown": "effect not told",
}
