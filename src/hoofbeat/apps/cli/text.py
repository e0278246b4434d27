"""Answers as plain text, for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoofbeat.diagnosis import Explanation, Hint, Ranked, Ranking, Reason, Together

NOTICE = "Not cleared or certified as a medical device; for research and education."
_SETTINGS = {
    "uniform": "if every disease were equally common beforehand (uniform prior)",
    "described": "if diseases were met as they are described, the often described somewhat more often",
    "population": "in the general population",
    "general_practice": "in general practice",
    "dermatology": "in a dermatology clinic",
    "rare_disease_clinic": "in a rare-disease clinic",
}
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
# A ratio this near to one speaks neither for a disease nor against it.
EVEN = 1.05


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


def factor(ratio: float) -> str:
    """Return a likelihood ratio as a factor: "×12", or "÷3" below one."""
    if ratio >= 1:
        return f"×{_figures(ratio)}"
    return f"÷{_figures(1 / ratio)}" if ratio > 0 else "÷∞"


def _figures(value: float) -> str:
    if value >= 1e6:
        return f"{value:.1e}"
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.2g}"


def ranking_text(ranking: Ranking, *, numbers: bool, why: bool, source: str) -> str:
    """Return the differential of one case as text."""
    lines = [
        (
            f"Case {ranking.case}: {ranking.findings_used} findings used; "
            f"{ranking.considered:,} diseases compared."
        )
    ]
    where = _SETTINGS[ranking.setting]
    if numbers:
        lines.append(f"Of 100 people with these findings, {where} (90 % range):")
    else:
        lines.append(f"In order, {where}:")
    if ranking.findings_used < 3:
        lines.append("Too little is known to separate these: fewer than three findings.")
    for r in ranking.ranked:
        lines.append(_ranked_line(r, numbers=numbers))
        if r.series:
            lines.append(f"       and {len(r.series)} more of its types, at {_places(r)}")
    lines.append(_ranked_line(ranking.none_of_these, numbers=numbers))
    lines.extend(_watch(ranking, numbers=numbers))
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
    span = f"{of_100(ranked.chance)} ({_range(ranked.low, ranked.high)})"
    raised = f"findings {factor(ranked.factor)}"
    return f"{place} {name:<{_NAME}} {span:<30} {raised}{mark}"


def _range(low: float, high: float) -> str:
    """Return a range, its unit once where both ends have the same.

    >>> _range(2.9e-5, 8.6e-5), _range(1.2e-5, 0.001)
    ('29 to 86 per million', '12 per million to 0.1 of 100')
    """
    left, right = of_100(low), of_100(high)
    if right.endswith("million"):
        return f"{left.removesuffix(' per million')} to {right}"
    return f"{left} to {right} of 100" if left.endswith("million") else f"{left} to {right}"


def _places(ranked: Ranked, most: int = 8) -> str:
    """Return the places of the other types of a disease: "4, 9 and further"."""
    places = [str(other.rank) for other in ranked.series]
    return ", ".join(places[:most]) + (" and further" if len(places) > most else "")


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


def speaks(ratio: float) -> str:
    """Return whether a likelihood ratio speaks for a disease, against it, or neither.

    >>> [speaks(r) for r in (3.0, 1.02, 0.4)]
    ['for', 'neither', 'against']
    """
    if ratio > EVEN:
        return "for"
    return "against" if ratio < 1 / EVEN else "neither"


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
            f"{in_100(disease.chance)} ({_range(disease.low, disease.high)}), "
            f"{_SETTINGS[found.setting]}; before the findings {in_100(disease.before)}. "
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
