"""Whose an entry of a chart is: what belongs to another patient must not tell of this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hoofbeat.apps.web.fhir_bundle import Chart
from hoofbeat.apps.web.fhir_parts import list_of, reference

RESOURCE = Mapping[str, Any]
# Whom an entry may be about besides the patient of the record; what else a focus names (a tumour, an implant)
# is the patient's own.
_PEOPLE = ("Patient", "RelatedPerson", "Group")


class Owner:
    """The one patient of a chart.

    asked: the id of the patient that is meant, where it is known from elsewhere. several: whether the entries
    name more than one patient, and nothing says which of them is meant.
    """

    def __init__(self, chart: Chart, *, asked: str = "") -> None:
        self.chart = chart
        self.patient: RESOURCE = next(iter(chart.of("Patient")), {})
        own = self.patient.get("id")
        self.places = {f"Patient/{name}" for name in (own, asked) if isinstance(name, str) and name}
        self.several = False
        if not self.places and not chart.led_to(self.patient):
            named = {p for r in chart.resources for pointer in _about(r) if (p := _person(pointer))}
            self.places, self.several = named, len(named) > 1
        self.places |= {p for p in map(_linked, list_of(self.patient.get("link"))) if p}

    def has(self, resource: RESOURCE) -> bool:
        """False if an entry names someone else as its patient. One that names nobody came with the chart."""
        return all(self._is(pointer, resource) for pointer in _about(resource))

    def _is(self, pointer: Any, holder: RESOURCE) -> bool:
        place = plain(reference(pointer))
        if not place:
            return self._may_be(pointer)
        named = self.chart.pointed(pointer, holder)
        if named is not None and (named is self.patient or place.startswith("#")):
            return named.get("resourceType") == "Patient"
        if named is not None and named.get("resourceType") != "Patient":
            return False
        return place in self.places

    def _may_be(self, pointer: Any) -> bool:
        """Whether a patient told by a number alone can be this one: not with another of the same kind."""
        told = pointer.get("identifier") if isinstance(pointer, Mapping) else None
        if not isinstance(told, Mapping) or not told.get("system"):
            return True
        own = [i for i in list_of(self.patient.get("identifier")) if isinstance(i, Mapping)]
        same = [i.get("value") for i in own if i.get("system") == told["system"]]
        return not same or told.get("value") in same


def plain(place: str) -> str:
    """Return what a reference names, without server and version.

    >>> plain("https://ehr.example.org/fhir/Patient/7/_history/2"), plain("urn:uuid:7"), plain("#p")
    ('Patient/7', 'urn:uuid:7', '#p')
    """
    place = place.partition("/_history/")[0]
    return place if place.startswith(("urn:", "#")) else "/".join(place.split("/")[-2:])


def _about(resource: RESOURCE) -> Iterator[Any]:
    """Yield the references that say whom an entry is about."""
    for field in ("subject", "patient"):
        if isinstance(resource.get(field), Mapping):
            yield resource[field]
    for pointer in list_of(resource.get("focus")):
        kind = pointer.get("type") if isinstance(pointer, Mapping) else ""
        if kind in _PEOPLE or plain(reference(pointer)).partition("/")[0] in _PEOPLE:
            yield pointer


def _person(pointer: Any) -> str:
    place = plain(reference(pointer))
    return place if place.startswith(("Patient/", "urn:")) else ""


def _linked(link: Any) -> str:
    """Return another record of the same person, as a Patient names it after a merge."""
    return plain(reference(link.get("other"))) if isinstance(link, Mapping) else ""
