"""Each parameter's value in each patient, drawn from the range that its evidence gives."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from hoofbeat.knowledge import Evidence
from hoofbeat.simulation.parts import Number, Parameter
from hoofbeat.simulation.streams import Floats, Numbers, normal, uniform

_Z90 = 1.6448536269514722
# the run in which every world parameter stands at the middle of its range
CENTRAL = 0


class Draws:
    """Values of all parameters for a group of patients.

    patients: their numbers in the whole cohort. world: 0 puts every parameter that is the same for all
    patients at the middle of its range; any other number draws one such world. fixed: values that replace
    draws, by parameter, for what-if questions and experiments. male: the share of men, for parameters that
    are another in them; `male` then says who is one.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        patients: Numbers,
        *,
        seed: int,
        world: int = CENTRAL,
        fixed: Mapping[str, float] | None = None,
        male: Number = 0,
    ) -> None:
        self.parameters, self.patients, self.seed, self.world = parameters, patients, seed, world
        self.fixed = dict(fixed or {})
        self._known: dict[str, Floats] = {}
        self.male = uniform(seed, "sex", patients) < self[male]

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
        return (
            self.fixed[number] if number in self.fixed else placed(self.parameters[number], self._at(number))
        )

    def _at(self, name: str) -> float:
        """Where a parameter stands in this world, in standard deviations from its middle."""
        if self.world == CENTRAL:
            return 0.0
        # worlds do not depend on the cohort's seed: world 7 is the same world in every study
        return float(normal(self.world, f"world:{name}", np.zeros(1, dtype=np.int64))[0])

    def _draw(self, name: str) -> Floats:
        if name in self.fixed:
            return np.full(len(self.patients), self.fixed[name])
        parameter = self.parameters[name]
        if parameter.varies == "world":
            z = np.full(len(self.patients), self._at(name))
        else:
            z = normal(self.seed, f"parameter:{name}", self.patients)
        found = _spread(parameter, parameter, z)
        return (
            found
            if parameter.men is None
            else np.where(self.male, _spread(parameter, parameter.men, z), found)
        )


def placed(parameter: Parameter, z: float) -> float:
    """Return the value `z` standard deviations above the middle of a parameter's range; that of women."""
    return float(_spread(parameter, parameter, np.array([z]))[0])


def _spread(parameter: Parameter, known: Evidence, z: Floats) -> Floats:
    """Values `z` standard deviations above the middle of what is known of a parameter."""
    middle, spread = _scale(parameter, known)
    return _back(parameter, middle + spread * z)


def _scale(parameter: Parameter, known: Evidence) -> tuple[float, float]:
    """Middle and standard deviation on the scale of the parameter's shape."""
    low, high = known.low, known.high
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
