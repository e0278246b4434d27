"""A number and how we know it: counted, reported, or assumed, with the range that follows."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["counted", "reported", "assumption"]

# A biased count says less than its size: it enters with half its patients.
BIAS_DISCOUNT = 0.5
_Z90 = 1.6448536269514722


class Part(BaseModel):
    """Any piece of a disease model: unknown words are refused, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counted(Part):
    """n of N patients, seen in a source, at a place in it."""

    n: int = Field(ge=0)
    of: int = Field(gt=0)
    source: str
    place: str
    biased: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _n_within_of(self) -> Counted:
        if self.n > self.of:
            raise ValueError(f"{self.n} of {self.of} is more than all")
        return self


class Reported(Part):
    """A range, or one figure, that a source prints without counts."""

    low: float
    high: float
    source: str
    place: str
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Reported:
        if self.low > self.high:
            raise ValueError(f"the range {self.low}–{self.high} runs backwards")
        return self


class Assumption(Part):
    """A range that nobody has measured, and why we believe it."""

    low: float
    high: float
    why: str = Field(min_length=8)

    @model_validator(mode="after")
    def _ordered(self) -> Assumption:
        if self.low > self.high:
            raise ValueError(f"the range {self.low}–{self.high} runs backwards")
        return self


class Evidence(Part):
    """One number and where it comes from: exactly one of counted, reported, assumption.

    also: other sources that agree or disagree; shown, never averaged in.
    statements: numbered statements of the source documents that this number answers ("A26").
    """

    counted: Counted | None = None
    reported: Reported | None = None
    assumption: Assumption | None = None
    also: tuple[Counted | Reported, ...] = ()
    note: str = ""
    statements: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _exactly_one(self) -> Evidence:
        given = [kind for kind in ("counted", "reported", "assumption") if getattr(self, kind)]
        if len(given) != 1:
            said = " and ".join(given) or "neither counted, reported nor assumption"
            raise ValueError(f"bare number: says {said}; say exactly one of them")
        return self

    @property
    def kind(self) -> Kind:
        """counted, reported or assumption."""
        if self.counted:
            return "counted"
        return "reported" if self.reported else "assumption"

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of every source this number leans on, the first being the one used."""
        first = self.counted or self.reported
        return tuple(dict.fromkeys(item.source for item in ((first,) if first else ()) + self.also))

    @property
    def low(self) -> float:
        """Lower end of the central 90 % range."""
        spread = self.reported or self.assumption
        return spread.low if spread else beta_range(*self._counted_beta())[0]

    @property
    def high(self) -> float:
        """Upper end of the central 90 % range."""
        spread = self.reported or self.assumption
        return spread.high if spread else beta_range(*self._counted_beta())[1]

    def _counted_beta(self) -> tuple[float, float]:
        counted = self.counted
        if counted is None:
            return beta_from_range(self.low, self.high)
        weight = BIAS_DISCOUNT if counted.biased else 1.0
        return weight * counted.n + 0.5, weight * (counted.of - counted.n) + 0.5


class Frequency(Evidence):
    """How often something is so, as a fraction between 0 and 1, with its Beta distribution.

    >>> Frequency(counted=Counted(n=0, of=5, source="s", place="abstract")).mean > 0
    True
    """

    @model_validator(mode="after")
    def _is_fraction(self) -> Frequency:
        for part in (self.reported, self.assumption):
            if part and not 0 <= part.low <= part.high <= 1:
                raise ValueError(f"{part.low}–{part.high} is not a fraction between 0 and 1")
        return self

    @property
    def beta(self) -> tuple[float, float]:
        """Parameters (a, b): Beta(n+½, N−n+½) when counted, else the Beta whose central 90 % is the range."""
        return self._counted_beta() if self.counted else beta_from_range(self.low, self.high)

    @property
    def mean(self) -> float:
        """The point used where one figure is needed."""
        a, b = self.beta
        return a / (a + b)


class Amount(Evidence):
    """A quantity that is not a fraction, with its unit: days, years, cm, per person-year.

    counted is not for amounts: use reported, with the size of the series in the note.
    """

    unit: str

    @property
    def middle(self) -> float:
        """Geometric mean of the ends where both are positive and far apart, else their mean."""
        if self.low > 0 and self.high / self.low > 3:
            return math.sqrt(self.low * self.high)
        return (self.low + self.high) / 2


@lru_cache(maxsize=4096)
def beta_from_range(low: float, high: float) -> tuple[float, float]:
    """Return (a, b) of the Beta whose central 90 % is about low..high.

    Mean and variance of the logit are matched exactly (digamma and trigamma), by Newton's method, so
    that beta_range() gives the range back. An end at 0 or 1 is read as a twentieth of the other side.

    >>> a, b = beta_from_range(0.8, 0.99)
    >>> [round(x, 2) for x in beta_range(a, b)]
    [0.8, 0.99]
    """
    low, high = low or high / 20, high if high < 1 else 1 - (1 - low) / 20
    left, right = _logit(max(low, 1e-9)), _logit(min(high, 1 - 1e-9))
    centre, spread = (left + right) / 2, max((right - left) / (2 * _Z90), 0.02)
    share, total = 1 / (1 + math.exp(-centre)), 4 / spread**2
    log_a, log_b = math.log(share * total + 0.3), math.log((1 - share) * total + 0.3)
    for _ in range(60):
        a, b = math.exp(log_a), math.exp(log_b)
        off_centre = _digamma(a) - _digamma(b) - centre
        off_spread = _trigamma(a) + _trigamma(b) - spread**2
        if abs(off_centre) < 1e-9 and abs(off_spread) < 1e-9:
            break
        # Jacobian with respect to (log a, log b)
        c11, c12 = a * _trigamma(a), -b * _trigamma(b)
        c21, c22 = a * _tetragamma(a), b * _tetragamma(b)
        det = c11 * c22 - c12 * c21
        step_a = (off_centre * c22 - c12 * off_spread) / det
        step_b = (c11 * off_spread - c21 * off_centre) / det
        log_a -= max(-1.0, min(1.0, step_a))
        log_b -= max(-1.0, min(1.0, step_b))
    return math.exp(log_a), math.exp(log_b)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def beta_range(a: float, b: float, *, share: float = 0.9) -> tuple[float, float]:
    """Central range of a Beta(a, b) holding `share` of it, by the normal approximation on the logit scale.

    The digamma and trigamma functions give the logit's exact mean and variance.
    """
    centre = _digamma(a) - _digamma(b)
    spread = math.sqrt(_trigamma(a) + _trigamma(b))
    z = _Z90 if share == 0.9 else _normal_quantile(0.5 + share / 2)
    low, high = centre - z * spread, centre + z * spread
    return 1 / (1 + math.exp(-low)), 1 / (1 + math.exp(-high))


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def _digamma(x: float) -> float:
    total = 0.0
    while x < 6:
        total -= 1 / x
        x += 1
    inverse = 1 / (x * x)
    return total + math.log(x) - 0.5 / x - inverse * (1 / 12 - inverse * (1 / 120 - inverse / 252))


def _trigamma(x: float) -> float:
    total = 0.0
    while x < 6:
        total += 1 / (x * x)
        x += 1
    inverse = 1 / (x * x)
    return total + 1 / x + inverse / 2 + inverse / x * (1 / 6 - inverse * (1 / 30 - inverse / 42))


def _tetragamma(x: float) -> float:
    total = 0.0
    while x < 6:
        total -= 2 / (x * x * x)
        x += 1
    inverse = 1 / (x * x)
    return total - inverse - inverse / x - inverse * inverse * (0.5 - inverse * (1 / 6 - inverse / 6))
