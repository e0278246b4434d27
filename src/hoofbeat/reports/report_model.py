"""What a report is: sections of paragraphs, lists, tables and figures, the same however it is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hoofbeat.reports.footnotes import Footnote
from hoofbeat.reports.wording import clean

SCHEMA = 1
NOTICE = "Not cleared or certified as a medical device; for research and education."
# Words that any file may hold: a case may bring control characters, which some formats refuse.
Words = Annotated[str, AfterValidator(clean)]
Tone = Literal["", "lead", "for", "against", "neither", "assumption", "mind", "mark"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Text(_Record):
    """A run of words with the numbers of the footnotes it rests on; tone says what part it plays."""

    words: Words
    notes: tuple[int, ...] = ()
    tone: Tone = ""


class Paragraph(_Record):
    """One paragraph."""

    kind: Literal["paragraph"] = "paragraph"
    text: Text


class Heading(_Record):
    """A heading within a section."""

    kind: Literal["heading"] = "heading"
    words: Words


class Entry(_Record):
    """One point of a list, with lines beneath it."""

    text: Text
    beneath: tuple[Text, ...] = ()


class Points(_Record):
    """A list of points; ordered where their order means something."""

    kind: Literal["points"] = "points"
    entries: tuple[Entry, ...]
    ordered: bool = False


class Cell(_Record):
    """One cell of a table. share: 0 to 1, drawn as a bar beside the words."""

    words: Words
    notes: tuple[int, ...] = ()
    tone: Tone = ""
    share: float | None = None


class Table(_Record):
    """A table with a caption, named columns, and rows whose first cell names the row."""

    kind: Literal["table"] = "table"
    caption: Words
    columns: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Figure(_Record):
    """A drawing as SVG text, made by us; alt says in words what it shows, where the text before does not."""

    kind: Literal["figure"] = "figure"
    svg: str
    caption: Words
    alt: Words


Block = Paragraph | Heading | Points | Table | Figure


class Section(_Record):
    """A part of the report with an id that scripts may rely on."""

    id: str
    title: Words
    blocks: tuple[Block, ...]


class CaseReport(_Record):
    """Everything a report says, before it is drawn as a page, text or a file.

    numbers: whether chances and ratios are in it; where they are not, no way of writing can show them.
    date: as given by the caller; never today's, so that the same case is the same bytes.
    results: the answers it was made from (ranking, explanations, next_steps, pathway, timeline).
    """

    schema_version: int = SCHEMA
    case: Words
    title: Words
    about: tuple[tuple[str, Words], ...]
    setting: str
    numbers: bool
    date: Words | None
    sections: tuple[Section, ...]
    footnotes: tuple[Footnote, ...]
    program_version: str
    model_version: str
    ontology_release: str
    results: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)
