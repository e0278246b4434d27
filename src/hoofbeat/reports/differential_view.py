"""The list, the reasons for and against a disease, and what would explain the findings away."""

from __future__ import annotations

from collections.abc import Iterable

from hoofbeat.diagnosis import Explanation, Hint, Ranked, Ranking, Reason, Together
from hoofbeat.reports.footnotes import Footnotes
from hoofbeat.reports.report_model import (
    Block,
    Cell,
    Entry,
    Heading,
    Paragraph,
    Points,
    Section,
    Table,
    Text,
    Tone,
)
from hoofbeat.reports.wording import SETTINGS, factor, in_100, of_100, plural, span, speaks

_HOW = {
    "more general here": "described here as",
    "more specific here": "here as",
    "sibling": "near",
}
_FEW = 3
_HINTS = 6


def differential(ranking: Ranking, *, numbers: bool) -> Section:
    """Return the ranked diseases, "none of these", and those not to be missed below them."""
    where = SETTINGS[ranking.setting]
    lead = f"Of 100 people with these findings, {where}, about:" if numbers else f"In order, {where}:"
    blocks: list[Block] = [Paragraph(text=Text(words=lead, tone="lead"))]
    if ranking.findings_used < _FEW:
        words = "Too little is known to separate these: fewer than three findings."
        blocks.append(Paragraph(text=Text(words=words, tone="mind")))
    caption = "Possibilities, the likeliest first" + (
        ", with the range that holds 90 % in brackets" * numbers
    )
    columns = (
        "Place",
        "Disease",
        *(("Of 100 (range)",) if numbers else ()),
        "What the findings did",
        "Do not miss",
    )
    rows = [_row(r, numbers=numbers) for r in (*ranking.ranked, ranking.none_of_these)]
    blocks.append(Table(caption=caption, columns=columns, rows=tuple(rows)))
    if ranking.watch:
        caption = "Not to be missed, though less likely than those above"
        watched = tuple(_row(r, numbers=numbers) for r in ranking.watch)
        blocks.append(Table(caption=caption, columns=columns, rows=watched))
    return Section(id="differential", title="What it could be", blocks=tuple(blocks))


def _row(ranked: Ranked, *, numbers: bool) -> tuple[Cell, ...]:
    up = sum(speaks(r.ratio) == "for" for r in ranked.reasons)
    down = sum(speaks(r.ratio) == "against" for r in ranked.reasons)
    if ranked.reasons:
        did = f"raised by {plural(up, 'finding')}, lowered by {down}"
    else:
        did = "always shown" if not ranked.rank else ""
    if numbers:
        did = f"{factor(ranked.factor)} in odds" + (f"; {did}" if did else "")
    name = ranked.name + (f", and {plural(len(ranked.series), 'more type')}" if ranked.series else "")
    chance = Cell(words=f"{of_100(ranked.chance)} ({span(ranked.low, ranked.high)})", share=ranked.chance)
    return (
        Cell(words=f"{ranked.rank:,}" if ranked.rank else "–"),
        Cell(words=name),
        *((chance,) if numbers else ()),
        Cell(words=did),
        Cell(words="do not miss", tone="mark") if ranked.do_not_miss else Cell(words="–"),
    )


def why(found: Explanation, notes: Footnotes, *, numbers: bool, place: int) -> Section:
    """Return the reasons of one disease, what was not asked, what is unusual, and what explains it away."""
    disease = found.disease
    blocks: list[Block] = [Paragraph(text=Text(words=_where_it_stands(found, numbers=numbers), tone="lead"))]
    rows = sorted(disease.reasons, key=lambda r: (-r.ratio, r.label))
    columns = (
        ("Finding", "In this disease", "In others", "Effect", "What it rests on")
        if numbers
        else ("Finding", "Effect", "What it rests on")
    )
    table = tuple(_reason(r, notes, numbers=numbers) for r in rows)
    blocks.append(Table(caption=f"What each finding does to {disease.name}", columns=columns, rows=table))
    blocks += _hints("Expected, but not asked", found.expected, numbers=numbers)
    blocks += _hints("Unusual for this disease", found.unusual, numbers=numbers)
    blocks += _away(found.explained_away, disease.name, numbers=numbers)
    title = f"Why {disease.name}"
    return Section(id="why" if place == 0 else f"why-{place + 1}", title=title, blocks=tuple(blocks))


