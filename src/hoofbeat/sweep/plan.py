"""A definition and resolved codes, written as small tables of whole numbers beside the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hoofbeat.knowledge import DrugSet
from hoofbeat.sweep.concepts import Resolved
from hoofbeat.sweep.definition import OLDEST, SEXES, Definition, ceilings_of, load_rules
from hoofbeat.sweep.engines import Engine
from hoofbeat.sweep.signals import CONDITION, DRUG, TEST, WEIGHT, factor, signals, units

if TYPE_CHECKING:
    import ibis

# How a finding is read from the rows of its signals.
SINGLE, FALL, COURSE, AGAIN, TREATED = range(5)
KINDS = {CONDITION: 1, TEST: 2, WEIGHT: 3, DRUG: 4}


class CodeTables(NamedTuple):
    """What rows are matched with: concepts (concept_id, signal, kind), texts (text, signal, kind) and units.

    Concept 0 stands for signal 0, of kind 0. by_id: (signal, unit_id, factor, sense, least), by_text: the
    same by the unit as written.
    """

    concepts: ibis.Table
    texts: ibis.Table
    by_id: ibis.Table
    by_text: ibis.Table


class ScoreTables(NamedTuple):
    """What people are scored with.

    shows: (signal, member, grp, bit, fresh, how, repeated). ceilings: (signal, ceiling, once): the most it
    adds each, and once however many. limits: (signal, sex, sense, least). bands: (age, band). points: (grp,
    band, sex, state, form, points). ages: (age, form, points). sexes: (sex, form, points).
    """

    shows: ibis.Table
    ceilings: ibis.Table
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
        _limits(engine, f"{prefix}_by_id", resolved.unit_ids, ("unit_id", "factor", "sense", "least")),
        _limits(
            engine,
            f"{prefix}_by_text",
            resolved.unit_texts,
            ("unit_text", "factor_text", "sense_text", "least_text"),
        ),
    )


def _limits(
    engine: Engine,
    name: str,
    known: Mapping[int, str] | Mapping[str, str],
    columns: tuple[str, str, str, str],
) -> ibis.Table:
    """What a value is multiplied by, and the limit it must lie beyond, by signal and unit."""
    rows = [
        (s.number, written, float(f), s.sense, s.loosest)
        for s in signals()
        for written, unit in sorted(known.items())
        if unit in units(s.codes) and (f := factor(s.codes, unit)) is not None
    ]
    names = ("signal", *columns)
    first = "int64" if columns[0] == "unit_id" else "string"
    kinds = dict(zip(names, ("int64", first, "float64", "int64", "int64"), strict=True))
    columns_of: dict[str, list[Any]] = {c: [r[i] for r in rows] for i, c in enumerate(names)}
    return engine.rows(name, columns_of, kinds)


def write_scores(engine: Engine, definition: Definition, prefix: str) -> ScoreTables:
    """Write the findings looked for and what each combination of them adds."""
    forms = range(len(definition.forms))
    ages, limited = range(-1, OLDEST + 1), [s for s in signals() if s.kind == TEST]
    beside = [tuple(int(p) for p in definition.sex_points[f] + definition.form_points[f]) for f in forms]
    old = [tuple(int(p) for p in definition.age_points[f]) for f in forms]
    return ScoreTables(
        **{
            name: _integers(engine, f"{prefix}_{name}", columns, rows)
            for name, columns, rows in (
                ("shows", ("signal", "member", "grp", "bit", "fresh", "how", "repeated"), _shows(definition)),
                ("ceilings", ("signal", "ceiling", "once"), _ceilings(definition)),
                ("caps", ("signal", "grp", "band", "sex", "ceiling", "cap"), _caps(definition)),
                (
                    "limits",
                    ("signal", "sex", "sense", "least"),
                    [(s.number, x, s.sense, s.limits[x]) for s in limited for x in range(len(SEXES))],
                ),
                ("bands", ("age", "band"), [(a, definition.band_of(a)) for a in ages]),
                ("points", ("grp", "band", "sex", "state", "form", "points"), _points(definition)),
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


def _ceilings(definition: Definition) -> list[tuple[int, ...]]:
    """The most that each signal can add: by itself, and as one of many records of a rash."""
    own: dict[int, int] = {}
    once: dict[int, int] = {}
    for signal, member, _, _, _, how, _ in _shows(definition):
        into = once if how in (COURSE, AGAIN) else own
        into[signal] = into.get(signal, 0) + definition.members[member].ceiling
    return [(s, own.get(s, 0), once.get(s, 0)) for s in sorted({*own, *once})]


def _caps(definition: Definition) -> list[tuple[int, ...]]:
    """The most that each signal can add to its group in people of one age and sex, and the group at all."""
    rows: set[tuple[int, ...]] = set()
    for signal, member, group, *_ in _shows(definition):
        _, bands, sexes, _ = definition.points[group].shape
        for band in range(bands):
            for sex in range(sexes):
                own, cap = _most(definition, group, band, sex)
                rows.add((signal, group, band, sex, own[definition.members[member].bit], cap))
    return sorted(rows)


@lru_cache(maxsize=100_000)
def _most(definition: Definition, group: int, band: int, sex: int) -> tuple[tuple[int, ...], int]:
    table = definition.points[group][:, band : band + 1, sex : sex + 1]
    return tuple(ceilings_of(table)), max(int(table.max()), 0)


def _points(definition: Definition) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for group, table in enumerate(definition.points):
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
