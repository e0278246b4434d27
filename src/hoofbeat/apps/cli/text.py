"""Answers as plain text, for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hoofbeat.reports import SETTINGS, factor, in_100, of_100, span, speaks

if TYPE_CHECKING:
    from hoofbeat.diagnosis import Explanation, Hint, Ranked, Ranking, Reason, Together

NOTICE = "Not cleared or certified as a medical device; for research and education."
_HOW = {
    "exact": "",
    "more general here": "described here as",
    "more specific here": "here as",
    "sibling": "near",
    "not described": "",
    "absent": "",
    "value": "",
    "group": "",
    "site": "",
    "treatment": "",
}
_NAME = 50


def ranking_text(ranking: Ranking, *, numbers: bool, why: bool, source: str) -> str:
    """Return the differential of one case as text."""
    lines = [
        (
            f"Case {ranking.case}: {ranking.findings_used} findings used; "
            f"{ranking.considered:,} diseases compared."
        )
    ]
    where = SETTINGS[ranking.setting]
    if numbers:
        lines.append(f"Of 100 people with these findings, {where} (90 % range):")
    else:
        lines.append(f"In order, {where}:")
    if ranking.findings_used < 3:
        lines.append("Too little is known to separate these: fewer than three findings.")
    for r in ranking.ranked:
        lines.append(_ranked_line(r, numbers=numbers))
        if r.series:
            lines.append(f"       and {len(r.series)} more of its types: {_types(r)}")
    lines.append(_ranked_line(ranking.none_of_these, numbers=numbers))
    lines.extend(_watch(ranking, numbers=numbers))
    if numbers:
        held = (
            "1 disease holds" if ranking.credible_count == 1 else f"{ranking.credible_count:,} diseases hold"
        )
        lines += ["", f"{held} nine tenths of the chance."]
    if why and ranking.ranked:
        lines += ["", f"Why {ranking.ranked[0].name} comes first:"]
        lines.extend(reason_lines(ranking.ranked[0].reasons, numbers=numbers))
    first = ranking.ranked[0]
    lines += [
        "",
        f"Model {ranking.model_version}, HPO {ranking.ontology_release}. {NOTICE}",
        f"Why: hoofbeat explain {source} {first.slug or first.id}",
    ]
    return "\n".join(lines)


def _ranked_line(ranked: Ranked, *, numbers: bool) -> str:
    place = f"{ranked.rank:3d}." if ranked.rank else " " * 4
    mark = "  do not miss" if ranked.do_not_miss else ""
    name = _shortened(ranked.name)
    if not numbers:
        return f"{place} {name}{mark}".rstrip()
    chance = f"{of_100(ranked.chance)} ({span(ranked.low, ranked.high)})"
    raised = f"findings {factor(ranked.factor)}"
    return f"{place} {name:<{_NAME}} {chance:<30} {raised}{mark}"


def _types(ranked: Ranked, most: int = 3) -> str:
    """Return the first of the other types of a disease with their places, and the places of the rest."""
    named = [f"{_shortened(other.name)} ({other.rank})" for other in ranked.series[:most]]
    rest = [str(other.rank) for other in ranked.series[most:]]
    places = f"; also {', '.join(rest[:5])}" if rest else ""
    return ", ".join(named) + places + (" and further" if len(rest) > 5 else "")


def _watch(ranking: Ranking, *, numbers: bool) -> Iterable[str]:
    """Diseases not to be missed below the list: what they are, and what the findings did to them."""
    if not ranking.watch:
        return
    yield ""
    yield "Not to be missed, though less likely than those above:"
    for ranked in ranking.watch:
        if numbers:
            yield _ranked_line(ranked, numbers=True)
            yield (f"       {in_100(ranked.before)} before the findings, {in_100(ranked.chance)} after them.")
        else:
            yield _ranked_line(ranked, numbers=False)


def reason_lines(reasons: Iterable[Reason], *, numbers: bool) -> list[str]:
    """Return one line per reason, what speaks for the disease first."""
    ordered = sorted(reasons, key=lambda r: -r.ratio)
    return [line for reason in ordered for line in _reason_lines(reason, numbers=numbers)]


def _reason_lines(reason: Reason, *, numbers: bool) -> list[str]:
    side = f"{speaks(reason.ratio):<7}"
    label = f"{reason.label} absent" if reason.state == "absent" else reason.label
    via = ""
    if _HOW[reason.how] and reason.matched_label:
        via = f" ({_HOW[reason.how]} {reason.matched_label})"
    basis = reason.evidence + (f" [{', '.join(reason.sources[:3])}]" if reason.sources else "")
    if not numbers:
        return [f"  {side} {label}{via}", f"          {_sources_only(reason)}"]
    effect = f"{factor(reason.ratio)} ({factor(reason.ratio_low)} to {factor(reason.ratio_high)})"
    # a value is scored by density, which has no "of 100"
    rates = (
        "" if reason.how == "value" else f"{in_100(reason.here)} here, {of_100(reason.elsewhere)} elsewhere; "
    )
    return [f"  {side} {effect:<22} {label}{via}", f"          {rates}{basis}"]


def _sources_only(reason: Reason) -> str:
    return f"{reason.kind}: " + (", ".join(reason.sources) if reason.sources else "see hoofbeat show")


def explanation_text(found: Explanation, *, numbers: bool) -> str:
    """Return the reasons of one disease as text."""
    disease = found.disease
    lines = [f"{disease.name} in case {found.case}: place {disease.rank:,}"]
    if numbers:
        lines.append(
            f"{in_100(disease.chance)} ({span(disease.low, disease.high)}), "
            f"{SETTINGS[found.setting]}; before the findings {in_100(disease.before)}. "
            f"The findings changed the odds {factor(disease.factor)}."
        )
    if disease.variant:
        lines.append(f"Form: {disease.variant.replace('_', ' ')}")
    lines += ["", "What speaks for and against it:"]
    lines.extend(reason_lines(disease.reasons, numbers=numbers))
    lines.extend(_hints("Expected but not asked:", found.expected, numbers=numbers))
    lines.extend(_hints("Unusual for this disease:", found.unusual, numbers=numbers))
    lines.extend(_away(found.explained_away, disease.name, numbers=numbers))
    lines += ["", f"Model {found.model_version}, HPO {found.ontology_release}. {NOTICE}"]
    return "\n".join(lines)


def _hints(title: str, hints: Iterable[Hint], *, numbers: bool) -> list[str]:
    lines = [
        f"  {hint.label}"
        + (f": {in_100(hint.here)} here, {of_100(hint.elsewhere)} elsewhere" if numbers else "")
        for hint in hints
    ]
    return ["", title, *lines] if lines else []


def _away(away: Together | None, name: str, *, numbers: bool) -> list[str]:
    if away is None:
        return []
    what = (
        " with ".join(away.conditions)
        if away.conditions
        else "chance alone, through what many people have anyway"
    )
    lines = ["", "Explained away by:", f"  {what}"]
    if away.explained:
        lines.append(f"  explains: {', '.join(away.explained)}")
    if away.anyway:
        shown = away.anyway if numbers else [label.rpartition(" (")[0] for label in away.anyway]
        lines.append(f"  common at this age in any case: {', '.join(shown)}")
    if away.leftover:
        lines.append(f"  leaves unexplained: {', '.join(away.leftover)}")
    if numbers:
        lines.append(
            f"  Of these two alone, in the population: {in_100(away.chance_set)} for it, "
            f"{in_100(away.chance_disease)} for {name}."
        )
    return lines


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"
