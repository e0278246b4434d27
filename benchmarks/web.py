"""How fast /api/rank answers under 20 users, and whether memory stays flat; how much the first view weighs.

Usage: web.py [SECONDS] [USERS] [PAUSE]. The server runs with two processes on two cores. Each user asks again
PAUSE seconds (1) after an answer, as someone who clicks does; 0 is a queue without rest, that is, capacity.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

CASE = {
    "age": 62,
    "sex": "female",
    "findings": [
        {"is": "skin rash", "where": ["groin", "legs"], "since": "30 months", "course": "relapsing"},
        "skin erosion",
        "itching",
        "angular cheilitis",
        "glossitis",
        "weight loss",
        "diabetes mellitus",
        "fatigue",
    ],
}
CORES = 2
WARM = 3.0


def main() -> None:
    """Start the server, let the users come, and say what was measured."""
    given = [float(x) for x in sys.argv[1:]]
    seconds, users, pause = (*given, *(60.0, 20.0, 1.0)[len(given) :])
    with serving() as (port, process):
        asyncio.run(visit(port, WARM, int(users), 0.0))
        memory, spent = resident(process), processor(process)
        times, faults = asyncio.run(visit(port, seconds, int(users), pause))
        after, spent = resident(process), processor(process) - spent
        size, requests = first_view(port)
    times.sort()
    at = {q: times[min(len(times) - 1, int(q * len(times)))] for q in (0.5, 0.95, 0.99)}
    rest = f"asking again after {pause:g} s" if pause else "asking without pause"
    print(f"/api/rank, {users:g} users {rest}, {seconds:g} s, server on {CORES} cores:")
    print(f"  {len(times):,} answers, {len(times) / seconds:.0f} a second, {faults} faults")
    print(
        f"  median {at[0.5]:.0f} ms, 95th percentile {at[0.95]:.0f} ms, 99th {at[0.99]:.0f} ms, "
        f"worst {times[-1]:.0f} ms"
    )
    print(
        f"  mean {statistics.fmean(times):.0f} ms, {1000 * spent / len(times):.1f} ms of a processor each; "
        f"memory of the server {memory:.0f} MB before (warm), {after:.0f} MB after"
    )
    print(f"first view: {requests} requests, {size / 1000:.0f} kB")


@contextlib.contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """Run `hoofbeat serve` on two cores, where the system allows that to be said."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port = made.getsockname()[1]
    command = [sys.executable, "-m", "hoofbeat", "serve", "--port", str(port), "--workers", str(CORES)]
    cores = None
    if hasattr(os, "sched_getaffinity"):
        every = sorted(os.sched_getaffinity(0))
        cores = every[:CORES]
        os.sched_setaffinity(0, every[CORES:] or every)  # the users must not take what the server needs
    child = subprocess.Popen(
        command,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,  # noqa: PLW1509 (no thread runs yet)
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5),
            ):
                break
            time.sleep(0.1)
        yield port, child.pid
    finally:
        child.terminate()
        child.wait(30)


async def visit(port: int, seconds: float, users: int, pause: float) -> tuple[list[float], int]:
    """Let the users ask until the time is over; return milliseconds a request, and how many were refused."""
    body = json.dumps({"case": CASE, "setting": "dermatology"}).encode()
    head = f"POST /api/rank HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    asked, times, faults = head.encode() + body, [], 0
    until = time.perf_counter() + seconds

    async def user(number: int) -> None:
        nonlocal faults
        order = random.Random(number)  # noqa: S311 (spreads the users over the second)
        await asyncio.sleep(order.random() * pause)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            began = time.perf_counter()
            writer.write(asked)
            told = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"content-length: (\d+)", told, re.IGNORECASE)[1])
            await reader.readexactly(length)
            times.append(1000 * (time.perf_counter() - began))
            faults += not told.startswith(b"HTTP/1.1 200")
            if b"connection: close" in told.lower():
                # a crowded process sends people on to one that is free, as any client understands
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(pause * (0.5 + order.random()))
        writer.close()

    await asyncio.gather(*(user(n) for n in range(users)))
    return times, faults


def resident(process: int) -> float:
    """Return the memory of a process and its children in MB, or nothing where the system does not tell."""
    total = 0.0
    for folder in family(process):
        with contextlib.suppress(OSError):
            total += int(re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text())[1]) / 1024
    return total


def processor(process: int) -> float:
    """Return the seconds that processors have spent on a process and its children."""
    total = 0
    for folder in family(process):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def family(process: int) -> Iterator[Path]:
    """Yield where the system tells of a process and of its children."""
    todo = [process]
    while todo:
        folder = Path(f"/proc/{todo.pop()}")
        yield folder
        with contextlib.suppress(OSError):
            for task in (folder / "task").iterdir():
                todo += [int(x) for x in (task / "children").read_text().split()]


def first_view(port: int) -> tuple[int, int]:
    """Return bytes and requests of the empty page with everything it asks for."""
    base = f"http://127.0.0.1:{port}"
    page = _got(f"{base}/")
    assets = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page.decode()))
    return len(page) + sum(len(_got(base + a)) for a in assets), 1 + len(assets)


def _got(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:  # noqa: S310 (our own server)
        return answer.read()


if __name__ == "__main__":
    main()
