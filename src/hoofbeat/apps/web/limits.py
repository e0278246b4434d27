"""How much a request may hold, how deep it may go, and how long it may take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.types import Message, Receive, Scope

from hoofbeat.apps.web.options import ServeOptions
from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.apps.web.sharing import InTurn

Answer = TypeVar("Answer")
JSON, LINES, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
FHIR = "application/fhir+json"


def content_type(headers: dict[bytes, bytes]) -> str:
    """Return the media type of a body without its parameters."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


async def whole_body(scope: Scope, receive: Receive, options: ServeOptions) -> bytes:
    """Return the body of a request; raise Refusal if it is too large, or does not arrive in time."""
    headers = dict(scope["headers"])
    largest = options.largest_lines if content_type(headers) == LINES else options.largest
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)
    try:
        async with asyncio.timeout(options.seconds):
            return await _read(receive, largest)
    except TimeoutError:
        raise Refusal(
            408,
            "too-slow",
            f"The request did not arrive within {options.seconds:g} seconds",
            why="A connection that is held open keeps others from being served.",
            remedy="send it again, in one piece",
            headers={"connection": "close"},
        ) from None


async def _read(receive: Receive, largest: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "broken-off", "The request was broken off", remedy="send it again")
        part = message.get("body", b"")
        size += len(part)
        if size > largest:
            raise _too_large(largest)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(largest: int) -> Refusal:
    return Refusal(
        413,
        "too-large",
        f"The request holds more than {largest:,} bytes",
        remedy="send less at once; many cases go as JSON Lines to /api/rank",
        headers={"connection": "close"},
    )


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives a body already read, and then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def parsed(body: bytes, deepest: int) -> Any:
    """Return JSON as data; raise Refusal if it is none, is nested too deeply, or says a thing twice.

    >>> try:
    ...     parsed(b"[" * 50 + b"]" * 50, 40)
    ... except Refusal as refused:
    ...     print(refused.body.what)
    The JSON is nested more than 40 levels deep
    """
    try:
        data = json.loads(body, object_pairs_hook=_once, parse_constant=_constant)
    except RecursionError:
        raise _too_deep(deepest) from None
    except UnicodeDecodeError:
        raise Refusal(400, "not-json", "The body is not UTF-8 text", remedy="send JSON as UTF-8") from None
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        remedy = "send one JSON value"
        raise Refusal(
            400, "not-json", f"The body is not JSON: {fault.msg}", where=place, remedy=remedy
        ) from None
    except ValueError as fault:
        # a number of thousands of digits, a name given twice, NaN
        raise Refusal(400, "not-json", f"The body cannot be read: {str(fault)[:80]}") from None
    level, inner = 0, [data]
    while inner:
        if level > deepest:
            raise _too_deep(deepest)
        level += 1
        inner = [
            part
            for outer in inner
            if isinstance(outer, dict | list)
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is given twice, and which of the two is meant cannot be known")
    return found


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is no number in JSON")


def _too_deep(deepest: int) -> Refusal:
    return Refusal(
        400,
        "too-deep",
        f"The JSON is nested more than {deepest} levels deep",
        why="No case is; only a program made to do harm.",
        remedy="send the case as the guide shows",
    )


class Work:
    """Answers made in threads: a few at once, in turn, and none for longer than it may take."""

    def __init__(self, options: ServeOptions) -> None:
        self.seconds = options.working
        # more threads than this only take the processor from each other, and everyone waits longer;
        # where several processes share the work, each does one thing at a time
        self.shared = options.workers > 1
        self.limiter = anyio.CapacityLimiter(1 if self.shared else options.at_once)

    @property
    def crowded(self) -> bool:
        """Whether somebody waits who could be served by another process, or before who was just served."""
        if not self.shared:
            return False
        loop = asyncio.get_running_loop()
        waited = isinstance(loop, InTurn) and loop.waited
        return waited or self.limiter.statistics().tasks_waiting > 0

    async def __call__(self, task: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
        """Return what a function answers; raise Refusal if it takes too long."""
        loop = asyncio.get_running_loop()
        try:
            with loop.at_work() if isinstance(loop, InTurn) else nullcontext():
                return await self._in_time(partial(task, *args, **named))
        except TimeoutError:
            raise Refusal(
                503,
                "busy",
                f"The answer took longer than {self.seconds:g} seconds",
                remedy="send fewer findings, or try again when the server is less busy",
                headers={"retry-after": "5"},
            ) from None

    async def _in_time(self, task: Callable[[], Answer]) -> Answer:
        async with asyncio.timeout(self.seconds):
            return await anyio.to_thread.run_sync(task, limiter=self.limiter, abandon_on_cancel=True)
