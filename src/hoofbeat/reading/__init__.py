"""A note becomes proposed findings, each with the words it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.reading.as_case import LeftOut, left_out, to_case, words_of
    from hoofbeat.reading.as_model import Draft, Place, Stated, draft_data, draft_model
    from hoofbeat.reading.corrections import Correction, corrected, reassignment, removal
    from hoofbeat.reading.corrections import add as add_corrections
    from hoofbeat.reading.corrections import as_json as corrections_as_json
    from hoofbeat.reading.corrections import default_file as corrections_file
    from hoofbeat.reading.corrections import load as load_corrections
    from hoofbeat.reading.document_report import Remark, against, disagreements, faults
    from hoofbeat.reading.documents import kind_of
    from hoofbeat.reading.evaluation import Expected, expected_cases, score_reading, sort_of
    from hoofbeat.reading.html_page import marks, page
    from hoofbeat.reading.inputs import Note, read_text, read_texts
    from hoofbeat.reading.letter import read_letter
    from hoofbeat.reading.model import (
        Assertion,
        Cutoff,
        Diagnosis,
        Drug,
        Kind,
        Letter,
        Mention,
        Proposal,
        Section,
        Span,
        Status,
        Value,
        When,
    )
    from hoofbeat.reading.notes import Tally, note_nlp
    from hoofbeat.reading.outputs import Format, as_data, case_yaml, fhir_bundle, phenopacket, table, written

__all__ = [
    "Assertion",
    "Correction",
    "Cutoff",
    "Diagnosis",
    "Draft",
    "Drug",
    "Expected",
    "Format",
    "Kind",
    "LeftOut",
    "Letter",
    "Mention",
    "Note",
    "Place",
    "Proposal",
    "Remark",
    "Section",
    "Span",
    "Stated",
    "Status",
    "Tally",
    "Value",
    "When",
    "add_corrections",
    "against",
    "as_data",
    "case_yaml",
    "corrected",
    "corrections_as_json",
    "corrections_file",
    "disagreements",
    "draft_data",
    "draft_model",
    "expected_cases",
    "faults",
    "fhir_bundle",
    "kind_of",
    "left_out",
    "load_corrections",
    "marks",
    "note_nlp",
    "page",
    "phenopacket",
    "read_letter",
    "read_text",
    "read_texts",
    "reassignment",
    "removal",
    "score_reading",
    "sort_of",
    "table",
    "to_case",
    "words_of",
    "written",
]

_HOMES = {
    "as_model": ("Draft", "Place", "Stated", "draft_data", "draft_model"),
    "corrections": ("Correction", "corrected", "reassignment", "removal"),
    "document_report": ("Remark", "against", "disagreements", "faults"),
    "documents": ("kind_of",),
    "evaluation": ("Expected", "expected_cases", "score_reading", "sort_of"),
    "html_page": ("marks", "page"),
    "inputs": ("Note", "read_text", "read_texts"),
    "letter": ("read_letter",),
    "model": (
        "Assertion",
        "Cutoff",
        "Diagnosis",
        "Drug",
        "Kind",
        "Letter",
        "Mention",
        "Proposal",
        "Section",
        "Span",
        "Status",
        "Value",
        "When",
    ),
    "notes": ("Tally", "note_nlp"),
    "outputs": ("Format", "as_data", "case_yaml", "fhir_bundle", "phenopacket", "table", "written"),
    "as_case": ("LeftOut", "left_out", "to_case", "words_of"),
}
_RENAMED = {
    "add_corrections": ("corrections", "add"),
    "corrections_as_json": ("corrections", "as_json"),
    "corrections_file": ("corrections", "default_file"),
    "load_corrections": ("corrections", "load"),
}

__getattr__ = door(__name__, _HOMES, _RENAMED)
