"""Laboratory values: tests, units and reference ranges, and what a value amounts to."""

from __future__ import annotations

import math
import re
from functools import cache
from tokenize import TokenError
from typing import Any, Literal, NamedTuple

from hoofbeat.errors import Issue, UnitError
from hoofbeat.terms.cache import cache_folder
from hoofbeat.terms.vocabulary import read_data

Interpretation = Literal["low", "normal", "high"]


class Test(NamedTuple):  # the clinician's word; nothing here is a test of the software
    """One test: its canonical unit (UCUM), what is possible at all, and the findings its results amount to.

    usual: reference range by sex ("female", "male"); molar_mass in g/mol where amounts convert to mass.
    """

    slug: str
    name: str
    unit: str
    possible: tuple[float, float]
    usual: dict[str, tuple[float, float]]
    molar_mass: float | None
    low_is: str
    high_is: str
    loinc: str
    words: tuple[str, ...]


class Reading(NamedTuple):
    """A value understood: in the test's own unit, against a range, with the finding it amounts to.

    finding: HPO id of what is present. absent_finding: HPO ids of what a normal or opposite result rules
    out. multiple_of_upper_limit: value over the upper limit, the same in every unit and assay.
    """

    test: str | None
    value: float
    unit: str
    low: float | None
    high: float | None
    range_from: Literal["printed", "default", ""]
    multiple_of_upper_limit: float | None
    interpretation: Interpretation | None
    finding: str | None
    absent_finding: tuple[str, ...]
    issues: tuple[Issue, ...]


# What people write, in the words that UCUM and pint know.
_UCUM = {
    "[iu]": "iu",
    "µ": "u",
    "μ": "u",
    "mcg": "ug",
    "mcmol": "umol",
    "/l": "/L",
    "/dl": "/dL",
    "/ml": "/mL",
    "/ul": "/uL",
    "iu/": "[iU]/",
    "miu/": "m[iU]/",
    "uiu/": "u[iU]/",
    "mu/": "m[iU]/",
}
_WHOLE = {
    "percent": "%",
    "°c": "Cel",
    "c": "Cel",
    "celsius": "Cel",
    "f": "[degF]",
    "°f": "[degF]",
    "degf": "[degF]",
    "g/l": "g/L",
    "k/ul": "10*3/uL",
    "m/ul": "10*6/uL",
    "mm/hr": "mm/h",
    "kg/m^2": "kg/m2",
    "kg/m²": "kg/m2",
    "mmhg": "mm[Hg]",
    "iu/l": "U/L",
    "u/l": "U/L",
    "": "1",
}
_PINT = {
    "[iU]": "IU",
    "/uL": "cell/microliter",
    "/mm3": "cell/microliter",
    "[degF]": "degree_Fahrenheit",
    "Cel": "degree_Celsius",
    "%": "percent",
    "U/L": "enzyme_unit/liter",
    "kg/m2": "kilogram/meter**2",
}
# Counts of cells, as in x10^9/L, 10e9/L, 10*3/uL and 10*6/uL.
_COUNT = re.compile(r"x? ?10 ?[*^e] ?(3|6|9|12) ?/ ?(l|ml|ul|µl|μl|mm3|mm\^3|cmm)", re.IGNORECASE)
_VOLUMES = {"l": "L", "ml": "mL"}
_PREFIX = {"3": "kilo", "6": "mega", "9": "giga", "12": "tera"}
_NOISE = re.compile(r"\b(serum|plasma|blood|level|levels|concentration|total|measurement)\b|\(.*?\)")

# HbA1c: IFCC mmol/mol = 10.929 (NGSP % - 2.15), the master equation (Hoelzel et al. 2004).
# One equivalent of a monovalent ion is one mole.
_MONOVALENT = ("sodium", "potassium")
_HBA1C_SLOPE, _HBA1C_OFFSET = 10.929, 2.15


