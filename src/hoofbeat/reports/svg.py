"""SVG written by hand: a few tags, every word escaped, no style attribute (a strict page would refuse it).

Colours come from currentColor, so that a drawing follows the page in light, dark and high contrast;
meaning is never in colour alone. Classes let a page colour them further.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hoofbeat.reports.wording import clean


def tag(name: str, *inner: str, **attributes: object) -> str:
    """Return one element; attribute names lose a closing underscore and turn others into hyphens.

    >>> tag("text", words("a<b"), class_="t", font_size=12)
    '<text class="t" font-size="12">a&lt;b</text>'
    """
    parts = [
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    ]
    body = "".join(inner)
    return f"<{name}{''.join(parts)}>{body}</{name}>" if body else f"<{name}{''.join(parts)}/>"


def words(text: str) -> str:
    """Return text that may stand between tags."""
    return escape(clean(text), quote=False)


def drawing(
    inner: Iterable[str], *, width: float, height: float, title: str, says: str, key: str, kind: str = ""
) -> str:
    """Return a whole drawing with its title and description, named for screen readers.

    key: makes the ids of title and description unique on a page. kind: its class beside "drawing", the key
    itself where nothing is said.
    """
    return tag(
        "svg",
        tag("title", words(title), id=f"{key}-name"),
        tag("desc", words(says), id=f"{key}-says") if says else "",
        *inner,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{key}-name {key}-says" if says else f"{key}-name",
        class_=f"drawing {kind or key}",
        font_family="system-ui, sans-serif",
    )


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> str:
    """Return a straight line in the page's ink."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **({"stroke": "currentColor"} | attributes))


def rect(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """Return a rectangle in the page's ink."""
    return tag(
        "rect", x=x, y=y, width=max(width, 0.0), height=height, **({"fill": "currentColor"} | attributes)
    )


def label(x: float, y: float, text: str, **attributes: object) -> str:
    """Return a line of text, its left end (or what text_anchor says) at x."""
    return tag("text", words(text), x=x, y=y, **({"font_size": 13, "fill": "currentColor"} | attributes))


def shortened(text: str, most: int) -> str:
    """Return a text that fits: cut at a word where one is near."""
    if len(text) <= most:
        return text
    cut = text[: most - 1].rstrip()
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > most * 0.6 else cut) + "…"


def _value(value: object) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)
