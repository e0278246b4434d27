"""The resources of a chart, each once, and what their references point to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hoofbeat.apps.web.fhir_parts import list_of, reference

MOST = 5_000


class Entry(NamedTuple):
    """A resource, and the address it has in its Bundle."""

    resource: Mapping[str, Any]
    address: str = ""


class Chart:
    """Resources in the order they came; one that comes again, by its id or word for word, is kept once.

    beyond: how many more there were than are read. unsent: how many Bundles say that they go on elsewhere.
    """

    def __init__(self, data: Any) -> None:
        self.resources: list[Mapping[str, Any]] = []
        self.beyond, self.unsent = 0, _unsent(data)
        self._there: dict[str, Mapping[str, Any]] = {}
        seen: set[str] = set()
        for resource, address in _entries(data):
            kind, name = str(resource.get("resourceType")), resource.get("id")
            mark = f"{kind}/{name}" if name else json.dumps(resource, sort_keys=True, default=str)
            if mark in seen:
                continue
            if len(self.resources) >= MOST:
                self.beyond += 1
                continue
            seen.add(mark)
            self.resources.append(resource)
            for place in filter(None, (address, f"{kind}/{name}" if name else "")):
                self._there.setdefault(place, resource)

    def set_aside(self, others: Iterable[Mapping[str, Any]]) -> None:
        """Forget resources, so that nothing is read of them and nothing leads to them."""
        gone = {id(resource) for resource in others}
        self.resources = [r for r in self.resources if id(r) not in gone]
        self._there = {place: r for place, r in self._there.items() if id(r) not in gone}

    def led_to(self, resource: Mapping[str, Any]) -> bool:
        """Return whether a reference can lead to a resource, by its id or its address in the Bundle."""
        return any(r is resource for r in self._there.values())

    def of(self, *kinds: str) -> list[Mapping[str, Any]]:
        """Return the resources of some types."""
        return [r for r in self.resources if r.get("resourceType") in kinds]

    def pointed(self, pointer: Any, holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the resource that a Reference of `holder` points to; None if it did not come along."""
        place = reference(pointer)
        if place.startswith("#"):
            return next((r for r in contained(holder) if r.get("id") == place[1:]), None)
        place = place.partition("/_history/")[0]
        found = self._there.get(place)
        # an absolute address of the server, where the Bundle names its entries by type and id
        return found if found is not None else self._there.get("/".join(place.split("/")[-2:]))


def contained(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the resources that lie inside another and have no life of their own."""
    return [r for r in list_of(resource.get("contained")) if isinstance(r, Mapping)]


def _unsent(data: Any) -> int:
    if isinstance(data, list | tuple):
        return sum(_unsent(part) for part in data)
    if not isinstance(data, Mapping) or data.get("resourceType") != "Bundle":
        return 0
    following = [
        x for x in list_of(data.get("link")) if isinstance(x, Mapping) and x.get("relation") == "next"
    ]
    inner = [e.get("resource") for e in list_of(data.get("entry")) if isinstance(e, Mapping)]
    return len(following) + _unsent([r for r in inner if isinstance(r, Mapping)])


def _entries(data: Any, address: str = "") -> Iterator[Entry]:
    if isinstance(data, Mapping):
        if data.get("resourceType") == "Bundle":
            for entry in list_of(data.get("entry")):
                if isinstance(entry, Mapping):
                    yield from _entries(entry.get("resource"), str(entry.get("fullUrl") or ""))
        elif data.get("resourceType"):
            yield Entry(data, address)
    elif isinstance(data, list | tuple):
        for part in data:
            yield from _entries(part)
