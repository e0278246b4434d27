"""Disease and source pages as data."""

from __future__ import annotations

import json

import pytest

from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import load_knowledge, numbers_of
from hoofbeat.reports import disease_page, source_page

SLUGS = sorted(load_knowledge().diseases)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_of_a_page_says_what_it_rests_on(slug: str) -> None:
    page = disease_page(slug)
    json.dumps(page)
    known = {source["key"] for source in page["sources"]}
    rows = [row for part in page["parts"] for row in part["rows"]]
    assert rows
    for row in rows:
        if row["kind"]:
            assert row["figure"]
            assert row["rests_on"]
            assert row["sources"] if row["kind"] != "assumption" else row["why"]
        assert set(row["sources"]) <= known
        assert {other["source"] for other in row["also"]} <= known


def test_no_number_of_the_model_is_left_out() -> None:
    disease = load_knowledge().diseases["glucagonoma"]
    page = disease_page("glucagonoma")
    shown = sum(bool(r["kind"]) + bool(r.get("values")) for part in page["parts"] for r in part["rows"])
    extras = [t for t in disease.tests.tests for n in (t.specificity, t.wait_days) if n]
    assert shown + len(extras) == len(numbers_of(disease)) == sum(page["numbers"].values())


def test_disagreement_stays_visible() -> None:
    page = disease_page("ORPHA:97280")
    assert page["slug"] == "glucagonoma"
    (sites,) = (c for c in page["contradictions"] if c["about"] == "sites")
    assert {"leaflet_nme", "wikiprojectmed_nme"} <= {side["source"] for side in sites["sides"]}
    incidence = next(r for part in page["parts"] for r in part["rows"] if r["name"] == "Incidence")
    assert len(incidence["also"]) >= 3


def test_a_disease_of_the_public_annotations_has_a_page() -> None:
    page = disease_page("OMIM:154700")
    assert page["kind"] == "background"
    assert "Marfan" in page["name"]
    assert any(row["figure"] for row in page["parts"][0]["rows"])


def test_an_unknown_disease_or_source_is_refused_with_near_names() -> None:
    with pytest.raises(UnknownTerm, match="Glucagonoma"):
        disease_page("glucagonma")
    with pytest.raises(UnknownTerm, match="wermers_1996"):
        source_page("wermers_1997")


@pytest.mark.parametrize("key", sorted(load_knowledge().sources)[::7])
def test_a_source_page_names_all_that_lean_on_it(key: str) -> None:
    page = source_page(key)
    json.dumps(page)
    assert page["citation"]
    for user in page["used_by"]:
        for row in user["rows"]:
            assert key in (*row["sources"], *row.get("more_sources", ()))
    assert page["address"] == "" or page["address"].startswith(("https://", "http://"))


def test_a_source_counts_the_rows_of_the_disease_page() -> None:
    page = source_page("wermers_1996")
    (user,) = (u for u in page["used_by"] if u["slug"] == "glucagonoma")
    rows = [r for part in disease_page("glucagonoma")["parts"] for r in part["rows"]]
    assert (
        len(user["rows"])
        == sum("wermers_1996" in (*r["sources"], *r.get("more_sources", ())) for r in rows)
        > 5
    )
