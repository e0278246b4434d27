"""The peers' methods, restated over the same annotations, to be measured beside ours."""

from hoofbeat.diagnosis.baselines.measure import (
    BASELINES,
    Baseline,
    PeerResult,
    bench_baselines,
    choose_peers,
    rank_with,
)

__all__ = ["BASELINES", "Baseline", "PeerResult", "bench_baselines", "choose_peers", "rank_with"]
