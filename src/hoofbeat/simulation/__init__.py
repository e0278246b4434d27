"""How it comes about: a disease's mechanism run forward, and virtual patients."""

from hoofbeat.simulation.alike import alike_cases, bedside
from hoofbeat.simulation.check_mechanism import MechanismReport, check_mechanisms
from hoofbeat.simulation.cohort import groups, simulate
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.experiments import Compared, run_experiments
from hoofbeat.simulation.interventions import Planned, read_plan
from hoofbeat.simulation.load import load_mechanism, mechanism_slugs
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.patients import case_at_visit, cases_of
from hoofbeat.simulation.policy import PolicyRange, policy_curve
from hoofbeat.simulation.summary import Summary, bands, course_of
from hoofbeat.simulation.synthea import synthea_module
from hoofbeat.simulation.what_if import Difference, compare
from hoofbeat.simulation.write import FORMS, write_cohort

__all__ = [
    "FORMS",
    "Compared",
    "Difference",
    "Mechanism",
    "MechanismReport",
    "Outcome",
    "Planned",
    "PolicyRange",
    "Setup",
    "Summary",
    "alike_cases",
    "bands",
    "bedside",
    "case_at_visit",
    "cases_of",
    "check_mechanisms",
    "compare",
    "course_of",
    "groups",
    "load_mechanism",
    "mechanism_slugs",
    "policy_curve",
    "read_plan",
    "run_experiments",
    "simulate",
    "synthea_module",
    "write_cohort",
]
