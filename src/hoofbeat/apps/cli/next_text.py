"""What to do next as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.apps.cli.text import NOTICE
from hoofbeat.reports import amount, factor, from_to, in_100, threshold_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hoofbeat.diagnosis import Advice, Interpretation, NextBench, NextSteps, Possible, Step

_HEADS = {
    "question": "Ask",
    "examination": "Look",
    "laboratory": "Laboratory",
    "trial": "Trials of treatment",
    "histology": "Tissue",
    "imaging": "Images",
    "genetic": "Genes",
}
_SETTINGS = {
    "uniform": "if every disease were equally common",
    "described": "with diseases weighed by how often they are described",
    "population": "in the general population",
    "general_practice": "in general practice",
    "dermatology": "in a dermatology clinic",
    "rare_disease_clinic": "in a rare-disease clinic",
}
_MODES = {
    "narrow": "to narrow the list",
    "rule-in": "to find what would speak for",
    "rule-out": "to find what would speak against",
}
_MARKS = {"consider": "+", "act": "!", "not yet": "-", "pointless": "x"}
_INFLUENCES = 5


def next_text(found: NextSteps, *, numbers: bool) -> str:
    """Return the steps as text: results so far, the advice, each kind of step, and what is pointless."""
    where = _SETTINGS[found.setting] + (
        " (assumed: no setting was given)" * (found.setting_from == "assumed")
    )
    about = "" if found.mode == "narrow" else f" {found.target_name}"
    lines = [f"Case {found.case}, {where}: what to consider next, {_MODES[found.mode]}{about}."]
    first = ", ".join(f"{c.name} {in_100(c.before)}" if numbers else c.name for c in found.first[:4])
    lines.append(f"So far: {first}.")
    if numbers:
        lines.append("Chances are averaged over what is uncertain, as decisions need; rank shows the middle.")
    lines += _results(found.results, numbers=numbers)
    if found.advice:
        lines += ["", *_advice(found.advice, numbers=numbers)]
    kind = ""
    for step in found.steps:
        if step.kind != kind:
            kind = step.kind
            lines += ["", f"{_HEADS[kind]}:"]
        lines += _step(step, numbers=numbers)
    if found.pointless:
        lines += ["", "Pointless now (no result could change anything):"]
        lines += [f"  x {step.name}" for step in found.pointless]
    if found.done:
        lines += ["", f"Done already: {'; '.join(found.done)}."]
    lines += ["", "+ consider   ! likely enough to act without it   - not yet   x pointless"]
    lines.append(f"Model {found.model_version}, HPO {found.ontology_release}. {NOTICE}")
    return "\n".join(lines)


def _results(results: Iterable[Interpretation], *, numbers: bool) -> list[str]:
    lines = []
    for r in results:
        if r.issues and r.ratio is None:
            lines.append(f"Result {r.result}: not read. {r.issues[0].message}")
            lines.append(f"  Try: {r.issues[0].remedy}")
            continue
        says = f"Result {r.result}: {r.says}"
        if numbers and r.ratio and r.ratio_low and r.ratio_high:
            says += f" ({factor(r.ratio)} for {r.disease}, {factor(r.ratio_low)} to {factor(r.ratio_high)})"
        lines.append(says + ".")
        lines.append(f"  Consider: {r.consider}.")
        lines += [f"  Mind: {issue.message.rstrip('.')}. Try: {issue.remedy}." for issue in r.issues]
        if r.corrected:
            middle, low, high = r.corrected
            lines.append(f"  Corrected to an albumin of 40 g/L: {middle:g} ({low:g}–{high:g}).")
        lines += [f"  Mind: {remark}." for remark in r.remarks]
    return lines


def _advice(advice: Advice, *, numbers: bool) -> list[str]:
    if not numbers:
        verdict = "advised" if advice.advised else "not advised yet"
        if advice.done:
            verdict = "done already; what its result says stands above"
        return [f"Fasting glucagon: {verdict}.", f"  Sources: {', '.join(advice.sources)}."]
    lines = [advice.sentence, f"  Sources: {', '.join(advice.sources)}."]
    lines.append("  What moves it most (chance and testing threshold at either end):")
    for i in advice.sensitivity[:_INFLUENCES]:
        turned = "  turns the advice" if i.changes_advice else ""
        ends = f"{amount(i.low)} to {amount(i.high)} {i.unit}"
        chance, testing = from_to(i.chance_low, i.chance_high), from_to(i.testing_low, i.testing_high)
        lines.append(f"    {i.input}, {ends}: chance {chance}, threshold {testing}{turned}")
    return lines


def _step(step: Step, *, numbers: bool) -> list[str]:
    takes = ""
    if step.kind not in ("question", "examination"):
        wait = f", {step.wait_days[0]:g}–{step.wait_days[1]:g} days" if step.wait_days else ""
        takes = f"  [cost {step.cost}, harm {step.harm}{wait}; {step.who}]"
    lines = [f"  {_MARKS[step.status]} {step.name}{takes}"]
    if numbers and step.kind not in ("question", "examination"):
        # a threshold that is passed is said once, with both thresholds beside the chance
        if step.status != "consider" or not any(t.passes for t in step.thresholds):
            lines.append(f"      {step.why}.")
        lines += [f"      {line}" for line in threshold_words(step.thresholds)]
    if step.separates:
        lines.append(f"      Separates {step.separates.first} from {step.separates.second}.")
    lines += [f"      Mind: {confounder}." for confounder in step.confounders]
    lines += (
        [f"      {_result(r, numbers=numbers)}" for r in step.results] if step.status != "not yet" else []
    )
    return lines


def _result(r: Possible, *, numbers: bool) -> str:
    if not numbers:
        return f"{r.result}: then {', '.join(c.name for c in r.first)}"
    moved = ", ".join(f"{c.name} {in_100(c.before)} → {in_100(c.after)}" for c in r.moves)
    return f"{r.result} ({in_100(r.chance)}): {moved}"


def bench_text(found: NextBench) -> str:
    """Return how often a fasting glucagon is advised, by group, with intervals."""
    names = {
        "glucagonoma": "glucagonoma",
        "look_alike": "look-alikes",
        "common": "common dermatoses, asked and looked at",
        "common_positives_only": "the same, only what was found written down",
    }
    lines = [f"Fasting glucagon advised, {_SETTINGS[found.setting]} (95 % intervals):"]
    for group, a in found.advised.items():
        share = a.share
        interval = f"{100 * share.low:.2g}–{100 * share.high:.2g}"
        lines.append(
            f"  {names[group]:<44} {a.advised:>6} of {a.n:<6} {100 * share.value:.3g} % ({interval})"
        )
    if found.look_alikes_advised:
        lines.append("Look-alikes for whom it is advised:")
        lines += [f"  {truth}: {', '.join(ids)}" for truth, ids in found.look_alikes_advised.items()]
    lines.append(f"Model {found.model_version}; people drawn with seed {found.seed}.")
    return "\n".join(lines)
