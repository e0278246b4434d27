"""A definition and resolved codes, written as small tables of whole numbers beside the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hoofbeat.knowledge import DrugSet
from hoofbeat.sweep.concepts import Resolved
from hoofbeat.sweep.definition import OLDEST, SEXES, Definition, load_rules
from hoofbeat.sweep.engines import Engine
from hoofbeat.sweep.marks import WORDS, words_of
from hoofbeat.sweep.signals import CONDITION, DRUG, MILLI, TEST, WEIGHT, factor, signals, units

if TYPE_CHECKING:
    import ibis

# How a finding is read from the rows of its signals.
SINGLE, FALL, COURSE, AGAIN, TREATED = range(5)
_Points = np.ndarray[Any, np.dtype[np.int64]]
# Values beyond this are slips; not-a-number sorts above it on every engine.
LARGEST = 1e9
KINDS = {CONDITION: 1, TEST: 2, WEIGHT: 3, DRUG: 4}


class CodeTables(NamedTuple):
    """What rows are matched with: concepts (concept_id, signal, kind), texts (text, signal, kind) and units.

    Concept 0 stands for signal 0, of kind 0. by_id: (signal, unit_id, factor, sense, least, gain, edge,
    slip); a value times gain from slip to edge is on the wrong side of the limit by more than any rounding,
    and no slip. by_text: the same by the unit as written, without the last three.
    """

    concepts: ibis.Table
    texts: ibis.Table
    by_id: ibis.Table
    by_text: ibis.Table


class ScoreTables(NamedTuple):
    """What people are scored with.

    shows: (signal, member, grp, bit, fresh, how, repeated). masks: (member, grp, bit, mask_word0, ...): its
    place in the state of its group, and the bits of the signals that show it. limits: (signal, sex, sense,
    least). bands: (age, band). points: (grp, band, sex, state, form, points). caps: the same, of the best
    combination within the state. ages: (age, form, points). sexes: (sex, form, points).
    """

    shows: ibis.Table
    masks: ibis.Table
    caps: ibis.Table
    limits: ibis.Table
    bands: ibis.Table
    points: ibis.Table
    ages: ibis.Table
    sexes: ibis.Table


def write_codes(engine: Engine, resolved: Resolved, prefix: str) -> CodeTables:
    """Write the codes of the signals wanted, and the units their values may be in."""
    kind = {s.number: KINDS[s.kind] for s in signals()}
    concepts, texts = sorted(resolved.concepts), sorted(resolved.texts)
    return CodeTables(
        _integers(
            engine,
            f"{prefix}_concepts",
            ("concept_id", "signal", "kind"),
            [(0, 0, 0), *((c, s, kind[s]) for c, s in concepts)],
        ),
        engine.rows(
            f"{prefix}_texts",
            {
                "text": [t for t, _ in texts],
                "signal": [s for _, s in texts],
                "kind": [kind[s] for _, s in texts],
            },
            {"text": "string", "signal": "int64", "kind": "int64"},
        ),
        _by_id(engine, f"{prefix}_by_id", resolved),
        _by_text(engine, f"{prefix}_by_text", resolved),
    )


def _by_id(engine: Engine, name: str, resolved: Resolved) -> ibis.Table:
    rows = [
        (*row, gain := row[2] * row[3] * MILLI, row[3] * row[4] - 1.0, -abs(gain) * (LARGEST - 1.0))
        for row in _limits(resolved.unit_ids)
    ]
    kinds = {"signal": "int64", "unit_id": "int64", "factor": "float64", "sense": "int64", "least": "int64"}
    return _written(engine, name, kinds | dict.fromkeys(("gain", "edge", "slip"), "float64"), rows)


def _by_text(engine: Engine, name: str, resolved: Resolved) -> ibis.Table:
    kinds = {"signal": "int64", "unit_text": "string", "factor_text": "float64"}
    kinds |= {"sense_text": "int64", "least_text": "int64"}
    return _written(engine, name, kinds, _limits(resolved.unit_texts))


def _written(engine: Engine, name: str, kinds: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> ibis.Table:
    columns: dict[str, list[Any]] = {c: [r[i] for r in rows] for i, c in enumerate(kinds)}
    return engine.rows(name, columns, kinds)


def _limits(
    known: Mapping[int, str] | Mapping[str, str],
) -> list[tuple[Any, ...]]:
    """What a value is multiplied by, and the limit it must lie beyond, by signal and unit."""
    return [
        (s.number, written, float(f), s.sense, s.loosest)
        for s in signals()
        for written, unit in sorted(known.items())
        if unit in units(s.codes) and (f := factor(s.codes, unit)) is not None
    ]


def write_scores(engine: Engine, definition: Definition, prefix: str) -> ScoreTables:
    """Write the findings looked for and what each combination of them adds."""
    forms = range(len(definition.forms))
    ages, limited = range(-1, OLDEST + 1), [s for s in signals() if s.kind == TEST]
    beside = [tuple(int(p) for p in definition.sex_points[f] + definition.form_points[f]) for f in forms]
    old = [tuple(int(p) for p in definition.age_points[f]) for f in forms]
    points = ("grp", "band", "sex", "state", "form", "points")
    return ScoreTables(
        **{
            name: _integers(engine, f"{prefix}_{name}", columns, rows)
            for name, columns, rows in (
                ("shows", ("signal", "member", "grp", "bit", "fresh", "how", "repeated"), _shows(definition)),
                ("masks", ("member", "grp", "bit", *(f"mask_{w}" for w in WORDS)), _masks(definition)),
                ("caps", points, _points([_best_within(t) for t in definition.points])),
                (
                    "limits",
                    ("signal", "sex", "sense", "least"),
                    [(s.number, x, s.sense, s.limits[x]) for s in limited for x in range(len(SEXES))],
                ),
                ("bands", ("age", "band"), [(a, definition.band_of(a)) for a in ages]),
                ("points", points, _points(definition.points)),
                (
                    "ages",
                    ("age", "form", "points"),
                    [(a, f, old[f][a] if a >= 0 else 0) for a in ages for f in forms],
                ),
                (
                    "sexes",
                    ("sex", "form", "points"),
                    [(x, f, beside[f][x]) for x in range(len(SEXES)) for f in forms],
                ),
            )
        }
    )


def _shows(definition: Definition) -> list[tuple[int, ...]]:
    """How each signal shows each finding."""
    rules, by_number = load_rules(), {s.number: s for s in signals()}
    rows: list[tuple[int, ...]] = []
    for m in definition.members:
        for s in m.signals:
            codes = by_number[s].codes
            repeated = codes.repeated if isinstance(codes, DrugSet) else 1
            how = SINGLE
            if by_number[s].kind == WEIGHT:
                how = FALL
            elif m.term == rules["long_course"]["finding"]:
                how = COURSE
            elif m.term == rules["relapsing"]["finding"]:
                how = AGAIN
            elif m.term.startswith("treatment:"):
                how = TREATED
            rows.append((s, m.number, m.group, 1 << m.bit, int(m.new), how, repeated))
    return rows


def _masks(definition: Definition) -> list[tuple[int, ...]]:
    return [(m.number, m.group, 1 << m.bit, *words_of(m.signals)) for m in definition.members]


def _best_within(table: _Points) -> _Points:
    """The most that any combination within each combination adds; none adds nothing."""
    best = table.copy()
    best[..., 0] = 0
    for bit in range(int(np.log2(best.shape[-1]))):
        have = np.flatnonzero(np.arange(best.shape[-1]) >> bit & 1)
        best[..., have] = np.maximum(best[..., have], best[..., have ^ (1 << bit)])
    return best


def _points(tables: Sequence[_Points]) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for group, table in enumerate(tables):
        forms, bands, sexes, states = table.shape
        rows += [
            (group, b, x, s, f, int(table[f, b, x, s]))
            for f in range(forms)
            for b in range(bands)
            for x in range(sexes)
            for s in range(1, states)
        ]
    return rows


def _integers(
    engine: Engine, name: str, columns: tuple[str, ...], rows: Sequence[tuple[int, ...]]
) -> ibis.Table:
    data = {c: [r[i] for r in rows] for i, c in enumerate(columns)}
    return engine.rows(name, data, dict.fromkeys(columns, "int64"))
