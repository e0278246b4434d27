"""The course of a case on one axis: values with their range, findings as bars, treatments as marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from hoofbeat.cases import Case
from hoofbeat.pathways import Event, Timeline
from hoofbeat.reports.printed_values import short
from hoofbeat.reports.svg import drawing, label, line, rect, shortened, tag
from hoofbeat.reports.timeline_values import Dot, Values, values_of
from hoofbeat.reports.wording import days, plural

Across = Callable[[float], float]
_WIDTH, _LEFT, _RIGHT, _TOP = 720.0, 220.0, 28.0, 28.0
_ROW, _PANEL = 24.0, 92.0
_LANES = 12
# half the width of a band that belongs to one value
_BESIDE = 9.0
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


def timeline_svg(timeline: Timeline, case: Case | None = None, *, key: str = "timeline") -> str:
    """Return the drawing of a timeline, an empty frame with words where nothing has a day.

    timeline: of hoofbeat.pathways; days are counted from the visit. case: the one it was made of, so that
    values stand in the unit and against the range that the laboratory gave; without it, in the unit of the
    test against the usual range. Undated events are not drawn but counted in the description; the table
    beside a drawing must list them.
    """
    dated = [e for e in timeline.events if e.day is not None]
    says = timeline_words(timeline, case)
    if not dated:
        words = [label(20, 40, "Nothing has a date.")]
        return drawing(words, width=_WIDTH, height=70, title="Timeline", says=says, key=key, kind="timeline")
    first, last = min(e.day or 0.0 for e in dated), max(0.0, *(e.day or 0.0 for e in dated))
    across = _axis(first, last)
    parts: list[str] = []
    y = _TOP
    for values in values_of(dated, case):
        parts += _panel(values, y, across)
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


def timeline_words(timeline: Timeline, case: Case | None = None) -> str:
    """Return in words what a timeline holds: how long, which values went where, what was given."""
    dated = [e for e in timeline.events if e.day is not None]
    if not timeline.events:
        return "Nothing is known of when anything happened."
    told = []
    findings = [e for e in dated if e.kind == "finding"]
    if findings:
        earliest = min(findings, key=lambda e: (e.day or 0.0, e.what))
        told.append(f"First dated sign: {earliest.what}, {days(-(earliest.day or 0.0))} before the visit.")
    told += [_told(values) for values in values_of(dated, case)]
    given = [e for e in dated if e.kind == "treatment"]
    if given:
        told.append(f"{plural(len(given), 'treatment')} with a date.")
    undated = len(timeline.events) - len(dated)
    if undated:
        told.append(f"{plural(undated, 'entry', 'entries')} without a date.")
    return " ".join(told)


def _told(values: Values) -> str:
    name, dots = values.test.replace("_", " ").capitalize(), values.dots
    first, last = dots[0].value, dots[-1].value
    if len(dots) == 1:
        return f"{name} {short(first)} {values.unit}."
    way = "rose" if last > first else "fell" if last < first else "stayed"
    return f"{name} {way} from {short(first)} to {short(last)} {values.unit} over {len(dots)} values."


def _axis(first: float, last: float) -> Across:
    low, high = (first, last) if last - first >= 1 else (last - 1, last)

    def across(day: float) -> float:
        return _LEFT + (day - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    return across


def _panel(values: Values, y: float, across: Across) -> list[str]:
    """One test: its range as a band, its values as a line with a dot and a figure for each."""
    top, bottom = y + 12, y + _PANEL - 18
    up = _scale(values.dots, top, bottom)
    parts = [
        label(12, y + 30, shortened(values.test.replace("_", " "), 24), font_weight="bold"),
        label(12, y + 48, values.unit, font_size=12),
        *_bands(values.dots, across, up, y),
    ]
    points = [(across(d.day), up(d.value)) for d in values.dots]
    if len(points) > 1:
        path = " ".join(f"{x:.1f},{h:.1f}" for x, h in points)
        parts.append(
            tag("polyline", points=path, fill="none", stroke="currentColor", stroke_width=2, class_="value")
        )
    for (x, h), dot in zip(points, values.dots, strict=True):
        parts.append(tag("circle", cx=x, cy=h, r=4.0, fill="currentColor"))
        anchor = "end" if x > _WIDTH - 80 else "start"
        at = x + (-7 if anchor == "end" else 7)
        parts.append(label(at, h - 6, short(dot.value), font_size=12, text_anchor=anchor))
    return parts


def _bands(dots: Sequence[Dot], across: Across, up: Across, y: float) -> list[str]:
    """One band where every value has the same range, else a short one behind each; to the edge if open."""
    ranges = dict.fromkeys(d.range for d in dots)
    one = len(ranges) == 1
    parts = []
    for dot in dots[:1] if one else dots:
        if not dot.range:
            continue
        over = y + 12 if dot.high is None else up(dot.high)
        under = y + _PANEL - 18 if dot.low is None else up(dot.low)
        middle = across(dot.day)
        left, right = (_LEFT, _WIDTH - _RIGHT) if one else (middle - _BESIDE, middle + _BESIDE)
        parts.append(rect(left, over, right - left, max(under - over, 2), fill_opacity=0.12, class_="usual"))
        edge = under if dot.high is None else over
        parts.append(line(left, edge, right, edge, stroke_dasharray="4 3", stroke_opacity=0.6))
    said = next(iter(ranges)) if one else "each with its own range"
    return [*parts, label(12, y + 64, said, font_size=11)] if parts else []


def _scale(dots: Sequence[Dot], top: float, bottom: float) -> Across:
    """Height of a value, upwards; logarithmic where values lie far apart and none is zero."""
    values = [d.value for d in dots]
    ends = [*values, *(end for d in dots for end in (d.low, d.high) if end is not None)]
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
