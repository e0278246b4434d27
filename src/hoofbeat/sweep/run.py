"""One sweep, stage by stage: rows, bounds, exact scores of those who can be among the best, evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hoofbeat.sweep import score
from hoofbeat.sweep.concepts import Resolved, resolve
from hoofbeat.sweep.definition import Definition, earliest_day
from hoofbeat.sweep.events import events, has_zero
from hoofbeat.sweep.evidence import evidence_rows
from hoofbeat.sweep.features import features, people, used_rows
from hoofbeat.sweep.marks import WORDS, counting, marks, patterns, shown
from hoofbeat.sweep.observed import (
    IN_FUTURE,
    PEOPLE,
    Filler,
    count_future,
    count_people,
    filler,
    seen_people,
)
from hoofbeat.sweep.plan import ScoreTables, write_codes, write_scores
from hoofbeat.sweep.signals import CONDITION, TEST, signals
from hoofbeat.sweep.sources import EVENTS, Source

if TYPE_CHECKING:
    import ibis

    from hoofbeat.sweep.engines import Engine

# Changes whenever the meaning of an intermediate table does, so that none of an older version is used.
FORMAT = 5
# Those with the highest ceilings, scored first to learn how good the best are.
_FIRST, _AT_LEAST = 20, 2000
# How many times the geometric mean of those and of everybody is looked at before the rest: the share of those
# near the best falls as people get more. Ceilings are counted in steps of thousandths of a nat.
_WIDER, _STEP = 2.5, 100


UNDATED = "rows without a date that can be believed"
_COUNTED = (
    "rows that show a signal",
    UNDATED,
    "values without number or known unit",
    "observations whose answer is no",
)
# A common diagnosis has more people than are worth naming; those of a rare one are all named.
_KNOWN = 100_000


@dataclass
class Stages:
    """Says what is being done; every stage has a name."""

    say: Callable[[str], None] = lambda _text: None
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        """Do the work of a stage, and note how long it took."""
        import time

        self.say(name)
        start = time.perf_counter()
        result = work()
        self.seconds[name] = round(time.perf_counter() - start, 3)
        return result


@dataclass
class Swept:
    """What the engine found: people in order, their evidence, and what was counted on the way."""

    people: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    counts: dict[str, int]
    resolved: Resolved
    seconds: dict[str, float]
    known: dict[int, int]


def key_of(*parts: object) -> str:
    """Return a short name for everything that a table depends on."""
    return hashlib.sha256(json.dumps([FORMAT, *parts], sort_keys=True, default=str).encode()).hexdigest()[:12]


def sweep_rows(
    definition: Definition,
    source: Source,
    rows: ibis.Table | None,
    *,
    as_of: int | None,
    top: int,
    gate: bool = True,
    keep: bool = False,
    stages: Stages | None = None,
) -> Swept:
    """Find the people with most points, and why.

    rows: rows read before (an index), or None to read them from the records. as_of: day, or None for each
    person's last observed day. gate: spare people who cannot be among the best; it never changes the result.
    """
    engine, stages = source.engine, stages or Stages()
    resolved: Resolved = stages.run("codes", lambda: _resolved(source, definition))
    rows_key = key_of(source.fingerprint, definition.wanted, definition.signals_hash, _parts(resolved))
    if rows is None:
        rows = stages.run("rows", lambda: _rows(source, resolved, f"hb_{rows_key}"))
    fills = filler(source, rows)
    key = key_of(rows_key, definition.hash(), as_of, top, gate, fills)
    tables = stages.run("tables", lambda: write_scores(engine, definition, f"hb_{key}"))
    known = engine.make(f"hb_{key}_known", score.known_people(definition, rows, as_of))
    swept = _Exact(definition, source, rows, tables, as_of, f"hb_{key}", fills)
    marked, bounds = stages.run("bounds", lambda: swept.bounds(known))
    chosen = stages.run("scores", lambda: _chosen(swept, marked, bounds, top=top, gate=gate))
    found = stages.run("evidence", lambda: _result(swept, chosen, top))
    counts = _counts(source, rows, definition.wanted) | swept.unseen
    counts |= _of_stages(swept, known, bounds, chosen)
    aside = {int(r["person_id"]): int(r["known_day"]) for r in engine.fetch(known.limit(_KNOWN))}
    if not keep and engine.work:  # a file of DuckDB's own is thrown away as a whole
        engine.drop(f"hb_{rows_key}", f"hb_{key}")
    return Swept(found[0], found[1], counts, resolved, stages.seconds, aside)


def _parts(resolved: Resolved) -> list[object]:
    """What rows depend on of the codes, in an order that does not change."""
    return [
        sorted(resolved.concepts),
        sorted(resolved.texts),
        sorted(resolved.unit_ids.items()),
        sorted(resolved.unit_texts.items()),
    ]


def _of_stages(exact: _Exact, known: ibis.Table, bounds: ibis.Table, name: str) -> dict[str, int]:
    """How many people were set aside, might have a finding, and were scored.

    A weight or a drug by itself is no finding: it takes two weights, or a drug given again for a rash.
    """
    engine, by_number = exact.source.engine, {s.number: s for s in signals()}
    shows = {s for m in exact.definition.members for s in m.signals}
    alone = [s for s in shows if by_number[s].kind in (CONDITION, TEST)]
    return {
        "people with the diagnosis already": engine.number(known.count()),
        "people with the diagnosis already, since a day that is not told": engine.number(
            (known.known_day < earliest_day()).sum()
        ),
        "people with a record of a finding": engine.number(bounds.filter(shown(bounds, alone)).people.sum()),
        "people scored exactly": engine.number(exact.table(name, "scores").count()),
        IN_FUTURE: count_future(exact.source, exact.rows, exact.fills),
    }


def _resolved(source: Source, definition: Definition) -> Resolved:
    """The codes looked up in the vocabulary, or as they were when the index was made."""
    if source.index is None:
        return resolve(source, definition.wanted)
    told = source.index["resolved"]
    found = Resolved(concepts={(0, n) for n in told["seen"]})
    found.unmapped = [(v, c) for v, c in told["unmapped"]]
    found.unverified = [(v, c) for v, c in told["unverified"]]
    return found


def _rows(source: Source, resolved: Resolved, prefix: str) -> ibis.Table:
    engine = source.engine
    if engine.exists(f"{prefix}_rows"):
        return engine.table(f"{prefix}_rows")
    codes = write_codes(engine, resolved, prefix)
    return engine.make(f"{prefix}_rows", events(source, codes, zero=has_zero(source), since={}))


@dataclass
class _Exact:
    """Scores some people exactly; every step is a table of its own, so that engines plan each well."""

    definition: Definition
    source: Source
    rows: ibis.Table
    tables: ScoreTables
    as_of: int | None
    prefix: str
    fills: Filler | None
    unseen: dict[str, int] = field(default_factory=dict)

    def bounds(self, known: ibis.Table) -> tuple[ibis.Table, ibis.Table]:
        """Return which signals everybody has who is not known, and the ceiling of each pattern of them."""
        found = self.source.marks
        if found is None or self.as_of is not None:
            rows = counting(self.rows, self.as_of)
            found = self.make("marks", marks(self.source.engine, rows, self.prefix))
        found = found.filter(shown(found, {s for m in self.definition.members for s in m.signals}))
        found, self.unseen = seen_people(self.source, found)
        marked = found.anti_join(known, "person_id")
        return marked, self.make("patterns", patterns(self.definition, marked))

    def most(self, persons: ibis.Table, name: str) -> ibis.Table:
        """Return the most points that the given people might have; persons: person and marks."""
        chosen = self.make(f"{name}_persons", persons)
        rows = counting(self.rows, self.as_of)
        who = people(self.source, chosen, rows, self.tables, as_of=self.as_of, fills=self.fills)
        who = self.make(f"{name}_people", who)
        return self.make(f"{name}_most", score.most(chosen, who, self.tables))

    def scores(self, chosen: ibis.Table, name: str) -> ibis.Table:
        """Return person, form and points of those chosen, among people whose most points are known."""
        rows, everybody = counting(self.rows, self.as_of), self.table(name, "people")
        who = self.make(f"{name}_who", everybody.inner_join(chosen.select("person_id"), "person_id"))
        used = self.make(f"{name}_used", used_rows(self.source, rows, who, self.tables))
        seen = self.make(f"{name}_features", features(self.definition, used, self.tables))
        return self.make(f"{name}_scores", score.scores(seen, who, self.tables))

    def make(self, what: str, expression: ibis.Table) -> ibis.Table:
        """Compute a table of this sweep, unless it is there."""
        return self.source.engine.make(f"{self.prefix}_{what}", expression)

    def table(self, name: str, what: str) -> ibis.Table:
        """Return a table that was made."""
        return self.source.engine.table(f"{self.prefix}_{name}_{what}")


def _chosen(exact: _Exact, marked: ibis.Table, found: ibis.Table, *, top: int, gate: bool) -> str:
    """Score everybody who can be among the best; returns the name of the run that did.

    Those with the highest ceilings are looked at first, by the most they might have; the best of them are
    scored. Only if others might still have as many points as the last on the list are those scored too.
    """
    engine, number = exact.source.engine, max(_FIRST * top, _AT_LEAST)
    floor, all_of = _floor(engine, found, number), marked.inner_join(found, [*WORDS])
    if not gate or floor is None:
        exact.scores(exact.most(all_of.select("person_id", *WORDS), "all"), "all")
        return "all"
    near = all_of.select("person_id", "ceiling", *WORDS)
    hopeful = exact.most(near.filter(near.ceiling >= floor), "first")
    best = score.best(exact.scores(score.best(hopeful, "points", number), "first"), "points", top)
    told = engine.fetch(best.aggregate(listed=best.count(), least=best.points.min()))[0]
    if told["listed"] < top:
        exact.scores(exact.most(near, "all"), "all")
        return "all"
    least = int(told["least"])
    lowest = least - score.most_beside(exact.definition)
    if floor <= lowest and engine.number((hopeful.points >= least).sum()) <= number:
        return "first"
    hopeful = exact.most(near.filter(near.ceiling >= lowest), "rest")
    exact.scores(hopeful.filter(hopeful.points >= least), "rest")
    return "rest"


def _floor(engine: Engine, found: ibis.Table, number: int) -> int | None:
    """A ceiling that enough people have or exceed for the rest to be unlikely to matter; None for fewer."""
    steps = found.mutate(step=(found.ceiling // _STEP).cast("int64"))
    steps = steps.group_by("step").agg(people=steps.people.sum().cast("int64"))
    counted = sorted(((int(r["step"]), int(r["people"])) for r in engine.fetch(steps)), reverse=True)
    everybody = sum(n for _, n in counted)
    wanted = max(number, min(everybody // 2, int(_WIDER * (number * everybody) ** 0.5)))
    for step, count in counted:
        wanted -= count
        if wanted <= 0:
            return step * _STEP
    return None


def _result(exact: _Exact, name: str, top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    engine = exact.source.engine
    listed = exact.make(f"{name}_best", score.best(exact.table(name, "scores"), "points", top))
    who = listed.inner_join(exact.table(name, "who"), "person_id")
    found = engine.fetch(who.order_by([who.points.desc(), who.person_id.asc()]))
    rows = evidence_rows(
        exact.definition, exact.table(name, "used"), exact.table(name, "features"), listed, exact.tables
    )
    order = ["person_id", "member", "day", "source", "row_id", "signal"]
    return found, engine.fetch(rows.order_by([rows[c].asc() for c in order]))


def _counts(source: Source, rows: ibis.Table, wanted: Iterable[int]) -> dict[str, int]:
    """How many people and rows there are, and how many of them cannot be used for what."""
    if source.index is not None:
        counted = source.index["counted"]
        told = [counted["people"], *(counted["rows"].get(str(number), {}) for number in wanted)]
    else:
        told = [count_people(source), *source.engine.fetch(rows.aggregate(row_counts(rows)))]
    found = dict.fromkeys((*PEOPLE, *_COUNTED), 0)
    for each in told:
        for name, count in each.items():
            found[name] += int(count or 0)
    return found


def row_counts(rows: ibis.Table) -> list[Any]:
    """Return what is counted of rows: all, those without a day, without a value, and with an answer of no."""
    valued = [-t.number for t in EVENTS if t.value]
    says_nothing, of_value = rows.source < 0, rows.source.isin(valued)
    counted = (
        rows.count(),
        (rows.day < earliest_day()).sum(),
        of_value.sum(),
        (says_nothing & ~of_value).sum(),
    )
    return [count.name(name) for count, name in zip(counted, _COUNTED, strict=True)]
