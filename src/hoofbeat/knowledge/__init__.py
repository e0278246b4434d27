"""What is known of a disease, and how we know it."""

from hoofbeat.knowledge.annotations import Annotations, Counts, Entry, Row, find_entry, load_annotations
from hoofbeat.knowledge.check import CheckReport, check_knowledge
from hoofbeat.knowledge.context import (
    CalibrationData,
    EncounterAges,
    Group,
    Measured,
    Outcome,
    Setting,
    Settings,
    Trial,
    load_calibration,
    load_encounter_ages,
    load_groups,
    load_settings,
    load_trials,
    load_usual_values,
)
from hoofbeat.knowledge.counts import FILE_NAME as COUNTS_FILE
from hoofbeat.knowledge.counts import PatientCount, write_counts
from hoofbeat.knowledge.evidence import (
    Amount,
    Assumption,
    Counted,
    Evidence,
    Frequency,
    Reported,
    beta_from_range,
    beta_range,
)
from hoofbeat.knowledge.files import read_disease
from hoofbeat.knowledge.generality import general_rows, too_general
from hoofbeat.knowledge.genes import diseases_of, genes_of
from hoofbeat.knowledge.load import find_disease, load_knowledge
from hoofbeat.knowledge.model import BaseRate, Disease, Distribution, Knowledge, Source, TestRow
from hoofbeat.knowledge.naming import heading_issues
from hoofbeat.knowledge.schema import write_schemas
from hoofbeat.knowledge.words import (
    in_words,
    numbers_of,
    pretty_amounts,
    pretty_percent,
    pretty_range,
    source_keys,
)

__all__ = [
    "COUNTS_FILE",
    "Amount",
    "Annotations",
    "Assumption",
    "BaseRate",
    "CalibrationData",
    "CheckReport",
    "Counted",
    "Counts",
    "Disease",
    "Distribution",
    "EncounterAges",
    "Entry",
    "Evidence",
    "Frequency",
    "Group",
    "Knowledge",
    "Measured",
    "Outcome",
    "PatientCount",
    "Reported",
    "Row",
    "Setting",
    "Settings",
    "Source",
    "TestRow",
    "Trial",
    "beta_from_range",
    "beta_range",
    "check_knowledge",
    "diseases_of",
    "find_disease",
    "find_entry",
    "general_rows",
    "genes_of",
    "heading_issues",
    "in_words",
    "load_annotations",
    "load_calibration",
    "load_encounter_ages",
    "load_groups",
    "load_knowledge",
    "load_settings",
    "load_trials",
    "load_usual_values",
    "numbers_of",
    "pretty_amounts",
    "pretty_percent",
    "pretty_range",
    "read_disease",
    "source_keys",
    "too_general",
    "write_counts",
    "write_schemas",
]
