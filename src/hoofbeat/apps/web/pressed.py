"""What a button of the page does to the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from hoofbeat.apps.web.proposals import Pasted, add_confirmed, read_pasted
from hoofbeat.apps.web.sheet import FindingRow, Sheet, TreatmentRow, ValueRow
from hoofbeat.apps.web.typed import Suggestion, add_choice, add_term, add_typed
from hoofbeat.cases import read_case


@dataclass
class Outcome:
    """What is said after a button, and what is shown besides: near terms, or proposals to confirm."""

    said: str = ""
    near: list[Suggestion] = field(default_factory=list)
    pasted: Pasted | None = None


def press(sheet: Sheet, fields: Mapping[str, str]) -> Outcome:
    """Do what was pressed; typed words count as "add" when nothing else was."""
    verb, _, rest = fields.get("do", "").partition(":")
    outcome = Outcome()
    handler = _VERBS.get(verb)
    if handler is not None:
        outcome.said = handler(sheet, rest)
    elif verb == "read":
        outcome.pasted = read_pasted(fields.get("note", ""))
        outcome.said = outcome.pasted.said
    elif verb == "confirm":
        outcome.said = add_confirmed(sheet, fields)
    elif fields.get("pick"):
        outcome.said = add_choice(sheet, fields["pick"], fields.get("add", ""))
    elif verb == "pick":
        outcome.said = add_choice(sheet, rest, fields.get("add", ""))
    elif fields.get("add", "").strip():
        outcome.said, outcome.near = add_typed(sheet, fields["add"])
    if fields.get("treat", "").strip() and verb in ("", "add", "treat"):
        name = fields["treat"].strip()[:200]
        sheet.treatments.append(TreatmentRow(name, fields.get("treat-response", "unknown")))
        outcome.said = f"{name} added to the treatments."
    return outcome


Row = FindingRow | ValueRow | TreatmentRow


def _row(sheet: Sheet, place: str) -> tuple[list[Any], int] | None:
    lists: dict[str, list[Any]] = {"f": sheet.findings, "m": sheet.values, "t": sheet.treatments}
    rows = lists.get(place[:1])
    if rows is None or not place[1:].isdigit() or int(place[1:]) >= len(rows):
        return None
    return rows, int(place[1:])


def _name(row: Row) -> str:
    if isinstance(row, FindingRow):
        return row.label
    return row.test if isinstance(row, ValueRow) else row.name


def _leave(sheet: Sheet, place: str) -> str:
    found = _row(sheet, place)
    if found is None:
        return ""
    row = found[0][found[1]]
    row.left = not row.left
    return f"{_name(row)} is left out." if row.left else f"{_name(row)} counts again."


def _remove(sheet: Sheet, place: str) -> str:
    found = _row(sheet, place)
    return f"{_name(found[0].pop(found[1]))} removed." if found else ""


def _choose(sheet: Sheet, disease: str) -> str:
    sheet.chosen = disease[:120]
    return "The reasons are shown."


def _new(sheet: Sheet, _: str) -> str:
    fresh = Sheet(setting=sheet.setting, numbers=sheet.numbers)
    sheet.__dict__.update(fresh.__dict__)
    return "The form is empty."


def _example(sheet: Sheet, _: str) -> str:
    text = (files("hoofbeat.apps.web") / "example.yaml").read_bytes()
    sheet.take(read_case(text))
    return "The published patient is in the form."


def _more(sheet: Sheet, _: str) -> str:
    sheet.top = 10 if sheet.top > 10 else 30
    return ""


def _ask(sheet: Sheet, answer: str) -> str:
    """Answer a question of the next steps on the spot: "present:HP:…" or "absent:HP:…"."""
    state, _, term = answer.partition(":")
    return add_term(sheet, term, state) if state in ("present", "absent") else ""


_VERBS: dict[str, Callable[[Sheet, str], str]] = {
    "leave": _leave,
    "remove": _remove,
    "choose": _choose,
    "new": _new,
    "example": _example,
    "more": _more,
    "ask": _ask,
}
