"""The rows of the records that any signal is seen in, brought to one narrow table of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoofbeat.sweep.concepts import by_code
from hoofbeat.sweep.definition import load_rules
from hoofbeat.sweep.plan import KINDS, LARGEST, CodeTables
from hoofbeat.sweep.signals import CONDITION, DRUG, MILLI, TEST, WEIGHT
from hoofbeat.sweep.sources import EVENTS, Source, Table

if TYPE_CHECKING:
    import ibis

COLUMNS = ("person_id", "signal", "day", "source", "row_id", "amount")
# A row without a date that can be read; far before every date that counts.
NO_DAY = -10_000_000
_READ_FROM = {
    "condition_occurrence": (CONDITION,),
    "observation": (CONDITION,),
    "drug_exposure": (DRUG,),
    "measurement": (TEST, WEIGHT),
}
# What an observation was answered with: as a concept, and as text.
_ANSWERS = ("value_as_concept_id", "value_as_string")


def events(source: Source, codes: CodeTables, *, zero: dict[str, bool], since: dict[str, int]) -> ibis.Table:
    """Return every row that shows a signal: person, signal, day, table, row, amount.

    day: days since 1970-01-01, NO_DAY if it cannot be read. source: number of the table, negative for what
    says nothing: a value that could not be read (no number, or no unit that is understood), an observation
    whose answer is no. amount: thousandths of the test's unit,
    0 for what has no amount. zero: tables with rows of concept 0, which are matched by source code. since:
    by table, rows with a higher id only.
    """
    parts = []
    for event in EVENTS:
        table = source.table(event.name)
        if table is None:
            continue
        if since.get(event.name):
            table = table.filter(table[event.id].cast("int64") > since[event.name])
        if event.name == "observation":
            table = _answered(source, table)
        parts.append(_matched(event, table, codes, zero=zero.get(event.name, True)))
    first, *rest = parts
    return first.union(*rest, distinct=False) if rest else first


def has_zero(source: Source) -> dict[str, bool]:
    """Return for each table whether some of its rows have no concept, be it 0 or empty.

    Most engines know the least at once, and need not read a column in which nothing is empty.
    """
    found = {}
    for event in EVENTS:
        table = source.table(event.name)
        if table is not None:
            concept = table[event.concept]
            empty = table.filter(concept.isnull()).limit(1).count()
            found[event.name] = source.engine.number(concept.min()) <= 0 or source.engine.number(empty) > 0
    return found


def _answered(source: Source, table: ibis.Table) -> ibis.Table:
    """The same, and whether the answer is no, where a table has answers (rules.yaml says which are no)."""
    import ibis

    rules, no = load_rules()["answers"], ibis.literal(value=False)
    if _ANSWERS[0] in table.columns:
        concept, ids = source.table("concept"), set(rules["concepts"])
        if concept is not None:
            pairs = {(v, c) for v, codes in rules["codes"].items() for c in codes}
            ids = ids.union(*by_code(source, concept, pairs).values())
        no |= table[_ANSWERS[0]].cast("int64").isin(sorted(ids))
    if _ANSWERS[1] in table.columns:
        words = table[_ANSWERS[1]].cast("string").strip().lower()
        no |= words.isin(rules["words"])
    no = ibis.coalesce(no, ibis.literal(value=False))
    return table.mutate(answered_no=no) if any(a in table.columns for a in _ANSWERS) else table


def _matched(event: Table, table: ibis.Table, codes: CodeTables, *, zero: bool) -> ibis.Table:
    """Rows by concept; those without a concept by source concept or else by source code. One pass."""
    import ibis

    kinds = [KINDS[k] for k in _READ_FROM[event.name]]
    # concept 0 stands for signal 0: what it is must be told by what else the row says
    wanted = codes.concepts.kind.isin([0, *kinds] if zero else kinds)
    concepts = codes.concepts.filter(wanted).select("concept_id", "signal")
    rows = _columns(event, table)
    if zero:
        rows = rows.mutate(concept=rows.concept.fill_null(0))
    rows = rows.inner_join(concepts, rows.concept == concepts.concept_id)
    if zero:
        rows = _by_source(rows, codes, kinds)
    if event.value:
        return _amounts(event, rows, codes, written=event.unit_source in table.columns)
    told = ibis.literal(event.number, "int64")
    if "answered_no" in table.columns:
        told = rows.answered_no.ifelse(-told, told)
    return rows.mutate(source=told, amount=ibis.literal(0, "int64"), day=day_of(rows.date)).select(*COLUMNS)


def _by_source(rows: ibis.Table, codes: CodeTables, kinds: list[int]) -> ibis.Table:
    """Signals of rows without a concept; the others keep theirs."""
    import ibis

    texts = codes.texts.filter(codes.texts.kind.isin(kinds)).select("text", by_text="signal")
    ids = codes.concepts.filter(codes.concepts.kind.isin(kinds)).select(
        source_id="concept_id", by_id="signal"
    )
    text = rows.source_value.upper().replace(".", "").replace(" ", "")
    rows = rows.mutate(
        code=(rows.signal == 0).ifelse(text, ibis.null("string")),
        own=(rows.signal == 0).ifelse(rows.source_concept, ibis.null("int64")),
    )
    rows = rows.left_join(ids, rows.own == ids.source_id)
    rows = rows.left_join(texts, rows.code == texts.text)
    told = (rows.signal > 0).ifelse(rows.signal, ibis.coalesce(rows.by_id, rows.by_text, 0))
    rows = rows.mutate(signal=told)
    return rows.filter(rows.signal > 0)


def _columns(event: Table, table: ibis.Table) -> ibis.Table:
    """The columns of one table by their role; what it lacks is empty."""
    import ibis

    def whole(name: str) -> Any:
        return table[name].cast("int64") if name in table.columns else ibis.literal(0, "int64")

    def text(name: str) -> Any:
        return table[name].cast("string") if name in table.columns else ibis.literal("", "string")

    value: Any = _number(table[event.value]) if event.value else ibis.literal(0.0, "float64")
    return table.select(
        person_id=whole("person_id"),
        concept=whole(event.concept),
        source_concept=whole(event.source_concept),
        source_value=text(event.source_value),
        date=table[event.date],
        row_id=whole(event.id),
        value=value,
        unit_id=whole(event.unit).fill_null(0),
        unit_text=text(event.unit_source),
        **({"answered_no": table.answered_no} if "answered_no" in table.columns else {}),
    )


def _number(column: Any) -> Any:
    """A column of values as floats; some exports have a column of truth values where all are missing."""
    if column.type().is_boolean():
        return column.ifelse(1.0, 0.0)
    return attempt(column, "float64") if column.type().is_string() else column.cast("float64")


def attempt(column: Any, kind: str) -> Any:
    """A cast that gives nothing where it cannot be done; PostgreSQL has none, and fails instead."""
    from ibis.common.exceptions import IbisError

    try:
        name = column._find_backend(use_default=False).name  # noqa: SLF001 (ibis has no public way)
    except IbisError:
        name = ""
    return column.cast(kind) if name == "postgres" else column.try_cast(kind)


def day_of(column: Any) -> Any:
    """Return days since 1970-01-01: of a date, a time, or text such as 2019-03, 20190314 and 2019-03-14."""
    import ibis

    kind = column.type()
    if kind.is_timestamp():
        column = column.date()
    elif not kind.is_date():
        column = _read_date(column.cast("string"))
    epoch = ibis.date(1970, 1, 1)
    return column.delta(epoch, unit="day").cast("int64").fill_null(NO_DAY)


def _read_date(text: Any) -> Any:
    """A date from text without its dashes; a missing month or day is the first."""
    import ibis

    digits = text.replace("-", "").left(8)
    whole = digits.re_search(r"^[12][0-9]{3}([01][0-9]([0-3][0-9])?)?$")
    month = (digits.length() >= 6).ifelse(digits.substr(4, 2), "01")
    day = (digits.length() >= 8).ifelse(digits.substr(6, 2), "01")
    written = digits.left(4) + "-" + month + "-" + day
    return attempt(whole.ifelse(written, ibis.null("string")), "date")


def _amounts(event: Table, rows: ibis.Table, codes: CodeTables, *, written: bool) -> ibis.Table:
    """Values in thousandths of the test's own unit, those beyond the loosest limit, and those unreadable."""
    import ibis

    rows = rows.left_join(codes.by_id, ["signal", "unit_id"])
    factor, sense, least = rows.factor, rows.sense, rows.least
    if not written:
        # most values are ordinary: those that lie on the right side of the limit, to the unit, go first
        ordinary = (rows.value * rows.gain).between(rows.slip, rows.edge)
        rows = rows.filter(ibis.coalesce(~ordinary, ibis.literal(value=True)))
    else:
        rows = rows.drop("signal_right", "unit_id_right")
        rows = rows.mutate(unit_text=rows.unit_text.lower().strip())
        rows = rows.left_join(codes.by_text, ["signal", "unit_text"])
        factor = ibis.coalesce(rows.factor, rows.factor_text)
        sense = ibis.coalesce(rows.sense, rows.sense_text)
        least = ibis.coalesce(rows.least, rows.least_text)
    sound = rows.value.notnull() & (rows.value.abs() < LARGEST) & factor.notnull()
    amount = (sound.ifelse(rows.value, 0.0) * factor.fill_null(0.0) * MILLI + 0.5).floor().cast("int64")
    source = sound.ifelse(event.number, -event.number).cast("int64")
    rows = rows.mutate(amount=amount, source=source, sense=sense.fill_null(0), least=least.fill_null(0))
    beyond = (rows.sense == 0) | (rows.sense * rows.amount > rows.sense * rows.least)
    rows = rows.filter((rows.source < 0) | beyond)
    return rows.mutate(day=day_of(rows.date)).select(*COLUMNS)
