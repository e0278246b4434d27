"""What the models of this room are made of: pieces, and numbers that name their evidence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from hoofbeat.knowledge import Evidence

# A parameter's name; 0 and 1 alone may stand for themselves, since they define a scale and measure nothing.
Number = Annotated[str, StringConstraints(min_length=1)] | Literal[0, 1]


class Piece(BaseModel):
    """Any part of a mechanism: unknown words are refused, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Parameter(Evidence):
    """A number of the model with where it comes from, and how it varies.

    varies: "patients" when low to high is the spread between patients, each of whom draws an own value;
    "world" when it is our ignorance of one value that is the same for all. shape: of that distribution, whose
    central 90 % is low to high; "logit" for fractions. Counted values are fractions. men: the same in men,
    where the sexes differ; what stands beside it is then women's.
    """

    name: str
    unit: str = ""
    men: Evidence | None = None
    varies: Literal["patients", "world"] = "world"
    shape: Literal["lognormal", "normal", "logit"] = "lognormal"

    @model_validator(mode="after")
    def _fits_its_shape(self) -> Parameter:
        for known in (self, self.men or self):
            if self.shape == "lognormal" and not known.counted and known.low <= 0:
                raise ValueError(f"a lognormal cannot reach {known.low}; choose shape: normal")
            if self.shape == "logit" and not (known.low > 0 and known.high < 1):
                raise ValueError(f"{known.low}–{known.high} is not a fraction between 0 and 1")
        return self
