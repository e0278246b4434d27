"""Front and back of a body: sites chosen, or how often a disease strikes each region."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from hoofbeat.diagnosis import RegionRate, region_rates
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import find_disease, load_knowledge, pretty_percent, pretty_range
from hoofbeat.reports.data_files import read_data
from hoofbeat.reports.svg import drawing, label, line, tag, words
from hoofbeat.terms import read_sites, regions, site, sites

Side = Literal["front", "back"]
# "about the mouth" is the skin round it, not what lies within
_ABOUT = re.compile(r"\babout (?:the )?(?=mouth|nose|eyes|body openings)")
SIDES: tuple[Side, ...] = ("front", "back")
Rates = Mapping[str, "RegionRate | float"]
# Room beside the body for the numbers of a heat map.
_MARGIN = 126.0
_GAP = 17.0
# Darkness by steps, so that two maps can be compared by eye: up to this share, this opacity.
_STEPS = ((0.05, 0.0), (0.15, 0.12), (0.3, 0.26), (0.5, 0.42), (0.75, 0.6), (1.01, 0.82))


class HeatRow(NamedTuple):
    """One region in several diseases. cells: one a disease, None where its model is silent."""

    region: str
    name: str
    cells: tuple[dict[str, Any] | None, ...]


class SiteClaim(NamedTuple):
    """What one source says of where a rash is: its key, its words retold, and the sites they name."""

    source: str
    says: str
    sites: tuple[str, ...]


def body_map_svg(
    side: Side,
    *,
    chosen: Collection[str] = (),
    heat: Rates | None = None,
    name: str = "",
    key: str = "",
    decorative: bool = False,
) -> str:
    """Return the front or the back of a body as SVG, each site a group with data-site = its slug.

    chosen: site slugs; a site that covers others (folds, or all when generalised) marks them too, with
    hatching and a thick edge. heat: region to share or RegionRate (see region_heat); then the shade of a
    site is that of its region, in six steps, and each region's number stands beside the body, a line to it.
    name: what the map shows, for its title. key: begins every id, so that several maps can stand on one page;
    the side by itself otherwise ("front-groin"). decorative: hidden from screen readers, where tick boxes
    beside it say the same. Raises UsageError for another side and UnknownTerm for an unknown site or region.
    """
    if side not in SIDES:
        raise UsageError(f"side is {side!r}", remedy="front or back")
    _known(chosen, heat or {})
    body, start = _body(), f"{key or side}-"
    marked = covered(chosen)
    shades = {slug: _of_site(slug, heat) for slug in drawn_sites()} if heat is not None else {}
    shapes = [_site(slug, parts, start, marked, shades) for slug, parts in _grouped(body[side]).items()]
    title = f"{name + ', ' if name else ''}{side} of the body"
    width, height = float(body["width"]), float(body["height"])
    inner = [_hatch(start), *_leaders(side), _outline(side), *shapes]
    if heat is not None:
        inner += _numbers(side, heat)
    says = _says(chosen, heat)
    made = drawing(
        inner, width=width, height=height, title=title, says=says, key=f"{start}map", kind="body-map"
    )
    if heat is not None:
        made = made.replace(
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}"',
            f'viewBox="{-_MARGIN:g} 0 {width + 2 * _MARGIN:g} {height:g}" width="{width + 2 * _MARGIN:g}"',
            1,
        )
    return made.replace('role="img"', 'role="presentation" aria-hidden="true"', 1) if decorative else made


def region_heat(disease: str, *, variant: str | None = None) -> dict[str, RegionRate]:
    """Return how often each region is involved in a disease, by counts and the model's own rows.

    disease: a slug, id or name. variant: the form meant; the first of the model otherwise.
    """
    found = find_disease(load_knowledge(), disease)
    first = found.about.variants[0].id if found.about.variants else ""
    return region_rates(found, first if variant is None else variant)


def heat_table(diseases: Sequence[str]) -> tuple[HeatRow, ...]:
    """Return the numbers behind heat maps: one row a region, one cell a disease: range, counts, sources."""
    rates = [region_heat(d) for d in diseases]
    named = [r for r in sorted(regions(), key=_order) if any(r in found for found in rates)]
    return tuple(HeatRow(r, region_name(r), tuple(_cell(found.get(r)) for found in rates)) for r in named)


def site_claims(disease: str) -> tuple[SiteClaim, ...]:
    """Return what each source says of the sites of a disease, where its model keeps a disagreement on sites.

    Each claim has the sites read from its words, so that two sources can be drawn side by side.
    """
    about = find_disease(load_knowledge(), disease).about
    return tuple(
        SiteClaim(side.source, side.says, read_sites(_ABOUT.sub("round the ", side.says)).sites)
        for held in about.contradictions
        if held.about == "sites"
        for side in held.sides
    )


def region_name(region: str) -> str:
    """Return a region as people call it."""
    known = {s.slug: s.name for s in sites()}
    return known.get(region, region.replace("_", " "))


@cache
def drawn_sites() -> frozenset[str]:
    """Return the sites that have a shape of their own."""
    body = _body()
    return frozenset(row["site"] for side in SIDES for row in body[side])


def covered(chosen: Collection[str]) -> frozenset[str]:
    """Return the drawn sites that a choice of sites covers.

    >>> sorted(covered(["folds"]))
    ['axilla', 'gluteal_cleft', 'groin', 'submammary']
    """
    groups = _body()["groups"]
    found: set[str] = set()
    for slug in chosen:
        held = groups.get(slug, ())
        found.update(drawn_sites() if held == "all" else held)
        # a drawn site covers the smaller ones drawn within it: the face, that round the mouth
        found.update(s for s in drawn_sites() if s == slug or slug in site(s).part_of)
    return frozenset(found)


@cache
def _body() -> dict[str, Any]:
    found: dict[str, Any] = read_data("body_map.yaml")
    return found


def _known(chosen: Collection[str], heat: Rates) -> None:
    for slug in chosen:
        site(slug)
    for region in heat:
        if region not in regions():
            site(region)


def _grouped(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["site"], []).append(row)
    return found


def _site(
    slug: str,
    parts: list[dict[str, Any]],
    start: str,
    marked: Collection[str],
    shades: Mapping[str, float | None],
) -> str:
    known = site(slug)
    chosen = slug in marked
    share = shades.get(slug)
    said = known.name + (", chosen" if chosen else "")
    if shades:
        said += f": {pretty_percent(share)} of 100" if share is not None else ": not described"
    edge: dict[str, object] = {"stroke": "currentColor", "stroke_width": 0.8, "stroke_opacity": 0.55}
    if chosen:
        edge = {"stroke": "currentColor", "stroke_width": 3}
    # paper beneath the shade, so that a shape on top hides what lies under it
    layers: list[dict[str, object]] = [{"fill": "Canvas", "class_": "paper", **edge}]
    if chosen:
        layers.append({"fill": f"url(#{start}hatch)", "class_": "marked"})
    elif _opacity(share):
        layers.append({"fill": "currentColor", "fill_opacity": _opacity(share), "class_": "shade"})
    shapes = [shape for row in parts for layer in layers for shape in _shapes(row, layer)]
    return tag(
        "g", tag("title", words(said)), *shapes,
        id=f"{start}{slug}", data_site=slug, class_="site chosen" if chosen else "site",
    )  # fmt: skip


def _outline(side: Side) -> str:
    """The body's own outline: all shapes with a thick edge, of which those above leave only the outside."""
    shapes = [shape for row in _body()[side] for shape in _shapes(row, {})]
    edge = {"fill": "none", "stroke": "currentColor", "stroke_width": 4, "stroke_linejoin": "round"}
    return tag("g", *shapes, aria_hidden="true", class_="outline", **edge)


