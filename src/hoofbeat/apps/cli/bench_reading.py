"""hoofbeat bench --reading: how well texts are read, and how the cases read from letters rank."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from hoofbeat.apps.cli.options import print_json

_FIRST, _TRUTH = 10, "glucagonoma"


def bench_reading(files: Sequence[str], *, json: bool, baselines: bool = True) -> None:
    """Score each file and print the figures, as text or as one JSON line a file."""
    from hoofbeat.errors import UsageError
    from hoofbeat.reading import score_reading

    if not files or "-" in files:
        raise UsageError("--reading needs files of JSON Lines", remedy="hoofbeat bench --reading FILE.jsonl")
    for file in files:
        path = Path(file)
        scored: dict[str, Any] = {"file": path.name, **score_reading(path, baselines=baselines)}
        if scored["sort"] == "letters":
            scored["rank"] = rank_letters(path)
        if json:
            print_json(scored)
        else:
            typer.echo("\n".join(_lines(scored)))


def rank_letters(path: Path) -> dict[str, Any]:
    """Rank the case read from each letter about a glucagonoma, all diseases alike beforehand.

    Returns {letters, first_10, share, ranks}: rank 0 where it is not among the first ten.
    """
    from hoofbeat.diagnosis import rank
    from hoofbeat.reading import expected_cases

    ranks: dict[str, int] = {}
    for expected, case in expected_cases(path):
        if expected.group.startswith("glucagonoma"):
            slugs = [d.slug for d in rank(case, top=_FIRST).ranked]
            ranks[expected.id] = slugs.index(_TRUTH) + 1 if _TRUTH in slugs else 0
    found = sum(r > 0 for r in ranks.values())
    share = round(found / len(ranks), 4) if ranks else None
    return {"letters": len(ranks), "first_10": found, "share": share, "ranks": ranks}


def _lines(scored: dict[str, Any]) -> list[str]:
    lines = [f"{scored['file']}: {scored['documents']} texts"]
    readers = [("hoofbeat", scored), *((k, scored[k]) for k in ("dictionary", "fasthpocr") if k in scored)]
    for name, result in readers:
        levels = (level for level in ("mention", "document", "finding") if result.get(level))
        lines += [f"  {name:<11} {level:<9} {_score(result[level])}" for level in levels]
    said = scored.get("assertion")
    if said and "share" in said:
        total = said.get("mentions", said.get("findings"))
        lines.append(f"  assertion   {said['right']} of {total} right")
    elif said:
        lines += [f"  {k:<12} F1 {v['f1']:.3f} (P {v['precision']:.3f}, R {v['recall']:.3f})"
                  for k, v in said.items() if isinstance(v, dict)]  # fmt: skip
    if "traps" in scored:
        lines.append(f"  traps       {scored['traps']['sprung']} of {scored['traps']['set']} sprung")
    if "rank" in scored:
        found = scored["rank"]
        lines.append(
            f"  ranking     glucagonoma in the first ten: {found['first_10']} of {found['letters']} letters"
        )
    return lines


def _score(s: dict[str, Any]) -> str:
    low, high = s.get("f1_range", (s["f1"], s["f1"]))
    return f"F1 {s['f1']:.3f} ({low:.3f}–{high:.3f})  P {s['precision']:.3f}  R {s['recall']:.3f}"
