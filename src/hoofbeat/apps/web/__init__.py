"""The page, the JSON interface, CDS Hooks and the SMART launch: one server, nothing fetched, nothing kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hoofbeat.apps.web.app import create_app
    from hoofbeat.apps.web.options import ServeOptions
    from hoofbeat.apps.web.server import serve

__all__ = ["ServeOptions", "create_app", "serve"]

_HOMES = {"create_app": "app", "ServeOptions": "options", "serve": "server"}


def __getattr__(name: str) -> Any:
    """Import the module that keeps a name when the name is first used: FastAPI takes its time."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"hoofbeat.apps.web.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'hoofbeat.apps.web' has no attribute {name!r}")
