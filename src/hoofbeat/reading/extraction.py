"""The text of HTML pages, PDF and Word files, as a reader sees it."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from typing import Any
from xml.etree import ElementTree as ET

from hoofbeat.errors import InputError, UsageError

LARGEST = 200_000_000  # bytes of one text; a note is some thousands
FORMATS = "plain text, HTML, PDF, DOCX, a FHIR DocumentReference or DiagnosticReport, or OMOP NOTE rows"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td",
    "th", "tr", "ul",
})  # fmt: skip
_BLANKS = re.compile(r"\s+")
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript"})


class _Page(HTMLParser):
    """Collects the text a reader of the page sees; a block begins a new line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN and self.unseen > 0
        if tag in _BLOCKS:
            self.pieces.append("\n\n" if tag[0] == "h" or tag in ("p", "div") else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            # blanks and line breaks of the markup mean one blank
            self.pieces.append(_BLANKS.sub(" ", data))


def html_text(markup: str) -> str:
    """Return the text of an HTML page as a reader sees it.

    >>> html_text("<h1>Skin</h1><p>red &amp; scaly</p><script>x</script>").split()
    ['Skin', 'red', '&', 'scaly']
    """
    page = _Page()
    page.feed(markup)
    page.close()
    lines = [_BLANKS.sub(" ", line).strip() for line in "".join(page.pieces).split("\n")]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip() + "\n"


def looks_like_html(start: str) -> bool:
    """Whether a text that begins with < is a page."""
    lower = start.lower()
    return any(
        f"<{tag}" in lower
        for tag in ("!doctype", "html", "body", "head", "div", "p>", "p ", "h1", "table", "ul")
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
        reason = f"it is damaged or locked ({type(fault).__name__})"
        raise InputError(f"The PDF cannot be read: {reason}", where=where, remedy="save its text") from None
    text = "\n\n".join(pages)
    if not text.strip():
        remedy = "run text recognition (OCR) on it first"
        raise InputError("The PDF holds no text, perhaps a scan", where=where, remedy=remedy)
    return text


def docx_text(data: bytes, where: str) -> str:
    """Return the text of a Word file (.docx), a paragraph a line. Raises InputError."""
    remedy = "save it again as .docx, or as text"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if "word/document.xml" not in parts.namelist():
                raise InputError(
                    "The file is a zip archive, not a Word file", where=where, remedy=f"give {FORMATS}"
                )
            if parts.getinfo("word/document.xml").file_size > LARGEST:
                raise InputError("The text is larger than 200 MB", where=where, remedy="split it")
            tree = ET.fromstring(parts.read("word/document.xml"))  # noqa: S314 (expat refuses endless entities)
    except (zipfile.BadZipFile, ET.ParseError, OSError, ValueError, RuntimeError, NotImplementedError):
        raise InputError("The Word file is damaged", where=where, remedy=remedy) from None
    text = "\n".join("".join(_runs(paragraph)) for paragraph in tree.iter(f"{_WORD}p"))
    if not text.strip():
        raise InputError("The Word file holds no text", where=where, remedy=remedy)
    return text + "\n"


def _runs(paragraph: Any) -> Iterator[str]:
    for part in paragraph.iter():
        if part.tag == f"{_WORD}t":
            yield part.text or ""
        elif part.tag == f"{_WORD}tab":
            yield "\t"
        elif part.tag in (f"{_WORD}br", f"{_WORD}cr"):
            yield "\n"
