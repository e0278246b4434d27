"""Pieces of a pathway seen over one case: steps, options, causes, labels."""

from __future__ import annotations

from hoofbeat.knowledge import Amount, Frequency, in_words, load_knowledge
from hoofbeat.pathways import words
from hoofbeat.pathways.conditions import Verdict, decide
from hoofbeat.pathways.facts import CaseFacts
from hoofbeat.pathways.model import CausePath, Caution, Effect, Label, Option, Stage, Step
from hoofbeat.pathways.result import (
    CauseView,
    CautionView,
    EffectView,
    GroundView,
    LabelView,
    OptionState,
    OptionView,
    Span,
    StepState,
    StepView,
)


def span(number: Amount | Frequency | None) -> Span | None:
    """Return a number as its range with unit and evidence in words."""
    if number is None:
        return None
    unit = number.unit if isinstance(number, Amount) else ""
    return Span(low=round(number.low, 4), high=round(number.high, 4), unit=unit, evidence=in_words(number))


def step_view(step: Step, stage: Stage, facts: CaseFacts) -> StepView:
    """Return a step with its state in this case."""
    wanted = decide(step.when, facts) if step.when else Verdict(holds=True)
    done = decide(step.done, facts) if step.done else Verdict(None)
    return StepView(
        stage=stage.id,
        id=step.id,
        consider=step.consider,
        who=step.who,
        state=_state(step, wanted, done),
        because=done.because if done.holds else wanted.because,
        missing=wanted.missing if wanted.holds is None else (),
        why=step.why,
        cost=step.cost,
        harm=step.harm,
        wait_days=span(step.wait_days),
        sources=step.sources,
        judged=step.judged,
    )


def _state(step: Step, wanted: Verdict, done: Verdict) -> StepState:
    if done.holds:
        return "done"
    if wanted.holds is False:
        return "not needed"
    if wanted.holds is None:
        return "only if"
    return "open" if step.done else "advice"


def option_views(facts: CaseFacts) -> tuple[OptionView, ...]:
    """Return every treatment with whether it applies here, by kind and then by name.

    The order says nothing of which is better: nobody has compared them in this disease.
    """
    treatments = facts.pathway.treatments
    if treatments is None:
        return ()
    levels = {level.id: level.name for level in treatments.levels}
    ordered = sorted(treatments.options, key=lambda o: (o.kind, o.name.casefold()))
    return tuple(_option(option, facts, levels) for option in ordered)


def _option(option: Option, facts: CaseFacts, levels: dict[str, str]) -> OptionView:
    given, said = facts.treated(option.id)
    verdict = decide(option.eligible, facts)
    state: OptionState = "not known"
    if given:
        state = "given"
    elif verdict.holds is not None:
        state = "applies" if verdict.holds else "does not apply"
    return OptionView(
        id=option.id,
        name=option.name,
        kind=option.kind,
        state=state,
        because=(said,) if given else verdict.because,
        missing=verdict.missing,
        method=option.method,
        effects=tuple(_effect(effect, levels) for effect in option.effects),
        cautions=_cautions(option.cautions, facts),
        interactions=_cautions(option.interactions, facts),
        starts=tuple(visit.look for visit in option.follow_up),
        sources=option.sources,
        judged=option.judged,
    )


def _effect(effect: Effect, levels: dict[str, str]) -> EffectView:
    numbers = [n for n in (effect.share, effect.amount) if n]
    named = tuple(dict.fromkeys(s for s in (*(k for n in numbers for k in n.sources), *effect.sources)))
    return EffectView(
        of=effect.of,
        says=effect.says,
        share=span(effect.share),
        amount=span(effect.amount),
        level=levels[effect.level],
        sources=named,
    )


def _cautions(cautions: tuple[Caution, ...], facts: CaseFacts) -> tuple[CautionView, ...]:
    """What to mind: what the case refutes is left out, and what it leaves open says on what it depends."""
    found = []
    for caution in cautions:
        verdict = decide(caution.when, facts) if caution.when else Verdict(None)
        if verdict.holds is False:
            continue
        open_still = caution.when is not None and verdict.holds is None
        only_if = words.in_words(caution.when, facts.pathway.file) if caution.when and open_still else ""
        found.append(
            CautionView(
                says=f"{caution.says} (if so: {only_if})" if only_if else caution.says,
                here=verdict.holds,
                because=verdict.because if verdict.holds else (),
                sources=caution.sources,
                judged=caution.judged,
            )
        )
    return tuple(found)


def cause_views(facts: CaseFacts) -> tuple[CauseView, ...]:
    """Return the causes in the order in which they are looked for, each with what the case says of it."""
    disease = load_knowledge().diseases.get(facts.pathway.slug)
    known = {cause.id: cause for cause in disease.about.causes} if disease else {}
    views = []
    for path in sorted(facts.pathway.file.causes, key=lambda c: c.order):
        about = known.get(path.id)
        verdict = decide(path.when, facts)
        views.append(
            CauseView(
                id=path.id,
                name=about.name if about else path.id.replace("_", " "),
                order=path.order,
                state=_cause_state(path, verdict, facts),
                because=verdict.because,
                look=path.look,
                treat=path.treat,
                share=span(about.share) if about else None,
                reports=about.reports if about else "",
                sources=path.sources,
                judged=path.judged,
            )
        )
    return tuple(views)


def _cause_state(path: CausePath, verdict: Verdict, facts: CaseFacts) -> str:
    if verdict.holds is not None:
        return "found" if verdict.holds else "ruled out"
    return "looked for" if path.looked and decide(path.looked, facts).holds else "not looked for"


def label_view(facts: CaseFacts) -> LabelView | None:
    """Return whether the pathway's label may be used in this case, ground by ground; None if it has none."""
    label = facts.pathway.file.label
    if label is None:
        return None
    grounds = tuple(_grounds(label, facts))
    allowed = all(ground.met for ground in grounds)
    wanting = [f"({g.id}) {g.says}" for g in grounds if not g.met]
    says = (
        "may be used: every ground is met"
        if allowed
        else "not to be used yet; wanting: " + "; ".join(wanting)
    )
    return LabelView(
        name=label.name,
        allowed=allowed,
        grounds=grounds,
        says=says,
        exception=label.exception,
        sources=label.sources,
        judged=label.judged,
    )


def _grounds(label: Label, facts: CaseFacts) -> list[GroundView]:
    found = []
    for ground in label.only_if:
        verdict = decide(ground.when, facts)
        found.append(
            GroundView(
                id=ground.id,
                says=ground.says,
                met=verdict.holds,
                because=verdict.because if verdict.holds is not None else (),
                missing=verdict.missing,
            )
        )
    return found
