"""Names and identifiers that mean two diseases, and headings that name another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from hoofbeat.errors import Issue
from hoofbeat.knowledge.annotations import annotation_file
from hoofbeat.knowledge.model import Disease, Knowledge

Names = dict[str, dict[str, str]]  # plain name -> {slug or id: the name as written}


def naming_issues(knowledge: Knowledge) -> Iterator[Issue]:
    """Yield an Issue for each name or identifier that belongs to another disease.

    Names are compared with the other models and with the disease names of the public annotations.
    """
    yield from _shared_ids(knowledge)
    ours = _our_names(knowledge)
    for disease in knowledge.diseases.values():
        yield from _shared_names(disease, ours)


def leaflet_issues(knowledge: Knowledge, leaflets: Mapping[str, str]) -> Iterator[Issue]:
    """Yield an Issue for each heading that names another disease, in texts by place ("x/leaflet.en.md")."""
    for place, text in leaflets.items():
        disease = knowledge.diseases.get(place.split("/")[0])
        if disease:
            yield from heading_issues(text, disease, knowledge, where=place)


def heading_issues(text: str, disease: Disease, knowledge: Knowledge, *, where: str = "") -> Iterator[Issue]:
    """Yield an Issue for each heading of a text on one disease that names a different one.

    text: Markdown; its headings are the lines that begin with #. A disease that the model itself names
    (a cause, a contradiction) may stand in the running text, never in a heading.
    """
    ours, public = _our_names(knowledge), _public_names()
    own = {_plain(name) for name in _names_of(disease)} | {
        name for name, ids in public.items() if set(ids) & set(disease.aliases)
    }
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.lstrip().startswith("#"):
            continue
        words = _plain(content).split()
        for name in _phrases(words):
            others = {**public.get(name, {}), **ours.get(name, {})}
            if (
                others
                and name not in own
                and not any(name in longer for longer in own if longer in _plain(content))
            ):
                message = f"a heading on {disease.name} names another disease: {content.strip('# ')!r}"
                remedy = f"write {disease.name}, or leave the name out"
                yield Issue(
                    "error", "heading-names-other", message, remedy, f"{where}, line {line}".lstrip(", ")
                )
                break


def _shared_ids(knowledge: Knowledge) -> Iterator[Issue]:
    homes: dict[str, str] = {}
    for disease in knowledge.diseases.values():
        for alias in disease.aliases:
            home = homes.setdefault(alias.casefold(), disease.slug)
            if home != disease.slug:
                message = f"{alias} means exactly {home} and exactly {disease.slug}"
                remedy = "keep it under exact: in one model, and under related: in the other"
                yield Issue("error", "shared-id", message, remedy, f"{disease.slug}/disease.yaml xrefs.exact")


def _shared_names(disease: Disease, ours: Names) -> Iterator[Issue]:
    public = _public_names()
    aliases = {alias.casefold() for alias in disease.aliases}
    for name in _names_of(disease):
        where = f"{disease.slug}/disease.yaml, {name!r}"
        for slug in ours[_plain(name)].keys() - {disease.slug}:
            message = f"{name!r} is also a name of the model {slug}"
            yield Issue("error", "names-other", message, "keep it in one of the two", where)
        elsewhere = public.get(_plain(name), {})
        if elsewhere and not {key.casefold() for key in elsewhere} & aliases:
            known = ", ".join(sorted(elsewhere))
            message = f"{name!r} is the name of {known}, which this model does not say it means"
            remedy = "add the identifier under exact: if it is the same disease, else drop the name"
            yield Issue("error", "names-other", message, remedy, where)


def _names_of(disease: Disease) -> tuple[str, ...]:
    return (disease.name, *disease.about.synonyms)


def _our_names(knowledge: Knowledge) -> Names:
    names: Names = {}
    for disease in knowledge.diseases.values():
        for name in _names_of(disease):
            names.setdefault(_plain(name), {})[disease.slug] = name
    return names


@lru_cache(maxsize=1)
def _public_names() -> Names:
    """Disease names of the HPO annotations, with the identifiers that bear them."""
    names: Names = {}
    with annotation_file().open(encoding="utf-8") as file:
        for row in file:
            if row[0] != "#" and (cells := row.split("\t", 2))[0] != "database_id":
                names.setdefault(_plain(cells[1]), {})[cells[0]] = cells[1]
    return names


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()


def _phrases(words: list[str], longest: int = 8) -> Iterator[str]:
    """Runs of words, longest first, that are long enough to be a disease's name."""
    for size in range(min(longest, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if len(phrase) > 4:
                yield phrase
