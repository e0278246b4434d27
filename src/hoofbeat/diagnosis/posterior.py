"""rank: from one patient's findings to a list of diseases with chances, ranges and reasons."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case
from hoofbeat.diagnosis import framing, observation, quantities, regions, responses, score
from hoofbeat.diagnosis.exact import Answer, distinct
from hoofbeat.diagnosis.leave_out import LeftOut, Rest, answers_without, left_out, remaining
from hoofbeat.diagnosis.observed import Observed, observe
from hoofbeat.diagnosis.protocol import Recounted
from hoofbeat.diagnosis.table import Table, load_table
from hoofbeat.errors import UnknownTerm, UsageError
from hoofbeat.knowledge import Knowledge, diseases_of, find_disease, load_calibration, load_knowledge

Vector = npt.NDArray[np.float64]

# The best by the quantised ratios are scored exactly: the study found the exact first hundred among the
# quantised first 150 in 300 of 300 cases.
EXACTLY = 150
SETTINGS = ("uniform", "described", "population", "general_practice", "dermatology", "rare_disease_clinic")
# where neither the caller nor the case says who comes
DEFAULT_SETTING = "described"
CREDIBLE = 0.9
# these know no prevalence
RESEARCH = ("uniform", "described")


@dataclass
class Scored:
    """A case scored against every hypothesis; all that explaining it needs.

    log_findings, log_beside, log_age, log_sex: per hypothesis; log_beside is of sites, laboratory values and
    responses to treatment, against "none of these"; log_sex is of sex and inheritance. log_disease,
    log_prior: per disease; posterior: all diseases, then "none of these". prior_spread: standard deviation
    of the log prior, "none" last.
    before: as posterior, without the findings; worked out when asked for (see before()).
    temperature: power that the findings' likelihood is raised to; full_temperature: without any setting.
    exactly: the hypotheses whose findings are scored exactly, in order; the others' are rounded to a byte.
    without, out: publications left out, and what that means; rest: the lines that lose evidence, and what
    they keep.
    """

    case: Case
    table: Table
    knowledge: Knowledge
    setting: str
    observed: Observed
    without: frozenset[str]
    out: LeftOut
    temperature: float
    full_temperature: float
    log_findings: Vector
    log_beside: Vector
    log_age: Vector
    log_sex: Vector
    none_findings: float
    log_prior: Vector
    none_prior: float
    prior_spread: Vector
    log_disease: Vector = field(default_factory=lambda: np.zeros(0))
    posterior: Vector = field(default_factory=lambda: np.zeros(0))
    before: Vector = field(default_factory=lambda: np.zeros(0))
    exactly: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    rest: Rest | None = None

    def rows_of(self, h: int) -> tuple[Table, int]:
        """Return the table in which the rows that a hypothesis keeps stand, and its line there."""
        if self.rest is not None:
            here, at = self.rest.places(np.array([h]))
            if here[0]:
                return self.rest.table, int(at[0])
        return self.table, h


def score_case(
    case: Case,
    *,
    setting: str | None = None,
    leave_out: Collection[str] = (),
    annotations_too: bool = True,
    recounted: Recounted | None = None,
    within: Collection[str] = (),
    also: Collection[int] = (),
) -> Scored:
    """Score a case against all diseases.

    setting: one of SETTINGS, DEFAULT_SETTING if none is given. leave_out: publications
    whose evidence is not used (PubMed numbers, DOIs, addresses, keys of our own sources), beside the case's
    own. annotations_too: nor that of the annotations; recounted: what those publications counted, so that
    rows citing others too keep the rest.
    within: ids, aliases or names of diseases, or gene symbols; if any are given, nothing else competes.
    also: numbers of diseases to be scored exactly wherever they stand.
    Raises CaseError for a case with errors, UsageError for an unknown setting or a word in leave_out that
    names no publication, UnknownTerm for a name in `within` that nobody knows.
    """
    table, knowledge, setting = load_table(), load_knowledge(), setting or DEFAULT_SETTING
    observed = observe(case, table, knowledge)
    out = left_out(case.publications, leave_out, annotations_too=annotations_too, counted=recounted)
    without = out.publications
    full = _temperature(observed.count)
    # what the left-out publications say of the background is used only where that is asked for
    untold = out.annotated
    log_findings, none_findings = _findings(observed, len(table))
    log_prior, none_prior, spread = _prior(table, setting, without=without)
    if within:
        log_prior = np.where(_competing(table, knowledge, within), log_prior, -np.inf)
    scored = Scored(
        case=case,
        table=table,
        knowledge=knowledge,
        setting=setting,
        observed=observed,
        without=without,
        out=out,
        temperature=1 - _discount(setting) * (1 - full),
        full_temperature=full,
        log_findings=log_findings,
        log_beside=regions.log_sites(table, observed.regions, spared=observed.spared, without=without)
        + quantities.log_values(table, observed.values)
        + responses.log_responses(table, knowledge, observed.responses),
        log_age=framing.log_age(table, case.age_years, without=untold),
        log_sex=framing.log_sex(table, case.sex, without=untold)
        + framing.log_inheritance(table, case, without=untold),
        none_findings=none_findings,
        log_prior=log_prior,
        none_prior=none_prior,
        prior_spread=spread,
    )
    scored.rest = remaining(table, out) if without else None
    _score_exactly(scored, also)
    finish(scored)
    return scored


def _findings(observed: Observed, count: int) -> tuple[Vector, float]:
    """Log-likelihood of all findings under every hypothesis, and under none of them."""
    total, none = np.zeros(count), 0.0
    for group, block in observed.blocks:
        strength = group.strength.mean if group else 0.0
        total += observation.joint(block, strength)
        none += _none_joint(block, strength)
    return total, none


def _score_exactly(scored: Scored, also: Collection[int]) -> None:
    """Replace the rounded likelihoods of our own models and of the best of the background by exact ones.

    So are those of the diseases that lose evidence, and those are scored with what they keep.
    """
    table, rest = scored.table, scored.rest
    total = scored.temperature * scored.log_findings + scored.log_age + scored.log_sex
    total += scored.log_prior[table.disease_of]
    total[: table.own_count] = np.inf
    most = min(EXACTLY + table.own_count, len(total) - 1)
    chosen = np.argpartition(total, -most)[-most:]
    chosen = chosen[total[chosen] > -np.inf]
    wanted = np.flatnonzero(np.isin(table.disease_of, list(also))) if also else chosen[:0]
    lines = scored.exactly = distinct(np.r_[chosen, wanted, rest.lines if rest else chosen[:0]])
    observations = scored.observed.observations
    found = answers_without(table, rest, [(o.term, o.present) for o in observations], lines)
    for o, answer in zip(observations, found, strict=True):
        o.refine(table, lines, answer)
    scored.log_findings[lines] = sum(
        observation.joint_exactly(block, group.strength.mean if group else 0.0)
        for group, block in scored.observed.blocks
    )


def answers_for(scored: Scored, h: npt.NDArray[np.intp]) -> list[Answer]:
    """Return what each hypothesis of h says of each finding, in the order of the observations."""
    observations = scored.observed.observations
    at = np.minimum(np.searchsorted(scored.exactly, h), len(scored.exactly) - 1)
    if (scored.exactly[at] == h).all():
        return [o.answer.at(at) for o in observations]
    return answers_without(scored.table, scored.rest, [(o.term, o.present) for o in observations], h)


def betas_of(
    scored: Scored, h: npt.NDArray[np.intp], term: npt.NDArray[np.intp]
) -> tuple[Vector, Vector, Vector]:
    """Return a, b and kind of the row that annotates each hypothesis with exactly this term, as it remains.

    h, term: of one shape, which is that of the results; the kind is -1 where there is no such row.
    """
    a, b, kind = scored.table.betas(h, term)
    if scored.rest is not None:
        here, at = scored.rest.places(h)
        for column, its in zip((a, b, kind), scored.rest.table.betas(at, term[here]), strict=True):
            column[here] = its
    return a, b, kind


def _prior(table: Table, setting: str, *, without: Collection[str]) -> tuple[Vector, float, Vector]:
    """Log prior of every disease, of "none of these", and their spread, for a setting."""
    if setting not in SETTINGS:
        raise UsageError(
            f"Unknown setting {setting!r}",
            why="The prior depends on who comes to the clinic.",
            remedy="choose one of " + ", ".join(SETTINGS),
        )
    if setting == "described":
        return framing.described_prior(table, without)
    return framing.log_prior(table, setting)


def _competing(table: Table, knowledge: Knowledge, within: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which diseases a list of diseases and genes allows."""
    allowed = np.zeros(table.disease_count, dtype=bool)
    for words in within:
        number = table.find(words)
        if number is None:
            try:
                names: Collection[str] = (find_disease(knowledge, words).id,)
            except UnknownTerm:
                names = _by_gene(words, table)
            allowed[[n for name in names if (n := table.find(name)) is not None]] = True
        else:
            allowed[number] = True
    return allowed


