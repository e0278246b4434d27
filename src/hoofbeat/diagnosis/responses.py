"""Treatments already tried: what they did to the rash speaks for some diseases and against others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, Treatment
from hoofbeat.diagnosis.table import Table, load_table
from hoofbeat.knowledge import Disease, Frequency, Knowledge, Trial, load_knowledge, load_trials

Vector = npt.NDArray[np.float64]
# An account of what an ointment did is hearsay about one course of it: no ratio goes beyond this.
LARGEST_RATIO = 10.0
_LEAST = 0.01


class Response(NamedTuple):
    """A treatment tried, understood; test: the model row its outcome answers, "" for no lasting effect."""

    trial: Trial
    treatment: Treatment
    test: str


def read_responses(case: Case) -> list[Response]:
    """Return what the treatments of a case did, one per kind of treatment, the first told."""
    found: dict[str, Response] = {}
    for treatment in case.treatments:
        trial = _trial(treatment.name)
        if trial is None or treatment.response == "unknown":
            continue
        answered = [o.test for o in trial.outcomes if treatment.response in o.responses]
        found.setdefault(trial.treatment, Response(trial, treatment, answered[0] if answered else ""))
    return list(found.values())


def _trial(name: str) -> Trial | None:
    words = f" {' '.join(re.findall(r'[a-z]+', name.lower()))} "
    for trial in load_trials():
        if any(f" {word} " in words or f" {word}s " in words for word in trial.words):
            return trial
    return None


def log_responses(table: Table, knowledge: Knowledge, responses: Iterable[Response]) -> Vector:
    """Log-likelihood ratio of the responses under every hypothesis; 0 where a model says nothing."""
    result = np.zeros(len(table))
    for response in responses:
        result[: table.own_count] += _own_ratios(knowledge.version, response.trial.treatment, response.test)
    return result


@lru_cache(maxsize=256)
def _own_ratios(_version: str, treatment: str, test: str) -> Vector:
    """Log-likelihood ratio of one response under each hypothesis of ours; what a model says never changes."""
    table, diseases = load_table(), load_knowledge().diseases
    trial = next(t for t in load_trials() if t.treatment == treatment)
    result = np.zeros(table.own_count)
    for h in range(table.own_count):
        rates = _rates(trial, test, diseases[table[h].slug], table[h].variant)
        if rates is not None:
            result[h] = np.log(rates[0] / rates[1])
    return result


def rates_here(response: Response, disease: Disease, variant: str) -> tuple[float, float] | None:
    """Return P(response) in a disease and in any rash, their ratio kept in bounds; None if not described."""
    return _rates(response.trial, response.test, disease, variant)


def _rates(trial: Trial, test: str, disease: Disease, variant: str) -> tuple[float, float] | None:
    rows = [disease.shows(outcome.test, variant) for outcome in trial.outcomes]
    if not any(rows):
        return None
    usual = [outcome.usual.mean for outcome in trial.outcomes]
    here = [row.mean if row else base for row, base in zip(rows, usual, strict=True)]
    names = [outcome.test for outcome in trial.outcomes]
    chance, elsewhere = (_chance(p, names, test) for p in (here, usual))
    return float(np.clip(chance, elsewhere / LARGEST_RATIO, elsewhere * LARGEST_RATIO)), elsewhere


def row_frequencies(response: Response, disease: Disease, variant: str) -> list[Frequency | None]:
    """Return what a model says of each outcome of the treatment, in the order of the outcomes."""
    return [disease.shows(outcome.test, variant) for outcome in response.trial.outcomes]


def _chance(rates: list[float], names: list[str], test: str) -> float:
    return rates[names.index(test)] if test else max(1 - sum(rates), _LEAST)
