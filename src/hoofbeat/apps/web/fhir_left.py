"""What of a chart was not read, and why: counted by kind, and said; never its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from hoofbeat.errors import Issue

# where each count is told: category, words before the count, and what to do
_TOLD = {
    "other-patient": (
        "Of another patient, and left out",
        "find out how it came into this chart",
    ),
    "not-used": (
        "Could not be used, for want of a code or value that is known",
        "look through the chart, and add by hand what matters",
    ),
    "doubtful": (
        "Provisional, unconfirmed or not final, and not counted",
        "add by hand what has been settled since",
    ),
    "left-out": ("Entered in error, cancelled or not done, and left out", ""),
    "not-read": ("Kinds of entry that are not read", "add by hand what matters"),
    "words-not-read": (
        "Conclusions of reports in words alone, which are not read",
        "paste them as a letter; they are proposed and counted once confirmed",
    ),
    "not-along": ("Results that a report or prescription names, and that did not come along", ""),
    "over": (
        "Marked as resolved, inactive or in remission, and counted as findings all the same",
        "leave out what has nothing to do with today",
    ),
    "one-weight": (
        "Body weights from which no fall can be read: two days of weighing are needed",
        "add weight loss by hand if the patient tells of it",
    ),
    "regained": ("Body weight that fell and was put on again, not counted as weight loss", ""),
    "unsent": ("Lists that go on, of which the first part was sent", "send the other pages too"),
    "beyond": ("More entries than are read of one chart", "send the last years only"),
}


class LeftOut:
    """Counts what was not used, by reason and kind of resource."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, why: str, kind: object, count: int = 1) -> None:
        """Count what is left out. why: one of the reasons above. kind: the type of the resource."""
        self._counts.setdefault(why, Counter())[_name(kind)] += count

    def issues(self) -> Iterator[Issue]:
        """Yield a warning for each reason, in the order they are listed above."""
        for why, (said, remedy) in _TOLD.items():
            counts: Mapping[str, int] = self._counts.get(why, {})
            if counts:
                listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
                yield Issue("warning", why, f"{said}: {listed}", remedy)


def _name(kind: object) -> str:
    """Return the type of a resource; what is no plain name might be anything, and is not repeated."""
    name = str(kind or "")
    return name if name.isascii() and name.isalpha() and name[:1].isupper() and len(name) <= 40 else "unknown"
