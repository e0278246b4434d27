"""The doors of the room: rank, rank_many and explain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case
from hoofbeat.diagnosis import away, hints, posterior
from hoofbeat.diagnosis.families import grouped
from hoofbeat.diagnosis.processes import share
from hoofbeat.diagnosis.ranges import SHORTLIST, Ranges, chance_ranges
from hoofbeat.diagnosis.reasons import reasons
from hoofbeat.diagnosis.result import Explanation, Ranked, Ranking, SeriesType
from hoofbeat.diagnosis.table import NONE_ID, load_table
from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import find_disease, load_knowledge

Numbers = npt.NDArray[np.intp]
# Types of one series are gathered from the first hundred places.
REACH = 100
# A disease not to be missed is worth a line of its own once the findings raised its odds this much.
_WATCH_FACTOR, _WATCH = 3.0, 3


def rank(
    case: Case,
    *,
    setting: str | None = None,
    top: int = 10,
    why: bool = True,
    seed: int = 1,
    leave_out: Collection[str] = (),
    within: Collection[str] = (),
) -> Ranking:
    """Chance of each disease after the findings, most probable first, with reasons and ranges.

    case: findings present, absent or not asked ("not asked" has no effect).
    setting: who comes to the clinic (population, general_practice, dermatology, rare_disease_clinic);
    "described" lets diseases that more publications describe be somewhat more common, "uniform" gives each
    the same prior, the researcher's mode. When none is given it is the case's own, else "described".
    top: lines returned (1 to 40), types of one name series in one line. why: with a reason for each finding.
    leave_out: publications whose patients and annotation rows are not used, beside the case's own.
    within: diseases, or genes and so the diseases they are known for; nothing else competes, if any is given.
    The chances of all diseases and of "none of these" sum to 1; ranges hold the central 90 %. The same
    case, model version and seed give the same bytes.
    Raises CaseError for a case with errors, UsageError for an unknown setting, UnknownTerm for a name in
    `within` that nobody knows.
    Method: likelihood ratios as in LIRICAL (Robinson et al. 2020), matched along the ontology by an
    interpolated ancestor model, joined to base rates by noisy-OR (Pearl 1988).
    """
    scored = posterior.score_case(case, setting=setting or case.setting, leave_out=leave_out, within=within)
    return _ranking(scored, top=max(1, min(top, SHORTLIST)), why=why, seed=seed)


def rank_many(
    cases: Iterable[Case],
    *,
    setting: str | None = None,
    top: int = 10,
    why: bool = False,
    seed: int = 1,
    leave_out: Collection[str] = (),
    within: Collection[str] = (),
    jobs: int = 1,
) -> Iterator[Ranking]:
    """Rank one case after another; the options are those of rank(), reasons only when asked for.

    jobs: processes that share the work. Cases are read as needed, and rankings come in the same order;
    a script that asks for several processes must be importable (if __name__ == "__main__").
    """
    one = partial(rank, setting=setting, top=top, why=why, seed=seed, leave_out=leave_out, within=within)
    yield from share(one, cases, jobs)


def explain(
    case: Case, disease: str, *, setting: str | None = None, seed: int = 1, leave_out: Collection[str] = ()
) -> Explanation:
    """Why one disease stands where it stands, whatever its rank.

    disease: a slug, id, alias or name. Returns its reasons for and against, what would be expected but was
    not asked, what is unusual for it, and the common conditions that would explain the same findings.
    Raises UnknownTerm if no disease has that name.
    """
    number = disease_number(disease)
    scored = posterior.score_case(case, setting=setting or case.setting, leave_out=leave_out, also=(number,))
    ranges = chance_ranges(scored, np.array([number]), seed=seed)
    least = posterior.credible_list(scored)[1]
    ranked = _records(scored, ranges, [_place(scored, number)], least, why=True)[0]
    h = best_variant(scored, number)
    return Explanation(
        case=case.id,
        setting=scored.setting,
        disease=ranked,
        expected=hints.expected(scored, h),
        unusual=hints.unusual(ranked),
        explained_away=away.explained_away(scored, h),
        model_version=scored.table.version,
        ontology_release=scored.table.release,
    )


def disease_number(words: str) -> int:
    """Return the disease a slug, id, alias or name means; raise UnknownTerm with near names otherwise."""
    table = load_table()
    found = table.find(words)
    if found is not None:
        return found
    try:
        own = table.find(find_disease(load_knowledge(), words).id)
    except UnknownTerm as fault:
        near = table.near(words)
        raise UnknownTerm(fault.what, why=fault.why, remedy=_one_of(near) or fault.remedy) from fault
    if own is None:
        raise UnknownTerm(f"No disease is called {words!r}")
    return own


def _one_of(names: Sequence[str]) -> str:
    return f"one of: {'; '.join(names)}" if names else ""


def best_variant(scored: posterior.Scored, number: int) -> int:
    """Return the line of the disease's most likely variant."""
    lines = np.flatnonzero(scored.table.disease_of == number)
    total = (scored.log_findings + scored.log_beside)[lines]
    return int(lines[np.argmax(total + np.log(scored.table.share[lines]))])


