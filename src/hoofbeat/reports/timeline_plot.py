"""The course of a case on one axis: values with their usual range, findings as bars, treatments as marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from hoofbeat.pathways import Event, Timeline
from hoofbeat.reports.svg import drawing, label, line, rect, shortened, tag
from hoofbeat.reports.wording import days, plural
from hoofbeat.terms import find_test

Across = Callable[[float], float]
_WIDTH, _LEFT, _RIGHT, _TOP = 720.0, 220.0, 28.0, 28.0
_ROW, _PANEL = 24.0, 92.0
_LANES = 12
# Values that differ more than this many times are drawn on a logarithmic scale.
_WIDE = 20.0
_YEAR, _MONTH = 365.25, 30.4375
_STEPS = (
    1,
    2,
    7,
    14,
    _MONTH,
    2 * _MONTH,
    3 * _MONTH,
    6 * _MONTH,
    _YEAR,
    2 * _YEAR,
    5 * _YEAR,
    10 * _YEAR,
    20 * _YEAR,
)


def timeline_svg(timeline: Timeline, *, key: str = "timeline") -> str:
    """Return the drawing of a timeline, an empty frame with words where nothing has a day.

    timeline: of hoofbeat.pathways; days are counted from the visit. Undated events are not drawn but counted
    in the description; the table beside a drawing must list them.
    """
    dated = [e for e in timeline.events if e.day is not None]
    says = timeline_words(timeline)
    if not dated:
        words = [label(20, 40, "Nothing has a date.")]
        return drawing(words, width=_WIDTH, height=70, title="Timeline", says=says, key=key, kind="timeline")
    first, last = min(e.day or 0.0 for e in dated), max(0.0, *(e.day or 0.0 for e in dated))
    across = _axis(first, last)
    parts: list[str] = []
    y = _TOP
    for test, values in _by_test(dated).items():
        parts += _panel(test, values, y, across)
        y += _PANEL
    findings = sorted((e for e in dated if e.kind == "finding"), key=lambda e: (e.day or 0.0, e.what))
    for event in findings[:_LANES]:
        parts += _bar(event, y, across, last)
        y += _ROW
    treatments = [e for e in dated if e.kind == "treatment"]
    for event in treatments[:_LANES]:
        parts += _mark(event, y, across)
        y += _ROW
    frame = _ticks(first, last, across, y + 6)
    return drawing(
        [*frame, *parts], width=_WIDTH, height=y + 52, title="Timeline", says=says, key=key, kind="timeline"
    )


def timeline_words(timeline: Timeline) -> str:
    """Return in words what a timeline holds: how long, which values went where, what was given."""
    dated = [e for e in timeline.events if e.day is not None]
    if not timeline.events:
        return "Nothing is known of when anything happened."
    told = []
    findings = [e for e in dated if e.kind == "finding"]
    if findings:
        earliest = min(findings, key=lambda e: (e.day or 0.0, e.what))
        told.append(f"First dated sign: {earliest.what}, {days(-(earliest.day or 0.0))} before the visit.")
    for test, values in _by_test(dated).items():
        told.append(_told(test, values))
    given = [e for e in dated if e.kind == "treatment"]
    if given:
        told.append(f"{plural(len(given), 'treatment')} with a date.")
    undated = len(timeline.events) - len(dated)
    if undated:
        told.append(f"{plural(undated, 'entry', 'entries')} without a date.")
    return " ".join(told)


def _told(test: str, values: Sequence[Event]) -> str:
    name, unit = test.replace("_", " ").capitalize(), values[0].unit
    first, last = values[0].value or 0.0, values[-1].value or 0.0
    if len(values) == 1:
        return f"{name} {first:g} {unit}."
    way = "rose" if last > first else "fell" if last < first else "stayed"
    return f"{name} {way} from {first:g} to {last:g} {unit} over {len(values)} values."


def _axis(first: float, last: float) -> Across:
    low, high = (first, last) if last - first >= 1 else (last - 1, last)

    def across(day: float) -> float:
        return _LEFT + (day - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    return across


def _by_test(events: Sequence[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.kind == "measurement" and event.value is not None:
            # values in another unit than the test's own cannot share a line
            found.setdefault(event.what, []).append(event)
    return {test: [v for v in values if v.unit == values[0].unit] for test, values in found.items()}


def _usual(test: str, unit: str) -> tuple[float, float] | None:
    known = find_test(test)
    if known is None or known.unit != unit or not known.usual:
        return None
    ends = list(known.usual.values())
    return min(e[0] for e in ends), max(e[1] for e in ends)


def _panel(test: str, values: Sequence[Event], y: float, across: Across) -> list[str]:
    """One test: its usual range as a band, its values as a line with a dot and a figure for each."""
    usual = _usual(test, values[0].unit)
    up = _scale([v.value or 0.0 for v in values], usual, y + 12, y + _PANEL - 18)
    parts = [
        label(12, y + 30, shortened(test.replace("_", " "), 24), font_weight="bold"),
        label(12, y + 48, values[0].unit, font_size=12),
    ]
    if usual:
        top, bottom = up(usual[1]), up(usual[0])
        parts.append(
            rect(_LEFT, top, _WIDTH - _LEFT - _RIGHT, max(bottom - top, 2), fill_opacity=0.12, class_="usual")
        )
        parts.append(line(_LEFT, top, _WIDTH - _RIGHT, top, stroke_dasharray="4 3", stroke_opacity=0.6))
        parts.append(label(12, y + 64, f"usual {usual[0]:g}–{usual[1]:g}", font_size=11))
    points = [(across(v.day or 0.0), up(v.value or 0.0)) for v in values]
    if len(points) > 1:
        path = " ".join(f"{x:.1f},{h:.1f}" for x, h in points)
        parts.append(
            tag("polyline", points=path, fill="none", stroke="currentColor", stroke_width=2, class_="value")
        )
    for (x, h), event in zip(points, values, strict=True):
        parts.append(tag("circle", cx=x, cy=h, r=4.0, fill="currentColor"))
        anchor = "end" if x > _WIDTH - 80 else "start"
        parts.append(
            label(
                x + (-7 if anchor == "end" else 7),
                h - 6,
                f"{event.value:g}",
                font_size=12,
                text_anchor=anchor,
            )
        )
    return parts


def _scale(values: Sequence[float], usual: tuple[float, float] | None, top: float, bottom: float) -> Across:
    """Height of a value, upwards; logarithmic where values lie far apart and none is zero."""
    ends = [*values, *(usual or ())]
    positive = [v for v in ends if v > 0]
    wide = bool(positive) and min(values) > 0 and max(positive) / min(positive) > _WIDE

    def measure(value: float) -> float:
        return math.log(max(value, min(positive) / 2)) if wide else value

    low, high = min(map(measure, ends)), max(map(measure, ends))
    room = (high - low) or 1.0
    return lambda value: bottom - (measure(value) - low) / room * (bottom - top)


def _bar(event: Event, y: float, across: Across, last: float) -> list[str]:
    start, end = across(event.day or 0.0), across(min(0.0, last))
    return [
        label(12, y + 16, shortened(event.what, 31)),
        rect(
            start, y + 5, max(end - start, 3), 13, fill_opacity=0.45, stroke="currentColor", class_="finding"
        ),
    ]


def _mark(event: Event, y: float, across: Across) -> list[str]:
    x = across(event.day or 0.0)
    response = "" if event.response in ("", "unknown") else f"response {event.response}"
    left = x > _WIDTH - 150
    parts = [
        label(12, y + 16, shortened(event.what, 31)),
        tag("path", d=f"M{x:.1f} {y + 4:.1f}l7 7l-7 7l-7 -7z", fill="currentColor", class_="treatment"),
    ]
    if response:
        at, anchor = (x - 12, "end") if left else (x + 12, "start")
        parts.append(label(at, y + 16, response, font_size=12, text_anchor=anchor))
    return parts


def _ticks(first: float, last: float, across: Across, y: float) -> list[str]:
    room = max(last - first, 1.0)
    step = next((s for s in _STEPS if room / s <= 6), 50 * _YEAR)
    parts = [line(_LEFT, y, _WIDTH - _RIGHT, y)]
    at = 0.0
    while at >= first - 1e-6:
        x = across(at)
        parts.append(line(x, _TOP - 6, x, y + 5, stroke_opacity=0.25 if at else 0.8, class_="grid"))
        name = "visit" if at == 0 else f"−{days(-at)}"
        parts.append(label(x, y + 20, name, text_anchor="middle", font_size=12))
        at -= step
    parts.append(
        label((_LEFT + _WIDTH) / 2, y + 38, "time before the visit", text_anchor="middle", font_size=12)
    )
    return parts
