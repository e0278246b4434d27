"""Doors of rooms: each name is imported from the module that keeps it when it is first used.

So a command imports only what it needs, and starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def door(
    room: str, homes: Mapping[str, Iterable[str]], renamed: Mapping[str, tuple[str, str]] | None = None
) -> Callable[[str], Any]:
    """Return what a room's `__getattr__` is.

    room: the package's name. homes: the names that each of its modules keeps. renamed: names the room gives
    to what a module calls otherwise, as (module, name there). What it returns raises AttributeError for any
    other name, as Python does.

    >>> door("hoofbeat", {"errors": ["Issue"]})("Issue").__name__
    'Issue'
    """
    kept = {name: (module, name) for module, names in homes.items() for name in names}
    kept.update(renamed or {})

    def opened(name: str) -> Any:
        if name not in kept:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        module, there = kept[name]
        return getattr(import_module(f"{room}.{module}"), there)

    return opened
