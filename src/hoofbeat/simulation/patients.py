"""Virtual patients as cases: what is known of each at a visit, or when the disease is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment
from hoofbeat.simulation.clinic_model import Sign
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats
from hoofbeat.terms import load_ontology

When = Literal["diagnosis", "first_visit"]
# A site is named once it bears this share of the rash that there is.
SITE_SHARE = 0.12


def cases_of(mechanism: Mechanism, outcome: Outcome, when: When = "diagnosis") -> Iterator[Case]:
    """Yield a case for each patient who was found, or who came at all.

    At diagnosis all signs so far and all tests are known; at the first visit only what was looked for.
    """
    visits = outcome.visits
    first = np.searchsorted(visits.patient, outcome.patients)
    last = np.searchsorted(visits.patient, outcome.patients, side="right")
    for i in range(len(outcome)):
        if when == "first_visit":
            if last[i] > first[i]:
                yield case_at_visit(mechanism, outcome, int(first[i]))
        elif np.isfinite(outcome.found[i]):
            yield _at_diagnosis(mechanism, outcome, i, slice(int(first[i]), int(last[i])))


def case_at_visit(mechanism: Mechanism, outcome: Outcome, row: int) -> Case:
    """Return the case as the doctor had it at one visit: a row of outcome.visits.

    Labels and treatments are those of earlier visits; what is said and given today has yet to be.
    """
    visits = outcome.visits
    i = int(visits.patient[row] - outcome.patients[0])
    first = int(np.searchsorted(visits.patient, visits.patient[row]))
    column = _rash_column(mechanism)
    return _case(
        mechanism, outcome, i, float(visits.day[row]), noted=visits.noted[row], asked=visits.asked[row],
        labs=visits.labs[row], sites=visits.sites[row], labels=visits.label[first:row],
        rash=visits.noted[first : row + 1, column], name=f"visit-{row}",
    )  # fmt: skip


def _at_diagnosis(mechanism: Mechanism, outcome: Outcome, i: int, rows: slice) -> Case:
    visits, labels = outcome.visits, outcome.visits.label[rows]
    noted = visits.noted[rows].any(axis=0) | outcome.noted_found[:, i]
    # a phase of the rash counts as seen only when a doctor wrote it down
    for column, sign in enumerate(mechanism.clinic.signs):
        if sign.skin and "." in sign.of:
            noted[column] = visits.noted[rows][:, column].any()
    # a work-up asks for everything that is no matter of looking at the skin
    asked = visits.asked[rows].any(axis=0) | np.array([not s.skin for s in mechanism.clinic.signs])
    sites = np.maximum(visits.sites[rows].max(axis=0, initial=0), outcome.sites_found[i])
    column = _rash_column(mechanism)
    rash = np.append(visits.noted[rows, column], outcome.noted_found[column, i])
    return _case(
        mechanism, outcome, i, float(outcome.found[i]), noted=noted, asked=asked,
        labs=outcome.labs_found[i], sites=sites, labels=labels, rash=rash, name="diagnosis",
    )  # fmt: skip


def _rash_column(mechanism: Mechanism) -> int:
    """The sign under which labels are given and treatments tried; the first where none are."""
    clinic = mechanism.clinic
    return next((n for n, sign in enumerate(clinic.signs) if sign.id == clinic.labels_need), 0)


def _case(
    mechanism: Mechanism, outcome: Outcome, i: int, day: float, *, noted: npt.NDArray[np.bool_],
    asked: npt.NDArray[np.bool_], labs: Floats, sites: npt.NDArray[np.float32] | Floats,
    labels: npt.NDArray[np.int64], rash: npt.NDArray[np.bool_], name: str,
) -> Case:  # fmt: skip
    clinic = mechanism.clinic
    named = [clinic.labels[n] for n in dict.fromkeys(labels[labels >= 0].tolist())]
    places = _places(mechanism, sites)
    findings = [
        _finding(sign, day - float(outcome.first[row, i]), places)
        for row, sign in enumerate(clinic.signs)
        if noted[row] and sign.term
    ]
    findings += [
        Finding(term=sign.term, label=load_ontology().label(sign.term), state=State.ABSENT)
        for row, sign in enumerate(clinic.signs)
        if asked[row] and not noted[row] and sign.term and not _implied(sign.term, findings)
    ]
    return Case(
        id=f"virtual-{mechanism.slug}-{outcome.patients[i]}-{name}",
        age_years=round(float(outcome.age[i]) + day / 365.25, 1),
        sex="male" if outcome.male[i] else "female",
        findings=tuple(findings),
        measurements=tuple(
            Measurement(
                test=lab.test,
                value=float(f"{labs[n]:.4g}"),
                unit=lab.unit,
                low=_limit(mechanism, lab.low, male=bool(outcome.male[i])),
                high=_limit(mechanism, lab.high, male=bool(outcome.male[i])),
                loinc=next((c.code for c in lab.codes if c.system == "LOINC"), None),
            )
            for n, lab in enumerate(clinic.labs)
            if np.isfinite(labs[n])
        ),
        treatments=tuple(_treatments(mechanism, labels, rash)),
        prior_diagnoses=tuple(label.name for label in named),
        truth=(clinic.truth,),
        truth_labels=(clinic.truth_name,),
    )


def _treatments(
    mechanism: Mechanism, labels: npt.NDArray[np.int64], rash: npt.NDArray[np.bool_]
) -> Iterator[Treatment]:
    """What was tried at each visit; it did nothing where the rash was there again after it.

    labels: of the visits at which it was tried; rash: whether it was noted at these, and at the one after.
    """
    clinic = mechanism.clinic
    for item in clinic.tried:
        at = [n for n, label in enumerate(labels) if label >= 0 and item.id in clinic.labels[label].tried]
        if at:
            code = next((f"RxNorm:{c.code}" for c in item.codes if c.system == "RxNorm"), None)
            stays = bool(rash[at[0] + 1 :].any())
            yield Treatment(name=item.name, response="none" if stays else "unknown", code=code)


def _implied(term: str, present: list[Finding]) -> bool:
    """Whether a kind of this finding is there: nobody writes the general word off beside it."""
    ontology = load_ontology()
    return any(ontology.is_a(finding.term, term) for finding in present)


def _finding(sign: Sign, since: float, places: tuple[str, ...]) -> Finding:
    return Finding(
        term=sign.term,
        label=load_ontology().label(sign.term),
        where=places if sign.skin else (),
        since_days=round(since) if since >= 0 else None,
    )


def _places(mechanism: Mechanism, sites: npt.NDArray[np.float32] | Floats) -> tuple[str, ...]:
    total = float(sites.sum()) if len(sites) else 0.0
    if total <= 0:
        return ()
    node = mechanism.file.nodes[mechanism.file.rash]
    return tuple(p.site for p, s in zip(node.places, sites, strict=True) if s >= SITE_SHARE * total)


def _limit(mechanism: Mechanism, number: str | int | None, *, male: bool) -> float | None:
    if number is None or isinstance(number, int):
        return None if number is None else float(number)
    parameter = mechanism.parameters[number]
    known = parameter.men if male and parameter.men else parameter
    return round((known.low + known.high) / 2, 6)
