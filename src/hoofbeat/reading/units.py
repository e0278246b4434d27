"""Units as they are printed in letters, and what a printed value is in the unit of its test.

The spelling is read here; the conversion is that of hoofbeat.terms, remembered as a factor and an offset
for each test and unit, because a laboratory system prints the same few units all day.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from hoofbeat.errors import UnitError
from hoofbeat.terms import Test, convert

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
_VOLUME = (
    r"(?:100\s?m[lL]|[dmcµμu][lL]|[DM]L|mc[lL]|[lL](?:itres?|iters?|tr)?"
    r"|(?:deci|milli|micro)lit(?:re|er)s?|cc)"
)
_AMOUNT = (
    r"(?:(?:[npfmkµμu]|mc)?(?:[mM]ol|g|gm|Eq|eq|[iI]\.?[uU]|U|[uU]nits?|kat|[oO]sm(?:ol)?|gr?ams?)"
    r"|(?:milli|micro|nano|pico)?(?:moles?|grams?|units|osmoles?)|international\sunits"
    r"|MG|NG|PG|MMOL|UMOL|NMOL|PMOL|MEQ)"
)
_CUBIC = r"mm(?:3|³|\^3)"
_MICRO = r"(?:[µμu]\s?[lL]|mc[lL]|microlit(?:re|er))"
_TIME = r"min(?:ute)?|24\s?h(?:r|ours?)?|day|d(?![lL])|h(?:our|r)?"
# in this order: the longer reading first
_UNIT = re.compile(
    rf"""(?:
      (?P<power>(?:[x×*·]\s?)?10\s?(?:\^|\*\*?|[eE]|exp\s?)?\s?(?:9|12|3|6|⁹|¹²|³|⁶)\s?(?:cells?\s?)?
          (?:/|\sper\s|\sp\s)\s?(?:{_CUBIC}|{_VOLUME})
        |(?:[x×*]\s?)?10(?:⁹|¹²|9|12|\^9|\^12)\s?L(?:⁻¹|-1|−1))
    | (?P<thousand>(?:[KkMGT]|[Tt]hou(?:sands?)?|million|mill|lakhs?|x?\s?1000|×\s?1000)\s?(?:cells?\s?)?
          (?:/|\sper\s)\s?(?:{_CUBIC}|cu\.?\s?mm|cmm|{_MICRO}|L|l(?![a-z])))
    | (?P<cells>(?:cells?\s?)?(?:/|per)\s?(?:{_CUBIC}|cu\.?\s?mm|cmm|cubic\smillimet(?:re|er)|{_MICRO}))
    | (?P<egfr>m[lL]\s?(?:/|per)\s?min(?:ute)?(?:\s?(?:/|per)\s?1[.,·]73\s?m\s?(?:2|²|\^2)?)?)
    | (?P<conc>{_AMOUNT}(?:\s?/\s?|\sper\s|\s?%)(?:{_VOLUME}|kg|g|m?mol|{_TIME})?
        |{_AMOUNT}[\s·.∙]?(?:[dmµμu]?[lL])\s?(?:⁻¹|-1|−1|\^-1))
    | (?P<esr>mm\s?(?:/|in|per)?\s?(?:(?:the\s)?(?:1st|first)\s)?(?:/\s?)?(?:1\s?)?h(?:ou)?r?)
    | (?P<press>mm\s?[Hh][Gg]|kPa)
    | (?P<bmi>[kK]g\s?/\s?[mM]\s?(?:2|²|\^2)|kg\s?m(?:⁻²|-2|−2))
    | (?P<temp>[°º˚]\s?[CFcf]|deg(?:rees|s)?\.?\s?(?:[CFcf]\b|[Cc]elsius|[Ff]ahrenheit|centigrade)?
        |[Cc]elsius|[Ff]ahrenheit|[CF])
    | (?P<rate>bpm|(?:beats\s?|breaths\s?)?(?:/|per)\s?min(?:ute)?)
    | (?P<uln>(?:[x×]|times(?:\sthe)?)\s?
        (?:ULN|[uU]pper\s(?:limit(?:\sof\snormal)?|normal\slimit)|normal))
    | (?P<small>f[lL]|[µμu]m(?:3|³)|pg|secs?|seconds|s)
    | (?P<share>%|per\s?cent)
    | (?P<centile>(?:st|nd|rd|th)?\s?(?:per)?centile)
    | (?P<sd>SDS?|[zZ][\s-]?score|standard\sdeviations?)
    | (?P<mm>mm(?!\s?[Hh\d³²^]))
    | (?P<mass>[kK][gG]s?|kilos?|kilograms?|lbs?\.?|pounds?|st(?:one)?s?|ozs?
        |cm|metres?|meters?|m|inches|inch|in|ft|feet)
    | (?P<dose>mcg|mg|[µμu]g|ng|g|gm|grams?|IU|[iI]\.[uU]\.|iu|U|[uU]nits?|m[lL]|mmol|mEq
        |tablets?|capsules?|drops?|puffs?)
    )(?![^\W_])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\u00a0]{0,12}(?:\||\n)?[ \t\u00a0]{0,12}")
