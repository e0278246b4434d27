"""Work on many cases, shared between processes of this computer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
# Handed to a process at once, and how many such batches may wait for each.
BATCH, WAITING = 32, 4


def share(work: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> Iterator[Result]:
    """Yield work(item) for every item, in their order, from one process or several.

    work: picklable, handed to each process once. Items are read as they are needed, so that a long stream is
    never held in memory. An exception of the work reaches the caller.

    >>> list(share(len, ["hoof", "beat", "s"], jobs=1))
    [4, 4, 1]
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    stream = iter(items)
    # a fresh interpreter each: forking one that runs threads may hang
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(work,)) as pool:
        while window := list(islice(stream, BATCH * WAITING * jobs)):
            yield from pool.map(_go_on, window, chunksize=max(1, min(BATCH, len(window) // jobs)))


_work: Callable[[Any], Any] | None = None


def _begin(work: Callable[[Any], Any]) -> None:
    """Hand the work to a process once, with all it needs, rather than with each item."""
    global _work  # noqa: PLW0603 (what a process of the pool was told when it began)
    _work = work


def _go_on(item: Any) -> Any:
    assert _work is not None  # noqa: S101 (_begin ran first)
    return _work(item)
