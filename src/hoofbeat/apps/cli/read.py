"""hoofbeat read: a letter becomes a case; a document about a disease becomes a draft model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from hoofbeat.apps.cli.options import INVALID, PARTIAL, print_json

if TYPE_CHECKING:
    from hoofbeat.reading import Correction, Cutoff, Draft, Format, Kind, Letter, Note

_FORMATS = ("yaml", "phenopacket", "fhir", "json", "html", "tsv")


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("read")(read)


def read(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="A letter: text, HTML, PDF, DOCX, FHIR (DocumentReference, DiagnosticReport), OMOP NOTE; "
            "- reads standard input.",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--as", metavar="|".join(_FORMATS), help="What to print; yaml is our case file.")
    ] = "yaml",
    json: Annotated[
        bool, typer.Option("--json", help="The same as --as json: everything read, with spans.")
    ] = False,
    cutoff: Annotated[
        str,
        typer.Option(
            "--cutoff",
            metavar="clinic|balanced",
            help="clinic misses little and wants wrong proposals removed; balanced weighs both alike.",
        ),
    ] = "clinic",
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="patient|disease", help="What the text is about; seen from it if not given."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--id", help="Id of the case; the file's name if not given.")
    ] = None,
    as_model: Annotated[
        bool,
        typer.Option("--as-model", help="Read documents about a disease into a draft model, with a report."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--against", metavar="DISEASE", help="With --as-model: compare with this model."),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option("--forget", metavar="PHRASE", help="Never again read anything from this."),
    ] = None,
    reassign: Annotated[
        list[str] | None,
        typer.Option(
            "--reassign", metavar="PHRASE=TERM", help="Read this phrase as this term, or status, from now on."
        ),
    ] = None,
    corrections: Annotated[
        str | None, typer.Option("--corrections", metavar="FILE", help="Where corrections are kept.")
    ] = None,
    no_corrections: Annotated[
        bool, typer.Option("--no-corrections", help="Read as if nothing had been corrected.")
    ] = False,
    export_corrections: Annotated[
        bool, typer.Option("--export-corrections", help="Print the corrections kept so far, and stop.")
    ] = False,
    notes: Annotated[
        bool,
        typer.Option(
            "--notes", help="Many notes: print OMOP NOTE_NLP rows (CSV, or JSON Lines with --json)."
        ),
    ] = False,
    processes: Annotated[int, typer.Option("--processes", "-j", min=1, help="Processes for --notes.")] = 1,
) -> None:
    """Read a letter: proposed findings, each with its words, for a person to confirm.

    Nothing is stored or sent but the corrections you ask for, and no word of a text enters a message.

    The case it prints can be piped into hoofbeat rank.

    Example: hoofbeat read --as tsv examples/letter.txt
    """
    from hoofbeat.reading import Cutoff, Kind

    chosen: Format = _one_of("--as", "json" if json and not notes else form, _FORMATS)
    cut: Cutoff = _one_of("--cutoff", cutoff, get_args(Cutoff))
    about: Kind | None = _one_of("--kind", kind, get_args(Kind))
    kept, new = _corrections(corrections, forget or [], reassign or [], unused=no_corrections)
    if export_corrections:
        from hoofbeat.reading import corrections_as_json

        typer.echo(corrections_as_json(kept), nl=False)
        return
    if not files and (forget or reassign):
        sys.stderr.write(f"{len(kept)} corrections are kept.\n")
        return
    sources = files or ["-"]
    if as_model:
        _models(sources, model, json=json)
    elif notes:
        _notes(sources, cut, about, kept, processes=processes, json=json)
    else:
        _letters(sources, chosen, cut, about, kept, name, new)


def _one_of(option: str, word: str | None, known: Sequence[str]) -> Any:
    """Return the word, which is one of those known: the values of a Literal."""
    from hoofbeat.errors import UsageError

    if word is not None and word not in known:
        raise UsageError(f"{option} is {word!r}", remedy=f"{option} {' or '.join(known)}")
    return word


def _corrections(
    file: str | None, forget: Sequence[str], reassign: Sequence[str], *, unused: bool
) -> tuple[Sequence[Correction], Sequence[Correction]]:
    """Return the corrections to read with, and those of them given now."""
    from hoofbeat.reading import add_corrections, corrections_file, load_corrections, reassignment, removal

    path = Path(file) if file else corrections_file()
    new = [removal(phrase) for phrase in forget] + [reassignment(words) for words in reassign]
    if new:
        return add_corrections(path, new), new
    return ([] if unused else load_corrections(path)), []


@contextmanager
def _unquoted(where: str) -> Iterator[None]:
    """Turn a fault nobody foresaw into a message without a word of the text: a traceback might quote it."""
    from hoofbeat.errors import HoofbeatError, InputError

    try:
        yield
    except (HoofbeatError, typer.Exit, BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as fault:  # noqa: BLE001 (whatever it is)
        raise InputError(
            f"The text could not be read ({type(fault).__name__})",
            where=where,
            remedy="please report this with the version and, if you may, a made-up text that shows it",
        ) from None


def _letters(
    sources: Sequence[str],
    form: Format,
    cutoff: Cutoff,
    kind: Kind | None,
    kept: Sequence[Correction],
    name: str | None,
    new: Sequence[Correction],
) -> None:
    from hoofbeat.reading import corrected, read_letter, written

    several, bad, good, unmatched = len(sources) > 1, 0, 0, new
    for source in sources:
        with _unquoted(source):
            before = ""  # held back by one, to know whether there are several
            for note in _texts(source):
                if note.fault:
                    bad += 1
                    sys.stderr.write(
                        f"error: {note.fault} ({note.where})\n  Try: repair or leave out the record\n"
                    )
                    continue
                letter = read_letter(note.text, cutoff=cutoff, kind=kind)
                unmatched = [c for c in unmatched if corrected(letter, [c]) == letter]
                letter = corrected(letter, kept)
                text = written(letter, form, text_id=name or note.id)
                good += 1
                if before:
                    several = True
                    _out(before, form, several=True)
                before = text
                _tell(letter, form)
            if before:
                _out(before, form, several=several)
    if good:
        _tell_unmatched(new, unmatched)
    if bad:
        raise typer.Exit(PARTIAL if good else INVALID)


def _texts(source: str) -> Iterator[Note]:
    from hoofbeat.reading import read_texts

    yield from read_texts(source)


def _tell_unmatched(new: Sequence[Correction], unmatched: Sequence[Correction]) -> None:
    """Say which corrections given now change nothing in what was read; never their words."""
    names = {"remove": "--forget", "reassign": "--reassign"}
    alike = {action: [c for c in new if c.action == action] for action in names}
    which = ", ".join(f"{names[c.action]} {alike[c.action].index(c) + 1}" for c in unmatched)
    if which:
        sys.stderr.write(
            f"note: {len(unmatched)} of {len(new)} corrections changed nothing here, and are kept: {which}. "
            "A phrase must be all the words of a mark; --as html shows them.\n"
        )


def _out(text: str, form: str, *, several: bool) -> None:
    """Print one result; several case files are printed as one list, which every command reads."""
    if several and form == "yaml":
        text = "- " + text.rstrip("\n").replace("\n", "\n  ") + "\n"
    typer.echo(text, nl=False)


def _tell(letter: Letter, form: str) -> None:
    """Say on standard error how much was read; never what."""
    from hoofbeat.reading import left_out

    if form not in ("yaml", "phenopacket", "fhir"):
        return
    out = len(left_out(letter))
    terms = {(p.term, p.assertion.status) for p in letter.proposals if p.assertion.who == "patient"}
    there = sum(status in ("present", "historical") for _, status in terms)
    absent = sum(status == "absent" for _, status in terms)
    sys.stderr.write(
        f"Proposed: {there} present, {absent} absent; {out} left out. Confirm each before use.\n"
    )


def _notes(
    sources: Sequence[str],
    cutoff: Cutoff,
    kind: Kind | None,
    kept: Sequence[Correction],
    *,
    processes: int,
    json: bool,
) -> None:
    from hoofbeat.reading import note_nlp

    def every() -> Iterator[Note]:
        for source in sources:
            yield from _texts(source)

    with _unquoted(", ".join(sources)):
        tally = note_nlp(
            every(),
            sys.stdout,
            processes=processes,
            cutoff=cutoff,
            corrections=kept,
            json_lines=json,
            kind=kind,
        )
    sys.stderr.write(f"{tally.notes} notes, {tally.rows} findings.\n")
    if tally.failed:
        shown = "; ".join(tally.failed[:5])
        sys.stderr.write(f"{len(tally.failed)} notes could not be read: {shown}\n")
        raise typer.Exit(PARTIAL)


def _models(sources: Sequence[str], model: str | None, *, json: bool) -> None:
    from hoofbeat.knowledge import find_disease, load_knowledge
    from hoofbeat.reading import against, disagreements, draft_data, draft_model, faults, kind_of

    knowledge = load_knowledge()
    disease = find_disease(knowledge, model) if model else None
    drafts: list[Draft] = []
    rows: list[dict[str, Any]] = []
    for source in sources:
        with _unquoted(source):
            for note in _texts(source):
                if kind_of(note.text) == "patient":
                    warning = "this looks like a note about a patient, not a text about a disease"
                    sys.stderr.write(f"warning: {warning} ({source})\n")
                draft = draft_model(note.text, document=note.id)
                drafts.append(draft)
                remarks = faults(draft, knowledge, disease) + (against(draft, disease) if disease else [])
                rows.append({**draft_data(draft), "remarks": [r.as_json() for r in remarks]})
    between = [r.as_json() for r in disagreements(drafts)]
    if json:
        print_json({"documents": rows, "disagreements": between})
        return
    import yaml

    data: dict[str, Any] = {"documents": rows}
    if len(drafts) > 1:
        data["disagreements"] = between
    head = "# A draft: replace every range in it by counts, or by an assumption with its reason.\n"
    typer.echo(head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110), nl=False)
