"""Which of the known results a report in words amounts to: a biopsy, immunofluorescence, an image."""

from __future__ import annotations

import re

from hoofbeat.diagnosis.clauses import Said, of_the_rest, said
from hoofbeat.diagnosis.yields import OTHERWISE, investigation_of
from hoofbeat.knowledge import ResultMeaning

# An image is asked about the pancreas: a clause about another organ says nothing of it.
_PANCREAS = re.compile(r"pancrea")
_ELSEWHERE = re.compile(
    r"\b(?:liver|hepatic|lungs?|pulmonary|bronch\w+|spleen|splenic|kidneys?|renal|adrenals?|bowel|colon\w*|"
    r"stomach|gastric|duoden\w+|jejun\w+|ile(?:um|al)|rect(?:um|al)|ovar(?:y|ies|ian)|uter(?:us|ine)|"
    r"breasts?|thyroid|parathyroid|thym(?:us|ic)|bones?|spine|vertebr\w+|brain|cerebral|pituitary|prostate|"
    r"bladder|gallbladder|lymph nodes?|nodal|mediastin\w+|skin)\b"
)


def meant(meaning: ResultMeaning, report: str) -> str | None:
    """Return the id of the known result that a report amounts to; None if it names none, or is at odds.

    A tissue may show several things at once: the first listed counts. An image or a blood test shows one.
    A sign that is denied, where it is the sign the test is for, leaves the last of the list, "otherwise".
    """
    what = investigation_of(meaning)
    listed = [(word, m.id) for m in meaning.meanings for word in m.words]
    heard = [s for s in said(report, listed) if what.kind != "imaging" or _about_pancreas(s.clause)]
    heard = [s for s in heard if not (s.id == OTHERWISE and of_the_rest(s.clause))]
    if any(s.stance == "unsure" for s in heard):
        return None
    signs = {s.id for s in heard if s.stance == "yes" and s.id != OTHERWISE}
    tissue = what.kind == "histology"
    if not _agree(heard, by_word=tissue) or (len(signs) > 1 and not tissue):
        return None
    usual = any(s.stance == "yes" and s.id == OTHERWISE for s in heard)
    if usual and not signs <= set(what.pooled):
        return None
    asked = {r.id for r in what.results if r.supports}
    if signs:
        return next(m.id for m in meaning.meanings if m.id in signs)
    denied = any(s.stance == "no" and s.id in asked for s in heard)
    return OTHERWISE if usual or denied else None


def _agree(heard: list[Said], *, by_word: bool) -> bool:
    """Whether nothing is both asserted and denied: in tissue by word, elsewhere by what words stand for."""
    told = {(s.word if by_word else s.id, s.stance) for s in heard if s.id != OTHERWISE}
    return not any((name, "no") in told for name, stance in told if stance == "yes")


def _about_pancreas(clause: str) -> bool:
    return bool(_PANCREAS.search(clause)) or not _ELSEWHERE.search(clause)
