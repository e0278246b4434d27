"""What a phenopacket says that is not read, by the names of the fields: never in silence, never its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hoofbeat.cases.gather import Gatherer

_ALL: dict[str, Any] = {}
_TERM = _ALL
# Fields that are read, or that say nothing of the patient (ids, evidence, taxonomy). Empty means: whole.
_READ: dict[str, Any] = {
    "id": _ALL,
    "metaData": _ALL,
    "subject": {
        "id": _ALL,
        "alternateIds": _ALL,
        "dateOfBirth": _ALL,
        "timeAtLastEncounter": _ALL,
        "ageAtCollection": _ALL,
        "sex": _ALL,
        "taxonomy": _ALL,
        "vitalStatus": {"status": _ALL, "timeOfDeath": _ALL},
    },
    "phenotypicFeatures": dict.fromkeys(
        ("type", "excluded", "modifiers", "onset", "resolution", "description", "evidence"), _ALL
    ),
    "measurements": dict.fromkeys(("assay", "value", "complexValue", "timeObserved", "description"), _ALL),
    "medicalActions": {
        "procedure": {"code": _TERM, "bodySite": _TERM, "performed": _ALL},
        "treatment": {"agent": _TERM, "doseIntervals": _ALL},
        "radiationTherapy": {"modality": _TERM, "bodySite": _TERM},
        "therapeuticRegimen": {"ontologyClass": _TERM, "externalReference": _ALL, "startTime": _ALL},
        "responseToTreatment": _TERM,
        "treatmentTarget": _TERM,
    },
    "diseases": {"term": _TERM, "excluded": _ALL},
    "interpretations": {"id": _ALL, "progressStatus": _ALL, "diagnosis": {"disease": _TERM}},
}
_MOST, _LONGEST = 12, 60


def tell_unread(data: Mapping[str, Any], gather: Gatherer) -> None:
    """Record one warning that names every field of a packet that was not read, or only in part."""
    for path in _paths(data, _READ):
        gather.leave(path)
    if not gather.left:
        return
    named = [
        f"{path[:_LONGEST]} ({count} times)" if count > 1 else path[:_LONGEST]
        for path, count in sorted(gather.left.items())
    ]
    more = f" and {len(named) - _MOST} more" if len(named) > _MOST else ""
    gather.note(
        "warning",
        "unread-fields",
        f"Not read, or only in part: {', '.join(named[:_MOST])}{more}",
        "what matters of them can be said as a finding, a measurement or a treatment",
    )


def _paths(value: Any, read: Mapping[str, Any], path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, read, path)
        return
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        name = _camel(str(key))
        here = f"{path}.{name}" if path else name
        if name not in read:
            if not _says_nothing(inner):
                yield here
        elif read[name]:
            yield from _paths(inner, read[name], here)


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _says_nothing(value: Any) -> bool:
    """True for what the standard writes where nothing is known: nothing at all, nought, or UNKNOWN."""
    return not value or (isinstance(value, str) and value.upper().startswith("UNKNOWN"))
