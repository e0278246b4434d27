"""Numbers of a disease model in words for everybody: "about 7 in 10 people", "2 to 16 days"."""

from __future__ import annotations

from collections.abc import Mapping

from hoofbeat.errors import KnowledgeError
from hoofbeat.knowledge import Amount, Disease, Evidence, Frequency


class Filler:
    """Fills the {{ … }} of a leaflet from one model; each answer comes with the sources it rests on.

    {{ share finding HP:0001824 with_nme }}, {{ share course rash_before_tumour }}, {{ share variant
    with_nme }}, {{ share cause men1 }}, {{ share male }}: how many people. {{ amount course lesion_cycle }},
    {{ amount age }}: from and to, with the unit. {{ million incidence }}: people in 100 million.
    """

    def __init__(self, disease: Disease, words: Mapping[str, str]) -> None:
        self._disease, self._words = disease, words

    def fill(self, asked: str) -> tuple[str, tuple[str, ...]]:
        """Return the words for one placeholder and the sources of its number, "assumed" among them."""
        kind, *path = asked.split()
        number = self._number(path)
        keys = number.sources[:2] if number.kind != "assumption" else ("assumed", *number.sources[:1])
        if kind == "share" and isinstance(number, Frequency):
            return self._share(number), keys
        if kind == "amount" and isinstance(number, Amount):
            return self._amount(number), keys
        if kind == "million" and isinstance(number, Amount):
            return self._words["to"].format(
                low=_round(number.low * 1e8), high=_round(number.high * 1e8)
            ), keys
        raise self._unknown(asked)

    def _number(self, path: list[str]) -> Evidence:
        about = self._disease.about
        what, name, given = [*path, "", "", ""][:3]
        found: Evidence | None = None
        if what in ("incidence", "age", "male", "undiagnosed_years"):
            found = getattr(about, what)
        elif what == "finding":
            rows = [
                f for f in self._disease.findings.findings if f.finding == name and f.given in ("", given)
            ]
            found = rows[0] if rows else None
        elif what == "course":
            row = next((c for c in self._disease.course.rows if c.id == name), None)
            found = (row.amount or row.fraction) if row else None
        elif what in ("variant", "cause"):
            items = about.variants if what == "variant" else about.causes
            found = next((i.share for i in items if i.id == name), None)
        if found is None:
            raise self._unknown(" ".join(path) or "nothing")
        return found

    def _share(self, number: Frequency) -> str:
        """Natural frequencies, as people take them in best; never more exact than the number is.

        Tenths from one to nine; beyond them "nearly all" and "fewer than 1 in 10".
        """
        tenths = round(10 * number.mean)
        if number.mean >= 0.95:
            return self._words["nearly_all"]
        if number.mean < 0.08:
            return self._words["few"]
        return self._words["in_10"].format(count=max(1, min(tenths, 9)))

    def _amount(self, number: Amount) -> str:
        unit = self._words.get(f"unit_{number.unit}", number.unit)
        if number.unit == "years" and number.low < 1 <= number.high:
            months = _round(12 * number.low)
            return self._words["months_to_years"].format(low=months, high=_round(number.high))
        low, high = _round(number.low), _round(number.high)
        if low == high:
            return f"{high} {unit}"
        return f"{self._words['to'].format(low=low, high=high)} {unit}"

    def _unknown(self, asked: str) -> KnowledgeError:
        return KnowledgeError(
            f"the leaflet asks for {asked!r}, which the model has not",
            where=f"{self._disease.slug}/leaflet.*.md",
            remedy="name a finding, course row, variant or cause of the model",
        )


def _round(value: float) -> str:
    return f"{value:.0f}" if value >= 1 else f"{value:.1g}"
