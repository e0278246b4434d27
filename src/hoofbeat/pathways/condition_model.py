"""Conditions over the facts of a case, as they are written in YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Answer = Literal["none", "partial", "complete", "relapse", "worse", "unknown"]


class Piece(BaseModel):
    """Any piece of a pathway: unknown words are refused, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Lasting(Piece):
    """One of these findings has been there for at least as long as a threshold (in days)."""

    of: tuple[str, ...] = Field(min_length=1)
    at_least: str


class Value(Piece):
    """The highest value of a test in the case, compared with a threshold in the threshold's own unit."""

    test: str
    at_least: str = ""
    below: str = ""

    @model_validator(mode="after")
    def _one_comparison(self) -> Value:
        if bool(self.at_least) == bool(self.below):
            raise ValueError("say one of at_least and below, each the name of a threshold")
        return self


class Responded(Piece):
    """What a treatment (an option's id or kind, or a procedure) is said to have done."""

    to: str
    one_of: tuple[Answer, ...] = Field(alias="is", min_length=1)


class Again(Piece):
    """A test was repeated, and its latest value is raised, or normal (not above its upper limit)."""

    test: str
    outcome: Literal["raised", "normal"] = Field(alias="is")


class Precedes(Piece):
    """Work on record came before these findings began.

    Without dates it is taken to have done so; surely: only where the dates show it.
    """

    procedure: str
    of: tuple[str, ...] = Field(min_length=1)
    surely: bool = False


class Given(Piece):
    """A fact that the case file has no field for and that is told from outside."""

    name: str
    equals: str = Field(default="", alias="is")
    at_least: str = ""
    below: str = ""

    @model_validator(mode="after")
    def _one_comparison(self) -> Given:
        if sum(map(bool, (self.equals, self.at_least, self.below))) != 1:
            raise ValueError("say one of is, at_least and below")
        return self


class Age(Piece):
    """The age at the visit, in years, compared with a threshold."""

    at_least: str = ""
    below: str = ""


class Condition(Piece):
    """Something that is so, is not so, or is not known of a case: exactly one of the words below.

    all, any, not: of other conditions. not_shown: of a condition that is not known to be so.
    fact: a named fact of the pathway. present, absent: HPO ids, kinds of them included; values measured
    count as the findings they amount to. lasting: how long. shape: lesion words. only_at: the rash is at
    these body sites and at no other. measured, value, again: tests of hoofbeat.terms. treated, response:
    treatments tried. procedure, precedes: work that was done, and before what. done: a stage passed with
    all it asks. given: told from outside. course: what the timeline shows. age: years.
    """

    every: tuple[Condition, ...] | None = Field(default=None, alias="all")
    some: tuple[Condition, ...] | None = Field(default=None, alias="any")
    opposite: Condition | None = Field(default=None, alias="not")
    not_shown: Condition | None = None
    fact: str | None = None
    present: tuple[str, ...] | None = None
    absent: tuple[str, ...] | None = None
    lasting: Lasting | None = None
    shape: tuple[str, ...] | None = None
    only_at: tuple[str, ...] | None = None
    measured: str | None = None
    value: Value | None = None
    again: Again | None = None
    treated: str | None = None
    response: Responded | None = None
    procedure: str | None = None
    precedes: Precedes | None = None
    done: str | None = None
    given: Given | None = None
    course: str | None = None
    age: Age | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Condition:
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(
                f"a condition says one thing, this one {len(said)}: {', '.join(said) or 'nothing'}"
            )
        return self
