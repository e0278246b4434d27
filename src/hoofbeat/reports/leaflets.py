"""A leaflet for patients, filled from the disease model: plain words, every line with what it rests on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from hoofbeat.errors import KnowledgeError, UnknownTerm, UsageError
from hoofbeat.knowledge import Disease, find_disease, load_knowledge
from hoofbeat.pathways import load_pathway, pathway_slugs
from hoofbeat.reports.data_files import DATA, read_data
from hoofbeat.reports.footnotes import Footnote, Footnotes
from hoofbeat.reports.leaflet_numbers import Filler
from hoofbeat.reports.report_model import Entry, Paragraph, Points, Section, Text

_SHIPPED = Path(str(files("hoofbeat.knowledge"))) / "data"
_NOTE = re.compile(r"\s*\[\^([^\]]+)\]")
_FILL = re.compile(r"\{\{\s*(.+?)\s*\}\}")
# Marks that are no source: what we advise, what stands in any textbook, and what nobody has counted.
ADVICE, GENERAL, ASSUMED = MARKS = ("advice", "general", "assumed")


class Trace(NamedTuple):
    """One line of a leaflet and the sources, or the marks, that it rests on."""

    words: str
    keys: tuple[str, ...]


class Leaflet(BaseModel):
    """A leaflet in one language: sections of plain words, its sources, and the trace of every line.

    cause: the cause it was made for, by its id in the model; none for the disease as a whole.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    slug: str
    cause: str | None
    lang: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    footnotes: tuple[Footnote, ...]
    traces: tuple[Trace, ...]
    labels: Mapping[str, str]
    model_version: str

    @property
    def words(self) -> str:
        """All that a patient reads, without sources and marks: what reading ease is measured on."""
        return "\n".join(trace.words for trace in self.traces)

    @property
    def headings(self) -> tuple[str, ...]:
        """The title and every heading."""
        return (self.title, *(section.title for section in self.sections))


def leaflet(slug: str, *, cause: str | None = None, lang: str = "en") -> Leaflet:
    """Return the leaflet of a disease, or of one of its causes.

    slug: a slug, id or name. cause: the id of a cause in the model ("cirrhosis"). lang: "en", or one
    for which a file leaflet.<lang>.md stands beside the model. It is general and about no patient.
    Raises UnknownTerm for a disease or cause that is not known, UsageError for a language that is not there.
    """
    disease = find_disease(load_knowledge(), slug)
    template = _template(disease, lang)
    causes = _cause_texts(lang).get(disease.slug, {})
    if cause is not None and cause not in causes:
        raise UnknownTerm(
            f"{disease.slug} has no leaflet for the cause {cause!r} in {lang}",
            why="each cause has its own page, named by its id in the model",
            remedy=f"one of: {', '.join(causes)}" if causes else "leave --cause out",
        )
    return _Writer(disease, cause, lang).write(template)


def leaflet_slugs() -> tuple[str, ...]:
    """Return the diseases that have a leaflet."""
    return tuple(sorted({path.parent.name for path in _files("*")}))


def leaflet_causes(slug: str, *, lang: str = "en") -> tuple[str, ...]:
    """Return the causes of a disease that have a leaflet of their own."""
    disease = find_disease(load_knowledge(), slug)
    return tuple(_cause_texts(lang).get(disease.slug, {}))


def leaflet_languages(slug: str) -> tuple[str, ...]:
    """Return the languages in which a disease has a leaflet, English first."""
    found = {path.name.split(".")[1] for path in _files(slug)}
    return tuple(sorted(found, key=lambda lang: (lang != "en", lang)))


def _template(disease: Disease, lang: str) -> str:
    languages = leaflet_languages(disease.slug)
    if lang not in languages:
        if not languages:
            raise UnknownTerm(
                f"{disease.name} has no leaflet",
                why="a leaflet is written by hand beside the model and filled from it",
                remedy=f"one of: {', '.join(leaflet_slugs())}",
            )
        raise UsageError(f"the leaflet is not there in {lang!r}", remedy=f"one of: {', '.join(languages)}")
    named = [path for path in _files(disease.slug) if path.name == f"leaflet.{lang}.md"]
    return named[-1].read_text(encoding="utf-8")


def _files(slug: str) -> list[Path]:
    """Leaflets of a disease beside the models: shipped ones first, then those of HOOFBEAT_MODELS."""
    added = [
        Path(word).expanduser() for word in os.environ.get("HOOFBEAT_MODELS", "").split(os.pathsep) if word
    ]
    return [p for folder in (_SHIPPED, *added) for p in (folder / "diseases").glob(f"{slug}/leaflet.*.md")]


@cache
def _cause_texts(lang: str) -> dict[str, dict[str, dict[str, Any]]]:
    name = f"leaflet_causes.{lang}.yaml"
    found: dict[str, dict[str, dict[str, Any]]] = read_data(name) if (DATA / name).exists() else {}
    return found


