"""Our own documents as HTML: headings, paragraphs, lists, bold, code and links; everything else is words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_LIST = re.compile(r"- (.*)")
_HEADING = re.compile(r"(#{1,4}) (.*)")


def html_of(text: str) -> str:
    r"""Return a document as HTML, its first heading as h1, each heading with an id made of its words.

    >>> html_of("## It is so\n\n- **bold** <b>")
    '<h2 id="it-is-so">It is so</h2>\n<ul><li><strong>bold</strong> &lt;b&gt;</li></ul>'
    """
    return "\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        heading = _HEADING.fullmatch(lines[0])
        if heading:
            level, words = len(heading[1]), heading[2]
            name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
            yield f'<h{level} id="{name}">{_inline(words)}</h{level}>'
            lines = lines[1:]
        if lines and all(_LIST.match(line) or line.startswith("  ") for line in lines):
            items = re.split(r"\n(?=- )", "\n".join(lines))
            yield "<ul>" + "".join(f"<li>{_inline(' '.join(i[2:].split()))}</li>" for i in items) + "</ul>"
        elif lines:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text: str) -> str:
    out = escape(text, quote=False)
    out = re.sub(r"`([^`]+)`", r"<code>\1</code>", out)
    out = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", out)
    return re.sub(r"\[([^\]]+)\]\((/[^)\s\"<>]*)\)", r'<a href="\2">\1</a>', out)
