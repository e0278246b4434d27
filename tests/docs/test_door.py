"""The package's own door opens on what it names."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import hoofbeat


@pytest.mark.parametrize("name", hoofbeat.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(hoofbeat, name)
    assert name in dir(hoofbeat)


def test_a_name_that_is_not_there_is_said_as_python_says_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        hoofbeat.no_such_name  # noqa: B018 (the name is what is asked for)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "{'numpy', 'pydantic', 'yaml', 'pint'}"
    code = f"import sys, hoofbeat, hoofbeat.apps.cli; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "room", ["knowledge", "cases", "reading", "diagnosis", "pathways", "reports", "simulation", "sweep"]
)
def test_no_module_hides_a_name_of_its_door(room: str) -> None:
    """Importing a module puts its name into its package, where it would hide a function opened late."""
    package = importlib.import_module(f"hoofbeat.{room}")
    for module in pkgutil.iter_modules(package.__path__, f"hoofbeat.{room}."):
        with contextlib.suppress(ModuleNotFoundError):  # an extra that is not installed
            importlib.import_module(module.name)
    assert [name for name in package.__all__ if inspect.ismodule(getattr(package, name))] == []
