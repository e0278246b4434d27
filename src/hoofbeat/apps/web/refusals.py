"""What is said when something cannot be done: one shape for every door, and pages for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from hoofbeat.errors import HoofbeatError, InputError, Issue, UsageError


class ErrorBody(BaseModel):
    """What happened, where, why it matters, and what to do about it; kind is a stable word for programs."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""


class IssueBody(BaseModel):
    """One fault found in data."""

    model_config = ConfigDict(extra="forbid")

    level: str
    category: str
    message: str
    remedy: str = ""
    where: str = ""


class ErrorAnswer(BaseModel):
    """Every refusal: the error, and the faults found in the case, if it was one that was read."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody
    issues: list[IssueBody] = Field(default_factory=list)


class Refusal(Exception):
    """A request that is not answered, with the status it gets."""

    def __init__(
        self,
        status: int,
        kind: str,
        what: str,
        *,
        where: str = "",
        why: str = "",
        remedy: str = "",
        issues: Sequence[Issue] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status, self.headers = status, dict(headers or {})
        self.body = ErrorBody(kind=kind, what=what, where=where, why=why, remedy=remedy)
        self.issues = [issue.as_json() for issue in issues]

    def as_json(self) -> dict[str, Any]:
        """Return the documented answer."""
        return {"error": self.body.model_dump(), "issues": self.issues}

    def response(self) -> JSONResponse:
        """Return the answer for programs."""
        return JSONResponse(self.as_json(), self.status, self.headers)


def refusal_of(fault: HoofbeatError, *, status: int | None = None) -> Refusal:
    """Return what to answer for one of our own errors."""
    if status is None:
        status = 400 if isinstance(fault, UsageError) else 422 if isinstance(fault, InputError) else 500
    return Refusal(status, _kind(fault), fault.what, where=fault.where, why=fault.why, remedy=fault.remedy)


def invalid(errors: Iterable[Mapping[str, Any]], where: str = "body") -> Refusal:
    """Return what to answer for a request that does not have the documented shape."""
    first = next(iter(errors), None)
    if first is None:
        return Refusal(422, "invalid", "The request does not have the documented shape")
    # parts of the path that name a branch of the schema rather than a field mean nothing to a reader
    place = ".".join(str(part) for part in first["loc"] if not str(part).startswith("_"))
    return Refusal(
        422,
        "invalid",
        f"{place or where}: {str(first['msg']).removeprefix('Value error, ')}",
        where=where,
        remedy="see /api for the fields and what they may hold",
    )


def unexpected() -> Refusal:
    """Return what to answer for a fault of ours; its details stay out of the answer and out of the log."""
    return Refusal(
        500,
        "fault",
        "Something went wrong in the program",
        why="Nothing of the request was kept.",
        remedy="try again; if it happens again, report what you did, without any detail of a patient",
    )


def _kind(fault: HoofbeatError) -> str:
    name = type(fault).__name__
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-").removesuffix("-error")
