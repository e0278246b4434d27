"""The reasoning behind a test for a grave disease, in one sentence with its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.sensitivity import influences
from hoofbeat.diagnosis.steps import Advice, Influence, Threshold
from hoofbeat.diagnosis.thresholds import Cut, stakes_of
from hoofbeat.knowledge import Confounder, Disease, Investigation

# How many of the assumptions that move the advice most are named in the sentence.
NAMED = 3


def advice_on(
    scored: Scored,
    number: int,
    line: int,
    *,
    what: Investigation,
    threshold: Threshold,
    middle: Cut,
    confounders: Sequence[Confounder],
    done: bool = False,
) -> Advice:
    """Return the advice on one test for one disease: yes or no, why in one sentence, and what moves it.

    done: the test is on record, so that the sentence speaks of acting on it, or of a repeat.
    """
    slug = scored.table[line].slug
    stakes = stakes_of(scored.knowledge, slug)
    moved = influences(scored, number, line, what=what, stakes=stakes, middle=middle, chance=threshold.chance)
    disease = scored.knowledge.diseases[slug]
    curve = disease.curve(what.bands.test, scored.table[line].variant) if what.bands else None
    sources = dict.fromkeys([*what.sources, *(curve.sources if curve else ()), *_sources(disease)])
    return Advice(
        test=what.id,
        disease=disease.id,
        advised=threshold.passes,
        done=done,
        sentence=(
            _after_it(what, threshold, moved)
            if done
            else _sentence(what, threshold, middle, moved, confounders)
        ),
        threshold=threshold,
        sensitivity=moved,
        sources=tuple(sources),
    )


def _sources(disease: Disease) -> tuple[str, ...]:
    about = disease.about
    found: list[str] = []
    for amount in (about.incidence, about.undiagnosed_years):
        found += amount.sources if amount else ()
    return tuple(found)


def _after_it(what: Investigation, threshold: Threshold, moved: Sequence[Influence]) -> str:
    """Say what follows when the test is on record: acting, or a repeat, never the test as if it were new."""
    named = ", ".join(i.input for i in moved[:NAMED])
    chance = f"the chance of {threshold.name.lower()}, averaged over what is uncertain, is about"
    if threshold.chance > threshold.acting:
        begin = f"Consider {threshold.action}"
        acting = _per_million(threshold.acting)
        end = f"passes the {acting} from which acting is right; a repeat need not be awaited"
    else:
        begin = f"A {what.name} is on record: consider a repeat only as its result says"
        end = f"does not reach the {_per_million(threshold.acting)} from which acting is right"
    so_far = f"with the {what.name} on record counted, {chance} {_per_million(threshold.chance)}"
    return f"{begin}: {so_far} and {end}; most depends on {named}."


def _sentence(
    what: Investigation,
    threshold: Threshold,
    middle: Cut,
    moved: Sequence[Influence],
    confounders: Sequence[Confounder],
) -> str:
    verb = "Consider" if threshold.passes else "Not yet"
    side = "passes" if threshold.passes else "does not reach"
    begin = f"{verb}{':' if not threshold.passes else ''} a {what.name}"
    if threshold.chance > threshold.treatment > threshold.acting:
        begin = f"Consider {threshold.action} at once, and take a {what.name} with it"
        side = f"passes even the treatment threshold of {_per_million(threshold.treatment)}, and"
    named = ", ".join(i.input for i in moved[:NAMED])
    flips = [i.input for i in moved if i.changes_advice]
    turned = f"; the advice would turn with {' or with '.join(flips[:NAMED])}" if flips else ""
    # only what raises the share of false alarms belongs here; the rest stands beside the result
    raising = [c.advice for c in confounders if c.curve]
    because = f" ({'; '.join(raising)})" if raising else ""
    return (
        f"{begin}: the chance of {threshold.name.lower()}, averaged over what is uncertain, is about "
        f"{_per_million(threshold.chance)} and {side} "
        f"the testing threshold of {_per_million(threshold.testing)}, because the test "
        f"finds {100 * middle.sensitivity:.0f} of 100 who have it, {100 * middle.false_alarm:.2g} of 100 "
        f"others reach the same level{because}, a false alarm costs about {middle.harm:.1f} days of full "
        f"health, the test "
        f"{24 * 60 * middle.burden:.0f} minutes, and finding it now gains about {middle.benefit:.0f} days; "
        f"most depends on {named}{turned}."
    )


def _per_million(chance: float) -> str:
    if chance >= 0.01:
        return f"{100 * chance:.2g} in 100"
    return f"{float(f'{1e6 * chance:.2g}'):,.10g} in a million"
