"""rank: from one patient's findings to a list of diseases with chances, ranges and reasons."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, State, check_case
from hoofbeat.diagnosis import framing, quantities, regions, score
from hoofbeat.diagnosis.table import NONE_ID, Table, load_table
from hoofbeat.errors import CaseError, Issue, UnknownTerm, UsageError
from hoofbeat.knowledge import Group, Knowledge, load_groups, load_knowledge
from hoofbeat.terms import Ontology, load_ontology

Vector = npt.NDArray[np.float64]

# Summed log-ratios over-count dependent findings; measured in the ranking study as 1.19 n^-0.55.
TEMPERATURE, TEMPERATURE_POWER = 1.19, -0.55
# An absent finding hardly moves the background, so it hardly counts as one more dependent finding.
ABSENT_COUNT = 0.1
SETTINGS = ("uniform", "population", "general_practice", "dermatology", "rare_disease_clinic")


@dataclass
class Scored:
    """A case scored against every hypothesis; all that explaining it needs.

    blocks: groups of observations scored together, as (group or None, observations).
    log_findings, log_frame: per hypothesis; log_disease, prior: per disease; posterior: diseases, then "none".
    """

    case: Case
    table: Table
    knowledge: Knowledge
    setting: str | None
    blocks: list[tuple[Group | None, list[score.Observation]]]
    sites: tuple[str, ...]
    values: list[quantities.Value]
    without: frozenset[str]
    temperature: float
    log_findings: Vector
    log_sites: Vector
    log_values: Vector
    log_age: Vector
    log_sex: Vector
    none_findings: float
    none_values: float
    log_disease: Vector
    log_prior: Vector
    none_prior: float
    prior_spread: Vector
    posterior: Vector
    issues: list[Issue] = field(default_factory=list)

    @property
    def observations(self) -> list[score.Observation]:
        """All observations, in the order of the blocks."""
        return [o for _, block in self.blocks for o in block]


def score_case(
    case: Case,
    *,
    setting: str | None = None,
    leave_out: Collection[str] = (),
    annotations_too: bool = True,
) -> Scored:
    """Score a case against all diseases.

    setting: None for the uniform prior. leave_out: publications whose patients are not counted in our own
    models; the case's own always are left out; annotations_too: nor the background's rows that cite them. Raises CaseError for a case with errors, UsageError for an unknown setting.
    """
    if setting is not None and setting not in SETTINGS[1:]:
        raise UsageError(
            f"Unknown setting {setting!r}", why="The prior depends on who comes to the clinic.",
            remedy="choose one of " + ", ".join(SETTINGS),
        )  # fmt: skip
    table = load_table()
    onto, knowledge = load_ontology(), load_knowledge()
    present, absent, where = _terms(case, onto)
    values, derived_present, derived_absent = quantities.read_values(case, knowledge)
    present = _most_specific([*present, *derived_present], onto)
    absent = _most_general([a for a in (*absent, *derived_absent) if a not in present], onto)
    without = frozenset((*leave_out, *case.publications))
    observations = [*_observe(table, onto, knowledge, case, present, absent)]
    blocks = _blocks(observations, onto)
    named = regions.regions_of(where)

    log_findings = np.zeros(len(table))
    none_findings = 0.0
    for group, block in blocks:
        strength = group.strength.mean if group else 0.0
        log_findings += score.joint(block, strength)
        none_findings += _none_joint(block, strength)
    log_values, none_values = quantities.log_values(table, values)
    scored = Scored(
        case, table, knowledge, setting, blocks, named, values, without,
        _temperature(sum(1.0 if o.present else ABSENT_COUNT for o in observations) + len(values) + bool(named)),
        log_findings, regions.log_sites(table, named, without=without), log_values,
        framing.log_age(table, case.age_years), framing.log_sex(table, case.sex),
        none_findings, none_values, *_empty(table, setting),
    )  # fmt: skip
    if without and annotations_too:
        from hoofbeat.diagnosis.leave_out import correct

        correct(scored)
    finish(scored)
    return scored


def _empty(table: Table, setting: str | None) -> tuple[Vector, Vector, float, Vector, Vector]:
    prior, none_prior, spread = framing.log_prior(table, setting)
    return np.zeros(table.disease_count), prior, none_prior, spread, np.zeros(0)


def finish(scored: Scored) -> None:
    """Combine variants into diseases and findings with priors; fills log_disease and posterior."""
    table, heat = scored.table, scored.temperature
    evidence = scored.log_findings + scored.log_sites + scored.log_values + np.log(table.share)
    framed = _first_of(table, scored.log_age + scored.log_sex)
    scored.log_disease = heat * _by_disease(table, evidence) + framed
    none = heat * (scored.none_findings + scored.none_values) + scored.none_prior
    scored.posterior = softmax(np.r_[scored.log_disease + scored.log_prior, none])


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
    first = np.unique(table.disease_of, return_index=True)[1]
    result: Vector = values[first]
    return result


def _temperature(count: float) -> float:
    return min(1.0, TEMPERATURE * max(count, 1.0) ** TEMPERATURE_POWER)


def _terms(case: Case, onto: Ontology) -> tuple[list[str], list[str], list[str]]:
    """Present and absent terms, and body sites; terms that only say where become sites."""
    from hoofbeat.terms import lesion_word

    errors = [i for i in check_case(case) if i.level == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise CaseError(errors[0].message + more, where=errors[0].where, remedy=errors[0].remedy)
    present, absent, where = [], [], []
    for finding in case.findings:
        resolved = onto.resolve(finding.term)
        if resolved.id is None:
            raise UnknownTerm(f"Unknown term {finding.term}")
        if finding.state is State.ABSENT:
            absent.append(resolved.id)
        elif finding.state is State.PRESENT:
            where.extend(finding.where)
            where.extend(s for t, s in regions.SITE_TERMS.items() if onto.is_a(resolved.id, t))
            if resolved.id not in regions.SITE_TERMS:
                present.append(resolved.id)
            present.extend(t for f in finding.forms if (t := lesion_word(f).hpo))
    return present, absent, where


def _most_specific(terms: Iterable[str], onto: Ontology) -> list[str]:
    """A present term implies its ancestors, so an ancestor of another present term adds nothing."""
    unique = list(dict.fromkeys(terms))
    return [t for t in unique if not any(o != t and onto.is_a(o, t) for o in unique)]


def _most_general(terms: Iterable[str], onto: Ontology) -> list[str]:
    """An absent term rules out its descendants, so a descendant of another absent term adds nothing."""
    unique = list(dict.fromkeys(terms))
    return [t for t in unique if not any(o != t and onto.is_a(t, o) for o in unique)]


def _observe(
    table: Table, onto: Ontology, knowledge: Knowledge, case: Case, present: list[str], absent: list[str]
) -> Iterable[score.Observation]:
    # ordered by id, so that the order in which findings were written cannot change a single bit
    for term in sorted(present):
        leak = base_rate_near(table, onto, knowledge, case, term)
        yield score.observe_present(table, onto, onto.index(term), leak=leak)
    for term in sorted(absent):
        leak = base_rate_near(table, onto, knowledge, case, term)
        yield score.observe_absent(table, onto.index(term), leak=leak)


def base_rate_near(table: Table, onto: Ontology, knowledge: Knowledge, case: Case, term: str) -> float:
    """Base rate of a finding; for one without, its nearest ancestor's, scaled down by how much rarer it is."""
    known = framing.base_rate(knowledge, term, case.age_years, case.sex)
    if known is not None:
        return known
    rate = 0.0
    for ancestor in onto.ancestors(term):
        above = framing.base_rate(knowledge, ancestor, case.age_years, case.sex)
        if above is not None:
            ratio = float(table.background[onto.index(term)] / table.background[onto.index(ancestor)])
            rate = max(rate, above * min(ratio, 1.0))
    return rate


