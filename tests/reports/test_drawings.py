"""Drawings: every word and site has one, large enough, readable without colour, safe and well formed."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat import read_case
from hoofbeat.cases import Case, Measurement
from hoofbeat.diagnosis import Influence, next_steps
from hoofbeat.errors import UnknownTerm, UsageError
from hoofbeat.pathways import Delay, Event, Timeline, pathway, timeline
from hoofbeat.reports import (
    body_map_svg,
    heat_table,
    lesion_svg,
    region_heat,
    site_claims,
    timeline_svg,
    tornado_svg,
)
from hoofbeat.reports.body_map import SIDES, covered, drawn_sites
from hoofbeat.reports.data_files import read_data
from hoofbeat.terms import lesion_words, site_regions, sites

SVG = "{http://www.w3.org/2000/svg}"
FOLDS = ("groin", "axilla", "submammary", "gluteal_cleft")


def read(drawn: str) -> ET.Element:
    """Parse a drawing and hold it to what every one must be: named, described, no style, no script."""
    root = ET.fromstring(drawn)  # noqa: S314 (our own drawing)
    assert root.tag == f"{SVG}svg"
    named = root.get("aria-labelledby", "").split()
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert set(named) <= set(ids)
    assert named
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in ("script", "foreignObject", "image", "a", "style")
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert "nan" not in value.split()
            if "url(" in value:
                assert value[5:-1] in ids
            if name in ("fill", "stroke", "color"):
                assert value in ("none", "currentColor", "Canvas") or value.startswith("url(#"), value
    return root


def texts(root: ET.Element) -> list[str]:
    return [e.text or "" for e in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("word", [w.slug for w in lesion_words()])
def test_each_lesion_word_has_a_drawing_that_says_what_it_means(word: str) -> None:
    root = read(lesion_svg(word))
    known = next(w for w in lesion_words() if w.slug == word)
    assert root[0].text == known.name
    assert root[1].text == known.means
    assert any(e.tag.removeprefix(SVG) in ("path", "circle", "ellipse") for e in root.iter())
    assert "class=" not in re.sub(r'class="drawing lesion"', "", lesion_svg(word))


def test_no_two_lesion_words_look_alike() -> None:
    drawn = [re.sub(r".*</desc>", "", lesion_svg(w.slug), flags=re.DOTALL) for w in lesion_words()]
    assert len(set(drawn)) == len(drawn)


def test_a_lesion_drawing_has_the_size_asked_for() -> None:
    assert read(lesion_svg("annular", size=40)).get("width") == "40"


def test_an_unknown_lesion_word_is_refused() -> None:
    with pytest.raises(UnknownTerm, match="anular"):
        lesion_svg("anular")


def test_every_site_is_drawn_or_covers_sites_that_are() -> None:
    groups = read_data("body_map.yaml")["groups"]
    for site in sites():
        assert (site.slug in drawn_sites()) != (site.slug in groups), site.slug
        assert covered([site.slug]), site.slug
    assert covered(["generalised"]) == drawn_sites()


def test_a_group_covers_only_sites_of_its_own_regions() -> None:
    groups = read_data("body_map.yaml")["groups"]
    for slug in ("upper_limb", "lower_limb", "folds", "anogenital", "acral", "extremities"):
        wanted = site_regions([slug])
        assert all(site_regions([held]) & wanted for held in groups[slug]), slug


@pytest.mark.parametrize("side", SIDES)
def test_each_region_is_a_group_with_its_slug_and_wide_enough_to_touch(side: str) -> None:
    root = read(body_map_svg(side))
    found = {e.get("data-site"): e for e in root.iter(f"{SVG}g") if e.get("data-site")}
    assert found
    for slug, element in found.items():
        assert element.get("id") == f"{side}-{slug}"
        for shape in element:
            if shape.get("class") == "paper":
                width, height = size(shape)
                assert width >= 24, (slug, width)
                assert height >= 24, (slug, height)


def size(shape: ET.Element) -> tuple[float, float]:
    """Width and height of a shape; curves are followed in small steps."""
    if shape.tag == f"{SVG}ellipse":
        return 2 * float(shape.get("rx")), 2 * float(shape.get("ry"))
    points: list[tuple[float, float]] = []
    for letter, held in re.findall(r"([MLC])([^MLCZ]*)", shape.get("d", "")):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", held)]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        for i in range(0, len(pairs), 3 if letter == "C" else 1):
            if letter != "C":
                points.append(pairs[i])
                continue
            a, (b, c, d) = points[-1], pairs[i : i + 3]
            for step in range(1, 21):
                t, u = step / 20, 1 - step / 20
                weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
                points.append(
                    tuple(sum(w * p[k] for w, p in zip(weights, (a, b, c, d), strict=True)) for k in (0, 1))
                )
    xs, ys = zip(*points, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def test_chosen_sites_are_hatched_not_only_coloured() -> None:
    root = read(body_map_svg("front", chosen=["folds", "perioral"]))
    chosen = {e.get("data-site") for e in root.iter(f"{SVG}g") if "chosen" in (e.get("class") or "").split()}
    assert chosen == {"groin", "axilla", "submammary", "perioral"}
    groin = next(e for e in root.iter(f"{SVG}g") if e.get("data-site") == "groin")
    assert groin[0].text == "groin, chosen"
    assert any((shape.get("fill") or "").startswith("url(#front-hatch") for shape in groin)
    assert "skin folds, round the mouth" in root[1].text


def test_a_face_includes_what_lies_in_it() -> None:
    assert {"face", "perioral", "periocular", "perinasal"} == covered(["face"])


def test_heat_prints_each_number_beside_the_body() -> None:
    heat = region_heat("glucagonoma")
    root = read(body_map_svg("front", heat=heat, name="Glucagonoma"))
    assert root[0].text == "Glucagonoma, front of the body"
    shown = texts(root)
    (row,) = (r for r in heat_table(["glucagonoma"]) if r.region == "lower_limb")
    number = row.cells[0]["words"].partition(" (")[0]
    assert shown[shown.index("lower limb") + 1] == number
    assert f"lower limb {number.removesuffix(' of 100')}" in root[1].text


def test_darker_is_more_and_the_maps_tell_diseases_apart() -> None:
    def shade(disease: str, site: str) -> float:
        for side in SIDES:
            for g in read(body_map_svg(side, heat=region_heat(disease))).iter(f"{SVG}g"):
                if g.get("data-site") == site:
                    return max(
                        float(s.get("fill-opacity", "0")) for s in g if s.get("class") == "shade" or True
                    )
        raise AssertionError(site)

    assert shade("inverse_psoriasis", "groin") > shade("pellagra", "groin")
    assert shade("pellagra", "dorsal_hand") > shade("inverse_psoriasis", "dorsal_hand")
    assert shade("glucagonoma", "lower_leg") > shade("inverse_psoriasis", "lower_leg")


def test_the_table_behind_the_maps_has_range_counts_and_sources() -> None:
    rows = heat_table(["glucagonoma", "inverse_psoriasis", "pellagra"])
    assert {"folds", "lower_limb", "photoexposed", "perioral"} <= {row.region for row in rows}
    for row in rows:
        for cell in row.cells:
            assert cell is None or (cell["low"] <= cell["mean"] <= cell["high"] and cell["evidence"])
    (legs,) = (row for row in rows if row.region == "lower_limb")
    assert re.search(r"\d+ of \d+ published patients", legs.cells[0]["evidence"])
    assert legs.cells[0]["sources"]


def test_what_the_two_documents_say_of_sites_can_be_drawn_side_by_side() -> None:
    claims = {claim.source: claim for claim in site_claims("glucagonoma")}
    leaflet, encyclopaedia = claims["leaflet_nme"], claims["wikiprojectmed_nme"]
    assert set(leaflet.sites) == {"groin", "genital", "buttocks"}
    assert {"perioral", "acral"} <= set(encyclopaedia.sites)
    assert body_map_svg("front", chosen=leaflet.sites) != body_map_svg("front", chosen=encyclopaedia.sites)
    assert site_claims("pellagra") == ()


def test_several_maps_stand_on_one_page() -> None:
    drawn = [body_map_svg(s, chosen=["groin"]) for s in SIDES]
    drawn += [body_map_svg(s, heat={"folds": 0.5}, key=f"x{s}") for s in SIDES]
    ids = [i for svg in drawn for i in re.findall(r'id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_a_decorative_map_is_silent() -> None:
    drawn = body_map_svg("back", decorative=True)
    assert 'aria-hidden="true"' in drawn.partition(">")[0]
    assert 'role="img"' not in drawn


def test_a_side_or_site_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="front or back"):
        body_map_svg("top")
    with pytest.raises(UnknownTerm, match="groyne"):
        body_map_svg("front", chosen=["groyne"])
    with pytest.raises(UnknownTerm, match="moon"):
        body_map_svg("front", heat={"moon": 0.5})


# timeline


def line(*events: Event) -> Timeline:
    return Timeline(
        visit=None,
        visit_from="unknown",
        events=events,
        responses=(),
        recurrences=(),
        delay=Delay(),
        course={},
    )


def value(day: float | None, amount: float, unit: str = "pg/mL", test: str = "glucagon") -> Event:
    return Event(kind="measurement", what=test, day=day, value=amount, unit=unit)


def test_values_are_a_line_over_their_usual_range(patient) -> None:
    path = patient.parents[1] / "tests" / "golden" / "pathways" / "rash_back_after_resection.yaml"
    root = read(timeline_svg(pathway(read_case(path)).timeline))
    (poly,) = root.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in poly.get("points").split()]
    assert len(heights) == 2
    assert heights[0] < heights[1]  # 1420 stands above 70
    (band,) = (e for e in root.iter(f"{SVG}rect") if e.get("class") == "usual")
    assert float(band.get("y")) <= heights[1] <= float(band.get("y")) + float(band.get("height")) + 1
    shown = texts(root)
    assert {"1420", "70", "usual 0–80", "visit", "response complete"} <= set(shown)
    assert "Glucagon fell from 1420 to 70 pg/mL over 2 values." in root[1].text


def test_values_in_another_unit_do_not_share_the_line() -> None:
    root = read(timeline_svg(line(value(-20, 100), value(-10, 30, "pmol/L"), value(0, 90))))
    (poly,) = root.iter(f"{SVG}polyline")
    assert len(poly.get("points").split()) == 2


def drawn(*measurements: Measurement) -> ET.Element:
    case = Case(id="d", sex="female", measurements=measurements)
    return read(timeline_svg(timeline(case, visit=date(2026, 6, 1)), case))


def bands(root: ET.Element) -> list[tuple[float, float]]:
    """The upper and the lower edge of each range."""
    found = (e for e in root.iter(f"{SVG}rect") if e.get("class") == "usual")
    return [(float(e.get("y")), float(e.get("y")) + float(e.get("height"))) for e in found]


def heights(root: ET.Element) -> list[float]:
    return [float(e.get("cy")) for e in root.iter(f"{SVG}circle")]


def test_a_value_normal_by_its_laboratory_lies_in_the_band() -> None:
    root = drawn(Measurement(test="glucagon", value=120, unit="pg/mL", low=0, high=150, date="2026-03-01"))
    ((top, bottom),), (height,) = bands(root), heights(root)
    assert top <= height <= bottom
    assert {"laboratory 0–150", "120"} <= set(texts(root))


def test_values_stay_in_the_unit_they_were_given_in() -> None:
    root = drawn(
        Measurement(test="zinc", value=7, unit="µmol/L", low=11, high=18, date="2026-03-01"),
        Measurement(test="zinc", value=12.5, unit="umol/L", low=11, high=18, date="2026-05-01"),
    )
    assert {"µmol/L", "7", "12.5", "laboratory 11–18"} <= set(texts(root))
    assert "Zinc rose from 7 to 12.5 µmol/L over 2 values." in root[1].text
    (top, bottom), (low, within) = bands(root)[0], heights(root)
    assert low > bottom >= within >= top


def test_values_in_two_units_are_drawn_in_that_of_the_test() -> None:
    root = drawn(
        Measurement(test="zinc", value=7, unit="umol/L", low=11, high=18, date="2026-03-01"),
        Measurement(test="zinc", value=80, unit="ug/dL", date="2026-05-01"),
    )
    assert {"ug/dL", "45.8", "80", "each with its own range"} <= set(texts(root))
    assert len(bands(root)) == 2


def test_a_range_with_one_end_reaches_to_the_edge() -> None:
    root = drawn(Measurement(test="glucagon", value=120, unit="pg/mL", high=150, date="2026-03-01"))
    assert "laboratory up to 150" in texts(root)
    ((top, bottom),), (height,) = bands(root), heights(root)
    assert top < height <= bottom


def test_what_has_no_day_is_counted_in_words() -> None:
    root = read(timeline_svg(line(value(None, 5), Event(kind="treatment", what="zinc"))))
    assert "2 entries without a date" in root[1].text
    assert texts(root) == ["Nothing has a date."]


day = st.one_of(st.none(), st.floats(-40000, 400, allow_nan=False))
events = st.lists(
    st.builds(
        Event,
        kind=st.sampled_from(["finding", "measurement", "treatment"]),
        what=st.text(max_size=60),
        day=day,
        value=st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False)),
        unit=st.text(max_size=8),
        response=st.sampled_from(["", "partial", "unknown"]),
    ),
    max_size=8,
)


@given(events)
def test_any_timeline_is_a_well_formed_drawing_within_its_frame(held: list[Event]) -> None:
    root = read(timeline_svg(line(*held)))
    width, height = float(root.get("width")), float(root.get("height"))
    for circle in root.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= width
        assert 0 <= float(circle.get("cy")) <= height
    for bar in root.iter(f"{SVG}rect"):
        assert 0 <= float(bar.get("x")) <= float(bar.get("x")) + float(bar.get("width")) <= width + 3


# tornado


def influence(name: str, low: float, high: float, *, turns: bool = False) -> Influence:
    return Influence(
        input=name, unit="days", low=1, high=2, chance_low=low, chance_high=high, testing_low=1e-4,
        testing_high=1e-4, swing=1.0, changes_advice=turns, why="assumed",
    )  # fmt: skip


def test_a_bar_that_crosses_the_threshold_says_that_it_turns_the_advice() -> None:
    root = read(tornado_svg([influence("price", 1e-3, 1e-2), influence("harm", 1e-5, 1e-3, turns=True)]))
    bars = [e for e in root.iter(f"{SVG}rect") if e.get("class")]
    (upright,) = (e for e in root.iter(f"{SVG}line") if e.get("class") == "turns")
    at = float(upright.get("x1"))
    ends = [(float(b.get("x")), float(b.get("x")) + float(b.get("width"))) for b in bars]
    assert ends[0][0] > at
    assert ends[1][0] < at < ends[1][1]
    assert texts(root).count("turns") == 1
    assert "turned by: harm" in root[1].text


def test_the_plot_of_a_real_advice_has_a_bar_for_each_input(case) -> None:
    rows = next_steps(case, setting="dermatology").advice.sensitivity
    root = read(tornado_svg(rows))
    assert len([e for e in root.iter(f"{SVG}rect") if e.get("class")]) == len(rows)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.text(max_size=70)), max_size=6))
def test_any_influences_stay_in_the_frame(rows) -> None:
    root = read(tornado_svg([influence(name, low, high) for low, high, name in rows]))
    for bar in root.iter(f"{SVG}rect"):
        assert float(bar.get("x")) >= 300
        assert float(bar.get("x")) + float(bar.get("width")) <= 720
