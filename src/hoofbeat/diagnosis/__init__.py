"""What could this be, and why."""

from hoofbeat.diagnosis.api import explain, rank, rank_many
from hoofbeat.diagnosis.counting import Fitted, fit
from hoofbeat.diagnosis.evaluation import Bench, Summary, bench
from hoofbeat.diagnosis.intervals import Share
from hoofbeat.diagnosis.protocol import Part
from hoofbeat.diagnosis.regions import RegionRate, region_rates
from hoofbeat.diagnosis.result import Explanation, Hint, Ranked, Ranking, Reason, Together
from hoofbeat.diagnosis.table import load_table

__all__ = [
    "Bench",
    "Explanation",
    "Fitted",
    "Hint",
    "Part",
    "Ranked",
    "Ranking",
    "Reason",
    "RegionRate",
    "Share",
    "Summary",
    "Together",
    "bench",
    "explain",
    "fit",
    "load_table",
    "rank",
    "rank_many",
    "region_rates",
]
