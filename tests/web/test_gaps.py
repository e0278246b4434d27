"""The page tells what was passed over on the pathway."""

from __future__ import annotations

from hoofbeat.apps.web.onward_view import way_view
from hoofbeat.cases import read_case
from hoofbeat.pathways import pathway


def test_advice_passed_over_is_on_the_page() -> None:
    value = {"test": "glucagon", "value": 150, "unit": "pg/mL"}
    case = read_case({"findings": ["necrolytic migratory erythema", "cirrhosis"], "measurements": [value]})
    found = way_view(pathway(case), numbers=True)
    assert any("treating what else raises glucagon" in step["consider"] for step in found["gaps"])
