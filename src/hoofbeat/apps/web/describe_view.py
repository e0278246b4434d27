"""The left side of the page: what the form shows of its own state."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hoofbeat.apps.web.drawing import markup
from hoofbeat.apps.web.sheet import RASH, SHOWS, SPARED, Sheet
from hoofbeat.apps.web.typed import value_words
from hoofbeat.errors import UnknownTerm
from hoofbeat.reports import body_map_svg
from hoofbeat.terms import find_test, lesion_words, site, sites, within

RESPONSES = ("unknown", "none", "partial", "complete", "relapse", "worse")
COURSES = (
    ("", "not said"),
    ("relapsing", "comes and goes"),
    ("persistent", "stays"),
    ("progressive", "spreads or worsens"),
    ("improving", "gets better"),
    ("resolved", "is gone now"),
)
SETTINGS = (
    ("general_practice", "general practice"),
    ("dermatology", "a dermatology clinic"),
    ("rare_disease_clinic", "a rare-disease clinic"),
    ("population", "the general population"),
    ("described", "any place, often described first"),
    ("uniform", "any place, all alike"),
)
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Everywhere", ("generalised", "folds", "extremities", "photoexposed")),
    (
        "Head and neck",
        ("scalp", "face", "perioral", "perinasal", "periocular", "ear", "mouth", "tongue", "neck"),
    ),
    (
        "Trunk",
        ("chest", "back", "lumbosacral", "abdomen", "lower_abdomen", "axilla", "submammary", "shoulder"),
    ),
    ("Groin and buttocks", ("groin", "genital", "perineum", "perianal", "buttocks", "gluteal_cleft", "hip")),
    (
        "Arms and hands",
        (
            "upper_arm",
            "elbow",
            "antecubital_fossa",
            "forearm",
            "wrist",
            "dorsal_hand",
            "palm",
            "finger",
            "nail",
        ),
    ),
    (
        "Legs and feet",
        ("thigh", "knee", "popliteal_fossa", "lower_leg", "ankle", "dorsal_foot", "sole", "heel", "toe"),
    ),
)
SITE_STATES = (("", "not asked"), (SHOWS, "there"), (SPARED, "spared"))
_EDGE = ' stroke="currentColor" stroke-width="0.8" stroke-opacity="0.55"'
# a site that is drawn and not chosen
_DRAWN = re.compile(r'data-site="([a-z_]+)" class="site"')
_KINDS = (
    ("primary", "It is"),
    ("secondary", "It has become"),
    ("surface", "Its surface is"),
    ("shape", "Its shape is"),
    ("course", "It"),
    ("colour", "Its colour"),
    ("sensation", "It feels"),
)


def describe(sheet: Sheet) -> dict[str, Any]:
    """Return what the form is drawn from."""
    known = tuple(slug for slug in sheet.sites if _is_site(slug))
    sheet.sites = known
    sheet.spared = tuple(slug for slug in sheet.spared if _is_site(slug) and slug not in known)
    sheet.forms = tuple(w for w in sheet.forms if w in {word.slug for word in lesion_words()})
    elsewhere = [
        s for f in sheet.findings if f.term != RASH and f.state == "present" and not f.left for s in f.where
    ]
    return {
        "sheet": sheet,
        "maps": _maps((*known, *(s for s in elsewhere if _is_site(s))), sheet.spared),
        "site_groups": _site_groups((*known, *sheet.spared)),
        "site_states": SITE_STATES,
        "lesion_groups": _lesion_groups(),
        "values": [_value(row, sheet.sex) for row in sheet.values],
        "responses": RESPONSES,
        "courses": COURSES,
        "settings": SETTINGS,
    }


def _is_site(slug: str) -> bool:
    try:
        site(slug)
    except UnknownTerm:
        return False
    return True


def _maps(chosen: tuple[str, ...], spared: tuple[str, ...]) -> Any:
    """Front and back, sites of the rash hatched, spared ones with a broken edge.

    The edge of what is not chosen comes from the style sheet: said for each site it would weigh kilobytes.
    """

    def with_spared(found: re.Match[str]) -> str:
        free = any(within(found[1], s) for s in spared)
        return f'data-site="{found[1]}" class="site{" spared" if free else ""}"'

    drawn = {}
    for side in ("front", "back"):
        made = body_map_svg(side, chosen=tuple(dict.fromkeys(chosen)), decorative=True).replace(_EDGE, "")
        drawn[side] = _DRAWN.sub(with_spared, made)
    return markup(drawn)


def _site_groups(chosen: tuple[str, ...]) -> list[dict[str, Any]]:
    listed = {slug for _, slugs in _GROUPS for slug in slugs}
    groups = [{"name": name, "sites": [site(slug) for slug in slugs]} for name, slugs in _GROUPS]
    others = [site(slug) for slug in chosen if slug not in listed]
    if others:
        groups.append({"name": "Also chosen", "sites": others})
    return groups


@cache
def _lesion_groups() -> list[dict[str, Any]]:
    return [{"name": name, "words": [w for w in lesion_words() if w.kind == kind]} for kind, name in _KINDS]


def _value(row: Any, sex: str) -> dict[str, Any]:
    known = find_test(row.test)
    side, says = value_words(row, sex)
    return {"row": row, "name": known.name if known else row.test, "side": side, "says": says}


def all_listed() -> set[str]:
    """Return the sites that have a tick box; a test holds them against the sites that are drawn."""
    return {slug for _, slugs in _GROUPS for slug in slugs} & {s.slug for s in sites()}
