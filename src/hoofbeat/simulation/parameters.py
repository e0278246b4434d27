"""Each parameter's value in each patient, drawn from the range that its evidence gives."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from hoofbeat.simulation.parts import Number, Parameter
from hoofbeat.simulation.streams import Floats, Numbers, normal

_Z90 = 1.6448536269514722
# the run in which every world parameter stands at the middle of its range
CENTRAL = 0


class Draws:
    """Values of all parameters for a group of patients.

    patients: their numbers in the whole cohort. world: 0 puts every parameter that is the same for all
    patients at the middle of its range; any other number draws one such world. fixed: values that replace
    draws, by parameter, for what-if questions and experiments.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        patients: Numbers,
        *,
        seed: int,
        world: int = CENTRAL,
        fixed: Mapping[str, float] | None = None,
    ) -> None:
        self.parameters, self.patients, self.seed, self.world = parameters, patients, seed, world
        self.fixed = dict(fixed or {})
        self._known: dict[str, Floats] = {}

    def __getitem__(self, number: Number) -> Floats:
        """Return one value a patient; 0 and 1 stand for themselves."""
        if isinstance(number, int):
            return np.full(len(self.patients), float(number))
        if number not in self._known:
            self._known[number] = self._draw(number)
        return self._known[number]

    def same(self, number: Number) -> float:
        """Return the value of a parameter that is the same for all patients."""
        if isinstance(number, int):
            return float(number)
        if number in self.fixed:
            return self.fixed[number]
        parameter = self.parameters[number]
        at = 0.0
        if self.world != CENTRAL:
            # worlds do not depend on the cohort's seed: world 7 is the same world in every study
            at = float(normal(self.world, f"world:{number}", np.zeros(1, dtype=np.int64))[0])
        return placed(parameter, at)

    def _draw(self, name: str) -> Floats:
        if name in self.fixed:
            return np.full(len(self.patients), self.fixed[name])
        parameter = self.parameters[name]
        if parameter.varies == "world":
            return np.full(len(self.patients), self.same(name))
        z = normal(self.seed, f"parameter:{name}", self.patients)
        middle, spread = _scale(parameter)
        return _back(parameter, middle + spread * z)


def placed(parameter: Parameter, z: float) -> float:
    """Return the value `z` standard deviations above the middle of a parameter's range."""
    middle, spread = _scale(parameter)
    return float(_back(parameter, np.array([middle + spread * z]))[0])


def _scale(parameter: Parameter) -> tuple[float, float]:
    """Middle and standard deviation on the scale of the parameter's shape."""
    low, high = parameter.low, parameter.high
    if parameter.counted or parameter.shape == "logit":
        ends = math.log(low / (1 - low)), math.log(high / (1 - high))
    elif parameter.shape == "lognormal":
        ends = math.log(low), math.log(high)
    else:
        ends = low, high
    return (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / (2 * _Z90)


def _back(parameter: Parameter, on_scale: Floats) -> Floats:
    found: Floats
    if parameter.counted or parameter.shape == "logit":
        found = 1 / (1 + np.exp(-on_scale))
    elif parameter.shape == "lognormal":
        found = np.exp(on_scale)
    else:
        found = on_scale
    return found
