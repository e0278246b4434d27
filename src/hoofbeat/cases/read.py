"""Cases from files, streams and text: which format it is, record by record, nothing lost."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from hoofbeat.cases.checks import check_case
from hoofbeat.cases.gather import Gatherer
from hoofbeat.cases.model import Case
from hoofbeat.cases.phenopacket import case_from_phenopacket, is_phenopacket
from hoofbeat.cases.yaml_case import DuplicateKey, case_from_mapping, parse_yaml
from hoofbeat.errors import CaseError, Issue, UnknownTerm, UsageError

_GZIP = b"\x1f\x8b"
_LARGEST = 2_000_000_000
_FORMATS = "our case file (YAML) or a GA4GH phenopacket (JSON, JSON Lines or YAML)"


class CaseReading(NamedTuple):
    """One record as read: the case, or None if it cannot be used, the issues, and where it stands."""

    case: Case | None
    issues: tuple[Issue, ...]
    where: str

    @property
    def usable(self) -> bool:
        """True if there is a case and nothing wrong with it that forbids its use."""
        return self.case is not None and not any(i.level == "error" for i in self.issues)


def read_cases(
    source: str | Path | bytes | Mapping[str, Any], *, replace_old_terms: bool = False
) -> Iterator[CaseReading]:
    """Yield every record of a source; a broken one comes with its issues, and the next is read all the same.

    source: a path, "-" for standard input, bytes, or a mapping. The format is seen from the content: our
    YAML, a phenopacket, a list of them, JSON Lines; any of them gzipped.
    Raises UsageError for a source that is not there, CaseError for one that cannot be read at all.
    """
    if isinstance(source, Mapping):
        yield _record(source, "case", "", replace_old_terms)
        return
    data, name = read_bytes(source, "a case")
    text = _decoded(data, name)
    lines = text.splitlines()
    if _is_json_lines(lines):
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _line(line, f"{name}, line {number}", replace_old_terms)
        return
    yield from _document(text, name, replace_old_terms)


def read_case(source: str | Path | bytes | Mapping[str, Any], *, replace_old_terms: bool = False) -> Case:
    """Return the one case of a source.

    Raises CaseError, or UnknownTerm for a term nobody knows, with the first fault and the number of others.
    """
    readings = list(read_cases(source, replace_old_terms=replace_old_terms))
    if len(readings) != 1:
        raise CaseError(
            f"{len(readings)} cases where one is wanted",
            where=str(source)[:80],
            remedy="use read_cases() for many",
        )
    reading = readings[0]
    errors = [issue for issue in reading.issues if issue.level == "error"]
    if errors or reading.case is None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        kind = UnknownTerm if first.category == "unknown-term" else CaseError
        raise kind(first.message + more, where=first.where, remedy=first.remedy)
    return reading.case


def read_bytes(source: str | Path | bytes, what: str) -> tuple[bytes, str]:
    """Return the bytes of a source and its name as it is printed, empty for bytes.

    source: a path, "-" for standard input, or bytes. what: what is read from it, for the message ("a case").
    Raises UsageError, which quotes nothing of the content, for a source that is not there or cannot be read.
    """
    if isinstance(source, bytes):
        return source, ""
    if str(source) == "-":
        if sys.stdin is None:  # as where a service starts it
            raise UsageError("Standard input is closed", remedy="name a file, or pipe the text in")
        return sys.stdin.buffer.read(), "standard input"
    path = Path(source)
    try:
        if path.is_dir():
            why = f"{what[:1].upper()}{what[1:]} is read from a file."
            raise UsageError(f"{path} is a folder", why=why, remedy="name a file in it")
        return path.read_bytes(), str(path)
    except FileNotFoundError:
        raise UsageError(
            f"There is no file {path}", remedy="check the name; - reads standard input"
        ) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "its name cannot be read"
        remedy = "check the file and who may read it"
        raise UsageError(f"{str(path)[:200]!r} cannot be read: {reason}", remedy=remedy) from None


def _decoded(data: bytes, name: str) -> str:
    if data[:2] == _GZIP:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as fault:
            raise CaseError("The gzip file is damaged", where=name, remedy="copy or make it again") from fault
    if not data.strip():
        raise CaseError("The file is empty", where=name, remedy=f"give {_FORMATS}")
    if b"\0" in data[:4096]:
        raise CaseError("The file holds binary data, not text", where=name, remedy=f"give {_FORMATS}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise CaseError(
            "The file is not UTF-8 text",
            where=f"{name}, line {line}".lstrip(", "),
            why="Other encodings turn letters such as µ and ö into others.",
            remedy="save it as UTF-8",
        ) from fault


def _is_json_lines(lines: list[str]) -> bool:
    full = [line for line in lines if line.strip()]
    if len(full) < 2:
        return False
    starts = sum(line.lstrip().startswith("{") for line in full)
    # two lines that both begin an object are records, even where some are broken
    return starts >= 2 and (full[0].rstrip().endswith("}") or full[1].rstrip().endswith("}"))


def _line(line: str, where: str, replace: bool) -> CaseReading:  # noqa: FBT001 (passed through)
    try:
        data = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as fault:
        reason = getattr(fault, "msg", "it is nested too deeply")
        issue = Issue(
            "error", "not-json", f"The line is not JSON: {reason}", "repair or leave out the line", where
        )
        return CaseReading(None, (issue,), where)
    return _record(data, "case", where, replace)


def _document(text: str, name: str, replace: bool) -> Iterator[CaseReading]:  # noqa: FBT001 (passed through)
    data = _parsed(text, name)
    if isinstance(data, list):
        if not data:
            raise CaseError("The list holds no case", where=name, remedy=f"give {_FORMATS}")
        for number, item in enumerate(data, 1):
            yield _record(item, "case", f"{name}, record {number}".lstrip(", "), replace)
        return
    yield _record(data, Path(name).stem if name and name != "standard input" else "case", name, replace)


def _parsed(text: str, name: str) -> Any:
    try:
        # JSON is read as JSON where it is JSON: YAML has other ideas of tabs and numbers
        if text.lstrip()[:1] in "{[":
            try:
                return json.loads(text)
            except json.JSONDecodeError:
                pass
        return parse_yaml(text)
    except RecursionError as fault:
        raise CaseError("The file is nested too deeply", where=name, remedy=f"give {_FORMATS}") from fault
    except DuplicateKey as fault:
        where, why = f"{name}, line {fault.line}".lstrip(", "), "Which of the two is meant cannot be known."
        raise CaseError(str(fault), where=where, why=why, remedy="keep one of them") from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = getattr(fault, "line", None) or (mark.line + 1 if mark else None)
        problem = getattr(fault, "problem", None) or str(fault).split("\n", 1)[0]
        where = f"{name}, line {line}" if line else name
        raise CaseError(
            f"The file is neither YAML nor JSON: {problem}",
            where=where.lstrip(", "),
            remedy="repair that line",
        ) from fault
    except (ValueError, TypeError) as fault:
        raise CaseError(f"The file cannot be read: {fault}", where=name, remedy=f"give {_FORMATS}") from fault


def _record(data: Any, default_id: str, where: str, replace: bool) -> CaseReading:  # noqa: FBT001 (passed through)
    gather = Gatherer(where, replace_old_terms=replace)
    if not isinstance(data, Mapping):
        gather.fault(
            "wrong-shape", f"A case must be a mapping, not {type(data).__name__}", f"give {_FORMATS}"
        )
        return CaseReading(None, tuple(gather.issues), where)
    try:
        if is_phenopacket(data):
            case = case_from_phenopacket(data, gather)
        else:
            case = case_from_mapping(data, gather, default_id=default_id)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        gather.fault("bad-value", f"{place or 'The record'}: {first['msg'].lower()}", "correct the value")
        return CaseReading(None, tuple(gather.issues), where)
    except UnknownTerm as fault:
        gather.fault("unknown-site", fault.what, fault.remedy)
        return CaseReading(None, tuple(gather.issues), where)
    said = {(i.category, i.message) for i in gather.issues}
    faulty = any(i.level == "error" for i in gather.issues)
    for issue in check_case(case):
        # a record without findings because they could not be read has had its message
        if (issue.category, issue.message) not in said and not (faulty and issue.category == "nothing-known"):
            gather.note(issue.level, issue.category, issue.message, issue.remedy, issue.where)
    return CaseReading(case, tuple(gather.issues), where)
