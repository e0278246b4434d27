"""The text of bytes, HTML pages, PDF and Word files, as a reader sees it."""

from __future__ import annotations

import codecs
import io
import logging
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from typing import Any
from xml.etree import ElementTree as ET

from hoofbeat.errors import InputError, UsageError

LARGEST = 200_000_000  # bytes of one text; a note is some thousands
FORMATS = "plain text, HTML, PDF, DOCX, a FHIR DocumentReference or DiagnosticReport, or OMOP NOTE rows"
LARGEST_DOCX = 20_000_000  # bytes of the XML in it; a book has less
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SECOND_COPY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "ul",
})  # fmt: skip
_BLANKS = re.compile(r"\s+")
# what stands in a head unseen: the head itself has no end that can be trusted, since </head> may be left out
_UNSEEN = frozenset({"script", "style", "title", "template", "noscript"})
_PAGE_HEAD = 1024  # bytes in which a page says its charset
_PAGE_CHARSET = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s?=\s?[\"']?([\w.:-]{1,40})", re.IGNORECASE
)
# what pypdf raises for a PDF with a password; the last, where it lacks the means even to ask for it
_LOCKED = ("FileNotDecryptedError", "WrongPasswordError", "DependencyError")
_CELL_LINES = 3  # a cell with more lines than this is a part of a page laid out by a table


@dataclass
class _Table:
    """A table being read: the text it stands in, and the cells so far of its present row."""

    outer: list[str]
    cells: list[list[str]] = field(default_factory=list)


