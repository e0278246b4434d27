"""One sweep, stage by stage: rows, bounds, exact scores of those who can be among the best, evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hoofbeat.sweep import score
from hoofbeat.sweep.concepts import Resolved, resolve
from hoofbeat.sweep.definition import Definition
from hoofbeat.sweep.events import events, has_zero
from hoofbeat.sweep.evidence import evidence_rows
from hoofbeat.sweep.features import earliest_day, features, people, used_rows
from hoofbeat.sweep.plan import ScoreTables, write_codes, write_scores
from hoofbeat.sweep.sources import Source

if TYPE_CHECKING:
    import ibis

# Changes whenever the meaning of an intermediate table does, so that none of an older version is used.
FORMAT = 1
# Those with the highest ceilings, scored first to learn how good the best are.
_FIRST, _AT_LEAST = 20, 2000


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
    rows_key = key_of(
        source.fingerprint, definition.wanted, definition.signals_hash, sorted(resolved.concepts)
    )
    if rows is None:
        rows = stages.run("rows", lambda: _rows(source, resolved, f"hb_{rows_key}"))
    key = key_of(rows_key, definition.hash(), as_of, top, gate)
    tables = stages.run("tables", lambda: write_scores(engine, definition, f"hb_{key}"))
    known = engine.make(f"hb_{key}_known", score.known_people(definition, rows, as_of))
    ceilings = stages.run(
        "bounds",
        lambda: engine.make(f"hb_{key}_bounds", score.bounds(definition, rows, known, tables, as_of)),
    )
    swept = _Exact(definition, source, rows, tables, as_of, f"hb_{key}")
    chosen = stages.run("scores", lambda: _chosen(swept, ceilings, top=top, gate=gate))
    found = stages.run("evidence", lambda: _result(swept, chosen, top))
    counts = _counts(source, rows) | {
        "people with the diagnosis already": engine.number(known.count()),
        "people with any finding": engine.number(ceilings.count()),
        "people scored exactly": engine.number(swept.table(chosen, "scores").count()),
    }
    aside = {int(r["person_id"]): int(r["known_day"]) for r in engine.fetch(known.limit(_KNOWN))}
    if not keep:
        engine.drop(f"hb_{rows_key}", f"hb_{key}")
    return Swept(found[0], found[1], counts, resolved, stages.seconds, aside)


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

    def run(self, persons: ibis.Table, name: str, *, least: int | None = None) -> ibis.Table:
        """Return person, form and points of the given people; `name` tells the runs apart.

        least: points of findings without which nobody is wanted; those who cannot reach them are left out.
        """
        engine, prefix = self.source.engine, f"{self.prefix}_{name}"
        chosen = engine.make(f"{prefix}_persons", persons.select("person_id"))
        mine = engine.make(
            f"{prefix}_mine", self.rows.inner_join(chosen, "person_id").select(*self.rows.columns)
        )
        counting = score.counting(mine, self.as_of)
        who = engine.make(f"{prefix}_people", people(self.source, counting, self.tables, as_of=self.as_of))
        if least is not None:
            reach = score.within_reach(mine, who, self.tables, as_of=self.as_of, least=least)
            who = engine.make(f"{prefix}_reach", reach)
        used = engine.make(f"{prefix}_used", used_rows(self.source, mine, who, self.tables))
        seen = engine.make(f"{prefix}_features", features(self.definition, used, self.tables))
        return engine.make(f"{prefix}_scores", score.scores(seen, who, self.tables))

    def table(self, name: str, what: str) -> ibis.Table:
        """Return a table that a run made."""
        return self.source.engine.table(f"{self.prefix}_{name}_{what}")


def _chosen(exact: _Exact, ceilings: ibis.Table, *, top: int, gate: bool) -> str:
    """Score everybody who can be among the best; returns the name of the run that did."""
    engine = exact.source.engine
    if not gate:
        exact.run(ceilings, "all")
        return "all"
    first = exact.run(score.best(ceilings, "ceiling", max(_FIRST * top, _AT_LEAST)), "first")
    best = score.best(first, "points", top)
    if engine.number(best.count()) < top:
        exact.run(ceilings, "all")
        return "all"
    least = engine.number(best.points.min()) - score.most_beside(exact.definition)
    exact.run(ceilings.filter(ceilings.ceiling >= least), "rest", least=least)
    return "rest"


def _result(exact: _Exact, name: str, top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    engine = exact.source.engine
    listed = engine.make(
        f"{exact.prefix}_{name}_best", score.best(exact.table(name, "scores"), "points", top)
    )
    who = listed.inner_join(exact.table(name, "people"), "person_id")
    found = engine.fetch(who.order_by([who.points.desc(), who.person_id.asc()]))
    rows = evidence_rows(
        exact.definition, exact.table(name, "used"), exact.table(name, "features"), listed, exact.tables
    )
    order = ["person_id", "member", "day", "source", "row_id", "signal"]
    return found, engine.fetch(rows.order_by([rows[c].asc() for c in order]))


def _counts(source: Source, rows: ibis.Table) -> dict[str, int]:
    engine, person = source.engine, source.need("person")
    return {
        "people": engine.number(person.count()),
        "people without year of birth": engine.number(person.year_of_birth.isnull().sum()),
        "rows that show a signal": engine.number(rows.count()),
        "rows without a date that can be believed": engine.number((rows.day < earliest_day()).sum()),
        "values without number or known unit": engine.number((rows.source < 0).sum()),
    }