def _by_gene(words: str, table: Table) -> Collection[str]:
    try:
        return diseases_of(words)
    except UnknownTerm as fault:
        near = table.near(words)
        if near and "," not in words:
            raise UnknownTerm(fault.what, why=fault.why, remedy=f"one of: {'; '.join(near)}") from fault
        if "," not in words:
            raise
        raise UnknownTerm(
            fault.what,
            why=fault.why,
            remedy="give each by itself: --within once for each, or a list in Python",
        ) from fault


def finish(scored: Scored) -> None:
    """Combine variants into diseases and findings with priors; fills log_disease and posterior."""
    table, heat = scored.table, scored.temperature
    evidence = scored.log_findings + scored.log_beside + np.log(table.share)
    framed = _first_of(table, scored.log_age + scored.log_sex)
    scored.log_disease = heat * _by_disease(table, evidence) + framed
    none = heat * scored.none_findings + scored.none_prior
    scored.posterior = softmax(np.r_[scored.log_disease + scored.log_prior, none])


def at_temperature(scored: Scored, factor: float) -> Vector:
    """Chances of all diseases, then of "none", had the temperature been `factor` times what it is."""
    none = factor * scored.temperature * scored.none_findings + scored.none_prior
    return softmax(np.r_[log_weights(scored, factor), none])