def _where_it_stands(found: Explanation, *, numbers: bool) -> str:
    disease = found.disease
    form = f" Form: {disease.variant.replace('_', ' ')}." if disease.variant else ""
    if not numbers:
        return f"Place {disease.rank:,}.{form}"
    return (
        f"Place {disease.rank:,}: {in_100(disease.chance)} ({span(disease.low, disease.high)}), "
        f"{SETTINGS[found.setting]}; before the findings {in_100(disease.before)}. "
        f"The findings changed the odds {factor(disease.factor)}.{form}"
    )


def _reason(reason: Reason, notes: Footnotes, *, numbers: bool) -> tuple[Cell, ...]:
    label = f"{reason.label} absent" if reason.state == "absent" else reason.label
    if reason.matched_label and reason.how in _HOW:
        label += f" ({_HOW[reason.how]} {reason.matched_label})"
    side = speaks(reason.ratio)
    finding = Cell(words=label)
    numbered = notes.of(reason.sources)
    if not numbers:
        basis = Cell(words=reason.kind, notes=numbered, tone=_basis(reason))
        return finding, Cell(words=side, tone=side), basis
    # a value is scored by density, which has no "of 100"
    dense = reason.how == "value"
    effect = f"{side} {factor(reason.ratio)} ({factor(reason.ratio_low)} to {factor(reason.ratio_high)})"
    return (
        finding,
        Cell(words="–" if dense else in_100(reason.here)),
        Cell(words="–" if dense else in_100(reason.elsewhere)),
        Cell(words=effect, tone=side),
        Cell(words=_rests_on(reason), notes=numbered, tone=_basis(reason)),
    )


def _basis(reason: Reason) -> Tone:
    return "assumption" if reason.kind == "assumption" else ""


def _rests_on(reason: Reason) -> str:
    """The evidence in words, led by its kind where the words do not say it."""
    told = reason.evidence.startswith(("assumed", "listed")) or reason.kind in ("", "none")
    return reason.evidence if told else f"{reason.kind}: {reason.evidence}"


def _hints(title: str, hints: Iterable[Hint], *, numbers: bool) -> list[Block]:
    entries = tuple(
        Entry(text=Text(words=h.label + (_rates(h) if numbers else ""))) for h in tuple(hints)[:_HINTS]
    )
    return [Heading(words=title), Points(entries=entries)] if entries else []


def _rates(hint: Hint) -> str:
    return f": {in_100(hint.here)} here, {of_100(hint.elsewhere)} elsewhere"


def _away(away: Together | None, name: str, *, numbers: bool) -> list[Block]:
    # a common condition does not explain itself away
    if away is None or name in away.conditions:
        return []
    what = " with ".join(away.conditions) or "chance alone, through what many people have anyway"
    lines = []
    if away.explained:
        lines.append(f"Explains: {', '.join(away.explained)}.")
    if away.anyway:
        shown = away.anyway if numbers else [label.rpartition(" (")[0] or label for label in away.anyway]
        lines.append(f"Common at this age in any case: {', '.join(shown)}.")
    if away.leftover:
        lines.append(f"Leaves unexplained: {', '.join(away.leftover)}.")
    if numbers:
        lines.append(
            f"Of these two alone, in the population: {in_100(away.chance_set)} for it, "
            f"{in_100(away.chance_disease)} for {name}."
        )
    beneath = tuple(Text(words=line) for line in lines)
    return [
        Heading(words="Explained away by"),
        Points(entries=(Entry(text=Text(words=what), beneath=beneath),)),
    ]
