"""A pathway as a Mermaid diagram, with the place of a case where one is given."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from hoofbeat.pathways.model import Pathway
from hoofbeat.pathways.result import PathwayResult

_WIDTH = 34
_COLOURS = {
    "passed": "fill:#d9ead3,stroke:#38761d,color:#000",
    "gaps": "fill:#fff2cc,stroke:#7f6000,color:#000,stroke-dasharray:4 3",
    "here": "fill:#cfe2f3,stroke:#073763,color:#000,stroke-width:3px",
}


def to_mermaid(way: Pathway, walked: PathwayResult | None = None) -> str:
    """Return the pathway as a Mermaid flowchart: stages as boxes, ways out as rounded ones.

    walked: the result for one case; its stages are then marked as passed, passed with gaps, and here, in
    words as well as in colour.
    """
    states: dict[str, str] = {view.id: view.state for view in walked.stages} if walked else {}
    if walked and walked.here.kind == "end":
        states[walked.here.id] = "here"
    taken = {(turn.start, turn.to, turn.because) for turn in walked.way} if walked else set()
    boxes = [f'  {s.id}["{_text(s.name, states.get(s.id, ""))}"]' for s in way.file.stages]
    boxes += [f'  {e.id}(["{_text(e.name, states.get(e.id, ""))}"])' for e in way.file.ends]
    stops = [f'  {way.file.start} -.->|"{_wrapped(stop.says)}"| {stop.to}' for stop in way.file.stops]
    return "\n".join(["flowchart TD", *boxes, *_arrows(way, taken), *stops, *_marks(states)]) + "\n"


def _arrows(way: Pathway, taken: set[tuple[str, str, str]]) -> Iterator[str]:
    for stage in way.file.stages:
        for branch in stage.branches:
            arrow = "==>" if (stage.id, branch.to, branch.because) in taken else "-->"
            rule = f"{branch.rule}: " if branch.rule else ""
            yield f'  {stage.id} {arrow}|"{_wrapped(rule + branch.because)}"| {branch.to}'


def _marks(states: dict[str, str]) -> list[str]:
    lines = []
    for name, state in (("passed", "passed"), ("gaps", "passed with gaps"), ("here", "here")):
        members = [identifier for identifier, said in states.items() if said == state]
        if members:
            lines += [f"  classDef {name} {_COLOURS[name]}", f"  class {','.join(members)} {name}"]
    return lines


def _text(name: str, state: str) -> str:
    shown = {"passed": "passed", "passed with gaps": "passed, with gaps", "here": "the case is here"}.get(
        state
    )
    return _wrapped(name) + (f"<br/>({shown})" if shown else "")


def _wrapped(text: str) -> str:
    # quotes and semicolons end a label or a statement in Mermaid
    plain = re.sub(r'["#;<>|{}\[\]]', lambda m: f"#{ord(m[0])};", text)
    return "<br/>".join(textwrap.wrap(plain, _WIDTH, break_long_words=False))
