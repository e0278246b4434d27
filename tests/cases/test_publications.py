"""Publications: one name, however they are written."""

from __future__ import annotations

import pytest

from hoofbeat.cases import is_publication, publication_id, publication_ids


@pytest.mark.parametrize(
    "text",
    [
        "PMID:23477490",
        "pmid:23477490",
        "PMID: 23477490",
        "PMID 023477490",
        " 23477490 ",
        "https://pubmed.ncbi.nlm.nih.gov/23477490/",
        "https://www.ncbi.nlm.nih.gov/pubmed/23477490",
        "https://pubmed.ncbi.nlm.nih.gov/23477490/?dopt=Abstract",
        "https://europepmc.org/article/MED/23477490",
    ],
)
def test_a_pubmed_number_is_one_however_written(text: str) -> None:
    assert publication_id(text) == "PMID:23477490"
    assert is_publication(text)


@pytest.mark.parametrize("text", ["10.1001/ABC.d", "doi:10.1001/abc.D", "https://doi.org/10.1001/abc.d"])
def test_a_doi_is_one_however_written(text: str) -> None:
    assert publication_id(text) == "DOI:10.1001/abc.d"


@pytest.mark.parametrize(
    "text", ["PMC77", "pmcid: PMC77", "https://pmc.ncbi.nlm.nih.gov/articles/PMC77/", "PMCID:PMC77"]
)
def test_a_pmc_number_is_one_however_written(text: str) -> None:
    assert publication_id(text) == "PMCID:PMC77"


@pytest.mark.parametrize("text", ["https://journal.example/a/Case-1", "OMIM:154700", "ISBN-13:978-0-1"])
def test_other_addresses_and_databases_stay_as_they_are(text: str) -> None:
    assert publication_id(text) == text
    assert is_publication(text)


@pytest.mark.parametrize("text", ["Smith 1998", "banana", "", "PMID:x", "10.1/x", "PMID:"])
def test_what_names_no_publication_is_told(text: str) -> None:
    assert not is_publication(text)
    assert publication_ids([text, text]) == (text,)