def log_weights(scored: Scored, factor: float) -> Vector:
    """Log posterior weight of every disease at `factor` times the temperature, not normalised."""
    framed = _first_of(scored.table, scored.log_age + scored.log_sex)
    result: Vector = factor * (scored.log_disease - framed) + framed + scored.log_prior
    return result


def softmax(log_weight: Vector) -> Vector:
    """Fractions that sum to 1 along the last axis."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    result: Vector = weight / weight.sum(axis=-1, keepdims=True)
    return result


def _by_disease(table: Table, total: Vector) -> Vector:
    result = np.full(table.disease_count, -np.inf)
    own = table.disease_of[: table.own_count]
    for h, disease in enumerate(own):
        result[disease] = np.logaddexp(result[disease], total[h])
    # every background disease has one line of its own
    result[int(own[-1]) + 1 if len(own) else 0 :] = total[table.own_count :]
    return result


def _first_of(table: Table, values: Vector) -> Vector:
    """Values per disease of what all its variants share."""
    result: Vector = values[table.first_line]
    return result


def _discount(setting: str) -> float:
    """How much of the full temperature applies; see CalibrationData."""
    return 1.0 if setting in RESEARCH else load_calibration().discount.mean


def _temperature(count: float) -> float:
    fitted = load_calibration()
    return min(1.0, fitted.temperature * float(max(count, 1.0) ** fitted.power))


def _none_joint(block: list[observation.Observation], strength: float) -> float:
    frequency = np.array([[o.elsewhere if o.present else 1 - o.elsewhere] for o in block])
    return float(score.joint_of(frequency, [o.present for o in block], strength)[0])


def before(scored: Scored) -> Vector:
    """Chance of every disease, then of "none", with age and sex but without findings."""
    if not len(scored.before):
        framed = _first_of(scored.table, scored.log_age + scored.log_sex) + scored.log_prior
        scored.before = softmax(np.r_[framed, scored.none_prior])
    return scored.before


def order(scored: Scored) -> npt.NDArray[np.intp]:
    """Disease numbers from most to least probable; ties by number, so that the order is always the same."""
    return np.argsort(-scored.posterior[:-1], kind="stable")


def credible_list(scored: Scored, first: npt.NDArray[np.intp] | None = None) -> tuple[int, float]:
    """Return how many diseases hold 90 % of the chance of being one of them, and the chance of the last.

    first: order(scored), where it is known already.
    """
    chances = scored.posterior[:-1][order(scored) if first is None else first]
    held = np.cumsum(chances)
    length = int(np.searchsorted(held, CREDIBLE * held[-1])) + 1
    return length, float(chances[length - 1])


def rank_of(scored: Scored, disease: int) -> float:
    """Expected rank of a disease among all, ties in the middle of those they tie with."""
    chance = scored.posterior[:-1]
    ahead = int((chance > chance[disease]).sum())
    tied = int((chance == chance[disease]).sum())
    return ahead + (tied + 1) / 2


def odds_factor(before: float, after: float) -> float:
    """How many times the odds were raised: odds after over odds before."""
    if before <= 0 or before >= 1 or after >= 1:
        return math.inf
    return (after / (1 - after)) / (before / (1 - before))
