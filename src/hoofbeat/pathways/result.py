"""What walking a pathway yields: where the case is, the way there, what is open, and what comes next."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from hoofbeat.pathways.events import Timeline

SCHEMA = 1
StepState = Literal["done", "open", "only if", "not needed", "advice"]
OptionState = Literal["given", "applies", "not known", "does not apply"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Span(_Record):
    """A number as a range with its unit, and what it rests on in words."""

    low: float
    high: float
    unit: str = ""
    evidence: str = ""


class StepView(_Record):
    """One step for this case.

    state: done; open; only if (it depends on something not known, see missing); not needed; advice (nobody
    can tell from a case whether it was done).
    """

    stage: str
    id: str
    consider: str
    who: str
    state: StepState
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    why: str = ""
    cost: str = "none"
    harm: str = "none"
    wait_days: Span | None = None
    sources: tuple[str, ...] = ()
    judged: str = ""


class Turn(_Record):
    """One branch taken: from where to where, on which ground, and what in the case shows it."""

    start: str
    to: str
    because: str
    shown_by: tuple[str, ...] = ()
    rule: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class StageView(_Record):
    """One stage for this case: passed (all its steps done), passed with gaps, here, ahead, or off the way."""

    id: str
    name: str
    asks: str
    who: str
    state: Literal["passed", "passed with gaps", "here", "ahead", "off the way"]
    steps: tuple[StepView, ...]


class Place(_Record):
    """Where the case is: a stage or a way out, how soon to act, and what would take it further.

    missing: what would have to be known for the next branch. by: the day by which, where a day is known.
    onward: the disease whose pathway goes on from here.
    """

    id: str
    name: str
    kind: Literal["stage", "end"]
    says: str
    who: str = ""
    within: Span | None = None
    by: str | None = None
    missing: tuple[str, ...] = ()
    onward: str = ""
    again: bool = False


class EffectView(_Record):
    """What a treatment does to one thing, and how well that is known."""

    of: str
    says: str
    share: Span | None = None
    amount: Span | None = None
    level: str
    sources: tuple[str, ...] = ()


class CautionView(_Record):
    """What to mind; here: whether it holds in this case (None: always to be minded, or not known).

    Where that is not known, the words say on what it depends; what the case refutes is not there.
    """

    says: str
    here: bool | None = None
    because: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    judged: str = ""


class OptionView(_Record):
    """A treatment to consider for this case: why it applies or not, what it does, what to mind."""

    id: str
    name: str
    kind: str
    state: OptionState
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    method: str
    effects: tuple[EffectView, ...] = ()
    cautions: tuple[CautionView, ...] = ()
    interactions: tuple[CautionView, ...] = ()
    starts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    judged: str = ""


class Due(_Record):
    """One visit of a follow-up schedule that a treatment on record has started.

    first: days after the treatment; start, end: the days between which it falls, where the treatment has a
    date. state: due, not on record (its time has passed and
    no later value shows that it was done), upcoming, ended, any time, or undated.
    """

    treatment: str
    option: str
    look: str
    first: Span
    every: Span | None = None
    start: str | None = None
    end: str | None = None
    until: str | None = None
    last_done: str | None = None
    state: Literal["due", "not on record", "upcoming", "ended", "any time", "undated"]
    sooner: str = ""
    change_means: str
    sources: tuple[str, ...] = ()
    judged: str = ""


class GroundView(_Record):
    """One ground of a label: met, refuted (false) or not known (None)."""

    id: str
    says: str
    met: bool | None
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class LabelView(_Record):
    """Whether a label may be used: only when every ground is met."""

    name: str
    allowed: bool
    grounds: tuple[GroundView, ...]
    says: str
    exception: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class CauseView(_Record):
    """One cause: found, ruled out, looked for without result, or not looked for."""

    id: str
    name: str
    order: int
    state: Literal["found", "ruled out", "looked for", "not looked for"]
    because: tuple[str, ...] = ()
    look: tuple[str, ...]
    treat: str
    share: Span | None = None
    reports: str = ""
    sources: tuple[str, ...] = ()
    judged: str = ""


class IssueView(_Record):
    """Something contradictory or impossible, and what to do about it."""

    level: Literal["error", "warning"]
    category: str
    message: str
    remedy: str = ""
    where: str = ""


class PathwayResult(_Record):
    """Where a case is on a pathway, and all that follows from it.

    next: steps to consider at this stage; beside: steps of stages worth doing at the same visit; gaps: steps
    of earlier stages that are not on record, advice that the case gives reason for among them. options: in
    the order the pathway declares, which is no ranking (see options_order).
    """

    schema_version: int = SCHEMA
    case: str
    disease: str
    pathway: str
    version: str
    here: Place
    way: tuple[Turn, ...]
    stages: tuple[StageView, ...]
    next: tuple[StepView, ...]
    beside: tuple[StepView, ...]
    gaps: tuple[StepView, ...]
    contradictions: tuple[IssueView, ...]
    options: tuple[OptionView, ...] = ()
    options_order: str = ""
    schedule: tuple[Due, ...] = ()
    causes: tuple[CauseView, ...] = ()
    label: LabelView | None = None
    timeline: Timeline
    chance: float | None = None
