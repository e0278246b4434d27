"""What can be seen in records: one numbered signal for each code set, and for each direction of a test."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import NamedTuple

from hoofbeat.errors import UnitError
from hoofbeat.knowledge import CodeSet, ConditionSet, DrugSet, TestSet, WeightSet, load_code_sets
from hoofbeat.terms import Test, convert, find_test

# Amounts are whole thousandths of the test's own unit, so that every engine compares the same integers.
MILLI = 1000
CONDITION, TEST, WEIGHT, DRUG = "condition", "test", "weight", "drug"


class Signal(NamedTuple):
    """One thing that a row of a record can say.

    number: its place, from 1. kind: condition, test, weight or drug. term: HPO id, empty if it is not a
    finding by itself. sense: -1 for values below a limit, 1 above, 0 for no limit. limits: thousandths of the
    test's unit for a person of unknown sex, a woman, a man.
    """

    number: int
    codes: CodeSet
    kind: str
    term: str
    sense: int
    limits: tuple[int, int, int]

    @property
    def name(self) -> str:
        """Plain name, with the direction of a test."""
        return {-1: f"Low {self._small}", 0: self.codes.name, 1: f"High {self._small}"}[self.sense]

    @property
    def _small(self) -> str:
        name = self.codes.name
        return name if name[:2].isupper() or name.startswith("Hb") else name[0].lower() + name[1:]

    @property
    def is_rash(self) -> bool:
        """Whether it is a name given to a rash."""
        return isinstance(self.codes, ConditionSet) and self.codes.rash

    @property
    def unit(self) -> str:
        """The unit that amounts are thousandths of; empty where there is none."""
        if isinstance(self.codes, WeightSet):
            return "kg"
        test = find_test(self.codes.test) if isinstance(self.codes, TestSet) else None
        return test.unit if test else ""

    @property
    def loosest(self) -> int:
        """The limit that the fewest values fail, whatever the sex."""
        return max(self.limits) if self.sense < 0 else min(self.limits)


@cache
def signals() -> tuple[Signal, ...]:
    """Return every signal, numbered in the order of the code sets."""
    found: list[Signal] = []
    for codes in load_code_sets().all:
        if isinstance(codes, TestSet):
            found += _of_test(codes, len(found) + 1)
            continue
        kind = WEIGHT if isinstance(codes, WeightSet) else DRUG if isinstance(codes, DrugSet) else CONDITION
        term = codes.finding if isinstance(codes, ConditionSet) else ""
        found.append(Signal(len(found) + 1, codes, kind, term, 0, (0, 0, 0)))
    return tuple(found)


def _of_test(codes: TestSet, number: int) -> list[Signal]:
    test = find_test(codes.test)
    if test is None:
        return []
    found: list[Signal] = []
    for sense, term in ((-1, test.low_is), (1, test.high_is)):
        if term:
            found.append(Signal(number + len(found), codes, TEST, term, sense, _limits(test, sense)))
    return found


def _limits(test: Test, sense: int) -> tuple[int, int, int]:
    """A person of unknown sex must pass the stricter limit."""
    side = 0 if sense < 0 else 1
    female, male = (round(test.usual[sex][side] * MILLI) for sex in ("female", "male"))
    return (min(female, male) if sense < 0 else max(female, male)), female, male


def factor(codes: CodeSet, unit: str) -> float | None:
    """Return what a value in `unit` is multiplied by to give the set's own unit; None if it cannot be.

    Only units that differ by a factor are read; the two scales of HbA1c are not, and mmol/mol is left out.
    """
    if isinstance(codes, WeightSet):
        return {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237}.get(unit)
    test = find_test(codes.test) if isinstance(codes, TestSet) else None
    if test is None:
        return None
    try:
        one, two = convert(1.0, unit, test=test), convert(2.0, unit, test=test)
    except UnitError:
        return None
    return one if abs(two - 2 * one) < 1e-9 * max(1.0, abs(two)) else None


def units(codes: CodeSet) -> tuple[str, ...]:
    """Return the units a set is understood in."""
    return codes.units if isinstance(codes, (TestSet, WeightSet)) else ()


def signals_hash() -> str:
    """Return a hash of all signals, so that an index made from others is not mistaken for one of these."""
    said = [(s.number, s.codes.model_dump(mode="json"), s.term, s.sense, s.limits) for s in signals()]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
