"""Who else has it: a look through records."""

from hoofbeat.sweep.api import LAST, Place, Result, sweep
from hoofbeat.sweep.definition import Definition, define
from hoofbeat.sweep.export import circe, rule
from hoofbeat.sweep.index import prepare
from hoofbeat.sweep.lead_time import Lead, LeadTime, Patient, plant_simulated
from hoofbeat.sweep.looking_back import Gained, LookedBack, every, look_back
from hoofbeat.sweep.made_up import generate
from hoofbeat.sweep.output import add_pages, read_worklist
from hoofbeat.sweep.person_page import PersonPage, person_pages
from hoofbeat.sweep.planting import Planted, Recall, Validation, plant
from hoofbeat.sweep.wording import sentences
from hoofbeat.sweep.worklist import EvidenceRow, Listed

__all__ = [
    "LAST",
    "Definition",
    "EvidenceRow",
    "Gained",
    "Lead",
    "LeadTime",
    "Listed",
    "LookedBack",
    "Patient",
    "PersonPage",
    "Place",
    "Planted",
    "Recall",
    "Result",
    "Validation",
    "add_pages",
    "circe",
    "define",
    "every",
    "generate",
    "look_back",
    "person_pages",
    "plant",
    "plant_simulated",
    "prepare",
    "read_worklist",
    "rule",
    "sentences",
    "sweep",
]
