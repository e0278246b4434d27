"""Drawings of courses over time: of one virtual patient, and of a cohort."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from hoofbeat.reports import bands_svg, course_svg

SVG = "{http://www.w3.org/2000/svg}"
DAYS = np.array([0.0, 365.25, 730.5])


def _drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own drawing)


def _points(element: ET.Element) -> list[tuple[float, float]]:
    return [tuple(map(float, p.split(","))) for p in element.attrib["points"].split()]


def test_the_middle_lies_within_its_bands_and_bands_within_each_other() -> None:
    middle = np.array([1.0, 5.0, 3.0])
    bands = np.column_stack([middle - 0.9, middle - 0.4, middle, middle + 0.4, middle + 0.9])
    root = _drawn(bands_svg(DAYS, bands, name="glucagon", unit="pg/mL"))
    outer, inner = (_points(p) for p in root.iter(f"{SVG}polygon"))
    (line,) = (_points(p) for p in root.iter(f"{SVG}polyline"))
    # upwards is less in a drawing
    for at, (_, y) in enumerate(line):
        assert outer[at][1] > inner[at][1] > y > inner[-1 - at][1] > outer[-1 - at][1]


def test_a_course_rises_where_the_values_rise() -> None:
    course = {"day": DAYS, "weight": np.array([70.0, 65.0, 68.0])}
    (line,) = (_points(p) for p in _drawn(course_svg(course, "weight", name="weight")).iter(f"{SVG}polyline"))
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert line[1][1] > line[2][1] > line[0][1]


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_flat_course_is_drawn(level: float) -> None:
    root = _drawn(course_svg({"day": DAYS, "x": np.full(3, level)}, "x", name="x <b>"))
    assert "x <b>" in "".join(root.itertext())
    assert all(np.isfinite(p).all() for e in root.iter(f"{SVG}polyline") for p in _points(e))
