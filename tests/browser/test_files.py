"""Reports and leaflets as files, opened from the disk: axe finds nothing, and nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoofbeat.cases import read_case
from hoofbeat.reports import case_report, leaflet, leaflet_causes, leaflet_html, leaflet_slugs, report_html

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# of the causes one each: they are filled into the same page
LEAFLETS = [(slug, cause) for slug in leaflet_slugs() for cause in (None, *leaflet_causes(slug)[:1])]
NAMES = ("report", "report-numbers-off", *(f"leaflet-{slug}-{cause or 'whole'}" for slug, cause in LEAFLETS))


@pytest.fixture(scope="session")
def axe():
    found = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return found.Axe()


@pytest.fixture(scope="session")
def written(patient: Path, tmp_path_factory) -> dict[str, Path]:
    """Each file once, as the commands write it."""
    folder, case = tmp_path_factory.mktemp("files"), read_case(patient)
    texts = {
        "report": report_html(case_report(case, setting="dermatology")),
        "report-numbers-off": report_html(case_report(case, setting="dermatology", numbers=False)),
    }
    for slug, cause in LEAFLETS:
        texts[f"leaflet-{slug}-{cause or 'whole'}"] = leaflet_html(leaflet(slug, cause=cause))
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def opened(chromium, written):
    """Open a file of the disk; in the end nothing may have been asked for but the file itself."""
    contexts, asked, complaints = [], [], []

    def make(name, *, width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("request", lambda r: asked.append(r.url))
        page.goto(written[name].as_uri())
        return page

    yield make
    allowed = {path.as_uri() for path in written.values()}
    assert [url for url in asked if url not in allowed and not url.startswith("data:")] == []
    assert complaints == []
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(opened, axe, name, width, scheme):
    page = opened(name, width=width, color_scheme=scheme)
    found = axe.run(page, options=RULES).response
    assert found["passes"]  # the rules were run
    assert [
        (v["id"], [n["target"] for n in v["nodes"][:4]], v["nodes"][0]["failureSummary"][:200])
        for v in found["violations"]
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_a_narrow_screen(opened, name):
    page = opened(name, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
