"""The page without a browser: forms that post and return whole pages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import hoofbeat
from hoofbeat.apps.web.describe_view import all_listed, describe
from hoofbeat.apps.web.sheet import Sheet, sheet_from
from hoofbeat.knowledge import load_knowledge


class Fields(HTMLParser):
    """The fields of the case's form as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.select, self.area, self.said = "", "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if a.get("form"):
            return
        if tag == "input" and a.get("name") and a.get("type") not in ("checkbox", "radio"):
            self.found.append((a["name"], a.get("value") or ""))
        elif tag == "input" and a.get("name") and "checked" in a:
            self.found.append((a["name"], a.get("value") or "on"))
        elif tag == "select":
            self.select = a.get("name", "")
        elif tag == "option" and "selected" in a:
            self.said = "value" not in a  # then its words are its value
            if not self.said:
                self.found.append((self.select, a["value"]))
        elif tag == "textarea" and a.get("name"):
            self.area = a["name"]

    def handle_data(self, data):
        if self.said:
            self.found.append((self.select, data.strip()))
            self.said = False
        if self.area:
            self.found.append((self.area, data))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""


def press(client, page, do, **more):
    """Press a button of a page, and return the page that comes back."""
    from urllib.parse import urlencode

    pairs = [*Fields(page).found, ("do", do), *more.items()]
    names = {name for name, _ in [("do", ""), *more.items()]}
    pairs = [p for p in pairs[: -1 - len(more)] if p[0] not in names] + [("do", do), *more.items()]
    kind = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    answer = client.post("/", content=urlencode(pairs), headers=kind)
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


@pytest.fixture
def page(client):
    return client.get("/", headers={"accept": "text/html"}).text


def test_findings_are_typed_one_by_one_and_the_answer_grows(client, page):
    for words in ("skin erosion", "weight loss", "no itch", "glucagon 1240 pg/mL", "clobetasol helped"):
        page = press(client, page, "add", add=words)
    assert "Glucagonoma" in page
    assert 'value="absent" checked' in page
    assert "high (usual range" in page
    assert 'name="t-0-name" value="clobetasol (topical steroid)"' in page
    for part in ("differential", "why", "next", "pathway", "timeline", "takeaway"):
        assert f'id="{part}"' in page


def test_the_page_and_the_library_give_the_same_chance(client, page):
    page = press(client, page, "example")
    case = hoofbeat.read_case(Path(__file__).parents[2] / "examples" / "published_patient.yaml")
    first = hoofbeat.rank(case, setting="dermatology").ranked[0]
    shown = re.search(r'class="big">([^<]+)<', page)[1]
    assert shown == f"{100 * first.chance:.0f}"
    assert first.name in page


def test_the_shipped_example_is_the_one_of_the_project():
    from importlib.resources import files

    shipped = (files("hoofbeat.apps.web") / "example.yaml").read_text()
    assert shipped == (Path(__file__).parents[2] / "examples" / "published_patient.yaml").read_text()


def test_a_finding_left_out_stays_in_the_form_and_out_of_the_answer(client, page):
    page = press(client, page, "example")
    used = int(re.search(r"(\d+) pieces of evidence used", page)[1])
    names = [value for name, value in Fields(page).found if name.endswith("-term")]
    place = names.index("HP:0001824")
    page = press(client, page, f"leave:f{place}")
    assert int(re.search(r"(\d+) pieces of evidence used", page)[1]) < used
    assert "Weight loss is left out." in page
    page = press(client, page, f"leave:f{place}")
    assert int(re.search(r"(\d+) pieces of evidence used", page)[1]) == used


def test_sites_and_looks_become_the_rash(client, page):
    page = press(client, page, "update", **{"site-groin": "there", "looks": "annular", "age": "60"})
    sites = b"site-groin=there&site-lower_leg=there&site-face=spared&site-palm=&site-no_such=spared"
    sheet, _ = sheet_from(sites + b"&looks=annular&rash-since=2+years&rash-course=relapsing&age=60", 100)
    describe(sheet)  # what is no site is forgotten
    case = sheet.read().case
    assert (case.findings[0].term, case.findings[0].where) == ("HP:0000988", ("groin", "lower_leg"))
    assert case.findings[0].spared == ("face",)
    assert case.findings[0].forms == ("annular",)
    assert case.findings[0].course == "relapsing"
    assert 'id="differential"' in page


