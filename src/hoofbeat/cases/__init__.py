"""What is known of a patient: cases read, checked and written."""

from hoofbeat.cases.checks import check_case
from hoofbeat.cases.dates import first_day, last_day
from hoofbeat.cases.model import Case, Finding, Measurement, Setting, Sex, State, Treatment
from hoofbeat.cases.publications import is_publication, publication_id, publication_ids
from hoofbeat.cases.read import CaseReading, read_bytes, read_case, read_cases
from hoofbeat.cases.repair import without_faults
from hoofbeat.cases.write import to_phenopacket
from hoofbeat.cases.yaml_case import to_yaml

__all__ = [
    "Case",
    "CaseReading",
    "Finding",
    "Measurement",
    "Setting",
    "Sex",
    "State",
    "Treatment",
    "check_case",
    "first_day",
    "is_publication",
    "last_day",
    "publication_id",
    "publication_ids",
    "read_bytes",
    "read_case",
    "read_cases",
    "to_phenopacket",
    "to_yaml",
    "without_faults",
]
