"""How several processes share the connections of one address, so that nobody waits behind a busy one.

Nothing is shared but the place where connections wait. A process at work takes no new one, so that one that
is free takes it; and a process that has people waiting closes a connection once it is answered, so that its
next request waits there too, and goes to whichever process is free first.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# more processes than this are rarely asked for at once by one clinic, and each holds all models in memory
MOST = 4
# seconds after which a process at long work takes a connection all the same, so that health is answered
PATIENCE = 0.25


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    allowed = getattr(os, "sched_getaffinity", None)  # not everywhere
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class InTurn(asyncio.SelectorEventLoop):
    """An event loop that takes one new connection at a time, and none while it is at work.

    waited: whether connections waited when the last work was done.

    The usual loop takes all that wait: of twenty that arrive together one process would serve nineteen.
    Should asyncio rename what is overridden here, the usual habit is what remains.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waited = False
        self._jobs = 0
        # by socket: what its connections are taken with, and when one is taken although work goes on
        self._resting: dict[Any, tuple[tuple[Any, ...], asyncio.TimerHandle]] = {}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Leave new connections to others meanwhile."""
        self._jobs += 1
        try:
            yield
        finally:
            self._jobs -= 1
            if not self._jobs:
                self._go_on()

    def _accept_connection(
        self,
        protocol_factory: Any,
        sock: Any,
        sslcontext: Any = None,
        server: Any = None,
        backlog: int = 100,  # noqa: ARG002 (asyncio's own, which is overruled)
        *others: Any,
    ) -> Any:
        given = (protocol_factory, sock, sslcontext, server, 1, *others)
        if self._jobs:
            self.remove_reader(sock)
            self._rest(sock, given)
            return None
        return self._accepted(given)

    def _accepted(self, given: tuple[Any, ...]) -> Any:
        return super()._accept_connection(*given)  # type: ignore[misc]  # typeshed leaves private parts out

    def _rest(self, sock: Any, given: tuple[Any, ...]) -> None:
        self._resting[sock] = given, self.call_later(PATIENCE, self._take, sock, given)

    def _go_on(self) -> None:
        self.waited = bool(self._resting)
        for sock, (given, timer) in self._resting.items():
            timer.cancel()
            if sock.fileno() >= 0:  # it is closed when the server stops
                self.add_reader(sock, self._accept_connection, *given)
        self._resting.clear()

    def _take(self, sock: Any, given: tuple[Any, ...]) -> None:
        """Take one connection although work goes on, and rest again."""
        if sock.fileno() >= 0:
            self._accepted(given)
            self._rest(sock, given)


def end_with_parent() -> None:
    """Stop this process when the one that started it is gone, even if that was killed without a word.

    It would go on to hold the address otherwise, and no new server could be started there.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()
