"""What the page on simulation says is what the model holds."""

from __future__ import annotations

from pathlib import Path

from hoofbeat.simulation import Mechanism

PAGES = Path(__file__).parents[2] / "docs"


def test_the_page_names_every_experiment_and_whether_it_was_set(glucagonoma: Mechanism) -> None:
    page = (PAGES / "explanation/simulation.md").read_text(encoding="utf-8")
    shown = {
        line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if line.startswith("| ")
    }
    for item in glucagonoma.file.experiments:
        assert item.name in shown
        assert ("a check" in shown[item.name]) == (item.use == "check"), item.id


def test_the_page_names_every_kind_of_node(glucagonoma: Mechanism) -> None:
    page = (PAGES / "explanation/simulation.md").read_text(encoding="utf-8")
    assert {f"`{node.kind}`" for node in glucagonoma.file.nodes.values()} <= set(page.split())