_TENS = {"9": 1.0, "12": 1e3, "3": 1e-6, "6": 1e-3}  # in 10*9
_WORDS = {
    "millimoles": "mmol", "micromoles": "umol", "nanomoles": "nmol", "picomoles": "pmol", "moles": "mol",
    "milligrams": "mg", "micrograms": "ug", "nanograms": "ng", "picograms": "pg", "grams": "g", "gram": "g",
    "units": "U", "unit": "U", "internationalunits": "IU",
    "deciliter": "dL", "decilitre": "dL", "milliliter": "mL", "millilitre": "mL", "liter": "L", "litre": "L",
    "microliter": "uL", "microlitre": "uL", "litres": "L", "liters": "L", "ltr": "L", "100ml": "dL",
    "cc": "mL",
}  # fmt: skip
_MASS = {
    "kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "lb": "lb",
    "lbs": "lb", "pound": "lb", "pounds": "lb", "st": "stone", "stone": "stone", "stones": "stone",
    "oz": "oz",
    "cm": "cm", "m": "m", "metre": "m", "metres": "m", "meter": "m", "meters": "m", "in": "inch",
    "inch": "inch", "inches": "inch", "ft": "foot", "feet": "foot",
}  # fmt: skip
_IN_KG = {"kg": 1.0, "lb": 0.45359237, "stone": 6.35029318, "oz": 0.028349523, "g": 0.001}
_IN_CM = {"cm": 1.0, "m": 100.0, "inch": 2.54, "foot": 30.48}
_FIXED = {
    "egfr": "mL/min", "esr": "mm/h", "bmi": "kg/m2", "rate": "/min", "uln": "ULN", "share": "%",
    "centile": "centile", "sd": "SD", "mm": "mm",
}  # fmt: skip
DOSE = frozenset({"mg", "ug", "ng", "g", "IU", "U", "mL", "mmol", "mEq", "dose"})


# factor and offset to the test's own unit, None where the unit measures something else
_SCALES: dict[tuple[str, str], tuple[float, float] | None] = {}


class Unit(NamedTuple):
    """A unit in a text: characters start..end, UCUM code, and how many of that code one of it is.

    count: it counts cells by volume, so that a capital G is giga and no gram.
    """

    start: int
    end: int
    code: str
    factor: float = 1.0


def unit_at(text: str, at: int, *, end: int | None = None, counted: bool = False) -> Unit | None:
    """Return the unit that stands at a position, blanks before it allowed, or None.

    counted: the test counts cells, so that "G/L" is giga by litre and no gram.

    >>> unit_at("12.3 109/L", 4).code, unit_at("60 000/µL", 6).factor, unit_at("29 patients", 2)
    ('10*9/L', 0.001, None)
    """
    space = _SPACE.match(text, at)
    begin = space.end() if space else at
    found = _UNIT.match(text, begin, min(end or len(text), begin + 48))
    if found is None:
        return None
    code, factor = _meaning(found.lastgroup or "", found[0], counted=counted)
    return Unit(found.start(), found.end(), code, factor)


@lru_cache(maxsize=4096)
def _meaning(kind: str, printed: str, *, counted: bool) -> tuple[str, float]:
    """Return the UCUM code of a printed unit and how many of it one is."""
    words = printed.translate(_SUPERSCRIPT).replace("μ", "u").replace("µ", "u")
    if kind in {"power", "thousand", "cells"}:
        return _cells(words, counted=counted)
    if kind == "conc":
        return _concentration(words), 1
    if kind in _FIXED:
        return _FIXED[kind], 1
    plain = words.lower().rstrip(".")
    codes = {
        "temp": _temperature,
        "mass": _MASS.__getitem__,
        "dose": _dose,
        "small": _small,
        "press": _pressure,
    }
    return codes[kind](plain), 1


def _temperature(words: str) -> str:
    letters = re.sub(r"deg(?:rees|s)?|[^a-z]", "", words)
    return {"c": "Cel", "celsius": "Cel", "centigrade": "Cel", "f": "[degF]", "fahrenheit": "[degF]"}.get(
        letters, "?"
    )


def _dose(words: str) -> str:
    plain = words.replace(".", "")
    same = {
        "mcg": "ug",
        "gm": "g",
        "gram": "g",
        "grams": "g",
        "iu": "IU",
        "unit": "U",
        "units": "U",
        "u": "U",
    }
    same |= {"ml": "mL", "meq": "mEq"}
    code = same.get(plain, plain)
    return code if code in DOSE else "dose"


def _small(words: str) -> str:
    return {"fl": "fL", "um3": "fL", "pg": "pg"}.get(words, "s")


