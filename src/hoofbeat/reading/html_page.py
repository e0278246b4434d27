"""The text with what was read of it marked: one page, no scripts, nothing fetched, readable without colour.

Status shows by colour and by the style of the underline, and is said in words for those who hear the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from hoofbeat.reading.model import Diagnosis, Letter, Proposal, Span

STATUS_WORDS = {
    "present": "present",
    "absent": "absent",
    "uncertain": "uncertain",
    "hypothetical": "hypothetical",
    "historical": "in the past",
    "other": "someone else",
    "value": "value",
    "drug": "treatment",
    "diagnosis": "diagnosis named",
}
# dark text on pale ground, each at least 7 : 1; the underline tells them apart without colour
_STYLE = """
:root{color-scheme:light}
body{font:1rem/1.7 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1a1a1a;background:#fff}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
mark{color:#1a1a1a;padding:0 .1em;text-decoration-line:underline;
text-decoration-thickness:.15em;text-underline-offset:.2em}
.present{background:#d9f2d9;text-decoration-style:solid;text-decoration-color:#1b5e20}
.absent{background:#fde0dc;text-decoration-style:double;text-decoration-color:#8b1a10}
.uncertain{background:#fff3cd;text-decoration-style:wavy;text-decoration-color:#7a4f00}
.hypothetical{background:#fff3cd;text-decoration-style:dotted;text-decoration-color:#7a4f00}
.historical{background:#e3e6ea;text-decoration-style:solid;text-decoration-color:#3b4650}
.other{background:#e8e0f5;text-decoration-style:dashed;text-decoration-color:#4a2d85}
.value{background:#d9ecfb;text-decoration-style:solid;text-decoration-color:#0b4f86}
.drug{background:#d9f0f2;text-decoration-style:dashed;text-decoration-color:#0b5560}
.diagnosis{background:#f3e6d8;text-decoration-style:dotted;text-decoration-color:#6b3d0a}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #767676;vertical-align:top}
.legend mark{margin-right:.8rem}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media print{mark{background:none}}
"""


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Mark(NamedTuple):
    """A piece of the text that was read: how it is drawn, what it was read as, and the finding proposed."""

    span: Span
    style: str
    title: str
    proposal: Proposal | None = None


def page(letter: Letter, *, title: str = "letter") -> str:
    """Return the page. Every word of the letter is escaped; nothing in it can act."""
    about = {
        "patient": "Findings proposed from the text. A person confirms each.",
        "disease": "A text about a disease: nothing here is a finding of a patient.",
    }[letter.kind]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}: as read</title><style>{_STYLE}</style></head><body>\n"
        f"<main><h1>{escape(title)}</h1><p>{about}</p>{_legend()}\n"
        f'<h2>Text</h2><div class="text">{"".join(_marked_text(letter))}</div>\n'
        f"<h2>Findings</h2>{_table(letter)}</main></body></html>\n"
    )


def _legend() -> str:
    marks = "".join(f'<mark class="{style}">{words}</mark> ' for style, words in STATUS_WORDS.items())
    return f'<p class="legend">{marks}</p>'


def style_of(proposal: Proposal) -> str:
    """Return the name of the style a proposal is marked with: its status, or "other" for a relative's."""
    return proposal.assertion.status if proposal.assertion.who in ("patient", "general") else "other"


def standing(diagnosis: Diagnosis) -> str:
    """Return how a diagnosis stands: made, suspected, excluded; "named" where no one is told to have it."""
    return "named" if diagnosis.who == "general" else diagnosis.status


def _marked_text(letter: Letter) -> Iterator[str]:
    at = 0
    for mark in marks(letter):
        yield escape(letter.text[at : mark.span.start])
        words = escape(letter.text[mark.span.start : mark.span.end])
        heard = f'<span class="heard"> ({STATUS_WORDS[mark.style]})</span>'
        yield f'<mark class="{mark.style}" title="{escape(mark.title, quote=True)}">{words}{heard}</mark>'
        at = mark.span.end
    yield escape(letter.text[at:])


def marks(letter: Letter) -> Iterator[Mark]:
    """Yield the marks in the order of the text; where two overlap, the first and longest is drawn."""
    found = [
        Mark(span, style_of(p), f"{p.label} ({p.term}): {_said(p)}", p)
        for p in letter.proposals
        for span in p.spans
    ]
    found += [Mark(v.span, "value", _value_title(v.test, v.direction, v.problem)) for v in letter.values]
    found += [Mark(d.span, "drug", f"{d.name}: response {d.response}") for d in letter.drugs]
    found += [Mark(d.span, "diagnosis", f"{d.name}: {standing(d)}") for d in letter.diagnoses]
    end = 0
    for mark in sorted(found, key=lambda m: (m.span.start, -m.span.end)):
        if mark.span.start >= end and mark.span.end > mark.span.start:
            end = mark.span.end
            yield mark


def _value_title(test: str, direction: str, problem: str) -> str:
    return f"{test}: {problem or direction or 'no range to judge it by'}"


def _said(p: Proposal) -> str:
    who = "" if p.assertion.who == "patient" else f", {p.assertion.who}"
    return STATUS_WORDS[p.assertion.status] + who


def _table(letter: Letter) -> str:
    from hoofbeat.terms import lesion_word, site

    rows = []
    for p in letter.proposals:
        since = f"{p.when.since_days:g} days" if p.when.since_days is not None else p.when.date or ""
        where = ", ".join(site(s).name for s in p.where)
        forms = ", ".join(dict.fromkeys(lesion_word(f).name for f in p.forms))
        cells = (p.label, p.term, _said(p), where, forms, since, p.course or "")
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    names = ("Finding", "Term", "Status", "Where", "Form", "Since", "Course")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
