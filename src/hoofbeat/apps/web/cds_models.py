"""CDS Hooks 2.0: what a record system sends, and the cards it gets."""

# ruff: noqa: N815 (the fields are named as the standard names them)

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """The standard lets systems add fields of their own."""

    model_config = ConfigDict(extra="allow")


class HookContext(_Open):
    """Who asks about whom."""

    patientId: str = Field(max_length=200)
    userId: str = Field(default="", max_length=200)
    selections: list[str] = Field(default_factory=list, max_length=200)
    draftOrders: dict[str, Any] | None = None


class HookBody(_Open):
    """One call of a hook; prefetch brings the chart, since nothing is fetched from here."""

    hook: Literal["patient-view", "order-select"]
    hookInstance: str = Field(min_length=1, max_length=200)
    context: HookContext
    prefetch: dict[str, Any] | None = None


class Source(BaseModel):
    """Who says it: name, model version and address."""

    label: str
    url: str | None = None


class Link(BaseModel):
    """A way on from the card."""

    label: str
    url: str
    type: Literal["absolute", "smart"]


class Coding(BaseModel):
    """One coded reason."""

    code: str
    system: str
    display: str


class Action(BaseModel):
    """One order that the clinician may place by accepting."""

    type: Literal["create"]
    description: str
    resource: dict[str, Any]


class Suggestion(BaseModel):
    """What may be accepted."""

    label: str
    uuid: str
    isRecommended: bool = False
    actions: list[Action]


class Card(BaseModel):
    """One thought, in a summary under 140 characters, with its reasons behind it."""

    uuid: str
    summary: str = Field(max_length=139)
    indicator: Literal["info", "warning", "critical"]
    detail: str
    source: Source
    suggestions: list[Suggestion]
    selectionBehavior: Literal["any", "at-most-one"]
    overrideReasons: list[Coding]
    links: list[Link]


class HookAnswer(BaseModel):
    """The cards; none when there is nothing to say."""

    cards: list[Card]


class FeedbackItem(_Open):
    """What became of one card."""

    card: str = Field(max_length=200)
    outcome: Literal["accepted", "overridden"]


class FeedbackBody(_Open):
    """What became of cards."""

    feedback: list[FeedbackItem] = Field(max_length=100)