def _pressure(words: str) -> str:
    return "kPa" if words == "kpa" else "mm[Hg]"


def _cells(words: str, *, counted: bool) -> tuple[str, float]:
    """Return a count of cells by volume as 10*9/L and a factor."""
    plain = re.sub(r"[\s.^*×·]", "", words.lower()).replace("per", "/")
    amount, _, volume = plain.partition("/")
    by = {"l": 1.0, "ul": 1e6, "mcl": 1e6, "ml": 1e3, "dl": 10.0}
    if not volume:  # "10⁹ L⁻¹"
        amount, volume = amount.removesuffix("l-1"), "l"
    litres = by.get(volume, by.get(_WORDS.get(volume, "").lower(), 1e6))  # a cubic millimetre is a microlitre
    digits = amount.removeprefix("x").removesuffix("cells").removesuffix("cell")
    named = {"": 1.0, "k": 1e3, "g": 1e9, "t": 1e12, "m": 1e6}
    named |= {"million": 1e6, "mill": 1e6, "lakh": 1e5, "lakhs": 1e5}
    if digits in named:
        many = named[digits]
        if digits == "g" and not counted:
            return "g/L", 1
    elif digits.startswith("10") and digits != "1000":
        many = 1e9 * _TENS[digits.removeprefix("10").removeprefix("exp").removeprefix("e")]
    else:
        many = 1e3
    return "10*9/L", many * litres / 1e9


def _concentration(words: str) -> str:
    plain = words.replace(".", "") if "/" in words else words
    plain = re.sub(r"\s?\bper\b\s?", "/", plain)
    inverse = re.match(r"(.*?)[\s·.∙]?([dmu]?[lL])\s?\^?-1$", plain)
    if inverse:
        plain = f"{inverse[1]}/{inverse[2]}"
    if "%" in plain:
        plain = plain.replace("%", "").strip() + "/dL"
    amount, _, by = (part.strip() for part in plain.partition("/"))
    by = re.sub(r"\s", "", by)
    by = _WORDS.get(by.lower(), by)
    by = {"l": "L", "dl": "dL", "cl": "cL", "ml": "mL", "ul": "uL", "mcl": "uL"}.get(by.lower(), by)
    if by.lower().startswith("24h") or by in {"day", "d"}:
        by = "24h"
    return f"{_amount(amount)}/{by or 'dL'}"


def _amount(words: str) -> str:
    plain = _WORDS.get(words.replace(" ", "").lower(), words.replace(" ", ""))
    plain = re.sub(r"^mc(?=[gm])", "u", plain)
    plain = re.sub(r"(?i)iu$|i\.u\.?$", "[iU]", plain)
    plain = re.sub(r"(?i)units?$", "U", plain)
    plain = re.sub(r"gm$|grams?$", "g", plain)
    plain = re.sub(r"(?i)mol$", "mol", plain)
    plain = re.sub(r"(?i)osm(?:ol)?$", "osm", plain)
    plain = re.sub(r"(?i)eq$", "eq", plain)
    if plain.isupper() and plain in {"MG", "NG", "PG"}:
        plain = plain.lower()
    return plain[:-3].lower() + plain[-3:] if plain.endswith("mol") else plain


def in_own_unit(value: float, unit: Unit, test: Test) -> float | None:
    """Return a printed value in the test's own unit, or None if the unit measures something else.

    >>> from hoofbeat.terms import find_test
    >>> round(in_own_unit(60000, unit_at("/µL", 0), find_test("platelets")))
    60
    """
    key = test.slug, unit.code
    if key not in _SCALES:
        _SCALES[key] = _scale(test, unit.code)
    scale = _SCALES[key]
    return None if scale is None else value * unit.factor * scale[0] + scale[1]


def _scale(test: Test, code: str) -> tuple[float, float] | None:
    if code == test.unit:
        return 1.0, 0.0
    for table in (_IN_KG, _IN_CM):
        if code in table and test.unit in table:
            return table[code] / table[test.unit], 0.0
    if code == "kPa" and test.unit == "mm[Hg]":
        return 7.50062, 0.0
    code = _same_thing(test, code)
    if code == test.unit:
        return 1.0, 0.0
    try:
        nought, one = convert(1.0, code, test=test), convert(2.0, code, test=test)
    except UnitError:
        return None
    return one - nought, 2 * nought - one


def _same_thing(test: Test, code: str) -> str:
    """Return a unit in the words its test is held in: enzymes and antibodies are printed in U and in IU."""
    if code.endswith("eq/L") and test.slug in {"chloride", "bicarbonate", "anion_gap", "lactate"}:
        return code.replace("eq", "mol")
    if "[iU]" in test.unit and "[iU]" not in code:
        return code.replace("U/", "[iU]/")
    if "[iU]" not in test.unit and "U/" in test.unit:
        return code.replace("[iU]", "U")
    return code
