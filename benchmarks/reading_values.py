"""How fast and how rightly values, treatments, results and diagnoses are read.

    .venv/bin/python benchmarks/reading_values.py

Prints how many of the printed values of the tests are read in the right direction, how many with a unit that
the text does not print, and kilobytes a second on letters, on laboratory lines, and on texts made to be slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import yaml

from hoofbeat.reading.diagnoses import find_diagnoses
from hoofbeat.reading.drugs import find_drugs
from hoofbeat.reading.results import find_results
from hoofbeat.reading.values import find_values

PRINTED = Path(__file__).parents[1] / "tests" / "data" / "reading" / "printed_values.yaml"
READERS: tuple[Callable[[str], object], ...] = (find_values, find_drugs, find_results, find_diagnoses)
LETTER = """Dear colleague, thank you for seeing this 61-year-old woman with an itchy rash of the groin
and both shins for eight months. It was labelled eczema and treated with clobetasol 0.05% ointment, which
helped for a while, and with terbinafine, without benefit. She has lost 9 kg and has known type 2 diabetes
on metformin 500 mg bd. Her mother had psoriasis. O/E crusted annular plaques over both shins; the tongue was
smooth and red.
Bloods: Hb 9.9 g/dL (11.5-16.5), albumin 27 g/L, zinc 8.1 µmol/L (11-19), fasting glucose 9.8 mmol/L.
Skin biopsy showed necrosis of the upper epidermis and parakeratosis. This is not tinea; ?glucagonoma.
I have asked for a CT of the abdomen and will see her again with the results in three weeks.

"""
AWKWARD = (
    *(
        "Hb, ",
        "Hb (",
        "Hb low ",
        "1,234",
        "9",
        " ",
        "\n",
        "(",
        "low ",
        "weight loss ",
        "lost a ",
        "weight from ",
    ),
    *(
        "clobetasol no benefit ",
        "biopsy showed ",
        "?eczema ",
        "no ",
        "CT mass pancreas ",
        "Hb 9.8 g/dL (",
        "-",
    ),
)
LENGTH = 5_000_000


def right_of(rows: list[dict[str, object]]) -> tuple[int, int, int]:
    """Return values in the right direction, values in all, and values with a unit that is not printed."""
    right = total = guessed = 0
    for row in rows:
        text, wanted = str(row["text"]), row["expect"]
        assert isinstance(wanted, list)  # noqa: S101 (the file's own shape)
        age, sex = row.get("age"), str(row.get("sex", "unknown"))
        found = find_values(text, age_years=float(str(age)) if age is not None else None, sex=sex)
        got = {(value.test, value.value): value for value in found}
        total += len(wanted)
        right += sum((w[0], w[1]) in got and got[w[0], w[1]].direction == w[3] for w in wanted)
        guessed += sum(value.unit not in text for value in found)
    return right, total, guessed


def speed(readers: tuple[Callable[[str], object], ...], text: str) -> float:
    """Return kilobytes a second."""
    start = time.perf_counter()
    for read in readers:
        read(text)
    return len(text) / 1000 / (time.perf_counter() - start)


def main() -> None:
    """Print all measures."""
    rows = yaml.safe_load(PRINTED.read_text(encoding="utf-8"))
    right, total, guessed = right_of(rows)
    tests = {item[0] for row in rows for item in row["expect"]}
    print(f"{right} of {total} values of {len(tests)} tests in the right direction, {guessed} units guessed")
    start = time.perf_counter()
    for read in READERS:
        read(LETTER)
    print(f"first letter {time.perf_counter() - start:.2f} s")
    lines = "\n".join(str(row["text"]) for row in rows)
    for name, text in (("letters", LETTER), ("laboratory lines", lines)):
        long = text * (1_000_000 // len(text))
        each = ", ".join(f"{speed((read,), long):.0f}" for read in READERS)
        print(f"{name}: {speed(READERS, long):.0f} kB/s together; values, drugs, results, diagnoses: {each}")
    for piece in AWKWARD:
        print(
            f"{LENGTH / 1e6:.0f} MB of {piece!r}: {speed(READERS, piece * (LENGTH // len(piece))):.0f} kB/s"
        )


if __name__ == "__main__":
    main()
