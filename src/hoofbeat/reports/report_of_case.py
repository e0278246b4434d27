"""The report of one case: every answer of the program on it, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hoofbeat.cases import Case
from hoofbeat.diagnosis import Explanation, NextSteps, Ranking, explain, next_steps, rank
from hoofbeat.knowledge import load_knowledge
from hoofbeat.pathways import PathwayResult, load_pathway, pathway, pathway_slugs
from hoofbeat.reports import case_view, differential_view, next_view, pathway_view, timeline_view
from hoofbeat.reports.footnotes import Footnotes
from hoofbeat.reports.report_model import CaseReport, Paragraph, Section, Text
from hoofbeat.reports.wording import SETTINGS

# A disease not to be missed is explained once the findings raised its odds this much, as for rank().
_RAISED = 3.0


def case_report(
    case: Case,
    *,
    setting: str | None = None,
    numbers: bool = True,
    date: str | None = None,
    seed: int = 1,
) -> CaseReport:
    """Everything that is said of one case: the list, why, what explains it away, what next, when.

    setting: as for rank(); the case's own when none is given. numbers: False leaves out every chance, ratio
    and threshold. date: printed as given, and nowhere else taken from; the same case, model and date give the
    same report. Raises CaseError for a case with errors and UsageError for an unknown setting.
    """
    chosen = setting or case.setting
    ranking = rank(case, setting=chosen, seed=seed)
    steps = next_steps(case, setting=chosen)
    wanted = _worth_explaining(ranking, steps)
    explained = tuple(_same_range(explain(case, d, setting=chosen, seed=seed), ranking) for d in wanted)
    way = _pathway(case, ranking, steps)
    # the timeline is the same on every pathway; without one, that of the first tells treatments apart
    when = (way or pathway(case)).timeline
    results = {
        "ranking": ranking,
        "explanations": explained,
        "next_steps": steps,
        "pathway": way,
        "timeline": when,
    }
    notes = Footnotes(load_knowledge())
    sections = _sections(case, results, notes, numbers=numbers)
    return CaseReport(
        case=case.id,
        title=f"Report on case {case.id}",
        about=case_view.about(case),
        setting=SETTINGS[ranking.setting],
        numbers=numbers,
        date=date or None,
        sections=sections,
        footnotes=notes.written(),
        program_version=_program_version(),
        model_version=ranking.model_version,
        ontology_release=ranking.ontology_release,
        results=results,
    )


def _sections(
    case: Case, results: Mapping[str, Any], notes: Footnotes, *, numbers: bool
) -> tuple[Section, ...]:
    """Every part in reading order; footnotes are numbered on the way."""
    way, why = results["pathway"], enumerate(results["explanations"])
    return (
        case_view.section(case),
        differential_view.differential(results["ranking"], numbers=numbers),
        *(differential_view.why(e, notes, numbers=numbers, place=i) for i, e in why),
        next_view.section(results["next_steps"], notes, numbers=numbers),
        *((pathway_view.section(way, notes, numbers=numbers),) if way else ()),
        timeline_view.section(results["timeline"], case),
        _method(results["ranking"], numbers=numbers),
    )


def _worth_explaining(ranking: Ranking, steps: NextSteps) -> list[str]:
    """The first of the list, the likeliest of those not to be missed, and the one a test is advised for."""
    wanted = [r.slug or r.id for r in ranking.ranked[:1]]
    grave = [r for r in (*ranking.ranked[1:], *ranking.watch) if r.do_not_miss and r.factor >= _RAISED]
    if grave:
        likeliest = max(grave, key=lambda r: (r.chance, -r.rank))
        wanted.append(likeliest.slug or likeliest.id)
    if steps.advice and steps.advice.advised:
        wanted.append(steps.advice.disease.removeprefix("hoofbeat:"))
    return list(dict.fromkeys(wanted))


def _same_range(found: Explanation, ranking: Ranking) -> Explanation:
    """Give a disease explained the range it has in the list: drawn apart, they differ by chance."""
    for line in (*ranking.ranked, *ranking.watch):
        if line.id == found.disease.id:
            same = found.disease.model_copy(update={"low": line.low, "high": line.high})
            return found.model_copy(update={"disease": same})
    return found


def _pathway(case: Case, ranking: Ranking, steps: NextSteps) -> PathwayResult | None:
    """Where the case is on the pathway of the likeliest disease that has one, among those in question."""
    known = set(pathway_slugs())
    in_question = [r.slug for r in (*ranking.ranked, *ranking.watch) if r.slug in known]
    advised = steps.advice.disease.removeprefix("hoofbeat:") if steps.advice and steps.advice.advised else ""
    if advised in known:
        in_question.insert(0, advised)
    if not in_question:
        return None
    slug = in_question[0]
    return pathway(case, slug, given=_told(slug, steps))


def _told(slug: str, steps: NextSteps) -> Mapping[str, str | float]:
    """The chance and whether it passes the testing threshold, where both are asked for and known."""
    asked = {"probability", "glucagon_advised"} <= set(load_pathway(slug).file.told)
    advice = steps.advice
    if not asked or advice is None or steps.setting_from == "assumed" or advice.disease != f"hoofbeat:{slug}":
        return {}
    return {
        "probability": advice.threshold.chance,
        "glucagon_advised": "yes" if advice.threshold.passes else "no",
    }


def _method(ranking: Ranking, *, numbers: bool) -> Section:
    told = [
        (
            f"{ranking.considered:,} diseases were compared over {ranking.findings_used} findings, with "
            "likelihood ratios matched along the ontology. A chance holds for people with these findings in "
            "this setting, and only as far as the model goes; “none of these” is always a possibility."
        )
    ]
    if numbers:
        told.append(
            "A range holds the middle 90 % of what the evidence allows. The list shows the middle; decisions "
            "on tests use the average over what is uncertain, so that their chances differ from the list's."
        )
    else:
        told.append("This report was asked for without chances: it shows order, reasons and sources.")
    told.append(
        "Counted: somebody counted patients. Reported: a source prints a range without counts. Assumption: "
        "nobody measured it, and the reason is said."
    )
    told.append(
        f"Model {ranking.model_version}, HPO {ranking.ontology_release}, seed {ranking.seed}. "
        "The program sent nothing anywhere."
    )
    blocks = tuple(Paragraph(text=Text(words=words)) for words in told)
    return Section(id="method", title="How this was worked out", blocks=blocks)


def _program_version() -> str:
    from importlib import metadata

    try:
        return metadata.version("hoofbeat")
    except metadata.PackageNotFoundError:
        return "0"
