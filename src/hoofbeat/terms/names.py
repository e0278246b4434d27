"""A name of a term."""

from __future__ import annotations

from typing import NamedTuple


class Synonym(NamedTuple):
    """A name of a term: its scope, and whether patients use it.

    scope: EXACT, BROAD, NARROW or RELATED, as HPO says; LABEL for the preferred name; OURS for our lay words.
    short: it is an abbreviation, or contains one ("DVT", "High TSH").
    """

    text: str
    scope: str
    lay: bool
    short: bool = False
