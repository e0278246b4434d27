"""One definition, several engines, the same bytes."""

from __future__ import annotations

import hashlib

import pytest

from hoofbeat.sweep import Place, sweep

TOP = 60


def hashes(out):
    """Hashes of worklist and evidence."""
    return {n: hashlib.sha256((out / n).read_bytes()).hexdigest() for n in ("worklist.csv", "evidence.csv")}


@pytest.fixture(scope="session")
def expected(records, tmp_path_factory):
    """What DuckDB finds without the gate that spares most people the exact score."""
    out = tmp_path_factory.mktemp("expected")
    found = {}
    for as_of in ("last", "2015-06-30"):
        sweep(
            "glucagonoma",
            Place(omop=records, threads=2),
            out,
            as_of=as_of,
            top=TOP,
            chances=False,
            gate=False,
        )
        found[as_of] = hashes(out)
    return found


@pytest.mark.parametrize("as_of", ["last", "2015-06-30"])
def test_every_engine_gives_the_same_worklist_and_evidence(engine_place, expected, as_of, tmp_path):
    result = sweep("glucagonoma", engine_place, tmp_path, as_of=as_of, top=TOP, chances=False)
    assert len(result.people) == TOP
    assert hashes(tmp_path) == expected[as_of]
