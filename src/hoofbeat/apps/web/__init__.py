"""The page, the JSON interface, CDS Hooks and the SMART launch: one server, nothing fetched, nothing kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.apps.web.app import create_app
    from hoofbeat.apps.web.options import ServeOptions
    from hoofbeat.apps.web.server import serve

__all__ = ["ServeOptions", "create_app", "serve"]

# FastAPI takes its time: a command that does not serve never meets it
_HOMES = {"app": ("create_app",), "options": ("ServeOptions",), "server": ("serve",)}

__getattr__ = door(__name__, _HOMES)
