"""What moves an advice: one bar for each uncertain input, from one end of its range to the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from hoofbeat.diagnosis import Influence
from hoofbeat.reports.svg import drawing, label, line, rect, shortened

Across = Callable[[float], float]
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 720.0, 300.0, 24.0, 56.0, 30.0
# A chance or a threshold of nothing has no logarithm.
_LEAST = 1e-12


def tornado_svg(influences: Sequence[Influence], *, key: str = "tornado") -> str:
    """Return a tornado plot: the chance over the testing threshold as each input goes from end to end.

    influences: rows of next_steps().advice.sensitivity. The upright line at 1 is where the advice turns: to
    its right the test is worth doing. A bar that crosses it is darker, with a thick edge, and says "turns".
    """
    spans = [_ends(i) for i in influences]
    low = min([0.0, *(min(s) for s in spans)]) - 0.25
    high = max([0.0, *(max(s) for s in spans)]) + 0.25

    def across(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    height = _TOP + _ROW * len(spans) + 40
    bottom = _TOP + _ROW * len(spans) + 4
    parts = [
        label(across(0) - 6, 18, "not worth testing", text_anchor="end", class_="side"),
        label(across(0) + 6, 18, "worth testing", class_="side"),
        *_ticks(low, high, across, bottom),
        line(across(0), 26, across(0), bottom, stroke_width=2, class_="turns"),
    ]
    for place, (influence, ends) in enumerate(zip(influences, spans, strict=True)):
        parts += _bar(influence, ends, _TOP + _ROW * place, across)
    return drawing(
        parts,
        width=_WIDTH,
        height=height,
        title="What moves the advice",
        says=tornado_words(influences),
        key=key,
        kind="tornado",
    )


def tornado_words(influences: Sequence[Influence]) -> str:
    """Return in words what the plot shows."""
    if not influences:
        return "No input is uncertain."
    turning = [i.input for i in influences if i.changes_advice]
    said = f"{influences[0].input} moves the advice most."
    if not turning:
        return f"{said} No single input turns the advice within its range."
    return f"{said} Within its range the advice is turned by: {', '.join(turning)}."


def _bar(influence: Influence, ends: tuple[float, float], y: float, across: Across) -> list[str]:
    left, right = sorted(ends)
    x1, x2 = across(left), across(right)
    name = shortened(influence.input, 42)
    turns = influence.changes_advice
    return [
        label(_LEFT - 12, y + 15, name, text_anchor="end"),
        rect(
            x1, y + 3, max(x2 - x1, 2), 16,
            fill_opacity=0.75 if turns else 0.3, stroke="currentColor", stroke_width=2 if turns else 1,
            class_="turns" if turns else "holds",
        ),
        *([label(min(x2 + 6, _WIDTH - 40), y + 15, "turns", font_size=12)] if turns else []),
    ]  # fmt: skip


def _ticks(low: float, high: float, across: Across, bottom: float) -> list[str]:
    first, last = math.ceil(low / math.log(10)), math.floor(high / math.log(10))
    step = max(1, (last - first) // 6 + 1)
    said = "chance as a multiple of the testing threshold"
    parts = [label((_LEFT + _WIDTH) / 2, bottom + 34, said, text_anchor="middle", font_size=12)]
    for power in range(first, last + 1):
        if power % step:
            continue
        x = across(power * math.log(10))
        parts.append(line(x, 40, x, bottom, stroke_opacity=0.2, class_="grid"))
        parts.append(label(x, bottom + 16, _times(power), text_anchor="middle", font_size=12))
    return parts


def _times(power: int) -> str:
    return f"×{10**power:,}" if power >= 0 else f"÷{10**-power:,}"


def _ends(i: Influence) -> tuple[float, float]:
    low = math.log(max(i.chance_low, _LEAST) / max(i.testing_low, _LEAST))
    return low, math.log(max(i.chance_high, _LEAST) / max(i.testing_high, _LEAST))
