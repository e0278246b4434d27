"""What is read from a text: every proposal with the exact characters it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

Cutoff = Literal["balanced", "clinic"]
Kind = Literal["patient", "disease"]
Status = Literal["present", "absent", "uncertain", "hypothetical", "historical"]
SectionKind = Literal[
    "history",
    "family",
    "examination",
    "investigations",
    "impression",
    "plan",
    "treatment",
    "references",
    "other",
]
Response = Literal["none", "partial", "complete", "relapse", "worse", "unknown"]


class Span(NamedTuple):
    """Characters start..end of the text, end not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One HPO term named in a text.

    spans: one, or several where words stand between ("small … mouth"). chance: 0..1, that a reader would
    agree. how: "label", "synonym", "variant", "abbreviation", "header". rivals: other terms the same words
    might mean, the likeliest first.
    """

    spans: tuple[Span, ...]
    term: str
    chance: float
    how: str
    rivals: tuple[tuple[str, float], ...] = ()

    @property
    def start(self) -> int:
        """First character."""
        return self.spans[0].start

    @property
    def end(self) -> int:
        """One past the last character."""
        return self.spans[-1].end


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a letter. span covers heading and body; heading is empty for text before the first one."""

    kind: SectionKind
    span: Span
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the text says of a mention.

    who: "patient", a relative in the singular ("mother"), or "general" where a text tells of a disease.
    cues: the words that decided, empty for a plain statement.
    """

    status: Status = "present"
    who: str = "patient"
    cues: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """Time said of a mention: how long before the letter it began, at what age, or on what date (ISO)."""

    since_days: float | None = None
    onset_age_years: float | None = None
    date: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A measured quantity as printed.

    test: slug of hoofbeat.terms, or the words used if unknown. unit: as printed; empty if none was, and
    then never guessed. low, high: the range printed beside it, in the same unit. flag: "high", "low" or
    "normal" if the text says so. direction: "high", "low", "normal", or "" when it cannot be told.
    basis: "printed range", "printed flag", "default range" or "". finding: HPO id that direction means.
    problem: what makes it unusable ("no unit printed"), else empty.
    """

    test: str
    value: float
    unit: str
    span: Span
    low: float | None = None
    high: float | None = None
    flag: str = ""
    direction: str = ""
    basis: str = ""
    finding: str | None = None
    date: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Drug:
    """A treatment named in the text, and what it did. name: plain generic name ("clobetasol")."""

    name: str
    span: Span
    dose: str = ""
    response: Response = "unknown"
    status: Status = "present"
    date: str | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """A biopsy, image or other examination and its conclusion, as findings (HPO ids) and in words."""

    # a collector of tests would take the name for one of its own
    __test__: ClassVar[bool] = False

    kind: Literal["histology", "imaging", "immunofluorescence", "microbiology", "endoscopy", "other"]
    name: str
    span: Span
    conclusion: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis named in the text: made before, suspected, or excluded; never a finding by itself."""

    name: str
    span: Span
    status: Literal["made", "suspected", "excluded"]
    who: str = "patient"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One finding proposed for a person to confirm.

    where, forms: body-site and lesion-word slugs of hoofbeat.terms tied to it. spared: sites that are told to
    be free of it. source: "mention", "value",
    "test" or "rash". section: the kind of section it stands in.
    """

    term: str
    label: str
    spans: tuple[Span, ...]
    assertion: Assertion
    chance: float = 1.0
    when: When = field(default_factory=When)
    where: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    course: str | None = None
    source: str = "mention"
    section: SectionKind = "other"
    rivals: tuple[tuple[str, float], ...] = ()
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything read from one text. kind: "patient", or "disease" for a text about an illness."""

    text: str
    kind: Kind
    proposals: tuple[Proposal, ...]
    values: tuple[Value, ...] = ()
    drugs: tuple[Drug, ...] = ()
    tests: tuple[TestResult, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    sections: tuple[Section, ...] = ()
    age_years: float | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
