"""A small drawing for each lesion word: what the word looks like, for choosing and for learning."""

from __future__ import annotations

from functools import cache

from hoofbeat.reports.data_files import read_data
from hoofbeat.reports.svg import drawing
from hoofbeat.terms import lesion_word

_SIZE = 96.0
# What the letters of the data file stand for; attributes, since a strict page refuses style.
_STROKE: dict[str, object] = {
    "fill": "none",
    "stroke": "currentColor",
    "stroke_linecap": "round",
    "stroke_linejoin": "round",
}
_CLASSES: dict[str, dict[str, object]] = {
    "s": {**_STROKE, "stroke_width": 3},
    "t": {**_STROKE, "stroke_width": 1.5},
    "d": {**_STROKE, "stroke_width": 1.5, "stroke_dasharray": "4 4"},
    "w": {**_STROKE, "stroke_width": 9},
    "f": {"fill": "currentColor", "fill_opacity": 0.25},
    "k": {"fill": "currentColor", "fill_opacity": 0.7},
}


def lesion_svg(word: str, *, size: int = 96) -> str:
    """Return the drawing of a lesion word with its name and meaning.

    word: a slug of hoofbeat.terms ("annular"). size: its width and height on the page in pixels.
    Raises UnknownTerm for a word that the vocabulary has not.
    """
    known = lesion_word(word)
    drawn = _drawings()[known.slug]
    for letter, attributes in _CLASSES.items():
        plain = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        drawn = drawn.replace(f' class="{letter}"', plain)
    whole = drawing(
        [drawn],
        width=_SIZE,
        height=_SIZE,
        title=known.name,
        says=known.means,
        key=f"lesion-{known.slug}",
        kind="lesion",
    )
    if size == _SIZE:
        return whole
    return whole.replace('width="96" height="96" role', f'width="{size}" height="{size}" role', 1)


@cache
def _drawings() -> dict[str, str]:
    return {str(word): str(drawn) for word, drawn in read_data("lesions.yaml").items()}
