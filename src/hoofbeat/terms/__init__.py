"""The names of things: HPO terms, body sites, lesion words, units and tests."""

from hoofbeat.terms.body_sites import (
    Site,
    SiteReading,
    read_sites,
    regions,
    site,
    site_regions,
    sites,
    within,
)
from hoofbeat.terms.cache import cache_folder, cached
from hoofbeat.terms.lesions import LesionWord, lesion_word, lesion_words, read_lesion_words
from hoofbeat.terms.names import Synonym
from hoofbeat.terms.ontology import Ontology, Resolution, load_ontology
from hoofbeat.terms.quantities import Reading, Test, convert, find_test, read_measurement, to_ucum
from hoofbeat.terms.search import Match
from hoofbeat.terms.spelling import in_american

__all__ = [
    "LesionWord",
    "Match",
    "Ontology",
    "Reading",
    "Resolution",
    "Site",
    "SiteReading",
    "Synonym",
    "Test",
    "cache_folder",
    "cached",
    "convert",
    "find_test",
    "in_american",
    "lesion_word",
    "lesion_words",
    "load_ontology",
    "read_lesion_words",
    "read_measurement",
    "read_sites",
    "regions",
    "site",
    "site_regions",
    "sites",
    "to_ucum",
    "within",
]
