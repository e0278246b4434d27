"""From what is known of a patient to observations: terms matched, implied ones dropped, groups formed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from hoofbeat.cases import Case, State, check_case
from hoofbeat.diagnosis import framing, quantities, regions, responses
from hoofbeat.diagnosis.observation import Observation, Said
from hoofbeat.diagnosis.observation import observe as observe_findings
from hoofbeat.diagnosis.table import Table
from hoofbeat.errors import CaseError, UnknownTerm
from hoofbeat.knowledge import Group, Knowledge, load_groups
from hoofbeat.terms import Ontology, lesion_word, load_ontology

Block = tuple[Group | None, list[Observation]]
# An absent finding, the course of the rash and what a treatment did hardly move the background, so each
# hardly counts as one more dependent finding.
LITTLE = 0.1
SKIN, LONG_COURSE, RELAPSING = "HP:0000951", "HP:0011010", "HP:0031796"
# The models' rows on a long course mean a rash of more than three months.
LONG_DAYS = 91


@dataclass(frozen=True)
class Observed:
    """All that a case says: findings in blocks that share a cause, regions, values, treatments.

    spared: regions that were looked at and are free, with the share of each that is.
    """

    blocks: list[Block]
    regions: tuple[str, ...]
    values: list[quantities.Value]
    responses: list[responses.Response]
    spared: tuple[tuple[str, float], ...] = ()

    @property
    def observations(self) -> list[Observation]:
        """All findings, in the order of the blocks."""
        return [o for _, block in self.blocks for o in block]

    @property
    def count(self) -> float:
        """How many pieces of evidence there are; absent findings, spared sites, courses, responses little."""
        courses = {load_ontology().index(term) for term in (LONG_COURSE, RELAPSING)}
        full = sum(o.present and o.term not in courses for o in self.observations)
        little = len(self.observations) - full + len(self.responses) + bool(self.spared)
        return full + LITTLE * little + len(self.values) + bool(self.regions)

    @property
    def pieces(self) -> int:
        """How many separate statements about the patient were used."""
        places = len(self.regions) + len(self.spared)
        return len(self.observations) + len(self.values) + len(self.responses) + places


def observe(case: Case, table: Table, knowledge: Knowledge) -> Observed:
    """Return what a case says of every hypothesis. Raises CaseError for a case with errors."""
    onto = load_ontology()
    present, absent, where = _terms(case, onto, {*regions.SITE_TERMS, *table.own_terms(onto)})
    values, derived_present, derived_absent = quantities.read_values(case, knowledge)
    present = _most_specific([*present, *derived_present], onto)
    absent = _most_general([a for a in (*absent, *derived_absent) if a not in present], onto)
    # ordered by id, so that the order in which findings were written cannot change a single bit
    said = [
        Said(onto.index(term), is_present, base_rate_near(table, knowledge, case, term))
        for terms, is_present in ((present, True), (absent, False))
        for term in sorted(terms)
    ]
    found = observe_findings(table, onto, said)
    touched = regions.regions_of(where)
    there = (f for f in case.findings if f.state is State.PRESENT)
    spared = regions.spared_regions((s for f in there for s in f.spared), touched)
    return Observed(_blocks(found, onto), touched, values, responses.read_responses(case), spared)


def _terms(case: Case, onto: Ontology, used: Collection[str]) -> tuple[list[str], list[str], list[str]]:
    """Present and absent terms, and body sites; terms that only say where become sites.

    used: terms beside phenotypic abnormalities that models have rows for.
    """
    errors = [i for i in check_case(case) if i.level == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise CaseError(errors[0].message + more, where=errors[0].where, remedy=errors[0].remedy)
    present: list[str] = []
    absent: list[str] = []
    where: list[str] = []
    for finding in case.findings:
        resolved = onto.resolve(finding.term)
        if resolved.id is None:
            raise UnknownTerm(f"Unknown term {finding.term}")
        if not (onto.phenotypic[onto.index(resolved.id)] or resolved.id in used):
            continue  # how a disease is inherited, or begins, is no finding; framing uses what it can of it
        if finding.state is State.ABSENT:
            absent.append(resolved.id)
        elif finding.state is State.PRESENT:
            where.extend(finding.where)
            where.extend(s for t, s in regions.SITE_TERMS.items() if onto.is_a(resolved.id, t))
            if resolved.id not in regions.SITE_TERMS:
                present.append(resolved.id)
            present.extend(t for f in finding.forms if (t := lesion_word(f).hpo))
    known = {*present, *absent}
    for term, is_present in _courses(case, onto):
        if term not in known:
            (present if is_present else absent).append(term)
    return present, absent, where


def _courses(case: Case, onto: Ontology) -> Iterator[tuple[str, bool]]:
    """What the time course of the skin complaint amounts to as findings: long-lasting or not, relapsing."""
    skin = [f for f in case.findings if f.state is State.PRESENT and onto.is_a(f.term, SKIN)]
    spans = [f.since_days for f in skin if f.since_days is not None]
    if spans:
        yield LONG_COURSE, max(spans) > LONG_DAYS
    if any(f.course == "relapsing" for f in skin):
        yield RELAPSING, True


def _most_specific(terms: Iterable[str], onto: Ontology) -> list[str]:
    """A present term implies its ancestors, so an ancestor of another present term adds nothing."""
    unique = list(dict.fromkeys(terms))
    return [t for t in unique if not any(o != t and onto.is_a(o, t) for o in unique)]


def _most_general(terms: Iterable[str], onto: Ontology) -> list[str]:
    """An absent term rules out its descendants, so a descendant of another absent term adds nothing."""
    unique = list(dict.fromkeys(terms))
    return [t for t in unique if not any(o != t and onto.is_a(t, o) for o in unique)]


def label_of(term: str, case: Case, knowledge: Knowledge) -> str:
    """Return what to call a finding: the case's label, a plain name for a modifier, else the ontology's."""
    onto = load_ontology()
    said = next((f.label for f in case.findings if f.term == term and f.label), "")
    rate = knowledge.base_rates.get(term)
    plain = rate.name if rate and not onto.phenotypic[onto.index(term)] else ""
    return said or plain or onto.label(term)


def base_rate_near(table: Table, knowledge: Knowledge, case: Case, term: str) -> float:
    """Base rate of a finding; for one without, its ancestors', scaled down by how much rarer it is."""
    onto = load_ontology()
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


def _blocks(observations: list[Observation], onto: Ontology) -> list[Block]:
    blocks: dict[str, Block] = {}
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