@cache
def tests() -> tuple[Test, ...]:
    """Return all tests of the catalogue."""
    return tuple(
        Test(
            slug=row["slug"],
            name=row["name"],
            unit=row["unit"],
            possible=(float(row["possible"][0]), float(row["possible"][1])),
            usual={
                sex: (float(row["range"][sex][0]), float(row["range"][sex][1])) for sex in ("female", "male")
            },
            molar_mass=row.get("molar_mass"),
            low_is=row.get("low_is", {}).get("id", ""),
            high_is=row.get("high_is", {}).get("id", ""),
            loinc=row.get("loinc", ""),
            words=tuple(row.get("words", ())),
        )
        for row in read_data("tests.yaml")
    )


@cache
def _by_word() -> dict[str, Test]:
    found: dict[str, Test] = {}
    for test in tests():
        for word in (
            test.slug,
            test.name,
            test.loinc,
            f"LOINC:{test.loinc}" if test.loinc else "",
            *test.words,
        ):
            if word:
                found.setdefault(word.lower().replace("_", " "), test)
    return found


def find_test(words: str) -> Test | None:
    """Return the test that a slug, name, LOINC code or other word means, or None.

    Case, notes in brackets and words such as "serum" do not matter.
    """
    given = words.strip().lower().replace("_", " ")
    known = _by_word()
    without_brackets = re.sub(r"\s*\(.*?\)", "", given)
    for form in (" ".join(said.split()) for said in (given, without_brackets, _NOISE.sub(" ", given))):
        if form in known:
            return known[form]
        if form.startswith("fasting ") and form.removeprefix("fasting ") in known:
            return known[form.removeprefix("fasting ")]
    return None


def to_ucum(unit: str) -> str:
    """Return a unit as UCUM writes it.

    >>> to_ucum("µg/dl"), to_ucum("UCUM:pg/mL"), to_ucum("x10^9/L")
    ('ug/dL', 'pg/mL', '10*9/L')
    >>> to_ucum("10e6/µL"), to_ucum("m[IU]/L")
    ('10*6/uL', 'm[iU]/L')
    """
    unit = re.sub(r"\(.*?\)", "", unit.strip().removeprefix("UCUM:")).strip()
    if unit.lower() in _WHOLE:
        return _WHOLE[unit.lower()]
    count = _COUNT.fullmatch(unit)
    if count:
        return f"10*{count[1]}/{_VOLUMES.get(count[2].lower(), 'uL')}"
    text = unit
    for written, ucum in _UCUM.items():
        text = re.sub(re.escape(written), ucum, text, flags=re.IGNORECASE)
    return text.replace(" ", "")


def convert(value: float, unit: str, *, test: Test, to: str | None = None) -> float:
    """Return a value of a test in another unit, its canonical one by default.

    Mass and amount of substance convert through the test's molar mass. Raises UnitError for a unit that is
    unknown or measures something else.

    >>> test = find_test("glucagon")
    >>> round(convert(100, "pmol/L", test=test))
    348
    """
    given, wanted = to_ucum(unit), to_ucum(to or test.unit)
    if given.lower() == "meq/l" and test.slug in _MONOVALENT:
        given = "mmol/L"
    if given == wanted:
        return float(value)
    if test.slug == "hba1c" and {given, wanted} == {"%", "mmol/mol"}:
        if given == "%":
            return _HBA1C_SLOPE * (value - _HBA1C_OFFSET)
        return value / _HBA1C_SLOPE + _HBA1C_OFFSET
    return _by_pint(value, given, wanted, test)


# pint reads a unit as it would read a line of Python, and so fails in all of Python's ways
_ODD_UNITS = (AttributeError, ValueError, TypeError, AssertionError, SyntaxError, RecursionError)


def _by_pint(value: float, given: str, wanted: str, test: Test) -> float:
    import pint

    registry = _registry()
    try:
        left, right = registry.Unit(_pint_name(given)), registry.Unit(_pint_name(wanted))
    except (pint.PintError, TokenError, ArithmeticError, *_ODD_UNITS) as fault:
        raise UnitError(
            f"Unknown unit {given!r} for {test.name}",
            why="Without its unit a number means nothing.",
            remedy=f"give it in {test.unit}",
        ) from fault
    quantity = registry.Quantity(value, left)
    try:
        if left.dimensionality == right.dimensionality:
            return float(quantity.to(right).magnitude)
        if test.molar_mass:
            return float(
                quantity.to(right, "chemistry", mw=test.molar_mass * registry.gram / registry.mole).magnitude
            )
    except (pint.PintError, ArithmeticError):
        pass  # no path of units leads from one to the other: said below
    raise UnitError(
        f"{test.name} cannot be given in {given}",
        why=f"{given} measures something else than {test.unit}.",
        remedy=f"check the report; {test.name} is given in {test.unit}",
    )


