"""What is known of a disease, and how we know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.knowledge.annotations import Annotations, Counts, Entry, Row, find_entry, load_annotations
    from hoofbeat.knowledge.check import CheckReport, check_knowledge
    from hoofbeat.knowledge.code_sets import (
        CodeSet,
        CodeSets,
        ConditionSet,
        DrugSet,
        TestSet,
        WeightSet,
        load_code_sets,
    )
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
    from hoofbeat.knowledge.investigations import (
        Band,
        Confounder,
        Interpretations,
        Investigation,
        Question,
        Questions,
        ResultMeaning,
        Stakes,
        Thresholds,
        ValueMeaning,
        load_interpretations,
        load_investigations,
        load_questions,
        load_thresholds,
    )
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
    "Band",
    "BaseRate",
    "CalibrationData",
    "CheckReport",
    "CodeSet",
    "CodeSets",
    "ConditionSet",
    "Confounder",
    "Counted",
    "Counts",
    "Disease",
    "Distribution",
    "DrugSet",
    "EncounterAges",
    "Entry",
    "Evidence",
    "Frequency",
    "Group",
    "Interpretations",
    "Investigation",
    "Knowledge",
    "Measured",
    "Outcome",
    "PatientCount",
    "Question",
    "Questions",
    "Reported",
    "ResultMeaning",
    "Row",
    "Setting",
    "Settings",
    "Source",
    "Stakes",
    "TestRow",
    "TestSet",
    "Thresholds",
    "Trial",
    "ValueMeaning",
    "WeightSet",
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
    "load_code_sets",
    "load_encounter_ages",
    "load_groups",
    "load_interpretations",
    "load_investigations",
    "load_knowledge",
    "load_questions",
    "load_settings",
    "load_thresholds",
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

_HOMES = {
    "annotations": ("Annotations", "Counts", "Entry", "Row", "find_entry", "load_annotations"),
    "check": ("CheckReport", "check_knowledge"),
    "code_sets": ("CodeSet", "CodeSets", "ConditionSet", "DrugSet", "TestSet", "WeightSet", "load_code_sets"),
    "context": (
        "CalibrationData",
        "EncounterAges",
        "Group",
        "Measured",
        "Outcome",
        "Setting",
        "Settings",
        "Trial",
        "load_calibration",
        "load_encounter_ages",
        "load_groups",
        "load_settings",
        "load_trials",
        "load_usual_values",
    ),
    "counts": ("PatientCount", "write_counts"),
    "evidence": (
        "Amount",
        "Assumption",
        "Counted",
        "Evidence",
        "Frequency",
        "Reported",
        "beta_from_range",
        "beta_range",
    ),
    "files": ("read_disease",),
    "generality": ("general_rows", "too_general"),
    "genes": ("diseases_of", "genes_of"),
    "investigations": (
        "Band",
        "Confounder",
        "Interpretations",
        "Investigation",
        "Question",
        "Questions",
        "ResultMeaning",
        "Stakes",
        "Thresholds",
        "ValueMeaning",
        "load_interpretations",
        "load_investigations",
        "load_questions",
        "load_thresholds",
    ),
    "load": ("find_disease", "load_knowledge"),
    "model": ("BaseRate", "Disease", "Distribution", "Knowledge", "Source", "TestRow"),
    "naming": ("heading_issues",),
    "schema": ("write_schemas",),
    "words": ("in_words", "numbers_of", "pretty_amounts", "pretty_percent", "pretty_range", "source_keys"),
}
_RENAMED = {
    "COUNTS_FILE": ("counts", "FILE_NAME"),
}

__getattr__ = door(__name__, _HOMES, _RENAMED)