def test_a_spared_site_stays_in_the_form_is_drawn_and_counts_as_a_reason(client, page):
    page = press(client, page, "add", add="skin erosion")
    page = press(client, page, "update", **{"site-groin": "there", "site-face": "spared"})
    kept = dict(Fields(page).found)
    assert (kept["site-groin"], kept["site-face"], kept["site-palm"]) == ("there", "spared", "")
    assert 'data-site="face" class="site spared"' in page
    assert 'data-site="perioral" class="site spared"' in page  # a part of the face
    assert 'data-site="palm" class="site"' in page
    again = press(client, page, "update")
    assert dict(Fields(again).found)["site-face"] == "spared"
    assert "rash on face" in again


def test_a_case_put_into_the_form_comes_back_whole():
    for file in ("published_patient.yaml",):
        case = hoofbeat.read_case(Path(__file__).parents[2] / "examples" / file)
        sheet = Sheet()
        sheet.take(case)
        back = sheet.read().case
        plain = {"setting": None, "truth": (), "truth_labels": ()}
        one, two = case.model_copy(update=plain), back.model_copy(update=plain)
        assert {f.term: (f.where, f.spared, f.forms, f.course, f.state) for f in one.findings} == {
            f.term: (f.where, f.spared, f.forms, f.course, f.state) for f in two.findings
        }
        assert [f.since_days or 0 for f in one.findings] == pytest.approx(
            [f.since_days or 0 for f in two.findings], rel=0.01
        )
        assert (one.treatments, one.age_years, one.publications) == (
            two.treatments,
            two.age_years,
            two.publications,
        )


def test_a_letter_is_only_proposed_until_it_is_confirmed(client, page):
    letter = (Path(__file__).parents[2] / "examples" / "letter.txt").read_text()
    read = press(client, page, "read", note=letter)
    assert "<mark" in read
    assert 'id="differential"' not in read  # nothing counts yet
    assert "psoriasis" in read  # the mother's, shown as someone else's
    done = press(client, read, "confirm")
    assert 'id="differential"' in done
    assert "Glucagonoma" in done


def test_what_is_unticked_does_not_come_in(client, page):
    read = press(client, page, "read", note="She has weight loss and glossitis.")
    fields = [f for f in Fields(read).found if not f[0].startswith("tick-f0")]
    from urllib.parse import urlencode

    kind = {"content-type": "application/x-www-form-urlencoded"}
    done = client.post("/", content=urlencode([*fields, ("do", "confirm")]), headers=kind).text
    terms = [value for name, value in Fields(done).found if name.endswith("-term")]
    assert terms == ["HP:0000206"]


@pytest.mark.parametrize("kind", ["phenopacket", "yaml", "fhir"])
def test_structured_cases_are_read_by_the_same_box(client, page, case, chart, kind):
    import json

    from hoofbeat.cases import to_phenopacket, to_yaml

    read = hoofbeat.read_case(case)
    text = {
        "phenopacket": json.dumps(to_phenopacket(read, created="2026-01-01T00:00:00Z")),
        "yaml": to_yaml(read),
        "fhir": json.dumps(chart),
    }[kind]
    shown = press(client, page, "read", note=text)
    assert "Weight loss" in shown
    assert 'id="differential"' not in shown
    assert 'id="differential"' in press(client, shown, "confirm")


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 500, "findings: [", "findings:\n- is: 5", '{"resourceType": "Bundle"}', "\x00"]
)
def test_what_cannot_be_read_is_told_and_nothing_breaks(client, page, text):
    assert 'id="pasted"' in press(client, page, "read", note=text)


def test_words_that_may_mean_several_things_are_asked_back(client, page):
    asked = press(client, page, "add", add="tongue trouble")
    assert "Which is meant" in asked or "Which of these is meant" in asked
    choice = re.search(r'value="pick:(present:HP:\d+)"', asked)[1]
    assert choice.removeprefix("present:") in press(client, asked, f"pick:{choice}")


def test_suggestions_understand_values_and_denials(client):
    def first(words):
        return client.post("/suggest", data={"q": words}).json()["choices"][0]

    assert first("zinc 7 µmol/L")["note"].startswith("low (usual range")
    assert first("no itch") == {
        "value": "absent:HP:0000989",
        "label": "Pruritus: absent",
        "note": "as you wrote it",
    }
    assert first("sore red tong")["label"] == "Glossitis"


def test_numbers_off_shows_no_chance(client, page):
    page = press(client, page, "example", numbers="off")
    answer = page[page.index('id="answer"') :]
    assert not re.search(r"\d of 100|per million|×\d", answer)
    assert "strongly for" in answer


def test_the_setting_changes_the_answer(client, page):
    shown = {}
    for setting in ("dermatology", "uniform"):
        answer = press(client, page, "example", setting=setting)
        shown[setting] = re.search(r'dname" aria-pressed="[a-z]+">([^<]+)', answer)[1]
    assert shown["dermatology"] != shown["uniform"]