def _blocks(
    observations: list[score.Observation], onto: Ontology
) -> list[tuple[Group | None, list[score.Observation]]]:
    blocks: dict[str, tuple[Group | None, list[score.Observation]]] = {}
    for observation in observations:
        group = group_of(onto.ids[observation.term], onto)
        key = group.id if group else onto.ids[observation.term]
        blocks.setdefault(key, (group, []))[1].append(observation)
    return [blocks[key] for key in sorted(blocks)]


def group_of(term: str, onto: Ontology) -> Group | None:
    """Return the group of findings with a shared cause that a term belongs to, the first that names it."""
    ancestors = onto.ancestors(term)
    for group in load_groups():
        if not ancestors.isdisjoint(group.terms):
            return group
    return None


def _none_joint(block: list[score.Observation], strength: float) -> float:
    frequency = np.array([[o.elsewhere if o.present else 1 - o.elsewhere] for o in block])
    return float(score.joint_of(frequency, [o.present for o in block], strength)[0])


def log_before(scored: Scored) -> tuple[Vector, float]:
    """Log prior of every disease and of "none", with age and sex but without findings, normalised."""
    table = scored.table
    framed = _first_of(table, scored.log_age + scored.log_sex) + scored.log_prior
    total = np.logaddexp.reduce(np.r_[framed, scored.none_prior])
    return framed - total, scored.none_prior - float(total)


def order(scored: Scored) -> npt.NDArray[np.intp]:
    """Disease numbers from most to least probable; ties by number, so that the order is always the same."""
    return np.argsort(-scored.posterior[:-1], kind="stable")


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


__all__ = [
    "NONE_ID", "SETTINGS", "Scored", "base_rate_near", "finish", "group_of", "log_before", "odds_factor",
    "order", "rank_of", "score_case", "softmax",
]  # fmt: skip
