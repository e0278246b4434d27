"""The clinic as data: signs, encounters, labels, tests, and the care that follows a diagnosis."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hoofbeat.simulation.parts import Number, Parameter, Piece


class Code(Piece):
    """How records write something: ICD-10-CM, SNOMED CT, LOINC, RxNorm, ICD-10-PCS."""

    system: Literal["ICD10CM", "SNOMED", "LOINC", "RxNorm", "ICD10PCS"]
    code: str
    display: str


class Sign(Piece):
    """A sign or symptom: the node it is read from, and the value beyond which it is there.

    of: a node, or a phase of the rash ("rash.blister"). test: the laboratory test in whose unit the value is
    given, where the sign is called by the laboratory; else the node's own scale. lasting: once there, always
    there. refutable: gone for good once tests find nothing. noted: the chance
    that a doctor writes it down at a visit while it is there. seek and suspect: how strongly it brings the
    patient to a doctor, and adds to the doctor's suspicion (on the logit scale).
    """

    id: str
    name: str
    term: str = ""
    of: str
    above: Number | None = None
    below: Number | None = None
    test: str = ""
    lasting: bool = False
    refutable: bool = False
    noted: Number = 1
    seek: Number = 0
    suspect: Number = 0
    codes: tuple[Code, ...] = ()
    skin: bool = False


class Lab(Piece):
    """A laboratory value: the node, what 1 of it is in the unit, and the laboratory's own limits."""

    test: str
    of: str
    unit: str
    one_is: Number
    low: Number | None = None
    high: Number | None = None
    noise: Number = 0
    asked: Number = 1
    codes: tuple[Code, ...] = ()


class Label(Piece):
    """A diagnosis that doctors gave before the right one, by how many published patients had it."""

    id: str
    name: str
    counted: int = Field(ge=0)
    codes: tuple[Code, ...] = ()
    tried: tuple[str, ...] = ()


class LabelSource(Piece):
    """Where the labels were counted."""

    source: str
    place: str


class Route(Piece):
    """What has to be positive before the disease is found: a value of a node, and a chance of seeing it.

    proof: the node that must be above 0, where a positive result alone proves nothing: a raised hormone leads
    to a search, and without a tumour the search finds none.
    """

    id: str
    name: str
    of: str
    above: Number
    seen: Number = 1
    below: bool = False
    proof: str = ""
    codes: tuple[Code, ...] = ()


class Care(Piece):
    """A treatment after the diagnosis: of which share, in whom, how many days later."""

    intervention: str
    when: Literal["always", "spread", "not_spread"] = "always"
    share: Number = 1
    after: Number = 0
    codes: tuple[Code, ...] = ()


class Tried(Piece):
    """A treatment given under a wrong label, with its codes in records; it may act on nothing."""

    id: str
    name: str
    intervention: str = ""
    codes: tuple[Code, ...] = ()


class Clinic(Piece):
    """clinic.yaml: how patients come to a doctor, what is said, tried and tested, and how they are found."""

    truth: str
    truth_name: str
    truth_codes: tuple[Code, ...] = ()
    spread: str = ""
    death: str = ""
    parameters: dict[str, Parameter]
    age: Number
    youngest: Number = 0
    male: Number
    visits_per_year: Number
    gap_days: Number
    suspicion: Number
    per_visit: Number = 0
    wait_days: Number
    signs: tuple[Sign, ...]
    labs: tuple[Lab, ...] = ()
    labels: tuple[Label, ...] = ()
    labels_from: LabelSource | None = None
    labels_need: str = ""
    tried: tuple[Tried, ...] = ()
    routes: tuple[Route, ...]
    care: tuple[Care, ...] = ()
