"""The disease model: what is known of one disease, as data that can be reviewed without Python."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from hoofbeat.knowledge.evidence import Amount, Frequency, Part

Verdict = Literal["supported", "contested", "wrong", "outdated", "incomplete", "untestable", "error"]


class Note(Part):
    """Something worth saying in words, with the statements it answers and the sources it rests on."""

    text: str
    statements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Side(Part):
    """What one source says in a disagreement."""

    says: str
    source: str
    statements: tuple[str, ...] = ()


class Contradiction(Part):
    """Sources that disagree, kept side by side, and how the model reads them."""

    about: str
    sides: tuple[Side, ...] = Field(min_length=2)
    resolution: str


class DocumentError(Part):
    """A slip in a source document (a heading of another disease, a lost list) and what was kept of it."""

    source: str
    statements: tuple[str, ...]
    what: str
    kept: str


class Xrefs(Part):
    """Identifiers elsewhere. exact: the same disease, an alias here. related: near, never an alias."""

    exact: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    icd10cm: tuple[str, ...] = ()


class AgeShape(Amount):
    """Age at presentation: mean in years (low..high of the mean) and standard deviation."""

    sd: float = Field(gt=0)


class Variant(Part):
    """A form of the disease with findings of its own ("with NME"), and its share."""

    id: str
    name: str
    share: Frequency


class Cause(Part):
    """A cause, its share among all causes, and the finding that betrays it."""

    id: str
    name: str
    group: str = ""
    share: Frequency | None = None
    finding: str | None = None
    reports: str = ""
    sources: tuple[str, ...] = ()
    note: str = ""
    statements: tuple[str, ...] = ()


class Override(Part):
    """A row of the public annotations that this model does not use, and why."""

    finding: str
    reason: str = Field(min_length=8)


class FindingRow(Frequency):
    """How often a finding is present in this disease.

    given: the variant it belongs to; empty for all. when: presentation, ever, late.
    """

    finding: str
    name: str
    given: str = ""
    when: Literal["presentation", "ever", "late"] = "ever"


class SiteRow(Frequency):
    """How often the rash involves a body region (a region of hoofbeat.terms)."""

    site: str
    given: str = ""


class SiteObservation(Part):
    """The regions one published patient's rash was said to involve. A site not named is not spared."""

    publication: str
    sites: tuple[str, ...]


class CountedSites(Part):
    """Site frequencies counted patient by patient, so that any publication can be left out."""

    source: str
    place: str
    given: str = ""
    note: str = ""
    patients: tuple[SiteObservation, ...]


class FindingsFile(Part):
    """findings.yaml: findings, sites, and sites counted patient by patient."""

    findings: tuple[FindingRow, ...] = ()
    sites: tuple[SiteRow, ...] = ()
    counted_sites: CountedSites | None = None


class Distribution(Amount):
    """A laboratory value in this disease: lognormal; low..high is the central 90 % of values.

    unit: a unit, or "x upper limit" for multiples of the laboratory's upper reference limit.
    """


class TestRow(Part):
    """A test and what it shows in this disease: how often a finding, or how a value is distributed."""

    __test__: ClassVar[bool] = False  # pytest takes the name for a test otherwise

    test: str
    name: str
    kind: Literal["laboratory", "histology", "immunofluorescence", "imaging", "trial", "genetic", "bedside"]
    finding: str | None = None
    present: Frequency | None = None
    distribution: Distribution | None = None
    given: str = ""
    specificity: Frequency | None = None
    cost: Literal["low", "medium", "high"] | None = None
    harm: Literal["none", "low", "medium", "high"] | None = None
    wait_days: Amount | None = None
    note: str = ""
    statements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class TestsFile(Part):
    """tests.yaml."""

    __test__: ClassVar[bool] = False

    tests: tuple[TestRow, ...] = ()


class CourseRow(Part):
    """One fact of the natural history: an amount or a fraction, at a named point."""

    id: str
    name: str
    amount: Amount | None = None
    fraction: Frequency | None = None
    text: str = ""
    statements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class CourseFile(Part):
    """course.yaml: onset order, lesion cycle, delay, spread, survival, treatment in outline."""

    onset_order: tuple[str, ...] = ()
    rows: tuple[CourseRow, ...] = ()


class DiseaseFile(Part):
    """disease.yaml: what the disease is, how common, at which age, in whom, from what."""

    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    xrefs: Xrefs = Xrefs()
    definition: str
    kind: Literal["skin", "systemic"] = "skin"
    do_not_miss: bool = False
    prevalence: Amount | None = None
    incidence: Amount | None = None
    undiagnosed_years: Amount | None = None
    age: AgeShape | None = None
    male: Frequency | None = None
    variants: tuple[Variant, ...] = ()
    causes: tuple[Cause, ...] = ()
    tells_apart: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    document_errors: tuple[DocumentError, ...] = ()
    overrides: tuple[Override, ...] = ()


class Disease(Part):
    """One disease, whole: its four files and its slug."""

    slug: str
    about: DiseaseFile
    findings: FindingsFile = FindingsFile()
    tests: TestsFile = TestsFile()
    course: CourseFile = CourseFile()

    @property
    def id(self) -> str:
        """The model's own id ("hoofbeat:glucagonoma")."""
        return self.about.id

    @property
    def name(self) -> str:
        """The name it is printed with."""
        return self.about.name

    @property
    def aliases(self) -> tuple[str, ...]:
        """Every id that means this disease, its own first."""
        return (self.about.id, *self.about.xrefs.exact)

    def curve(self, test: str, variant: str = "") -> Distribution | None:
        """Return how the value of a test is distributed here, or None where the model does not say."""
        rows = [r.distribution for r in self._rows(test, variant) if r.distribution]
        return rows[0] if rows else None

    def shows(self, test: str, variant: str = "") -> Frequency | None:
        """Return how often a test shows its finding here, or None where the model does not say."""
        rows = [r.present for r in self._rows(test, variant) if r.present]
        return rows[0] if rows else None

    def _rows(self, test: str, variant: str) -> list[TestRow]:
        """Rows of a test that hold for a form of the disease, those for just this form first."""
        rows = [r for r in self.tests.tests if r.test == test and r.given in ("", variant)]
        return sorted(rows, key=lambda r: r.given != variant)


class Statement(Part):
    """One numbered statement of a source document, retold, and what became of it."""

    says: str
    verdict: Verdict


class Source(Part):
    """One source: who says it, where, of which design and size, under which licence, used for what."""

    key: str
    citation: str
    year: int | None = None
    pmid: str = ""
    doi: str = ""
    url: str = ""
    design: str
    size: str = ""
    licence: str = ""
    read: Literal["full text", "abstract", "excerpt", "secondary quotation", "data file", "recalled"]
    used_for: str
    statements: dict[str, Statement] = Field(default_factory=dict)


class RateRow(Part):
    """A base rate in the general population for one age band and sex."""

    ages: tuple[float, float]
    sex: Literal["female", "male", "all"]
    rate: Frequency


class BaseRate(Part):
    """How often a finding is present in people who have none of the diseases: the leak."""

    finding: str
    name: str
    definition: str = ""
    rows: tuple[RateRow, ...]


class Knowledge(Part):
    """Everything loaded: diseases by slug, sources by key, base rates by finding."""

    version: str
    diseases: dict[str, Disease]
    sources: dict[str, Source]
    base_rates: dict[str, BaseRate]
