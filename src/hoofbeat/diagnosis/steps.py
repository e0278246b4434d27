"""What is worth doing next: the answer of next_steps(), as records."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from hoofbeat.diagnosis.interpret import Interpretation

SCHEMA = 1
Status = Literal["consider", "not yet", "act", "pointless"]
Mode = Literal["narrow", "rule-in", "rule-out"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Change(_Record):
    """One disease of the list before and after a result."""

    id: str
    name: str
    before: float
    after: float


class Possible(_Record):
    """One result: how likely it is here, the first of the list after it, and the diseases it moves most."""

    result: str
    chance: float
    first: tuple[Change, ...]
    moves: tuple[Change, ...]


class Threshold(_Record):
    """The testing and the treatment threshold of a step for one disease, with the chance beside them.

    chance: averaged over what is uncertain, as decisions need it. testing: below it testing does more harm
    than good. treatment: above it acting without the test does better. acting: the chance from which acting
    is right without any test. at_best: the chance after the most telling positive result. action: what acting
    is.
    """

    id: str
    name: str
    chance: float
    testing: float
    treatment: float
    acting: float
    at_best: float
    sensitivity: float
    false_alarm: float
    passes: bool
    action: str


class Separates(_Record):
    """The two diseases a step tells apart most, and how far their results differ (0 to 1)."""

    first: str
    second: str
    apart: float


class Step(_Record):
    """One question, examination, test, image, biopsy or trial.

    status: worth considering, not yet (the disease is too unlikely), act (likely enough to act without it;
    never said of an image or a trial, with which one acts) or pointless (no result could change anything),
    with the reason. bits: expected information about the list;
    bits_target: about the one disease in question. wait_days: from and to, none for what is known at once.
    worth: what the mode sorts by.
    """

    id: str
    name: str
    kind: str
    status: Status
    why: str
    worth: float
    bits: float
    bits_target: float
    cost: str
    harm: str
    wait_days: tuple[float, float] | None
    who: str
    results: tuple[Possible, ...]
    separates: Separates | None
    thresholds: tuple[Threshold, ...] = ()
    confounders: tuple[str, ...] = ()
    note: str = ""
    sources: tuple[str, ...] = ()


class Influence(_Record):
    """One uncertain input at the ends of its range, all others in the middle: a row of a tornado plot.

    low, high: the input; unit: of it. chance_*, testing_*: chance and testing threshold with the input at
    that end. swing: how far the ratio of the two moves, as a natural logarithm. changes_advice: whether the
    advice is another at one of the ends.
    """

    input: str
    unit: str
    low: float
    high: float
    chance_low: float
    chance_high: float
    testing_low: float
    testing_high: float
    swing: float
    changes_advice: bool
    why: str
    sources: tuple[str, ...] = ()


class Advice(_Record):
    """Whether the test for one grave disease is advised, in one sentence with its numbers and sources.

    advised: the chance passes the testing threshold. done: the test is on record already; the sentence then
    speaks of acting on it or of a repeat, and `advised` only says that the disease is still in question.
    """

    test: str
    disease: str
    advised: bool
    done: bool = False
    sentence: str
    threshold: Threshold
    sensitivity: tuple[Influence, ...]
    sources: tuple[str, ...]


class NextSteps(_Record):
    """What to do next: results so far, advice on the grave disease, steps in order, and what is pointless.

    All chances are means over what is uncertain, as decisions need them; rank() shows middles.
    setting_from: "given", "case" or "assumed". target: the disease to be ruled in or out, or the grave one
    by which most would be lost if missed. done: investigations that the case already has.
    """

    schema_version: int = SCHEMA
    case: str
    setting: str
    setting_from: Literal["given", "case", "assumed"]
    mode: Mode
    target: str
    target_name: str
    first: tuple[Change, ...]
    advice: Advice | None
    steps: tuple[Step, ...]
    pointless: tuple[Step, ...]
    done: tuple[str, ...]
    results: tuple[Interpretation, ...]
    floor_bits: float
    model_version: str
    ontology_release: str
