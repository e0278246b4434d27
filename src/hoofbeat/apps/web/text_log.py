"""One line of JSON a request on standard error: what was asked of the program, never what was in it."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOG = logging.getLogger("hoofbeat.web")


class Lines(logging.Formatter):
    """Writes a record as one JSON object; only fields given as `told` are written, never a traceback.

    A traceback may quote a value of the case, so a fault is told by its kind and place alone.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        told.update(getattr(record, "told", {}))
        return json.dumps(told, ensure_ascii=True, default=str)


def start_log() -> None:
    """Write our lines to standard error, and keep the server's own access lines out: they hold addresses."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for log in (LOG, logging.getLogger("uvicorn.error")):
        log.handlers[:] = [handler]
        log.setLevel(logging.INFO if log is LOG else logging.WARNING)
        log.propagate = False


def place_of(fault: BaseException) -> str:
    """Return the module and line in which a fault of ours arose, without any value."""
    trace = fault.__traceback__
    place = ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("hoofbeat"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
