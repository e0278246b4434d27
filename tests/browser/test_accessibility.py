"""axe finds nothing on any page, wide and narrow, light and dark; screenshots of the main states."""

from __future__ import annotations

import pytest

PATHS = (
    "/",
    "case",
    "/diseases",
    "/diseases/glucagonoma",
    "/sources",
    "/sources/wermers_1996",
    "/compare",
    "/patterns",
    "/intended-use",
    "/api",
    "/enter",
    "/nothing",
    "/leaflets/glucagonoma",
)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="session")
def axe():
    found = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return found.Axe()


def opened(watched, path, **options):
    seen = watched(**options)
    page = seen.open("/" if path == "case" else path)
    if path == "case":
        page.get_by_role("button", name="Show a published patient").first.click()
        page.wait_for_selector("#takeaway")
        page.wait_for_load_state("networkidle")
    if path == "/nothing":
        seen.complaints.clear()  # the browser says that the page is not there
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(watched, axe, path, width, scheme):
    page = opened(watched, path, width=width, color_scheme=scheme)
    found = axe.run(page, options=RULES).response["violations"]
    told = [
        (v["id"], [n["target"] for n in v["nodes"][:4]], v["nodes"][0]["failureSummary"][:200]) for v in found
    ]
    assert told == []


def test_axe_finds_nothing_in_an_open_drawer(watched, axe):
    page = opened(watched, "case")
    page.locator(".evidence").first.click()
    assert axe.run(page, options=RULES).response["violations"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_sites_are_spared(watched, axe, scheme):
    page = opened(watched, "case", color_scheme=scheme)
    page.get_by_role("combobox", name="face", exact=True).select_option("spared")
    page.locator('.describe [data-site="face"].spared').first.wait_for()
    page.wait_for_load_state("networkidle")
    found = axe.run(page, options=RULES).response
    assert found["passes"]
    assert found["violations"] == []


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_high_contrast_shows_what_is_chosen(watched, options):
    page = opened(watched, "case", **options)
    assert page.locator(".state input:checked").count() > 0
    assert page.locator("#differential").is_visible()


def test_screenshots_of_the_main_states(watched, images):
    """Written only where they are wanted: HOOFBEAT_IMAGES=docs/images."""
    states = {
        "start": {},
        "case": {},
        "case-dark": {"color_scheme": "dark"},
        "case-narrow": {"width": 320, "height": 900},
    }
    for name, options in states.items():
        page = opened(watched, "/" if name == "start" else "case", **options)
        assert page.locator("#main").is_visible()
        if images:
            page.screenshot(path=images / f"{name}.png")
    page = opened(watched, "case")
    for name, part in {"why": "#why", "next": "#next", "pathway": "#pathway"}.items():
        page.locator(part).scroll_into_view_if_needed()
        assert page.locator(part).is_visible()
        if images:
            page.locator(part).screenshot(path=images / f"{name}.png")
    page.locator(".evidence").nth(3).click()
    page.locator(".drawer:popover-open").wait_for()
    if images:
        page.screenshot(path=images / "evidence.png")
        opened(watched, "/compare").screenshot(path=images / "body-maps.png")
