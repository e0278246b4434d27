"""The differential and the reasons, as the page draws them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hoofbeat.apps.web.evidence_view import drawer
from hoofbeat.apps.web.sheet import Sheet
from hoofbeat.apps.web.words import SETTING_WORDS, effect, factor, in_100, of_100, reach, span
from hoofbeat.cases import Case
from hoofbeat.diagnosis import (
    Advice,
    Explanation,
    Hint,
    Ranked,
    Ranking,
    Reason,
    Together,
    advises,
    explain,
    rank,
)
from hoofbeat.errors import HoofbeatError
from hoofbeat.knowledge import Disease, load_knowledge
from hoofbeat.reports import speaks

_FEW = 3
_HOW = {"more general here": "described here as", "more specific here": "here as", "sibling": "near"}
_HINTS = 6


def answer(case: Case, sheet: Sheet) -> dict[str, Any]:
    """Return what the page shows of a case at once: the list, the advice, and why one disease stands so."""
    ranking = rank(case, setting=sheet.setting, top=sheet.top, why=True)
    advice = advises(case, setting=sheet.setting)
    chosen = sheet.chosen or _first_chosen(ranking, advice)
    try:
        found: Explanation | None = explain(case, chosen, setting=sheet.setting) if chosen else None
    except HoofbeatError:
        found = explain(case, ranking.ranked[0].slug or ranking.ranked[0].id, setting=sheet.setting)
    if found is not None:
        sheet.chosen = found.disease.slug or found.disease.id
    return {
        "list": listing(ranking, numbers=sheet.numbers, chosen=sheet.chosen),
        "advice": advice_view(advice, numbers=sheet.numbers),
        "why": why(found, numbers=sheet.numbers) if found else None,
        "short": in_short(ranking, advice, numbers=sheet.numbers),
    }


def _first_chosen(ranking: Ranking, advice: Advice | None) -> str:
    """The grave disease that a test is advised for, else the first of the list."""
    if advice is not None and advice.advised:
        return advice.disease.removeprefix("hoofbeat:")
    return (ranking.ranked[0].slug or ranking.ranked[0].id) if ranking.ranked else ""


def in_short(ranking: Ranking, advice: Advice | None, *, numbers: bool) -> dict[str, Any]:
    """Return the two lines at the top: what is likely, and what must not be missed."""
    first = ranking.ranked[0]
    more = f", {in_100(first.chance)} ({span(first.low, first.high)})" if numbers else ""
    return {
        "likely": f"{first.name}{more}",
        "few": ranking.findings_used < _FEW,
        "advised": bool(advice and advice.advised),
        "then": [f"{r.name}{f' {of_100(r.chance)}' if numbers else ''}" for r in ranking.ranked[1:3]],
    }


def listing(ranking: Ranking, *, numbers: bool, chosen: str) -> dict[str, Any]:
    """Return the table of the differential."""
    return {
        "where": SETTING_WORDS[ranking.setting],
        "rows": [row(r, numbers=numbers, chosen=chosen) for r in ranking.ranked],
        "none": row(ranking.none_of_these, numbers=numbers, chosen=chosen),
        "watch": [row(r, numbers=numbers, chosen=chosen) for r in ranking.watch],
        "used": ranking.findings_used,
        "few": ranking.findings_used < _FEW,
        "considered": f"{ranking.considered:,}",
        "credible": ranking.credible_count,
        "model": ranking.model_version,
        "ontology": ranking.ontology_release,
        "temperature": f"{ranking.temperature:.2f}",
    }


def row(ranked: Ranked, *, numbers: bool, chosen: str) -> dict[str, Any]:
    """Return one line of the table. bar: where its range begins and ends and its middle, of 100."""
    raised = sum(speaks(r.ratio) == "for" for r in ranked.reasons)
    lowered = sum(speaks(r.ratio) == "against" for r in ranked.reasons)
    key = ranked.slug or ranked.id
    return {
        "key": key,
        "slug": ranked.slug,
        "place": ranked.rank,
        "name": ranked.name,
        "of_100": of_100(ranked.chance).replace(" per million", "") if numbers else "",
        "unit": ("per million" if of_100(ranked.chance).endswith("million") else "of 100") if numbers else "",
        "span": span(ranked.low, ranked.high) if numbers else "",
        "said": f"{in_100(ranked.chance)}, range {span(ranked.low, ranked.high)}" if numbers else "",
        "bar": _bar(ranked) if numbers else None,
        "raised": raised,
        "lowered": lowered,
        "effect": factor(ranked.factor) if numbers else "",
        "before": in_100(ranked.before) if numbers else "",
        "do_not_miss": ranked.do_not_miss,
        "credible": ranked.credible,
        "chosen": key == chosen,
        "types": [other.name for other in ranked.series],
    }


def _bar(ranked: Ranked) -> dict[str, float]:
    left, right, middle = (round(100 * x, 1) for x in (ranked.low, ranked.high, ranked.chance))
    return {"x": left, "width": max(0.8, round(right - left, 1)), "middle": min(99.0, max(1.0, middle))}


def advice_view(advice: Advice | None, *, numbers: bool) -> dict[str, Any] | None:
    """Return whether the one test is advised, and the sentence with its numbers."""
    if advice is None:
        return None
    t = advice.threshold
    return {
        "advised": advice.advised,
        "done": advice.done,
        "test": advice.test.replace("_", " "),
        "name": t.name,
        "key": advice.disease.removeprefix("hoofbeat:"),
        "sentence": advice.sentence if numbers else "",
        "chance": in_100(t.chance) if numbers else "",
        "testing": in_100(t.testing) if numbers else "",
        "sources": advice.sources,
    }


def why(found: Explanation, *, numbers: bool) -> dict[str, Any]:
    """Return why a disease stands where it stands."""
    ranked = found.disease
    ours = load_knowledge().diseases.get(ranked.slug) if ranked.slug else None
    ordered = sorted(ranked.reasons, key=lambda r: -r.ratio)
    reasons = [_reason(r, n, numbers=numbers) for n, r in enumerate(ordered)]
    for shown, reason in zip(reasons, ordered, strict=True):
        shown["drawer"] = drawer(reason, ours, ranked.variant)
    return {
        "key": ranked.slug or ranked.id,
        "slug": ranked.slug,
        "name": ranked.name,
        "place": f"{ranked.rank:,}",
        "form": _form(ours, ranked.variant),
        "do_not_miss": ranked.do_not_miss,
        "chance": in_100(ranked.chance) if numbers else "",
        "span": span(ranked.low, ranked.high) if numbers else "",
        "before": in_100(ranked.before) if numbers else "",
        "factor": factor(ranked.factor) if numbers else "",
        "for": [r for r in reasons if r["side"] == "for"],
        "against": [r for r in reasons if r["side"] == "against"],
        "neither": [r for r in reasons if r["side"] == "neither"],
        "expected": _hints(found.expected, numbers=numbers),
        "unusual": _hints(found.unusual, numbers=numbers),
        "away": _away(found.explained_away, ranked.name, numbers=numbers),
        "assumed": sum(r.kind == "assumption" for r in ordered),
        "counted": sum(r.kind == "counted" for r in ordered),
        "all": len(ordered),
    }


def _form(ours: Disease | None, variant: str) -> str:
    """The name of the form of a disease that fits best, as its model writes it."""
    known = {v.id: v.name for v in ours.about.variants} if ours else {}
    return known.get(variant, variant.replace("_", " "))


def _reason(reason: Reason, number: int, *, numbers: bool) -> dict[str, Any]:
    via = f"{_HOW[reason.how]} {reason.matched_label}" if reason.how in _HOW and reason.matched_label else ""
    value = reason.how == "value"  # scored by density, which has no "of 100"
    return {
        "number": number,
        "label": reason.label,
        "absent": reason.state == "absent",
        "via": via,
        "side": speaks(reason.ratio),
        "effect": effect(reason.ratio),
        "factor": factor(reason.ratio) if numbers else "",
        "span": f"{factor(reason.ratio_low)} to {factor(reason.ratio_high)}" if numbers else "",
        "here": in_100(reason.here) if numbers and not value else "",
        "elsewhere": in_100(reason.elsewhere) if numbers and not value else "",
        "reach": round(50 * reach(reason.ratio), 1) if numbers else None,
        "kind": reason.kind,
        "button": _button(reason),
    }


def _button(reason: Reason) -> str:
    """Return what the button to the evidence says: the source, or that it is an assumption."""
    if reason.kind == "assumption":
        return "assumption"
    first = reason.sources[0] if reason.sources else reason.kind
    words = first.replace("_", " ")
    more = len(reason.sources) - 1
    return f"{words} +{more}" if more > 0 else words


def _hints(hints: Iterable[Hint], *, numbers: bool) -> list[dict[str, str]]:
    return [
        {
            "id": h.finding,
            "label": h.label,
            "here": in_100(h.here) if numbers else "",
            "elsewhere": in_100(h.elsewhere) if numbers else "",
            "evidence": h.evidence,
        }
        for h in list(hints)[:_HINTS]
    ]


def _away(away: Together | None, name: str, *, numbers: bool) -> dict[str, Any] | None:
    if away is None:
        return None
    return {
        "what": away.conditions,
        "explained": away.explained,
        "anyway": away.anyway
        if numbers
        else tuple(label.rpartition(" (")[0] or label for label in away.anyway),
        "leftover": away.leftover,
        "set": in_100(away.chance_set) if numbers else "",
        "disease": in_100(away.chance_disease) if numbers else "",
        "name": name,
    }