class _Writer:
    """Fills one template and remembers, for each line, what it rests on."""

    def __init__(self, disease: Disease, cause: str | None, lang: str) -> None:
        self.disease, self.cause, self.lang = disease, cause, lang
        self.knowledge = load_knowledge()
        self.notes = Footnotes(self.knowledge)
        said: dict[str, Any] = read_data(f"leaflet_words.{lang}.yaml")
        self.filler = Filler(disease, said.pop("numbers"))
        self.labels: dict[str, str] = said
        self.traces: list[Trace] = []
        self.subtitle = ""

    def write(self, template: str) -> Leaflet:
        title = heading = ""
        sections: list[Section] = []
        entries: list[tuple[bool, Text]] = []
        for line in _lines(_without_comments(template)):
            if line.startswith("# "):
                title = self._heard(line[2:])
            elif line.startswith("## "):
                self._close(sections, heading, entries)
                heading, entries = self._heard(line[3:]), []
            elif line == "{{ cause }}":
                entries += self._of_cause()
            else:
                entries.append((line.startswith("- "), self._text(line.removeprefix("- "))))
        self._close(sections, heading, entries)
        return Leaflet(
            slug=self.disease.slug,
            cause=self.cause,
            lang=self.lang,
            title=title,
            subtitle=self.subtitle,
            sections=tuple(sections),
            footnotes=self.notes.written(),
            traces=tuple(self.traces),
            labels=self.labels,
            model_version=self.knowledge.version,
        )

    def _heard(self, heading: str) -> str:
        self.traces.append(Trace(heading, ()))
        return heading

    def _text(self, line: str) -> Text:
        """One line: numbers filled in, its marks taken off and remembered."""
        keys = [key for held in _NOTE.findall(line) for key in held.split()]
        plain = _NOTE.sub("", line)
        for held in _FILL.findall(plain):
            words, leans_on = self.filler.fill(held)
            plain = plain.replace("{{ " + held + " }}", words)
            keys += leans_on
        keys = list(dict.fromkeys(keys))
        unknown = [k for k in keys if k not in MARKS and k not in self.knowledge.sources]
        if not keys or unknown:
            what = f"cites {unknown[0]}, which has no file" if unknown else "says nothing of what it rests on"
            raise KnowledgeError(
                f"a line of the leaflet {what}: {plain[:60]!r}",
                where=f"{self.disease.slug}/leaflet.{self.lang}.md",
                remedy="end it with [^source_key], or with [^advice], [^general] or [^assumed]",
            )
        self.traces.append(Trace(plain, tuple(keys)))
        return Text(words=plain, notes=self.notes.of(k for k in keys if k not in MARKS))

    def _of_cause(self) -> list[tuple[bool, Text]]:
        """The lines on the chosen cause, or a short list of all of them."""
        texts = _cause_texts(self.lang).get(self.disease.slug, {})
        sources = _cause_sources(self.disease)
        if self.cause is None:
            named = [self._text(f"{t['name']}. [^{_keys(sources[i])}]") for i, t in texts.items()]
            return [(True, text) for text in named]
        told = texts[self.cause]
        marks = _keys(sources[self.cause])
        self.subtitle = str(told["title"])
        self.traces.append(Trace(self.subtitle, ()))
        lines = [(False, f"{told['is']} [^{GENERAL}]"), (False, f"{told['link']} [^{marks}]")]
        lines += [(True, f"{self.labels['look']}: {told['look']} [^{marks}]")]
        lines += [(True, f"{self.labels['treat']}: {told['treat']} [^{marks}]")]
        return [(point, self._text(line)) for point, line in lines]

    @staticmethod
    def _close(sections: list[Section], heading: str, entries: Iterable[tuple[bool, Text]]) -> None:
        """Turn the lines since the last heading into a section: paragraphs, and runs of points."""
        blocks: list[Paragraph | Points] = []
        for point, text in entries:
            last = blocks[-1] if blocks else None
            if point and isinstance(last, Points):
                blocks[-1] = Points(entries=(*last.entries, Entry(text=text)))
            else:
                blocks.append(Points(entries=(Entry(text=text),)) if point else Paragraph(text=text))
        if blocks:
            sections.append(Section(id=f"part-{len(sections) + 1}", title=heading, blocks=tuple(blocks)))


def _keys(sources: Iterable[str]) -> str:
    return " ".join(sources) or ASSUMED


def _cause_sources(disease: Disease) -> dict[str, tuple[str, ...]]:
    """What each cause rests on: the model's sources, and those of its place on the pathway."""
    found = {c.id: list(c.sources) for c in disease.about.causes}
    if disease.slug in pathway_slugs():
        for path in load_pathway(disease.slug).file.causes:
            found.setdefault(path.id, []).extend(path.sources)
    return {name: tuple(dict.fromkeys(keys)) for name, keys in found.items()}


def _without_comments(text: str) -> str:
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def _lines(text: str) -> Iterable[str]:
    """Paragraphs, points and headings, each as one line."""
    held: list[str] = []
    for line in (*text.splitlines(), ""):
        begins = line.startswith(("# ", "## ", "- ", "{{ cause }}"))
        if held and (begins or not line.strip()):
            yield " ".join(held)
            held = []
        if line.strip():
            held.append(line.strip())
