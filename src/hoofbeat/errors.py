"""Everything that can go wrong, in one family.

    HoofbeatError
    ├── UsageError              the command or function was called wrongly        exit 2
    ├── InputError              what was read is not valid                        exit 3
    │   ├── UnknownTerm         an identifier or word that no vocabulary has
    │   ├── UnitError           a unit or value that cannot be what it says
    │   └── CaseError           a patient file that cannot be understood
    ├── KnowledgeError          the disease models are not in order               exit 1
    │   ├── NoSource            a number cites a source that has no file
    │   └── BareNumber          a number that says nothing of where it comes from
    └── SweepError              a record database cannot be searched              exit 1

A fault in *use* raises one of these. A fault in *data* is returned as an Issue, so that one bad
record never hides the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


class HoofbeatError(Exception):
    """What happened, where, why it matters and what to do; printed as one message.

    >>> print(UnitError("glucagon is given in mg/mL", remedy="use pg/mL or pmol/L"))
    glucagon is given in mg/mL
      Try: use pg/mL or pmol/L
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.remedy = what, where, why, remedy

    def __str__(self) -> str:
        return _sentence(self.what, self.where, self.why, self.remedy)


class UsageError(HoofbeatError):
    """The command or function was called in a way that cannot work."""

    exit_code = 2


class InputError(HoofbeatError):
    """What was read is not valid."""

    exit_code = 3


class UnknownTerm(InputError):
    """An identifier or word that no vocabulary has."""


class UnitError(InputError):
    """A unit or value that cannot be what it says."""


class CaseError(InputError):
    """A patient file that cannot be understood."""


class KnowledgeError(HoofbeatError):
    """The disease models are not in order."""


class NoSource(KnowledgeError):
    """A number cites a source that has no file."""


class BareNumber(KnowledgeError):
    """A number that says nothing of where it comes from."""


class SweepError(HoofbeatError):
    """A record database cannot be searched."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault found in data: how grave, of which kind, what, where, and what to do.

    level: "error" when the record cannot be used as it is, else "warning".
    category: a stable, machine-readable word such as "obsolete-term".
    """

    level: Level
    category: str
    message: str
    remedy: str = ""
    where: str = ""

    def __str__(self) -> str:
        return f"{self.level}: {_sentence(self.message, self.where, '', self.remedy)}"

    def as_json(self) -> dict[str, str]:
        """Return the issue as plain fields, the same in every `--json` output."""
        return {
            "level": self.level,
            "category": self.category,
            "message": self.message,
            "remedy": self.remedy,
            "where": self.where,
        }


def _sentence(what: str, where: str, why: str, remedy: str) -> str:
    text = f"{what} ({where})" if where else what
    if why:
        text += f"\n  {why}"
    if remedy:
        text += f"\n  Try: {remedy}"
    return text
