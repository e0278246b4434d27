"""What can be done next for a patient: questions, tests, trials; what is at stake; what results mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, TypeAdapter

from hoofbeat.knowledge.evidence import Amount, Frequency, Part
from hoofbeat.knowledge.model import Distribution

_DATA = Path(__file__).parent / "data"
StepKind = Literal["question", "examination", "laboratory", "trial", "histology", "imaging", "genetic"]
Cost = Literal["low", "medium", "high"]
Harm = Literal["none", "low", "medium", "high"]


class Result(Part):
    """One result a test can have.

    rows: names of the rows of the models' tests.yaml that say how often it is seen. usual: how often it is
    seen where a model says nothing. supports: it counts as positive for the diseases the test is for.
    """

    id: str
    name: str
    rows: tuple[str, ...] = ()
    usual: Frequency | None = None
    supports: bool = False


class Bands(Part):
    """A laboratory value cut into bands, each one result.

    test: whose curve the models give. cuts: in that test's own unit; names: one more than cuts.
    positive: number of the first band that counts as positive. rows, rows_from: rows of models without a
    curve, and the cut from which they count.
    """

    test: str
    cuts: tuple[float, ...]
    names: tuple[str, ...]
    positive: int
    rows: tuple[str, ...] = ()
    rows_from: float | None = None


class Investigation(Part):
    """Something that can be done for a patient, and what it takes.

    burden: what it costs the patient, in days of full health. price: its price in the same unit, for the
    sensitivity table only. here: settings in which it can be done, or its sample taken, the same day.
    settles: diseases it is for. finding: the HPO term whose presence is the result. finds: terms that show it
    was done already; done_by: tests whose values do. exclusive: results rule each other out; else the first
    that is seen is the result. pooled: results that in the diseases it settles are told from each other no
    better than by chance. broad: it tells many diseases apart and is judged by that, not by those it settles.
    after: what comes first if not done.
    """

    id: str
    name: str
    kind: StepKind
    cost: Cost
    harm: Harm
    burden: Amount
    price: Amount | None = None
    wait: Amount | None = None
    who: str
    here: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    finding: str = ""
    finds: tuple[str, ...] = ()
    done_by: tuple[str, ...] = ()
    bands: Bands | None = None
    results: tuple[Result, ...] = ()
    otherwise: str = "none of these"
    exclusive: bool = False
    pooled: tuple[str, ...] = ()
    broad: bool = False
    after: tuple[str, ...] = ()
    note: str = ""
    sources: tuple[str, ...] = ()


class Question(Part):
    """How to ask for a finding, or look for it."""

    term: str
    ask: str
    kind: Literal["question", "examination"] = "question"


class Questions(Part):
    """Wordings, and which branches of HPO are asked for, looked at, or left to tests.

    A term takes the way of the first branch it lies in: tests, then examination; all else is asked.
    never: terms that restate a diagnosis.
    """

    asked: tuple[Question, ...]
    by_test: tuple[str, ...]
    by_eye: tuple[str, ...]
    never: tuple[str, ...]
    ask: str
    look: str
    question_burden: Amount
    examination_burden: Amount


class Stakes(Part):
    """What is gained and lost by acting on a diagnosis, in days of full health.

    benefit: for one who has it and is treated now rather than when it would be found anyway.
    harm: for one who has not, and is acted on.
    """

    diseases: tuple[str, ...] = ()
    kind: str = ""
    action: str
    benefit: Amount
    harm: Amount


class Thresholds(Part):
    """What decides whether a test is worth doing.

    floor_bits: information below which a test is pointless.
    """

    floor_bits: Amount
    stakes: tuple[Stakes, ...]

    def stakes_of(self, slug: str, *, kind: str, do_not_miss: bool) -> Stakes:
        """Return the stakes of a disease: its own, else those of its kind."""
        for stakes in self.stakes:
            if slug in stakes.diseases:
                return stakes
        wanted = f"{kind}_do_not_miss" if do_not_miss else kind
        return next(s for s in self.stakes if s.kind == wanted)


class Confounder(Part):
    """Something that moves a value without the disease.

    terms: findings that show it; words: as it is told. curve: values of people who have it; None where it
    only makes the value unreliable. assays: those it matters for, all if empty.
    """

    id: str
    name: str
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    assays: tuple[str, ...] = ()
    lowers: bool = False
    curve: Distribution | None = None
    advice: str
    sources: tuple[str, ...] = ()


class Band(Part):
    """What a value in a band means in words: from `above` to the next band's, in the test's unit."""

    above: float
    id: str
    says: str
    consider: str
    excludes: bool = False
    sources: tuple[str, ...] = ()


class ValueMeaning(Part):
    """How a laboratory value is read.

    slip: share of samples that say nothing (spoilt, wrong tube, other assay, secretion at rest).
    centre: factor by which the disease's curve may lie off. bound: share of zinc that albumin carries.
    """

    test: str
    disease: str
    slip: Frequency
    centre: Amount
    bound: Frequency | None = None
    bands: tuple[Band, ...]
    confounders: tuple[Confounder, ...] = ()
    assays: dict[str, str] = Field(default_factory=dict)


class Meaning(Part):
    """What a result in words says: its id, how it is told, and what it means."""

    id: str
    words: tuple[str, ...]
    says: str
    consider: str
    excludes: bool = False
    sources: tuple[str, ...] = ()


class ResultMeaning(Part):
    """How a result in words is read; investigation: the one whose results these are."""

    test: str
    names: tuple[str, ...]
    investigation: str
    disease: str
    given: str = ""
    alike: Frequency | None = None
    late_lesion: Frequency | None = None
    meanings: tuple[Meaning, ...]


class Interpretations(Part):
    """How every kind of result is read."""

    values: tuple[ValueMeaning, ...]
    results: tuple[ResultMeaning, ...]


@cache
def load_investigations() -> tuple[Investigation, ...]:
    """Return the tests, images, biopsies and trials of treatment that can be considered."""
    found = TypeAdapter(tuple[Investigation, ...]).validate_python(_read("investigations.yaml"))
    repeated = {i.id for i in found if sum(other.id == i.id for other in found) > 1}
    if repeated:
        raise ValueError(f"investigations.yaml names twice: {', '.join(sorted(repeated))}")
    return found


@cache
def load_questions() -> Questions:
    """Return how findings are asked for or looked at."""
    return Questions.model_validate(_read("questions.yaml"))


@cache
def load_thresholds() -> Thresholds:
    """Return what is gained and lost by acting on each diagnosis."""
    return Thresholds.model_validate(_read("thresholds.yaml"))


@cache
def load_interpretations() -> Interpretations:
    """Return how results are read."""
    return Interpretations.model_validate(_read("interpretation.yaml"))


def _read(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_DATA / name).read_bytes(), Loader=loader)  # noqa: S506 (both are safe loaders)