def _shapes(row: dict[str, Any], style: Mapping[str, object]) -> list[str]:
    sides: tuple[str | None, ...] = (None,)
    if row.get("mirror"):
        sides = (None, f"matrix(-1 0 0 1 {_body()['width']} 0)")
    if "path" in row:
        return [tag("path", d=row["path"], transform=t, **style) for t in sides]
    cx, cy, rx, ry = row["ellipse"]
    return [tag("ellipse", cx=cx, cy=cy, rx=rx, ry=ry, transform=t, **style) for t in sides]


def _hatch(start: str) -> str:
    stripe = tag("path", d="M-2 2L2 -2M0 8L8 0M6 10L10 6", stroke="currentColor", stroke_width=2.5)
    ground = tag("rect", width=8, height=8, fill="currentColor", fill_opacity=0.18)
    pattern = tag(
        "pattern", ground, stripe, id=f"{start}hatch", width=8, height=8, patternUnits="userSpaceOnUse"
    )
    return tag("defs", pattern)


def _leaders(side: Side) -> list[str]:
    """On the front the mouth is drawn large beside the head, with a line to where it belongs."""
    return [line(202, 108, 272, 84, stroke_dasharray="3 3", stroke_opacity=0.6)] if side == "front" else []


def _numbers(side: Side, heat: Rates) -> list[str]:
    """The number of each region in the margin, with a line to its place; spread so that none overlaps."""
    body, parts = _body(), []
    middle = body["width"] / 2
    for left in (True, False):
        rows = sorted(
            (spot[1], region, spot[0])
            for region, spot in body["labels"][side].items()
            if region in heat and (spot[0] < middle) == left
        )
        at = 0.0
        for y, region, x in rows:
            at = max(float(y), at + 2 * _GAP)
            edge, anchor = (-6.0, "end") if left else (body["width"] + 6.0, "start")
            parts.append(line(x, y, edge + (2 if left else -2), at - 4, stroke_opacity=0.7, stroke_width=0.8))
            share = _mean(heat[region])
            parts.append(label(edge, at, region_name(region), text_anchor=anchor, font_size=12))
            parts.append(
                label(
                    edge,
                    at + 14,
                    f"{pretty_percent(share)} of 100",
                    text_anchor=anchor,
                    font_size=12,
                    font_weight="bold",
                )
            )
    return parts


