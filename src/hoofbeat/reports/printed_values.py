"""A measured value as the laboratory printed it: in its own unit, against its own range."""

from __future__ import annotations

from typing import Literal, NamedTuple

from hoofbeat.cases import Measurement
from hoofbeat.errors import UnitError
from hoofbeat.terms import Reading, convert, find_test, read_measurement


class Printed(NamedTuple):
    """One value judged. low, high: the range in the unit of the value, printed or converted from the usual.

    side: "low", "normal", "high", or None where nothing tells. times: how many times the limit it lies
    beyond, the lower one for a low value; None for a normal one. problem: why it is not understood, or "".
    """

    unit: str
    low: float | None
    high: float | None
    by_laboratory: bool
    side: Literal["low", "normal", "high"] | None
    times: float | None
    problem: str

    @property
    def range(self) -> str:
        """The range with its unit, "11–18 µmol/L" or "up to 150 pg/mL"; empty where there is none."""
        low, high = (short(end) if end is not None else "" for end in (self.low, self.high))
        span = f"{low}–{high}" if low and high else f"up to {high}" if high else f"from {low}" if low else ""
        return f"{span} {self.unit}".strip() if span else ""

    @property
    def beyond(self) -> str:
        """How far beyond its limit the value lies, in words: "0.64 times the lower limit"."""
        if self.times is None:
            return ""
        return f"{short(self.times, 2)} times the {'lower' if self.side == 'low' else 'upper'} limit"


def as_printed(m: Measurement, *, sex: str = "unknown", age_years: float | None = None) -> Printed:
    """Return a value in the unit it was given in, with the range it is judged by in the same unit.

    >>> as_printed(Measurement(test="zinc", value=7, unit="µmol/L")).range
    '9.18–18.4 µmol/L'
    >>> as_printed(Measurement(test="zinc", value=7, unit="µmol/L", low=11, high=18)).beyond
    '0.64 times the lower limit'
    """
    reading = read_measurement(m.test, m.value, m.unit, low=m.low, high=m.high, sex=sex, age_years=age_years)
    fault = next((i.message for i in reading.issues if i.level == "error" or reading.test is None), "")
    by_laboratory = reading.range_from == "printed"
    low, high, unit = m.low, m.high, m.unit
    if reading.range_from == "default":
        low, high, unit = _usual(reading, m.unit)
    limit = {"low": reading.low, "high": reading.high}.get(reading.interpretation or "")
    times = reading.value / limit if limit and limit > 0 else None
    return Printed(unit, low, high, by_laboratory, reading.interpretation, times, fault)


def _usual(reading: Reading, unit: str) -> tuple[float | None, float | None, str]:
    """The usual range in a unit, or in the test's own where there is no way back to it."""
    known = find_test(reading.test or "")
    if known is None:
        return None, None, unit
    try:
        low, high = (
            None if end is None else convert(end, reading.unit, test=known, to=unit)
            for end in (reading.low, reading.high)
        )
    except UnitError:
        return reading.low, reading.high, reading.unit
    return low, high, unit


def short(amount: float, digits: int = 3) -> str:
    """Return an amount with as many digits as mean something; whole numbers stay whole.

    >>> short(45.76617), short(1240.0), short(12345.6)
    ('45.8', '1240', '12346')
    """
    return f"{amount:.0f}" if abs(amount) >= 10**digits else f"{float(f'{amount:.{digits}g}'):g}"
