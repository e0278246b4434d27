"""Who else has it: a look through records."""

from hoofbeat.sweep.api import LAST, Place, Result, sweep
from hoofbeat.sweep.definition import Definition, define
from hoofbeat.sweep.export import circe, rule
from hoofbeat.sweep.index import prepare
from hoofbeat.sweep.looking_back import Gained, LookedBack, every, look_back
from hoofbeat.sweep.made_up import generate
from hoofbeat.sweep.output import read_worklist
from hoofbeat.sweep.planting import Planted, Recall, Validation, plant
from hoofbeat.sweep.wording import sentences
from hoofbeat.sweep.worklist import EvidenceRow, Listed

__all__ = [
    "LAST",
    "Definition",
    "EvidenceRow",
    "Gained",
    "Listed",
    "LookedBack",
    "Place",
    "Planted",
    "Recall",
    "Result",
    "Validation",
    "circe",
    "define",
    "every",
    "generate",
    "look_back",
    "plant",
    "prepare",
    "read_worklist",
    "rule",
    "sentences",
    "sweep",
]
