"""Reading under stress: 10,000 mangled texts, 5 MB of any shape, speed, start and memory.

Run: python benchmarks/reading.py [--texts 10000] [--letters FILE.jsonl]. Prints what it measured, and exits
with 1 where a promise is broken: a crash, a span outside the text, or time that grows faster than the text.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

EXAMPLE = (Path(__file__).parents[1] / "examples" / "letter.txt").read_text(encoding="utf-8")
SHAPES: dict[str, str] = {
    "letters": EXAMPLE,
    "one line": EXAMPLE.replace("\n", " "),
    "no blanks": EXAMPLE.replace(" ", "").replace("\n", ""),
    "one letter": "a",
    "digits": "12.3 ",
    "units": "Na 140 mmol/L (135-145), K 4.1 ",
    "brackets": "((((",
    "colons": "Skin: ",
    "empty lines": "\n",
    "one word": "rash ",
    "no": "no ",
    "commas": "red, scaly, ",
    "slashes": "a/b/c/",
    "dashes": "- x\n",
    "capitals": "HEENT ",
    "letters and dots": "e.g. ",
    "signs": "µ±×°",
    "headings": "Examination:\n",
    "ages": "aged 52 for 8 months ",
    "drugs": "clobetasol 0.05% bd with no benefit ",
}


def mangled(seed: int, text: str = EXAMPLE) -> str:
    """Return a letter cut, doubled, shuffled or salted with odd signs."""
    rng = random.Random(seed)  # noqa: S311 (nothing secret is made)
    start = rng.randrange(len(text))
    piece = text[start : start + rng.randrange(20, 1200)]
    signs = "\x00\x1f\u200b\u0301\ufeff\U0001f9b4µ±½\r\n\t()[]{}<>/:;,.%-–—'\"\\"
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(piece) + 1)
        choice = rng.randrange(5)
        if choice == 0:
            piece = piece[:at] + rng.choice(signs) * rng.randrange(1, 40) + piece[at:]
        elif choice == 1:
            piece = piece[:at] + piece[at + rng.randrange(1, 30) :]
        elif choice == 2:
            piece = piece[:at] + piece[: rng.randrange(1, 200)] + piece[at:]
        elif choice == 3:
            words = piece.split(" ")
            rng.shuffle(words)
            piece = " ".join(words)
        else:
            piece = piece.upper() if rng.random() < 0.5 else piece.swapcase()
    return piece


def spans_hold(text: str) -> int:
    """Read a text and return how many spans it gave; AssertionError if one is not within the text."""
    from hoofbeat.reading import as_data, read_letter, table

    letter = read_letter(text)
    spans = [s for p in letter.proposals for s in p.spans]
    spans += [x.span for x in (*letter.values, *letter.drugs, *letter.tests, *letter.diagnoses)]
    for span in spans:
        if not (0 <= span.start < span.end <= len(text) and text[span.start : span.end].strip()):
            raise AssertionError("a span lies outside the text or holds nothing")
    as_data(letter)
    table(letter)
    return len(spans)


def fuzz(texts: int) -> None:
    """Read mangled texts."""
    started, spans, characters = time.perf_counter(), 0, 0
    for seed in range(texts):
        text = mangled(seed)
        characters += len(text)
        try:
            spans += spans_hold(text)
        except Exception as fault:
            raise SystemExit(f"mangled text {seed}: {type(fault).__name__}") from fault
    seconds = time.perf_counter() - started
    print(f"{texts} mangled texts, {spans} spans, 0 bad; {characters / seconds / 1000:.0f} kB/s")


def growth(size: int) -> Iterator[str]:
    """Read texts of every shape at a quarter of the size and at the full size; yield shapes that blow up."""
    from hoofbeat.reading import read_letter

    read_letter(EXAMPLE)
    for name, unit in SHAPES.items():
        seconds = []
        for length in (size // 4, size):
            text = (unit * (length // len(unit) + 1))[:length]
            seconds.append(_timed(partial(read_letter, text)))
        ratio = seconds[1] / max(seconds[0], 1e-6)
        print(f"  {name:<18} {size / 1e6:.1f} MB in {seconds[1]:6.1f} s, {ratio:4.1f} times a quarter of it")
        if ratio > 8 and seconds[1] > 2:
            yield name


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def speed(letters: list[str]) -> None:
    """Print how many characters a second are read, in single letters and in one long text."""
    from hoofbeat.reading import read_letter
    from hoofbeat.reading.mentions import find_mentions

    long = "\n\n".join(letters * (200_000 // sum(map(len, letters)) + 1))
    for name, read in (("mentions", find_mentions), ("full reading", read_letter)):
        read(letters[0])
        rounds = max(1, 100_000 // sum(map(len, letters)))
        single = _timed(partial(_all, read, letters * rounds))
        whole = _timed(partial(_all, read, [long]))
        each = rounds * sum(map(len, letters)) / single / 1000
        print(f"{name}: {each:.0f} kB/s in single letters, {len(long) / whole / 1000:.0f} kB/s in one text")


def _all(read: Callable[[str], object], texts: list[str]) -> None:
    for text in texts:
        read(text)


def start() -> None:
    """Print how long a first letter takes in a fresh process, and its memory."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from hoofbeat.reading import read_letter\n"
        "read_letter('An itchy rash for 2 months.'); t = time.perf_counter() - t\n"
        "import resource; print(t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    seconds, memory = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    print(f"start: {min(seconds):.2f} s, {max(memory):.0f} MB")


def main() -> None:
    """Run all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=10_000)
    options.add_argument("--size", type=int, default=5_000_000, help="characters of the long texts")
    options.add_argument("--letters", type=Path, help="JSON Lines with a letter each, for the speed")
    chosen = options.parse_args()
    letters = [EXAMPLE]
    if chosen.letters:
        letters = [
            json.loads(line)["letter"] for line in chosen.letters.read_text(encoding="utf-8").splitlines()
        ]
    start()
    speed(letters)
    fuzz(chosen.texts)
    bad = list(growth(chosen.size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")
    if bad:
        sys.exit(f"time grows too fast: {', '.join(bad)}")


if __name__ == "__main__":
    main()
