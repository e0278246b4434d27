"""Leaflets: plain, about one disease, every line traced, in any language for which there is a file."""

from __future__ import annotations

import re

import pytest
import textstat

from hoofbeat.errors import KnowledgeError, UnknownTerm, UsageError
from hoofbeat.knowledge import find_disease, heading_issues, load_knowledge
from hoofbeat.pathways import load_pathway
from hoofbeat.reports import (
    leaflet,
    leaflet_causes,
    leaflet_html,
    leaflet_languages,
    leaflet_markdown,
    leaflet_slugs,
)
from hoofbeat.reports import leaflets as room
from hoofbeat.reports.leaflet_numbers import Filler
from hoofbeat.reports.leaflets import MARKS, Leaflet

HARDEST = 8.0
LEAFLETS = [(s, None, lang) for s in leaflet_slugs() for lang in leaflet_languages(s)] + [
    (s, cause, "en") for s in leaflet_slugs() for cause in leaflet_causes(s)
]
NAMES = {
    "glucagonoma": {"en": "glucagonoma", "de": "glukagonom"},
    "pseudoglucagonoma": {"en": "nme without a tumour"},
}
every = pytest.mark.parametrize(("slug", "cause", "lang"), LEAFLETS, ids=str)


@pytest.fixture
def made(slug: str, cause: str | None, lang: str) -> Leaflet:
    return leaflet(slug, cause=cause, lang=lang)


@pytest.mark.parametrize(("slug", "cause"), [(s, c) for s, c, lang in LEAFLETS if lang == "en"], ids=str)
def test_a_leaflet_is_read_with_eight_years_of_school(slug: str, cause: str | None) -> None:
    made = leaflet(slug, cause=cause)
    assert textstat.flesch_kincaid_grade(made.words) <= HARDEST
    # nor does one hard part hide behind many easy ones
    for section in made.sections:
        lines = [section.title]
        for block in section.blocks:
            lines += [e.text.words for e in block.entries] if block.kind == "points" else [block.text.words]
        part = ". ".join(line.rstrip(".:") for line in lines)
        assert textstat.flesch_kincaid_grade(part) <= HARDEST, section.title


def test_the_measure_tells_hard_words_from_easy_ones() -> None:
    hard = "Hyperglucagonaemia precipitates necrolytic dermatological manifestations via hypoaminoacidaemia."
    assert (
        textstat.flesch_kincaid_grade(hard)
        > HARDEST
        > textstat.flesch_kincaid_grade("The rash moves. It hurts.")
    )


@every
def test_every_heading_names_this_disease_and_no_other(made: Leaflet) -> None:
    disease, knowledge = find_disease(load_knowledge(), made.slug), load_knowledge()
    written = leaflet_markdown(made)
    assert not list(heading_issues(written, disease, knowledge))
    headings = [line.strip("# ") for line in written.splitlines() if line.startswith("#")]
    assert len(headings) >= 4
    for heading in headings:
        assert NAMES[made.slug][made.lang] in heading.lower(), heading


def test_a_heading_of_another_disease_would_be_found() -> None:
    disease, knowledge = find_disease(load_knowledge(), "glucagonoma"), load_knowledge()
    assert list(heading_issues("## How is pseudoxanthoma elasticum found?", disease, knowledge))


@every
def test_every_line_is_traced_and_every_source_listed(made: Leaflet) -> None:
    knowledge = load_knowledge()
    headings = {*made.headings, made.subtitle}
    listed = {note.key for note in made.footnotes}
    for trace in made.traces:
        if trace.words in headings:
            continue
        assert trace.keys, trace.words
        for key in trace.keys:
            assert key in MARKS or (key in knowledge.sources and key in listed)
    used = {key for trace in made.traces for key in trace.keys} - set(MARKS)
    assert used == listed
    written = leaflet_markdown(made)
    assert "[^" not in written
    assert "{{" not in written


@pytest.mark.parametrize("slug", ["glucagonoma", "pseudoglucagonoma"])
def test_what_to_do_when_to_get_help_and_what_to_ask_are_there(slug: str) -> None:
    titles = " ".join(section.title for section in leaflet(slug).sections)
    for words in ("What can you do yourself", "When to get help fast", "to ask your doctor"):
        assert words in titles


def test_every_cause_of_the_model_and_of_the_pathway_has_a_leaflet() -> None:
    causes = {c.id for c in find_disease(load_knowledge(), "pseudoglucagonoma").about.causes}
    causes |= {c.id for c in load_pathway("pseudoglucagonoma").file.causes}
    assert causes == set(leaflet_causes("pseudoglucagonoma"))
    titles = {leaflet("pseudoglucagonoma", cause=cause).subtitle for cause in causes}
    assert len(titles) == len(causes)