@cache
def _registry() -> Any:
    import pint

    # the definitions of units, read once and kept, take a third of the time
    registry: Any = pint.UnitRegistry(cache_folder=cache_folder() / "units")
    registry.define("cell = [cells]")
    registry.define("IU = [activity]")
    return registry


def _pint_name(unit: str) -> str:
    if unit in _PINT:
        return _PINT[unit]
    count = _COUNT.fullmatch(unit)
    if count:
        return f"{_PREFIX[count[1]]}cell/{count[2]}"
    return unit.replace("[iU]", "IU").replace("*", "e")


def read_measurement(
    test: str,
    value: float,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    sex: str = "unknown",
    age_years: float | None = None,
) -> Reading:
    """Return what one laboratory value amounts to.

    low, high: the laboratory's own range in the same unit; it wins over the default. A value or unit that
    cannot be is reported as an issue and never interpreted.

    >>> reading = read_measurement("glucagon", 348, "pmol/L", high=50)
    >>> reading.interpretation, round(reading.multiple_of_upper_limit, 1)
    ('high', 7.0)
    """
    known = find_test(test)
    if known is None:
        issue = Issue(
            "warning",
            "unknown-test",
            f"The test {test!r} is not in the catalogue",
            "record what it showed as a finding",
        )
        return Reading(None, value, unit, low, high, "", None, None, None, (), (issue,))
    try:
        amount = convert(value, unit, test=known)
        lowest = None if low is None else convert(low, unit, test=known)
        highest = None if high is None else convert(high, unit, test=known)
    except UnitError as fault:
        category = "wrong-dimension" if "cannot be given" in fault.what else "unknown-unit"
        return _refused(
            known, value, unit, Issue("error", category, f"{fault.what}. {fault.why}", fault.remedy)
        )
    least, most = known.possible
    if not math.isfinite(amount) or not least <= amount <= most:
        message = (
            f"{known.name} {value:g} {unit} is impossible: {amount:.3g} {known.unit} lies outside "
            f"{least:g} to {most:g}. A printed unit is often wrong by a thousand."
        )
        return _refused(
            known, value, unit, Issue("error", "impossible-value", message, "check the unit in the report")
        )
    return _interpret(known, amount, lowest, highest, sex=sex, age_years=age_years)


def _refused(test: Test, value: float, unit: str, issue: Issue) -> Reading:
    return Reading(test.slug, value, unit, None, None, "", None, None, None, (), (issue,))


def _interpret(
    test: Test, amount: float, low: float | None, high: float | None, *, sex: str, age_years: float | None
) -> Reading:
    printed = low is not None or high is not None
    issues: tuple[Issue, ...] = ()
    if not printed:
        low, high = _usual(test, sex)
        if age_years is not None and age_years < 16:
            message = f"The range used for {test.name} is that of adults"
            issues = (Issue("warning", "adult-range", message, "give the range printed with the result"),)
    state: Interpretation = "normal"
    if low is not None and amount < low:
        state = "low"
    elif high is not None and amount > high:
        state = "high"
    finding = {"low": test.low_is, "high": test.high_is, "normal": ""}[state] or None
    ruled_out = tuple(f for f in (test.low_is, test.high_is) if f and f != finding)
    return Reading(
        test.slug,
        amount,
        test.unit,
        low,
        high,
        "printed" if printed else "default",
        amount / high if high else None,
        state,
        finding,
        ruled_out,
        issues,
    )


def _usual(test: Test, sex: str) -> tuple[float, float]:
    if sex in test.usual:
        return test.usual[sex]
    # sex unknown: what is normal for either is not called abnormal
    both = test.usual.values()
    return min(low for low, _ in both), max(high for _, high in both)
