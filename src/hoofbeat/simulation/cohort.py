"""Cohorts: many patients in groups, in one process or several, the same result either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from hoofbeat.errors import UsageError
from hoofbeat.simulation.engine import Engine, Setup
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome, joined

# Patients carried through their days together: their values stay within a processor's cache.
GROUP = 5000


def simulate(
    mechanism: Mechanism,
    n: int,
    setup: Setup | None = None,
    *,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Return what became of n virtual patients; the same seed gives the same bytes for any processes.

    progress: called with the number of patients done after each group. Raises UsageError for n below 1 or
    years that are not positive.
    """
    return joined(list(groups(mechanism, n, setup, processes=processes, progress=progress)))


def groups(
    mechanism: Mechanism,
    n: int,
    setup: Setup | None = None,
    *,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Outcome]:
    """Yield the outcomes of successive groups, in order, so that memory stays bounded while writing."""
    setup = setup or Setup()
    if n < 1:
        raise UsageError(f"-n is {n}", remedy="one patient or more")
    if not 0 < setup.years <= 100:
        raise UsageError(f"--years is {setup.years}", remedy="more than 0, at most 100")
    if not 0 <= setup.every <= 36_525:
        raise UsageError(f"--every is {setup.every:g}", remedy="days between two points: --every 7")
    if processes < 1:
        raise UsageError(f"--processes is {processes}", remedy="1 or more")
    starts = range(0, n, GROUP)
    tasks = [(mechanism, range(start, min(start + GROUP, n)), setup) for start in starts]
    done = 0
    for outcome in _run(tasks, min(processes, len(tasks))):
        done += len(outcome)
        if progress:
            progress(done)
        yield outcome


def _run(tasks: list[tuple[Mechanism, range, Setup]], processes: int) -> Iterator[Outcome]:
    if processes == 1:
        yield from map(_group, tasks)
        return
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_group, tasks)


def _group(task: tuple[Mechanism, range, Setup]) -> Outcome:
    mechanism, patients, setup = task
    return Engine(mechanism, np.arange(patients.start, patients.stop, dtype=np.int64), setup).run()
