"""What could this be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.diagnosis.advice import advises, next_steps
    from hoofbeat.diagnosis.api import explain, rank, rank_many
    from hoofbeat.diagnosis.baselines import PeerResult, bench_baselines, choose_peers
    from hoofbeat.diagnosis.counting import Fitted, fit
    from hoofbeat.diagnosis.evaluate_next import Advised, NextBench, bench_next
    from hoofbeat.diagnosis.evaluation import Bench, Summary, bench
    from hoofbeat.diagnosis.interpret import Interpretation, interpret_case, interpret_result, interpret_value
    from hoofbeat.diagnosis.intervals import Share, wilson
    from hoofbeat.diagnosis.protocol import Part
    from hoofbeat.diagnosis.ratios import Form, LogRatios, log_ratios, together
    from hoofbeat.diagnosis.regions import RegionRate, region_rates
    from hoofbeat.diagnosis.result import Explanation, Hint, Ranked, Ranking, Reason, Together
    from hoofbeat.diagnosis.steps import Advice, Influence, NextSteps, Possible, Step, Threshold
    from hoofbeat.diagnosis.table import load_table

__all__ = [
    "Advice",
    "Advised",
    "Bench",
    "Explanation",
    "Fitted",
    "Form",
    "Hint",
    "Influence",
    "Interpretation",
    "LogRatios",
    "NextBench",
    "NextSteps",
    "Part",
    "PeerResult",
    "Possible",
    "Ranked",
    "Ranking",
    "Reason",
    "RegionRate",
    "Share",
    "Step",
    "Summary",
    "Threshold",
    "Together",
    "advises",
    "bench",
    "bench_baselines",
    "bench_next",
    "choose_peers",
    "explain",
    "fit",
    "interpret_case",
    "interpret_result",
    "interpret_value",
    "load_table",
    "log_ratios",
    "next_steps",
    "rank",
    "rank_many",
    "region_rates",
    "together",
    "wilson",
]

_HOMES = {
    "advice": ("advises", "next_steps"),
    "api": ("explain", "rank", "rank_many"),
    "baselines": ("PeerResult", "bench_baselines", "choose_peers"),
    "counting": ("Fitted", "fit"),
    "evaluate_next": ("Advised", "NextBench", "bench_next"),
    "evaluation": ("Bench", "Summary", "bench"),
    "interpret": ("Interpretation", "interpret_case", "interpret_result", "interpret_value"),
    "intervals": ("Share", "wilson"),
    "protocol": ("Part",),
    "ratios": ("Form", "LogRatios", "log_ratios", "together"),
    "regions": ("RegionRate", "region_rates"),
    "result": ("Explanation", "Hint", "Ranked", "Ranking", "Reason", "Together"),
    "steps": ("Advice", "Influence", "NextSteps", "Possible", "Step", "Threshold"),
    "table": ("load_table",),
}

__getattr__ = door(__name__, _HOMES)