def _says(chosen: Collection[str], heat: Rates | None) -> str:
    if heat is not None:
        ordered = sorted(heat, key=lambda r: (-_mean(heat[r]), r))
        listed = ", ".join(f"{region_name(r)} {pretty_percent(_mean(heat[r]))}" for r in ordered)
        return f"How many of 100 have the rash at each region: {listed}."
    if not chosen:
        return "No site is chosen."
    return f"Chosen: {', '.join(site(slug).name for slug in chosen)}."


def _of_site(slug: str, heat: Rates | None) -> float | None:
    shares = [_mean(heat[r]) for r in site(slug).regions if r in heat] if heat else []
    return max(shares, default=None)


def _mean(rate: RegionRate | float) -> float:
    return rate if isinstance(rate, float | int) else rate.mean


def _opacity(share: float | None) -> float:
    return 0.0 if share is None else next(opacity for limit, opacity in _STEPS if share < limit)


def _cell(rate: RegionRate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    from hoofbeat.knowledge import beta_range

    low, high = beta_range(rate.a, rate.b)
    return {
        "mean": rate.mean,
        "low": low,
        "high": high,
        "words": f"{pretty_percent(rate.mean)} of 100 ({pretty_range(low, high)})",
        "kind": rate.kind,
        "evidence": rate.evidence,
        "sources": rate.sources,
    }


def _order(region: str) -> tuple[int, str]:
    from_head_to_foot = (
        "generalised", "scalp", "face", "periocular", "perioral", "mouth", "neck", "trunk", "abdomen",
        "upper_limb", "folds", "anogenital", "buttocks", "lower_limb", "acral", "photoexposed",
    )  # fmt: skip
    return (from_head_to_foot.index(region) if region in from_head_to_foot else 99, region)
