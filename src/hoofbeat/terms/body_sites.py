"""Body sites: where on the body a finding is, from words to slugs to the regions that are scored."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from hoofbeat.errors import UnknownTerm
from hoofbeat.terms.vocabulary import Phrases, plain, read_data, words


class Site(NamedTuple):
    """A body site: the sites it is part of, the regions it is scored as, and codes elsewhere."""

    slug: str
    name: str
    part_of: tuple[str, ...]
    regions: tuple[str, ...]
    words: tuple[str, ...]
    snomed: str
    hpo: str


class SiteReading(NamedTuple):
    """What a text says of sites: those involved, those said to be spared, and the words not understood."""

    sites: tuple[str, ...]
    spared: tuple[str, ...]
    unread: str


_SPARED = {"spare", "sparing", "spared", "except", "excluding", "without", "not"}
_FILLERS = frozenset({
    "both", "the", "and", "of", "on", "over", "in", "at", "left", "right", "bilateral", "symmetric",
    "symmetrical", "area", "region", "site", "then", "with", "also", "skin", "surface", "aspect", "upper",
    "lower", "proximal", "distal", "medial", "lateral", "anterior", "posterior", "inner", "outer",
    "dorsal", "ventral", "extensor", "flexor", "part", "a", "to", "his", "her", "their", "around", "same",
    "other", "stated",
})  # fmt: skip


@cache
def sites() -> tuple[Site, ...]:
    """Return all body sites."""
    return tuple(
        Site(
            slug=row["slug"],
            name=row["name"],
            part_of=tuple(row.get("part_of", "").split()) if isinstance(row.get("part_of"), str) else (),
            regions=tuple(row["regions"]),
            words=tuple(row.get("words", ())),
            snomed=row.get("snomed", ""),
            hpo=row.get("hpo", ""),
        )
        for row in read_data("body_sites.yaml")
    )


@cache
def _by_slug() -> dict[str, Site]:
    return {site.slug: site for site in sites()}


def site(slug: str) -> Site:
    """Return one body site. Raises UnknownTerm with near slugs."""
    found = _by_slug().get(slug)
    if found is None:
        near = get_close_matches(slug, _by_slug(), n=3)
        raise UnknownTerm(
            f"Unknown body site {slug!r}",
            why="A site that is not understood cannot be compared with where a disease strikes.",
            remedy="one of: " + ", ".join(near or sorted(_by_slug())[:8]),
        )
    return found


def within(slug: str, other: str) -> bool:
    """True if the first site is the second or part of it."""
    return slug == other or any(within(parent, other) for parent in site(slug).part_of)


@cache
def regions() -> frozenset[str]:
    """Return every region that sites are scored as."""
    return frozenset(region for s in sites() for region in s.regions)


def site_regions(slugs: Iterable[str]) -> frozenset[str]:
    """Return the regions that sites touch, through what they are part of; a region stands for itself."""
    found: set[str] = set()
    todo = list(slugs)
    while todo:
        slug = todo.pop()
        known = _by_slug().get(slug)
        if known is None:
            if slug not in regions():
                site(slug)
            found.add(slug)
            continue
        found.update(known.regions)
        todo.extend(known.part_of)
    return frozenset(found)


@cache
def _phrases() -> Phrases:
    named = ((word, s.slug) for s in sites() for word in (s.name, s.slug.replace("_", " "), *s.words))
    return Phrases(named)


def read_sites(text: str) -> SiteReading:
    """Return the body sites a free text names; after "sparing" or "except", those that are spared.

    >>> read_sites("groin and shins, sparing the face")
    SiteReading(sites=('groin', 'lower_leg'), spared=('face',), unread='')
    """
    found: list[str] = []
    spared: list[str] = []
    unread: list[str] = []
    for clause in text.replace(";", ",").split(","):
        tokens = words(clause)
        spans = _phrases().find(clause)
        start = next((i for i, word in enumerate(tokens) if plain(word) in _SPARED), len(tokens))
        for span in spans:
            (spared if span.start > start else found).append(span.meaning)
        covered = {i for span in spans for i in range(span.start, span.end)}
        unread += [
            w
            for i, w in enumerate(tokens)
            if i not in covered and plain(w) not in _FILLERS | _SPARED and w.lower() not in _FILLERS
        ]
    kept = dict.fromkeys(s for s in found if s not in spared)
    return SiteReading(tuple(kept), tuple(dict.fromkeys(spared)), " ".join(unread))