def test_a_cause_leaflet_rests_on_the_sources_of_that_cause() -> None:
    made = leaflet("pseudoglucagonoma", cause="opioids")
    (line,) = (t for t in made.traces if t.words.startswith("Two people with this rash"))
    assert set(line.keys) == {"muller_2008", "mullans_1998"}


def test_numbers_are_those_of_the_model() -> None:
    disease = find_disease(load_knowledge(), "glucagonoma")
    share = next(
        f for f in disease.findings.findings if f.finding == "HP:0001824" and f.given in ("", "with_nme")
    )
    text = leaflet_markdown(leaflet("glucagonoma"))
    assert f"Weight loss without trying: about {round(10 * share.mean)} in 10 people" in text
    cycle = next(c for c in disease.course.rows if c.id == "lesion_cycle").amount
    assert f"One spot takes {cycle.low:g} to {cycle.high:g} days" in text


@pytest.mark.parametrize(
    ("mean", "words"), [(0.02, "few"), (0.09, "1/10"), (0.34, "3/10"), (0.94, "9/10"), (0.97, "all")]
)
def test_a_share_is_never_more_exact_than_tenths(mean: float, words: str, monkeypatch) -> None:
    disease = find_disease(load_knowledge(), "glucagonoma")
    filler = Filler(disease, {"in_10": "{count}/10", "nearly_all": "all", "few": "few"})
    number = disease.about.male.model_copy()
    monkeypatch.setattr(type(number), "mean", mean)
    assert filler._share(number) == words


def test_a_second_language_fills_the_same_numbers() -> None:
    german = leaflet_markdown(leaflet("glucagonoma", lang="de"))
    assert "7 bis 14 " in german
    assert "von 10 Kranken" in german
    assert leaflet_languages("glucagonoma")[0] == "en"
    assert 'lang="de"' in leaflet_html(leaflet("glucagonoma", lang="de"))


def test_a_translation_beside_an_added_model_is_found(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "diseases" / "glucagonoma"
    folder.mkdir(parents=True)
    (folder / "leaflet.en.md").write_text("# Glucagonoma\n\n## What is a glucagonoma?\n\nMine. [^general]\n")
    monkeypatch.setenv("HOOFBEAT_MODELS", str(tmp_path))
    assert "Mine." in leaflet_markdown(leaflet("glucagonoma"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A claim without a mark.", "says nothing of what it rests on"),
        ("A claim. [^nobody_1900]", "nobody_1900"),
        ("It is {{ share finding HP:9999999 }}. [^general]", "HP:9999999"),
        ("It is {{ guess }}. [^general]", "asks for 'nothing'"),
        ("It is {{ share course lesion_cycle }}.", "lesion_cycle"),
    ],
)
def test_a_line_that_cannot_be_traced_is_refused(line: str, said: str, monkeypatch) -> None:
    monkeypatch.setattr(room, "_template", lambda *_: f"# Glucagonoma\n\n## A glucagonoma\n\n{line}\n")
    with pytest.raises(KnowledgeError, match=said):
        leaflet("glucagonoma")


def test_comments_are_not_printed_and_paragraphs_join(monkeypatch) -> None:
    head = "<!-- not\nfor you -->\n# Glucagonoma\n\n## A glucagonoma\n\n"
    text = head + "One\ntwo. [^general]\n\n- three\n  four [^advice]\n- five [^advice]\n"
    monkeypatch.setattr(room, "_template", lambda *_: text)
    made = leaflet("glucagonoma")
    (section,) = made.sections
    assert section.blocks[0].text.words == "One two."
    assert [entry.text.words for entry in section.blocks[1].entries] == ["three four", "five"]
    assert "not" not in re.findall(r"\w+", made.words)


def test_the_page_escapes_and_says_that_it_is_general(monkeypatch) -> None:
    monkeypatch.setattr(
        room, "_template", lambda *_: "# A <b>\n\n## A glucagonoma\n\n<script>x</script> [^general]\n"
    )
    page = leaflet_html(leaflet("glucagonoma"))
    assert "<script>" not in page
    assert "A &lt;b&gt;" in page
    assert "does not replace a talk with your doctor" in page


@pytest.mark.parametrize(
    ("options", "fault", "said"),
    [
        ({"slug": "pellagra"}, UnknownTerm, "has no leaflet"),
        ({"slug": "no such disease"}, UnknownTerm, "no such disease"),
        ({"slug": "glucagonoma", "cause": "cirrhosis"}, UnknownTerm, "cirrhosis"),
        ({"slug": "pseudoglucagonoma", "cause": "moon"}, UnknownTerm, "one of: cirrhosis"),
        ({"slug": "glucagonoma", "lang": "xx"}, UsageError, "one of: en, de"),
        ({"slug": "glucagonoma", "lang": "../en"}, UsageError, "one of: en, de"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(options: dict, fault: type, said: str) -> None:
    with pytest.raises(fault, match=said):
        leaflet(**options)