def _ranking(scored: posterior.Scored, *, top: int, why: bool, seed: int) -> Ranking:
    order = posterior.order(scored)
    place = {int(d): i for i, d in enumerate(order[:REACH], start=1)}
    competing = [int(d) for d in order[:REACH] if np.isfinite(scored.log_prior[d])]
    series = grouped(competing, scored.table.family.tolist(), top=top)
    first = np.array([d for d, _ in series], dtype=np.intp)
    watch = _watched(scored, first) if scored.setting != "uniform" else first[:0]
    ranges = chance_ranges(scored, np.r_[first, watch].astype(np.intp), seed=seed)
    places = [place[int(d)] for d in first] + [_place(scored, int(d)) for d in watch]
    length, least = posterior.credible_list(scored, order)
    records = _records(scored, ranges, places, least, why=why)
    ranked = [
        records[i].model_copy(update={"series": tuple(_type(scored, o, place[o]) for o in others)})
        for i, (d, others) in enumerate(series)
    ]
    return Ranking(
        case=scored.case.id,
        setting=scored.setting,
        ranked=tuple(ranked),
        none_of_these=_none(scored, ranges),
        watch=tuple(records[len(first) :]),
        credible_count=length,
        considered=int(np.isfinite(scored.log_prior).sum()),
        findings_used=scored.observed.pieces,
        temperature=scored.temperature,
        model_version=scored.table.version,
        ontology_release=scored.table.release,
        seed=seed,
    )


def _type(scored: posterior.Scored, number: int, place: int) -> SeriesType:
    hypothesis = scored.table[best_variant(scored, number)]
    chance = float(scored.posterior[number])
    return SeriesType(rank=place, id=hypothesis.id, name=hypothesis.name, chance=chance)


def _place(scored: posterior.Scored, number: int) -> int:
    return int(np.ceil(posterior.rank_of(scored, number)))


def _watched(scored: posterior.Scored, order: Numbers) -> Numbers:
    """Diseases not to be missed below the list, those that the findings raised most first."""
    before, after = posterior.before(scored), scored.posterior
    found = []
    for number, disease in enumerate(scored.knowledge.diseases.values()):
        if before[number] == 0:
            continue
        raised = posterior.odds_factor(float(before[number]), float(after[number]))
        if disease.about.do_not_miss and number not in order and raised >= _WATCH_FACTOR:
            found.append((-raised, number))
    return np.array([number for _, number in sorted(found)[:_WATCH]], dtype=np.intp)


def _records(
    scored: posterior.Scored, ranges: Ranges, places: Sequence[int], least: float, *, why: bool
) -> list[Ranked]:
    """One record a disease of the ranges, in their order; least: chance of the last on the credible list."""
    lines = [best_variant(scored, int(number)) for number in ranges.diseases]
    told = reasons(scored, lines) if why else [()] * len(lines)
    found = []
    for at, (h, place) in enumerate(zip(lines, places, strict=True)):
        number, hypothesis = int(ranges.diseases[at]), scored.table[h]
        before, chance = float(posterior.before(scored)[number]), float(scored.posterior[number])
        disease = scored.knowledge.diseases.get(hypothesis.slug)
        found.append(
            Ranked(
                rank=place,
                id=hypothesis.id,
                slug=hypothesis.slug,
                name=hypothesis.name,
                aliases=hypothesis.aliases,
                variant=hypothesis.variant,
                chance=chance,
                low=float(ranges.low[at]),
                high=float(ranges.high[at]),
                before=before,
                factor=posterior.odds_factor(before, chance),
                score=float(scored.log_disease[number]),
                do_not_miss=bool(disease and disease.about.do_not_miss),
                credible=chance >= least,
                reasons=told[at],
            )
        )
    return found


def _none(scored: posterior.Scored, ranges: Ranges) -> Ranked:
    before = float(posterior.before(scored)[-1])
    chance = float(scored.posterior[-1])
    heat = scored.temperature
    return Ranked(
        rank=0,
        id=NONE_ID,
        name="none of these",
        chance=chance,
        low=float(ranges.low[-1]),
        high=float(ranges.high[-1]),
        before=before,
        factor=posterior.odds_factor(before, chance),
        score=heat * scored.none_findings,
    )
