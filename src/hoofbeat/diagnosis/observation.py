"""One finding's bearing on every hypothesis: near enough for all, exact for those that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.exact import Answer, answers
from hoofbeat.diagnosis.quantised import RATIOS, Bytes, load_quantised
from hoofbeat.diagnosis.table import Table
from hoofbeat.terms import Ontology

Vector = npt.NDArray[np.float64]
Lines = npt.NDArray[np.intp]


class Said(NamedTuple):
    """A finding as a case has it: ontology index, present or absent, and how common it is in anybody."""

    term: int
    present: bool
    leak: float


@dataclass
class Observation:
    """What one finding says.

    leak: the base rate used. elsewhere: P(this observation) in someone with none of the diseases. levels:
    P(this observation | background disease) by its byte in `codes`; one level if all are alike. lines,
    exactly: hypotheses scored exactly, and P(this observation) there; our own models always are.
    """

    said: Said
    elsewhere: float
    levels: Vector
    codes: Bytes | None
    lines: Lines
    exactly: Vector
    count: int
    answer: Answer
    _chance: Vector | None = field(default=None, repr=False)

    @property
    def term(self) -> int:
        """Ontology index of the finding."""
        return self.said.term

    @property
    def present(self) -> bool:
        """Whether the finding is there."""
        return self.said.present

    @property
    def leak(self) -> float:
        """How common the finding is in anybody of this age and sex."""
        return self.said.leak

    @property
    def chance(self) -> Vector:
        """P(this observation | hypothesis), shape (hypotheses,)."""
        if self._chance is None:
            self._chance = self._spread(self.levels, self.exactly)
        return self._chance

    def log_chance(self) -> Vector:
        """Natural logarithm of `chance`, without working out `chance` itself."""
        return self._spread(np.log(self.levels), np.log(self.exactly))

    def _spread(self, levels: Vector, exactly: Vector) -> Vector:
        result = np.empty(self.count)
        if self.codes is None:
            result[:] = levels[0]
        else:
            # no byte is out of bounds, and not asking is a quarter faster
            levels.take(self.codes, out=result[self.count - len(self.codes) :], mode="wrap")
        result[self.lines] = exactly
        return result

    def refine(self, table: Table, lines: Lines, answer: Answer) -> None:
        """Replace what is known of `lines` by exact values; see hoofbeat.diagnosis.exact.answers."""
        self.lines, self.answer, self._chance = lines, answer, None
        self.exactly = _exactly(table, self.said, self.elsewhere, lines, answer)


def observe(table: Table, onto: Ontology, findings: Sequence[Said]) -> list[Observation]:
    """Return what each finding of a case says of every hypothesis."""
    ours = np.arange(table.own_count)
    found = answers(table, onto, [(s.term, s.present) for s in findings], ours)
    return [_observe(table, s, ours, answer) for s, answer in zip(findings, found, strict=True)]


def _observe(table: Table, said: Said, ours: Lines, answer: Answer) -> Observation:
    said = said._replace(leak=max(said.leak, score.CHANCE))
    background = float(table.background[said.term])
    spared = (1 - said.leak) * (1 - background * score.UNRELATED)
    if said.present:
        elsewhere, codes = 1 - spared, load_quantised(table).row(said.term)
        levels = score.chance_of(RATIOS, background, said.leak)
    else:
        elsewhere, codes, levels = spared, None, np.array([spared])
    return Observation(
        said=said,
        elsewhere=elsewhere,
        levels=levels,
        codes=codes,
        lines=ours,
        exactly=_exactly(table, said, elsewhere, ours, answer),
        count=len(table),
        answer=answer,
    )


def _exactly(table: Table, said: Said, elsewhere: float, lines: Lines, answer: Answer) -> Vector:
    """P(this observation) under the given hypotheses.

    Absence counts fully for our own models, and not at all for the background: those tables list what was
    found, and what was looked for and not found in the very patients they were made from. Our own
    models' frequencies are not scaled.
    """
    if said.present:
        return score.chance_of(answer.ratio, float(table.background[said.term]), said.leak)
    caused = np.minimum(answer.frequency, score.CAP)
    return np.where(lines < table.own_count, (1 - said.leak) * (1 - caused), elsewhere)


def joint(observations: Sequence[Observation], strength: float) -> Vector:
    """Log-likelihood, under every hypothesis, of findings that share one hidden cause; see score.joint_of."""
    if len(observations) == 1:
        return observations[0].log_chance()
    present = [o.present for o in observations]
    return score.joint_of(
        np.array([o.chance if o.present else 1 - o.chance for o in observations]), present, strength
    )


def joint_exactly(observations: Sequence[Observation], strength: float) -> Vector:
    """The same under the hypotheses scored exactly, shape (lines,)."""
    present = [o.present for o in observations]
    return score.joint_of(
        np.array([o.exactly if o.present else 1 - o.exactly for o in observations]), present, strength
    )
