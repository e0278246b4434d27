"""What the package promises to installers: version, pins, licence, data."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hoofbeat

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINNED = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in PINS)}
EXTRAS = PROJECT["optional-dependencies"]


def _needed(texts: list[str]) -> list[Requirement]:
    """What these lines ask for, and the extras of our own that they name."""
    needs = [Requirement(text) for text in texts]
    own = [extra for need in needs if need.name == "hoofbeat" for extra in sorted(need.extras)]
    others = [need for need in needs if need.name != "hoofbeat"]
    return others + [need for extra in own for need in _needed(EXTRAS[extra])]


NEEDED = _needed([*PROJECT["dependencies"], *EXTRAS["dev"]])


def test_the_version_is_the_same_everywhere() -> None:
    citation = re.search(
        r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert citation
    assert hoofbeat.__version__ == PROJECT["version"] == citation[1]


@pytest.mark.parametrize("line", PINS)
def test_a_constraint_is_a_name_and_a_version(line: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9A-Za-z.]+", line)


@pytest.mark.parametrize("need", NEEDED, ids=str)
def test_what_is_needed_is_pinned_within_its_range(need: Requirement) -> None:
    assert need.specifier.contains(PINNED[canonicalize_name(need.name)])


def test_the_wheel_holds_all_data_and_the_licences(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    wanted = {
        str(p.relative_to(source))
        for p in source.rglob("*")
        if p.is_file() and p.suffix != ".pyc" and not p.name.startswith(".")
    }
    assert sorted(wanted - held) == []
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in held}
