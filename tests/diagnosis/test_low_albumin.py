"""What a low albumin says of a grave disease: that it is low, once, and no more."""

from __future__ import annotations

from hoofbeat.cases import Case, Finding, Measurement
from hoofbeat.diagnosis import advises

RASH = Finding(term="HP:0000988")
ALBUMIN = Measurement(test="albumin", value=20, unit="g/L")
ZINC = Measurement(test="zinc", value=50, unit="ug/dL")


def _chance(*values: Measurement) -> tuple[float, bool]:
    found = advises(Case(age_years=58, findings=(RASH,), measurements=values), setting="dermatology")
    assert found is not None
    return found.threshold.chance, found.advised


def test_a_rash_with_a_low_albumin_alone_is_not_sent_for_a_glucagon() -> None:
    bare, low = _chance(), _chance(ALBUMIN)
    assert bare[0] < low[0] < 5 * bare[0]
    assert not low[1]


def test_a_zinc_that_is_low_with_its_albumin_adds_nothing_to_it() -> None:
    assert _chance(ALBUMIN, ZINC)[0] <= _chance(ALBUMIN)[0]
