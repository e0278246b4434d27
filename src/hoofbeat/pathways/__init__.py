"""The care pathway as data, and where a case is on it."""

from hoofbeat.pathways.check_pathway import PathwayReport, check_pathways
from hoofbeat.pathways.events import Delay, Event, Recurrence, Response, Timeline
from hoofbeat.pathways.load import load_pathway, pathway_slugs
from hoofbeat.pathways.mermaid import to_mermaid
from hoofbeat.pathways.model import CourseRules, Option, Pathway
from hoofbeat.pathways.plan_definition import to_plan_definition
from hoofbeat.pathways.result import (
    CauseView,
    CautionView,
    Due,
    EffectView,
    LabelView,
    OptionView,
    PathwayResult,
    Place,
    Span,
    StageView,
    StepView,
    Turn,
)
from hoofbeat.pathways.timeline import timeline
from hoofbeat.pathways.walk import pathway, walk

__all__ = [
    "CauseView",
    "CautionView",
    "CourseRules",
    "Delay",
    "Due",
    "EffectView",
    "Event",
    "LabelView",
    "Option",
    "OptionView",
    "Pathway",
    "PathwayReport",
    "PathwayResult",
    "Place",
    "Recurrence",
    "Response",
    "Span",
    "StageView",
    "StepView",
    "Timeline",
    "Turn",
    "check_pathways",
    "load_pathway",
    "pathway",
    "pathway_slugs",
    "timeline",
    "to_mermaid",
    "to_plan_definition",
    "walk",
]
