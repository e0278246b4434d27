"""The care pathway of a disease as data: facts, stages, branches, treatments, schedules."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hoofbeat.knowledge import Amount, Frequency
from hoofbeat.pathways.condition_model import Condition, Piece

Cost = Literal["none", "low", "medium", "high"]


class Fact(Piece):
    """A named fact: what it means in words, and the condition that decides it."""

    means: str
    when: Condition


class Told(Piece):
    """A fact told from outside: what it means, and the words it may have; a number where there are none.

    low, high: between which the number lies. chance: the number is a chance, which is shown only where
    chances are.
    """

    means: str
    words: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    chance: bool = False


class Loose(Piece):
    """Words that mean something only in company: beside one of these (or alone), and without any of those."""

    words: tuple[str, ...] = Field(min_length=1)
    beside: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Named(Piece):
    """What is recognised among the treatments of a case: by words that are enough, or by words in company."""

    name: str
    words: tuple[str, ...] = ()
    loose: tuple[Loose, ...] = ()

    @model_validator(mode="after")
    def _has_words(self) -> Named:
        if not self.words and not self.loose:
            raise ValueError("say words, or loose words")
        return self


class Procedure(Named):
    """Work that is recorded among the treatments of a case ("CT of the abdomen", "skin biopsy")."""


class Undone(Piece):
    """Words for what did not take place: anywhere in the line, or before what they deny."""

    anywhere: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


class Step(Piece):
    """One thing to consider: what, who does it, and when it is done.

    when: only then it applies. done: how the case shows that it was done; without it, nobody can tell.
    judged: why, where no source says it like this.
    """

    id: str
    consider: str
    who: str
    done: Condition | None = None
    when: Condition | None = None
    cost: Cost = "none"
    harm: Cost = "none"
    wait_days: Amount | None = None
    why: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class Branch(Piece):
    """Where the case goes from a stage, and on which ground."""

    when: Condition
    to: str
    because: str
    rule: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class Stop(Piece):
    """When the whole pathway ends, wherever the case is, and at which way out."""

    when: Condition
    says: str
    to: str
    sources: tuple[str, ...] = ()
    judged: str = ""


class Stage(Piece):
    """One stage of the pathway.

    together: stages whose steps are worth doing at the same visit. also: the disease whose
    causes are walked here. urgency: within how long, counted from the visit or from a return of the rash.
    weighs_treatment: from here on all treatments are weighed, not only those that apply already.
    """

    id: str
    name: str
    asks: str
    who: str
    urgency: Amount
    steps: tuple[Step, ...] = Field(min_length=1)
    branches: tuple[Branch, ...] = Field(min_length=1)
    together: tuple[str, ...] = ()
    also: str = ""
    counted_from: Literal["visit", "return"] = "visit"
    weighs_treatment: bool = False


class End(Piece):
    """A way out of the pathway; disease: the slug of the pathway that goes on from here."""

    id: str
    name: str
    says: str
    disease: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class Ground(Piece):
    """One of the grounds that a label needs."""

    id: str
    says: str
    when: Condition


class Label(Piece):
    """A diagnosis that may be written down only when all its grounds are met."""

    name: str
    words: tuple[str, ...] = Field(min_length=1)
    only_if: tuple[Ground, ...] = Field(min_length=1)
    exception: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class CausePath(Piece):
    """One cause: how a case betrays it, how it is looked for, and what is done about it.

    id: the cause's id in disease.yaml, whose name, share and reports are used.
    """

    id: str
    order: int = Field(ge=1)
    when: Condition
    look: tuple[str, ...] = Field(min_length=1)
    looked: Condition | None = None
    treat: str
    sources: tuple[str, ...] = ()
    judged: str = ""


class Moment(Piece):
    """When something happened: the first (or last) day of one of these findings, of work or of a treatment.

    anything: any treatment or measurement with a date.
    """

    present: tuple[str, ...] = ()
    procedure: str = ""
    treated: str = ""
    anything: bool = False


class Order(Piece):
    """What cannot come before what. every: not only the first, but each of the earlier ones."""

    id: str
    earlier: Moment
    later: Moment
    every: bool = False
    says: str
    remedy: str


class Conflict(Piece):
    """What cannot both be so."""

    id: str
    level: Literal["error", "warning"] = "error"
    when: Condition
    says: str
    remedy: str


class PathwayFile(Piece):
    """pathway.yaml: the stages of one disease's work-up, treatment and follow-up."""

    disease: str
    name: str
    version: str
    about: str
    start: str
    thresholds: dict[str, Amount] = Field(default_factory=dict)
    told: dict[str, Told] = Field(default_factory=dict)
    procedures: dict[str, Procedure] = Field(default_factory=dict)
    not_done: Undone = Undone()
    facts: dict[str, Fact] = Field(default_factory=dict)
    stages: tuple[Stage, ...] = Field(min_length=1)
    ends: tuple[End, ...] = Field(min_length=1)
    stops: tuple[Stop, ...] = ()
    label: Label | None = None
    causes: tuple[CausePath, ...] = ()
    orders: tuple[Order, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """Return a stage by its id, or None."""
        return next((s for s in self.stages if s.id == name), None)

    def end(self, name: str) -> End | None:
        """Return a way out by its id, or None."""
        return next((e for e in self.ends if e.id == name), None)


class Effect(Piece):
    """What a treatment does to one thing: in words, as a share or an amount, and how well it is known."""

    of: Literal["rash", "survival", "tumour", "glucagon", "symptoms"]
    says: str
    share: Frequency | None = None
    amount: Amount | None = None
    level: str
    sources: tuple[str, ...] = ()


class Caution(Piece):
    """What to mind: always, or when its condition holds; never where the case refutes it."""

    says: str
    when: Condition | None = None
    sources: tuple[str, ...] = ()
    judged: str = ""


class Visit(Piece):
    """One line of a follow-up schedule: days after the treatment, how often, until when.

    change_means: what a change found then would mean, and what to consider. tests, procedures: those whose
    dates show that it was done. sooner: when a tighter interval holds, in words,
    as a condition, and as days.
    """

    id: str
    look: str
    tests: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    first: Amount
    every: Amount | None = None
    until: Amount | None = None
    sooner: str = ""
    sooner_when: Condition | None = None
    sooner_every: Amount | None = None
    change_means: str
    sources: tuple[str, ...] = ()
    judged: str = ""


class Option(Named):
    """A treatment to consider: for whom, what it does, what to mind, and what must follow it."""

    id: str
    kind: str
    method: str
    eligible: Condition
    effects: tuple[Effect, ...] = ()
    cautions: tuple[Caution, ...] = ()
    interactions: tuple[Caution, ...] = ()
    follow_up: tuple[Visit, ...] = ()
    sources: tuple[str, ...] = ()
    judged: str = ""


class Level(Piece):
    """How well an effect is known."""

    id: str
    name: str


class CourseRules(Piece):
    """When a course counts as settled or not: numbers the timeline needs.

    residual_multiple: times the upper limit that glucagon may not exceed from residual_days on after
    resection. clears_days: within how long the rash should be gone. rash: HPO ids of what counts as the rash
    when it comes back, kinds of them included.
    """

    residual_multiple: Amount
    residual_days: Amount
    clears_days: Amount
    rash: tuple[str, ...] = ("HP:0000988",)
    resection: str
    tumour_directed: tuple[str, ...]
    after_words: tuple[str, ...] = ()
    recurrence_words: tuple[str, ...] = ()


class TreatmentsFile(Piece):
    """treatments.yaml: options, levels of evidence, and the rules of a course."""

    order: str
    levels: tuple[Level, ...] = Field(min_length=1)
    course: CourseRules
    options: tuple[Option, ...] = Field(min_length=1)


class Pathway(Piece):
    """A pathway with its treatments."""

    slug: str
    file: PathwayFile
    treatments: TreatmentsFile | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """All treatments of the pathway; none where it has no treatments.yaml."""
        return self.treatments.options if self.treatments else ()