def test_spared_sites_of_the_rash_and_of_others_come_back_from_the_form():
    told = {"is": "skin rash", "where": ["groin"], "spared": ["face", "palms"]}
    other = {"is": "pustule", "where": ["trunk"], "spared": ["scalp"]}
    case = hoofbeat.read_case({"findings": [told, other]})
    sheet = Sheet()
    sheet.take(case)
    back = {f.term: (f.where, f.spared) for f in sheet.read().case.findings}
    assert back == {f.term: (f.where, f.spared) for f in case.findings}


def test_the_rest_comes_apart_for_script(client, page):
    page = press(client, page, "example")
    from urllib.parse import urlencode

    kind = {"content-type": "application/x-www-form-urlencoded", "hx-request": "true"}
    fields = urlencode(Fields(page).found)
    first = client.post("/", content=fields, headers=kind).text
    assert 'id="next"' not in first
    rest = client.post("/rest", content=fields, headers=kind).text
    assert rest.lstrip().startswith("<section")
    assert 'id="next"' in rest


@pytest.mark.parametrize("form", ["report", "text", "case", "phenopacket", "fhir", "docx", "pdf"])
def test_each_form_can_be_taken_away(client, case, form):
    from hoofbeat.cases import to_yaml

    if form == "docx":
        pytest.importorskip("docx", reason="python-docx is not installed")
    if form == "pdf":
        pytest.importorskip("weasyprint", reason="WeasyPrint is not installed")
    told = {"case": to_yaml(hoofbeat.read_case(case)), "setting": "dermatology", "numbers": "on"}
    answer = client.post(f"/take/{form}", data=told)
    assert answer.status_code == 200, answer.text[:300]
    assert len(answer.content) > 100
    assert answer.headers["cache-control"] == "no-store"


def test_the_report_comes_with_the_policy_that_allows_its_style(client, case):
    from hoofbeat.cases import to_yaml

    answer = client.post("/take/report", data={"case": to_yaml(hoofbeat.read_case(case))})
    assert "sha256-" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("slug", sorted(load_knowledge().diseases))
def test_every_disease_has_its_page(client, slug):
    answer = client.get(f"/diseases/{slug}", headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert load_knowledge().diseases[slug].name.split()[0] in answer.text


def test_every_source_is_listed_and_linked_pages_exist(client):
    listed = client.get("/sources").text
    assert all(f"/sources/{key}" in listed for key in load_knowledge().sources)
    seen: set[str] = set()
    for start in (
        "/",
        "/diseases",
        "/compare",
        "/intended-use",
        "/api",
        "/patterns",
        "/diseases/glucagonoma",
    ):
        for link in re.findall(r'href="(/[^"#]*)', client.get(start, headers={"accept": "text/html"}).text):
            seen.add(link)
    for link in sorted(seen)[:150]:
        assert client.get(link.replace("&amp;", "&"), headers={"accept": "text/html"}).status_code == 200, (
            link
        )


def test_no_page_has_inline_style_or_script_or_fetches_from_elsewhere(client, page):
    pages = [press(client, page, "example")]
    pages += [
        client.get(p).text
        for p in ("/", "/compare", "/diseases/glucagonoma", "/patterns", "/api", "/intended-use")
    ]
    for text in pages:
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src)", text)
        assert not re.search(
            r'(?:src|href)="(?:https?:)?//(?!doi\.org|pubmed|www\.w3|[^"]*" rel="noreferrer)', text
        )


def test_the_band_says_the_truth_about_where_it_runs(client, served_with):
    from hoofbeat.apps.web import ServeOptions

    here = client.get("/").text
    assert "Everything runs on this computer" in here
    with served_with(ServeOptions(host="0.0.0.0", token="a-token-of-some-length")) as far:  # noqa: S104, S106 (made up)
        there = far.get("/enter").text
    assert "Everything runs on this computer" not in there
    assert "comes from another computer" in there


def test_every_drawn_site_has_a_list_of_its_own():
    from hoofbeat.reports import body_map_svg

    drawn = {
        s for side in ("front", "back") for s in re.findall(r'data-site="([a-z_]+)"', body_map_svg(side))
    }
    assert drawn <= all_listed()


def test_the_body_maps_compare_three_diseases(client):
    text = client.get(
        "/compare", params=[("d", "glucagonoma"), ("d", "inverse_psoriasis"), ("d", "pellagra")]
    ).text
    assert text.count("<svg") >= 7
    assert "Where sources on Glucagonoma disagree" in text
    assert client.get("/compare", params={"d": "no_such"}).status_code == 404