class _Page(HTMLParser):
    """Collects the text a reader of the page sees; a block begins a new line, a row of a table is one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.tables: list[_Table] = []
        self.unseen = 0
        self.as_typed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.unseen += tag in _UNSEEN
        self.as_typed += tag == "pre"
        if tag == "table":
            self.tables.append(_Table(self.pieces))
        elif tag == "tr":
            self._end_row()
        elif tag in ("td", "th"):
            if not self.tables:
                self.tables.append(_Table(self.pieces))
            self.pieces = []
            self.tables[-1].cells.append(self.pieces)
        elif tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN and self.unseen > 0
        self.as_typed -= tag == "pre" and self.as_typed > 0
        if tag in ("tr", "table"):
            self._end_row()
            if tag == "table" and self.tables:
                self.tables.pop()
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag[0] == "h" or tag in ("p", "div") else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            # blanks and line breaks of the markup mean one blank
            self.pieces.append(data if self.as_typed else _BLANKS.sub(" ", data))

    def _end_row(self) -> None:
        """End the row being read, if any: the ends of cells and rows may be left out."""
        if not self.tables:
            return
        table = self.tables[-1]
        if table.cells:
            table.outer.append(f"\n{_row(''.join(cell) for cell in table.cells)}\n")
        table.cells, self.pieces = [], table.outer

    def text(self) -> str:
        """All that was collected, once everything was fed."""
        self.close()
        while self.tables:
            self._end_row()
            self.tables.pop()
        return "".join(self.pieces)


def _row(cells: Iterable[str]) -> str:
    r"""Return a row of a table as a line, its cells parted by tabs; where a table lays out a page, its lines.

    >>> _row(["Hb", " 89\n", "g/L"])
    'Hb\t89\tg/L'
    """
    lines = [_lines_of(cell) for cell in cells]
    if len(lines) == 1 or any(len(cell) > _CELL_LINES for cell in lines):
        return "\n".join(line for cell in lines for line in cell)
    return "\t".join(_on_one_line(cell) for cell in lines).rstrip()


def _lines_of(cell: str) -> list[str]:
    return [tidy for line in cell.split("\n") if (tidy := _tidy(line).strip())]


def _on_one_line(lines: Sequence[str]) -> str:
    """Lines of a cell on one: a unit or a bracket goes on, anything else is a statement of its own."""
    out = "".join(lines[:1])
    for line in lines[1:]:
        out += (" " if out[-1].isdigit() or not line[0].isalpha() else "; ") + line
    return out


def html_text(markup: str) -> str:
    """Return the text of an HTML page as a reader sees it, a row of a table as a line with tabs.

    >>> html_text("<h1>Skin</h1><p>red &amp; scaly</p><script>x</script>").split()
    ['Skin', 'red', '&', 'scaly']
    """
    page = _Page()
    page.feed(markup)
    lines = [_tidy(line) for line in page.text().split("\n")]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip() + "\n"


def _tidy(line: str) -> str:
    return "\t".join(_BLANKS.sub(" ", cell).strip() for cell in line.split("\t")).rstrip()


def decoded(data: bytes, where: str, charset: str = "") -> str:
    """Return bytes as text: of the charset declared, else UTF-8, or UTF-16 with its mark.

    A charset is never guessed. Raises InputError for anything else.
    """
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        what = "The file is an old Word file (.doc), or a new one with a password"
        raise InputError(what, where=where, remedy="save it without one as .docx, or as text")
    if data[:5] == b"{\\rtf":
        raise InputError("The file is rich text (RTF)", where=where, remedy="save it as .docx or text")
    if not data.strip():
        raise InputError("The file is empty", where=where, remedy=f"give {FORMATS}")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        if b"\0" in data[:4096]:
            raise InputError("The file holds binary data, not text", where=where, remedy=f"give {FORMATS}")
        return data.decode(_codec(data, charset, where))
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise InputError(
            f"The file is not {charset[:40] or 'UTF-8'} text",
            where=f"{where}, line {line}".lstrip(", "),
            why="Other encodings turn letters such as µ and ö into others.",
            remedy="save it as UTF-8",
        ) from None


def _codec(data: bytes, charset: str, where: str) -> str:
    """The codec of a charset that is declared, beside the text or in the head of a page."""
    if not charset and data.lstrip()[:1] == b"<" and (told := _PAGE_CHARSET.search(data[:_PAGE_HEAD])):
        charset = told[1].decode("ascii")
    try:
        name = codecs.lookup(charset).name if charset else "utf-8"
        "".encode(name)  # some codecs are not for text
    except (LookupError, ValueError, TypeError):
        raise InputError(
            "The text is declared to be in an encoding that is not known",
            where=where,
            remedy="save it as UTF-8",
        ) from None
    # what is declared so is written by Windows, whose letters are the same and some more
    return {"utf-8": "utf-8-sig", "iso8859-1": "cp1252", "ascii": "cp1252"}.get(name, name)


def looks_like_html(start: str) -> bool:
    """Whether a text that begins with < is a page."""
    lower = start.lower()
    return any(
        f"<{tag}" in lower
        for tag in (
            "!doctype",
            "html",
            "body",
            "head",
            "div",
            "p>",
            "p ",
            "h1",
            "table",
            "tr>",
            "td",
            "pre>",
            "span",
            "ul",
        )
    )


def pdf_text(data: bytes, where: str) -> str:
    """Return the text of a PDF, page after page. Raises InputError, also where it holds pictures only."""
    try:
        pypdf = import_module("pypdf")
    except ImportError:
        raise UsageError(
            "A PDF cannot be read: the package pypdf is not installed",
            where=where,
            remedy="pip install 'hoofbeat[read]', or save the text from the PDF",
        ) from None
    # its warnings may quote the file
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        pages = [page.extract_text() or "" for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    except Exception as fault:  # noqa: BLE001 (a damaged PDF can fail in many ways, and its text must not be told)
        name = type(fault).__name__
        locked = name in _LOCKED
        reason = "it is locked by a password" if locked else f"it is damaged ({name})"
        remedy = "save a copy without the password" if locked else "save its text"
        raise InputError(f"The PDF cannot be read: {reason}", where=where, remedy=remedy) from None
    text = "\n\n".join(pages)
    if not text.strip():
        remedy = "run text recognition (OCR) on it first"
        raise InputError("The PDF holds no text, perhaps a scan", where=where, remedy=remedy)
    return text


def docx_text(data: bytes, where: str) -> str:
    """Return the text of a Word file (.docx), a paragraph a line, a row of a table a line with tabs.

    Raises InputError.
    """
    remedy = "save it again as .docx, or as text"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if "word/document.xml" not in parts.namelist():
                raise InputError(
                    "The file is a zip archive, not a Word file", where=where, remedy=f"give {FORMATS}"
                )
            if parts.getinfo("word/document.xml").file_size > LARGEST_DOCX:
                limit = f"The text of the Word file is larger than {LARGEST_DOCX // 1_000_000} MB"
                raise InputError(limit, where=where, remedy="split it")
            tree = ET.fromstring(parts.read("word/document.xml"))  # noqa: S314 (expat refuses endless entities)
        text = "\n".join(_word_lines(tree))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ET.ParseError,
        OSError,
        ValueError,
        RuntimeError,
    ):  # fmt: skip (RuntimeError: a password, nesting without end, an unknown way of packing)
        raise InputError("The Word file is damaged", where=where, remedy=remedy) from None
    if not text.strip():
        raise InputError("The Word file holds no text", where=where, remedy=remedy)
    return text + "\n"


def _word_lines(part: Any) -> Iterator[str]:
    for child in part:
        if child.tag == f"{_WORD}p":
            yield "".join(_runs(child))
        elif child.tag == f"{_WORD}tr":
            yield _row("\n".join(_word_lines(cell)) for cell in _word_cells(child))
        elif child.tag != _SECOND_COPY:
            yield from _word_lines(child)


def _word_cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == f"{_WORD}tc":
            yield child
        else:  # a form field may lie around a cell
            yield from _word_cells(child)


def _runs(part: Any) -> Iterator[str]:
    for child in part:
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag == f"{_WORD}tab":
            yield "\t"
        elif child.tag in (f"{_WORD}br", f"{_WORD}cr"):
            yield "\n"
        elif child.tag == f"{_WORD}txbxContent":
            yield "\n" + "\n".join(_word_lines(child)) + "\n"
        # the tabs of a paragraph's form are places, not characters
        elif child.tag not in (f"{_WORD}pPr", _SECOND_COPY):
            yield from _runs(child)
