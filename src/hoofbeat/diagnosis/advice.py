"""The door of what to do next: next_steps() and advises()."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case
from hoofbeat.diagnosis import candidates, chances, outcomes, posterior, worth
from hoofbeat.diagnosis.interpret import interpret_case
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.sentence import advice_on
from hoofbeat.diagnosis.steps import Advice, Change, Mode, NextSteps, Possible, Separates, Step, Threshold
from hoofbeat.diagnosis.table import NONE_ID
from hoofbeat.diagnosis.thresholds import after, cut_of, positives, stakes_of
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import (
    Investigation,
    find_disease,
    load_investigations,
    load_questions,
    load_thresholds,
)
from hoofbeat.terms import load_ontology

Vector = npt.NDArray[np.float64]
# Where nobody says, a rash is taken to be seen by those who are shown rashes.
ASSUMED_SETTING = "dermatology"
MODES: tuple[Mode, ...] = ("narrow", "rule-in", "rule-out")
KINDS = ("question", "examination", "laboratory", "trial", "histology", "imaging", "genetic")
# Of each kind: those that tell most of the list, and those that tell most of the one grave disease.
QUESTIONS, GRAVE_QUESTIONS = 5, 2
_TOP, _MOVES = 3, 2
# An image that settles a disease, or a trial of its treatment, is not waited for: it is how one acts.
ACTING = ("trial", "imaging")
GRAVE, GRAVE_TEST = "glucagonoma", "fasting_glucagon"


def next_steps(
    case: Case,
    *,
    setting: str | None = None,
    mode: Mode = "narrow",
    disease: str | None = None,
    budget: Literal["low", "medium", "high"] | None = None,
    here: bool = False,
) -> NextSteps:
    """What is worth doing next: questions first, then examination, tests, trials of treatment and biopsies.

    setting: as for rank(); without one here or in the case, a dermatology clinic is assumed and said.
    mode: "narrow" sorts by the information expected about the whole list, "rule-in" and "rule-out" by the
    evidence expected for or against one disease. disease: the one meant; else the grave disease by which most
    would be lost if it were missed. budget: nothing dearer. here: only what can be done, or sampled, in this
    setting today.
    Each step has what the list becomes after each result, the two diseases it separates, and for each disease
    it settles the testing and treatment thresholds with the chance beside them. A step no result of which
    could change anything is listed as pointless. Raises CaseError, UsageError or UnknownTerm.
    Method: expected information (Shannon 1948) and thresholds (Pauker and Kassirer 1980).
    """
    _check(mode, budget)
    chosen, source = _setting(case, setting)
    scored = posterior.score_case(case, setting=chosen)
    plan = _Plan(scored, mode, disease)
    open_, done = candidates.possible(scored, setting=chosen, budget=budget, here=here)
    plan.waiting = {what.id: what.name for what in open_}
    steps = [*plan.questions(), *(plan.test(what) for what in open_)]
    steps.sort(key=lambda s: (KINDS.index(s.kind), -s.worth, s.id))
    table = scored.table
    return NextSteps(
        case=case.id,
        setting=chosen,
        setting_from=source,
        mode=mode,
        target=table[plan.line_of(plan.target)].slug or table[plan.line_of(plan.target)].id,
        target_name=plan.name(plan.target),
        first=tuple(plan.change(d, plan.chance) for d in plan.order[:5]),
        advice=plan.advice(),
        steps=tuple(s for s in steps if s.status != "pointless"),
        pointless=tuple(s for s in steps if s.status == "pointless"),
        done=tuple(what.name for what in done),
        results=interpret_case(case),
        floor_bits=load_thresholds().floor_bits.middle,
        model_version=table.version,
        ontology_release=table.release,
    )


def advises(case: Case, *, setting: str | None = None) -> Advice | None:
    """Return whether a fasting glucagon is advised for a case, and why; None in a setting without priors."""
    chosen, _ = _setting(case, setting)
    scored = posterior.score_case(case, setting=chosen)
    return _Plan(scored, "narrow", None).advice()


def _check(mode: str, budget: str | None) -> None:
    if mode not in MODES:
        raise UsageError(f"Unknown mode {mode!r}", remedy="one of " + ", ".join(MODES))
    if budget is not None and budget not in candidates.COSTS:
        raise UsageError(f"Unknown budget {budget!r}", remedy="one of " + ", ".join(candidates.COSTS))


def _setting(case: Case, setting: str | None) -> tuple[str, Literal["given", "case", "assumed"]]:
    if setting:
        return setting, "given"
    return (case.setting, "case") if case.setting else (ASSUMED_SETTING, "assumed")


class _Plan:
    """One case with all that its steps are judged by."""

    def __init__(self, scored: Scored, mode: Mode, disease: str | None) -> None:
        self.scored, self.mode = scored, mode
        self.table, self.knowledge = scored.table, scored.knowledge
        # one list for all that follows: the mean chance, as decisions need it (see chances)
        self.chance = chances.averaged(scored)
        self.weights = outcomes.line_weights(scored)
        self.order = worth.largest(self.chance[:-1], 12)
        self.floor = load_thresholds().floor_bits.middle
        self.clinical = scored.setting not in posterior.RESEARCH
        self.confounders = outcomes.confounders_of(scored.case, "glucagon")
        self.target = self._target(disease)
        # names of the tests still open, so that a dearer one can wait for a cheaper one
        self.waiting: dict[str, str] = {}

    def _target(self, disease: str | None) -> int:
        if disease:
            found = self.table.find(disease)
            number = found if found is not None else self.table.find(find_disease(self.knowledge, disease).id)
            assert number is not None  # noqa: S101 (every model has a line)
            return number
        best: tuple[float, int] = (-1.0, self.order[0])
        for number, known in enumerate(self.knowledge.diseases.values()):
            if known.about.do_not_miss:
                # what would be lost on average by not thinking of it
                loss = float(self.chance[number]) * stakes_of(self.knowledge, known.slug).benefit.middle
                best = max(best, (loss, number))
        return best[1]

    def line_of(self, number: int) -> int:
        """Return the likeliest line of a disease."""
        first, last = np.searchsorted(self.table.disease_of, [number, number + 1])
        return int(first + np.argmax(self.weights[first:last]))

    def name(self, number: int) -> str:
        """Return what a disease, or "none of these", is called."""
        if number == self.table.disease_count:
            return "none of these"
        return self.table[int(np.searchsorted(self.table.disease_of, number))].name

    def _id(self, number: int) -> str:
        if number == self.table.disease_count:
            return NONE_ID
        return self.table[int(np.searchsorted(self.table.disease_of, number))].id

    def change(self, number: int, now: Vector) -> Change:
        """Return a disease with its chance before and now."""
        return Change(
            id=self._id(number),
            name=self.name(number),
            before=float(self.chance[number]),
            after=float(now[number]),
        )

    # Steps

    def questions(self) -> list[Step]:
        """Return the most telling questions and examinations."""
        scored, onto = self.scored, load_ontology()
        terms = candidates.open_findings(scored, candidates.leading(scored, self.chance, [self.target]))
        found = []
        for new in outcomes.asked(scored, terms):
            term = onto.ids[new.term]
            outcome = outcomes.finding_outcomes(scored, self.weights, new)
            rate = self.knowledge.base_rates.get(term)
            label = rate.name if rate and not onto.phenotypic[new.term] else onto.label(term)
            kind, ask = candidates.how_asked(term, label)
            grave = worth.about(self.chance, outcome, self.target)
            found.append((self._worth(outcome), grave, kind, term, ask, outcome))
        steps = []
        for wanted in ("question", "examination"):
            mine = [each for each in found if each[2] == wanted]
            best = sorted(mine, key=lambda each: (-each[0], each[3]))[:QUESTIONS]
            telling = sorted(mine, key=lambda each: (-each[1], each[3]))[:GRAVE_QUESTIONS]
            best += [each for each in telling if all(each[3] != b[3] for b in best)]
            steps += [self._question(term, ask, kind, outcome) for _, _, kind, term, ask, outcome in best]
        return steps

    def _question(self, term: str, ask: str, kind: str, outcome: Vector) -> Step:
        questions = load_questions()
        bits = worth.information(self.chance, outcome)
        asked = kind == "question"
        burden = questions.question_burden if asked else questions.examination_burden
        about = worth.about(self.chance, outcome, self.target)
        telling = bits >= self.floor or self._moves_target(outcome)
        why = f"{bits:.2g} bits about the list; it takes a minute"
        if not telling:
            why = f"neither answer would move the list ({bits:.1g} bits) or {self.name(self.target)}"
        slug = self.table[self.line_of(self.target)].slug
        thresholds = (self._threshold(outcome, slug, (0,), burden.middle),) if slug and self.clinical else ()
        return Step(
            id=term,
            name=ask,
            kind=kind,
            status="consider" if telling else "pointless",
            why=why,
            worth=self._worth(outcome),
            bits=bits,
            bits_target=about,
            cost="none",
            harm="none",
            wait_days=None,
            who="whoever sees the patient",
            results=self._results(outcome, ["yes", "no"]),
            separates=self._separates(outcome, None),
            thresholds=thresholds,
        )

    def _moves_target(self, outcome: Vector) -> bool:
        """Whether an answer would at least double or halve the chance of the disease in question."""
        before = float(self.chance[self.target])
        changed = after(outcome, self.chance, self.target, before)
        return bool(changed.max() >= 2 * before or changed.min() <= before / 2)

    def test(self, what: Investigation) -> Step:
        """Return a test, image, biopsy or trial as a step."""
        confounders = tuple(c.id for c in self.confounders) if what.bands else ()
        outcome = outcomes.result_outcomes(self.scored, self.weights, what, confounders)
        bits = worth.information(self.chance, outcome)
        thresholds = self._thresholds(what, outcome) if self.clinical else ()
        status, why = self._status(what, bits, thresholds)
        settled = self.table.find(what.settles[0]) if what.settles else None
        wait = (what.wait.low, what.wait.high) if what.wait else None
        return Step(
            id=what.id,
            name=what.name,
            kind=what.kind,
            status=status,
            why=why,
            worth=self._worth(outcome),
            bits=bits,
            bits_target=worth.about(self.chance, outcome, self.target),
            cost=what.cost,
            harm=what.harm,
            wait_days=wait,
            who=what.who,
            results=self._results(outcome, _names(what), settled),
            separates=self._separates(outcome, settled),
            thresholds=thresholds,
            confounders=tuple(c.name for c in self.confounders) if what.bands else (),
            note=what.note,
            sources=what.sources,
        )

    def _worth(self, outcome: Vector) -> float:
        """What the mode sorts by: bits about the list, or expected evidence for or against one disease."""
        if self.mode == "narrow":
            return worth.information(self.chance, outcome)
        return worth.evidence(self.chance, outcome, self.target, against=self.mode == "rule-out")

    def _results(self, outcome: Vector, names: list[str], settled: int | None = None) -> tuple[Possible, ...]:
        seen = (outcome * self.chance).sum(axis=1)
        lists = worth.list_after(self.chance, outcome)
        found = []
        for name, chance, now in zip(names, seen.tolist(), lists, strict=True):
            first = worth.largest(now, _TOP)
            moved = worth.largest(np.abs(now - self.chance), _MOVES)
            shown = self.target if settled is None else settled
            if shown not in moved:
                moved.append(shown)
            found.append(
                Possible(
                    result=name,
                    chance=chance,
                    first=tuple(self.change(d, now) for d in first),
                    moves=tuple(self.change(d, now) for d in moved),
                )
            )
        return tuple(found)

    def _separates(self, outcome: Vector, settled: int | None) -> Separates | None:
        found = worth.pair(self.chance, outcome, target=settled)
        if found is None:
            return None
        return Separates(first=self.name(found.first), second=self.name(found.second), apart=found.apart)

    # Thresholds

    def _thresholds(self, what: Investigation, outcome: Vector) -> tuple[Threshold, ...]:
        slugs = list(what.settles)
        if not slugs:
            near = [d for d in self.order if self.table[self.line_of(d)].slug]
            about = [worth.about(self.chance, outcome, d) for d in near]
            slugs = [self.table[self.line_of(near[int(np.argmax(about))])].slug] if near else []
        positive = positives(what, len(outcome)) or (0,)
        return tuple(self._threshold(outcome, slug, positive, what.burden.middle) for slug in slugs)

    def _threshold(self, outcome: Vector, slug: str, positive: tuple[int, ...], burden: float) -> Threshold:
        number = self.table.find(slug)
        assert number is not None  # noqa: S101 (a shipped model)
        stakes = stakes_of(self.knowledge, slug)
        cut = cut_of(outcome, self.chance, number, positive=positive, stakes=stakes, burden=burden)
        before = float(self.chance[number])
        return Threshold(
            id=self._id(number),
            name=self.name(number),
            chance=before,
            testing=cut.testing,
            treatment=cut.treatment,
            acting=cut.acting,
            at_best=float(after(outcome, self.chance, number, before)[list(positive)].max()),
            sensitivity=cut.sensitivity,
            false_alarm=cut.false_alarm,
            passes=before >= cut.testing,
            action=stakes.action,
        )

    def _status(
        self, what: Investigation, bits: float, thresholds: tuple[Threshold, ...]
    ) -> tuple[Literal["consider", "not yet", "act", "pointless"], str]:
        # only above the chance at which acting is right anyway can waiting for a test be the loss
        act = [t for t in thresholds if t.chance > max(t.treatment, t.acting) and what.settles]
        if act:
            return _acting(what, act[0])
        if first := [self.waiting[name] for name in what.after if name in self.waiting]:
            return "not yet", f"after {first[0]}, which settles the same at less cost and harm"
        words = f"{bits:.2g} bits about the list"
        if what.broad and bits >= self.floor:
            return "consider", words
        if what.settles and thresholds:
            return self._by_threshold(bits, thresholds)
        crosses = any((t.at_best >= t.acting) != (t.chance >= t.acting) for t in thresholds)
        if bits < self.floor and not crosses:
            return "pointless", f"no result could change anything: {words}"
        return "consider", words

    def _by_threshold(
        self, bits: float, thresholds: tuple[Threshold, ...]
    ) -> tuple[Literal["consider", "not yet", "pointless"], str]:
        """Judge a test by the diseases it settles: the one nearest to its testing threshold, or past it."""
        t = max(thresholds, key=lambda t: t.chance / max(t.testing, 1e-12))
        if t.passes:
            passed = f"{t.name} at {_share(t.chance)} passes the testing threshold of {_share(t.testing)}"
            return "consider", passed
        low = f"{t.name} at {_share(t.chance)} lies below the testing threshold of {_share(t.testing)}"
        crosses = any((u.at_best >= u.acting) != (u.chance >= u.acting) for u in thresholds)
        if bits >= self.floor or crosses:
            return "not yet", low
        best = f"at best it would reach {_share(t.at_best)}, and acting begins at {_share(t.acting)}"
        return "pointless", f"no result could change anything: {low}; {best}"

    def advice(self) -> Advice | None:
        """Return whether a fasting glucagon is advised, with its reasoning; None without real priors."""
        if not self.clinical:
            return None
        number = self.table.find(GRAVE)
        assert number is not None  # noqa: S101 (a shipped model)
        if not np.isfinite(self.scored.log_prior[number]):
            return None
        what = next(i for i in load_investigations() if i.id == GRAVE_TEST)
        confounders = tuple(c.id for c in self.confounders)
        outcome = outcomes.result_outcomes(self.scored, self.weights, what, confounders)
        positive = positives(what, len(outcome))
        threshold = self._threshold(outcome, GRAVE, positive, what.burden.middle)
        cut = cut_of(
            outcome, self.chance, number, positive=positive,
            stakes=stakes_of(self.knowledge, GRAVE), burden=what.burden.middle,
        )  # fmt: skip
        return advice_on(
            self.scored, number, self.line_of(number), what=what, threshold=threshold, middle=cut,
            confounders=self.confounders, done=candidates.is_done(self.scored, what),
        )  # fmt: skip


def _acting(what: Investigation, t: Threshold) -> tuple[Literal["consider", "act"], str]:
    if what.kind in ACTING:
        passed = f"{t.name} at {_share(t.chance)} passes the {_share(t.acting)} at which acting begins"
        return "consider", f"{passed}, and this is part of acting"
    return "act", f"{t.name} is likely enough to act without waiting for it: {t.action}"


def _names(what: Investigation) -> list[str]:
    if what.bands:
        return list(what.bands.names)
    if what.finding:
        return ["abnormal", "not"]
    return [*(r.name for r in what.results), what.otherwise]


def _share(chance: float) -> str:
    """Return a chance in words fit for reasons; the command line has its own."""
    if chance >= 0.0095:
        return f"{100 * chance:.2g} %"
    return f"{1e6 * chance:.2g} in a million" if chance < 0.001 else f"{1000 * chance:.2g} in a thousand"
