"""Courses over time: one virtual patient's, or the bands within which a cohort lies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from hoofbeat.reports.svg import drawing, label, line, tag

Numbers = npt.NDArray[np.float64]
_WIDTH, _HEIGHT = 640.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 12.0, 34.0, 36.0
_YEAR = 365.25


def bands_svg(day: Numbers, bands: Numbers, *, name: str, unit: str = "", key: str = "bands") -> str:
    """Return a cohort's bands of one quantity as a drawing.

    day: shape (times,), days. bands: its quantiles, shape (times, 5): 5th, 25th, 50th, 75th, 95th centile.
    """
    across, up = _scales(day, bands)
    inner = [*_axes(day, bands, up, name=name, unit=unit)]
    for low, high, shade in ((0, 4, 0.15), (1, 3, 0.3)):
        edge = [(across(d), up(v)) for d, v in zip(day, bands[:, low], strict=True)]
        back = [(across(d), up(v)) for d, v in zip(day[::-1], bands[::-1, high], strict=True)]
        inner.append(tag("polygon", points=_points([*edge, *back]), fill="currentColor", fill_opacity=shade))
    middle = [(across(d), up(v)) for d, v in zip(day, bands[:, 2], strict=True)]
    inner.append(_path(middle))
    end = f"{bands[-1, 2]:.3g} ({bands[-1, 0]:.3g} to {bands[-1, 4]:.3g}) {unit}".strip()
    says = "Half of the patients lie within the dark band, nine in ten within the light one. "
    says += f"At the end the middle is {end}"
    return _whole(inner, title=f"{name} of a cohort over time", says=says + ".", key=key)


def course_svg(
    course: Mapping[str, Numbers], node: str, *, name: str, unit: str = "", key: str = "course"
) -> str:
    """Return one patient's course of one quantity as a drawing; course as hoofbeat.simulation.course_of."""
    day, values = course["day"], course[node]
    across, up = _scales(day, values[:, None])
    points = [(across(d), up(v)) for d, v in zip(day, values, strict=True)]
    inner = [*_axes(day, values[:, None], up, name=name, unit=unit), _path(points)]
    says = f"From {values[0]:.3g} to {values[-1]:.3g} {unit}".strip() + "."
    return _whole(inner, title=f"{name} of one patient over time", says=says, key=key)


class _Scale:
    """From a value to a place on the drawing."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high = low, high if high > low else low + 1.0
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _scales(day: Numbers, values: Numbers) -> tuple[_Scale, _Scale]:
    across = _Scale(float(day[0]), float(day[-1]), _LEFT, _WIDTH - _RIGHT)
    low, high = min(0.0, float(values.min())), float(values.max())
    return across, _Scale(low, high, _HEIGHT - _BOTTOM, _TOP)


def _axes(day: Numbers, values: Numbers, up: _Scale, *, name: str, unit: str) -> list[str]:
    floor = _HEIGHT - _BOTTOM
    years = f"{float(day[0]) / _YEAR:.1g}", f"{float(day[-1]) / _YEAR:.2g} years"
    return [
        label(_LEFT, 18, f"{name}, {unit}" if unit else name, font_weight="bold"),
        line(_LEFT, floor, _WIDTH - _RIGHT, floor),
        line(_LEFT, _TOP, _LEFT, floor),
        label(_LEFT, floor + 20, years[0]),
        label(_WIDTH - _RIGHT, floor + 20, years[1], text_anchor="end"),
        label(_LEFT - 6, floor, f"{up.low:.3g}", text_anchor="end"),
        label(_LEFT - 6, _TOP + 10, f"{float(values.max()):.3g}", text_anchor="end"),
    ]


def _path(points: list[tuple[float, float]]) -> str:
    return tag("polyline", points=_points(points), fill="none", stroke="currentColor", stroke_width=2)


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _whole(inner: list[str], *, title: str, says: str, key: str) -> str:
    return drawing(inner, width=_WIDTH, height=_HEIGHT, title=title, says=says, key=key, kind="course")
