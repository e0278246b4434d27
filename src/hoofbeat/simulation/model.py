"""A mechanism as data: parameters with their evidence, nodes, cited links, and what acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from hoofbeat.knowledge import Evidence
from hoofbeat.simulation.clinic_model import Clinic
from hoofbeat.simulation.parts import Number, Parameter, Piece

Strength = Literal["A", "B", "C", "D"]


class Phase(Piece):
    """One phase of a lesion and how long it lasts."""

    id: str
    days: Number
    active: bool = True


class Place(Piece):
    """A body site and how readily lesions come there, 1 being a site without friction."""

    site: str
    friction: Number


class Node(Piece):
    """Something that has a value in each patient on each day.

    given: stays as it is (a receptor, a diet) until something acts on it.
    stock: grows by itself (Gompertz); doubling is that of 1 unit and slows towards the ceiling, which must be
    above 1; `starts` names the event that seeds it.
    level: moves towards what its links ask for, with time constants rise and fall (days; 0 is at once).
    event: happens once, at a rate per year that its links raise or lower; its value is 0, then 1.
    lesions: a rash, whose births follow the shortfall of its link below each patient's tolerance.
    """

    kind: Literal["given", "stock", "level", "event", "lesions"]
    name: str
    unit: str = ""
    baseline: Number = 1
    rise: Number = 0
    fall: Number = 0
    start: Number = 0
    doubling: Number = 0
    ceiling: Number = 0
    starts: str = ""
    per_year: Number = 0
    tolerance: Number = 0
    steepness: Number = 1
    healing: Number = 1
    waxing: Number = 0
    phases: tuple[Phase, ...] = ()
    places: tuple[Place, ...] = ()


class Link(Piece):
    """One arrow of the mechanism: what it does, how sure we are, and what speaks against it.

    form: value (as it is), saturating (x/(x+half)), shortfall (below reference), excess (above reference),
    beyond (1 above reference, else 0), power (x to the exponent). act: plus, minus, times, raise (times 1+e),
    lower (divided by 1+e). through: nodes that pass or block the effect, a receptor for instance. strength: A
    removal and return in people, B consistent observation, C single patients or animals, D hypothesis.
    """

    id: str
    name: str = ""
    source_node: str = Field(alias="from")
    to: str
    act: Literal["plus", "minus", "times", "raise", "lower"]
    form: Literal["value", "saturating", "shortfall", "excess", "beyond", "power"] = "value"
    gain: Number = 1
    half: Number = 1
    reference: Number = 1
    exponent: Number = 1
    through: tuple[str, ...] = ()
    strength: Strength
    why: str = ""
    against: str = ""
    disputed: bool = False
    sources: tuple[str, ...] = ()


class Act(Piece):
    """What an intervention or a cause does to one node.

    how: seed (put there, at once), scale (what is there, at once, multiplied), factor (its target multiplied
    while it lasts), add (added to its target while it lasts; for a stock, what dies off a day, as a natural
    logarithm), set (held at a value while it lasts: Pearl's do). per_dose: the dose that `by` is for, where a
    dose can be given.
    """

    node: str
    how: Literal["seed", "scale", "factor", "add", "set"]
    by: Number
    per_dose: Number = 0


class Intervention(Piece):
    """A treatment, an exposure or a cause: a name, the words it is called by, and its acts on nodes.

    lasts: days it is given when nobody says; 0 is for good.
    """

    id: str
    name: str
    kind: Literal["treatment", "exposure", "cause"] = "treatment"
    words: tuple[str, ...] = ()
    acts: tuple[Act, ...]
    lasts: Number = 0
    dose_unit: str = ""
    after: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()


class Observed(Piece):
    """The published range of an experiment: its own evidence, or a row of the disease's other files."""

    evidence: Evidence | None = None
    row: str = ""
    finding: str = ""


class Experiment(Piece):
    """A published observation that the model must reproduce.

    measure: the scenario that is run. use: "set" where a parameter was chosen in sight of it, "check" where
    nothing was.
    """

    id: str
    name: str
    measure: str
    observed: Observed
    unit: str = ""
    use: Literal["set", "check"]
    why: str = ""


class MechanismFile(Piece):
    """mechanism.yaml: parameters, nodes, links, interventions, causes, published experiments."""

    title: str
    about: str = ""
    cause: str
    rash: str = ""
    shown: tuple[str, ...] = ()
    parameters: dict[str, Parameter]
    nodes: dict[str, Node]
    links: tuple[Link, ...]
    interventions: tuple[Intervention, ...] = ()
    experiments: tuple[Experiment, ...] = ()


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A disease's mechanism and clinic, ready to be run."""

    slug: str
    file: MechanismFile
    clinic: Clinic

    def intervention(self, words: str) -> Intervention | None:
        """Return the intervention that a word means, or None."""
        said = words.casefold().strip()
        for item in self.file.interventions:
            if said in {
                item.id,
                item.id.replace("_", " "),
                item.name.casefold(),
                *map(str.casefold, item.words),
            }:
                return item
        return None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All parameters, of mechanism and clinic."""
        return {**self.file.parameters, **self.clinic.parameters}
