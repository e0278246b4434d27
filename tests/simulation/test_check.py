"""The check of mechanisms: what is in order passes, each kind of fault is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hoofbeat.errors import KnowledgeError, UnknownTerm
from hoofbeat.simulation import check_mechanisms, load_mechanism, mechanism_slugs
from hoofbeat.simulation.load import SHIPPED, read_mechanism


def test_the_shipped_mechanisms_are_in_order() -> None:
    report = check_mechanisms()
    assert [str(issue) for issue in report.issues] == []
    assert report.passed
    assert report.mechanisms == len(mechanism_slugs()) >= 2


def test_no_number_stands_without_its_evidence() -> None:
    report = check_mechanisms()
    assert sum(report.kinds.values()) == report.parameters > 150


def spoiled(tmp_path: Path, change) -> Path:
    """A copy of the pellagra mechanism with one fault, as a folder of models."""
    folder = tmp_path / "diseases" / "made_up"
    folder.mkdir(parents=True)
    shipped = SHIPPED / "diseases" / "pellagra"
    parts = {n: yaml.safe_load((shipped / n).read_text()) for n in ("mechanism.yaml", "clinic.yaml")}
    change(parts["mechanism.yaml"], parts["clinic.yaml"])
    for name, part in parts.items():
        (folder / name).write_text(yaml.safe_dump(part))
    return tmp_path


def set_link(key, value):
    def change(mechanism, clinic) -> None:
        mechanism["links"][1][key] = value

    return change


def uncite(mechanism, clinic) -> None:
    del mechanism["links"][0]["why"]


def orphan(mechanism, clinic) -> None:
    mechanism["nodes"]["moon"] = {"kind": "level", "name": "Moon"}


def ring(mechanism, clinic) -> None:
    for name in ("sun", "moon"):
        mechanism["nodes"][name] = {"kind": "level", "name": name}
    link = {"act": "plus", "strength": "D", "why": "made up for a test"}
    mechanism["links"] += [
        {"id": "R1", "from": "sun", "to": "moon", **link},
        {"id": "R2", "from": "moon", "to": "sun", **link},
    ]


def bare(mechanism, clinic) -> None:
    mechanism["links"][1]["gain"] = 0.8


def baseless(mechanism, clinic) -> None:
    mechanism["parameters"]["falls"] = {"name": "x", "unit": "days"}


def wrong_sign(mechanism, clinic) -> None:
    clinic["signs"][0]["of"] = "moon"


def wrong_test(mechanism, clinic) -> None:
    clinic["signs"][0]["test"] = "moon"


def wrong_proof(mechanism, clinic) -> None:
    clinic["routes"][0]["proof"] = "moon"


def wrong_men(mechanism, clinic) -> None:
    mechanism["parameters"]["falls"]["men"] = {
        "assumption": {"low": 0, "high": 9, "why": "made up for a test"}
    }


def wrong_care(mechanism, clinic) -> None:
    clinic["care"][0]["intervention"] = "prayer"


def no_source(mechanism, clinic) -> None:
    mechanism["links"][0]["sources"] = ["nobody_1900"]


def no_term(mechanism, clinic) -> None:
    clinic["signs"][0]["term"] = "HP:9999999"


def unused(mechanism, clinic) -> None:
    mechanism["parameters"]["spare"] = mechanism["parameters"]["falls"]


def no_scenario(mechanism, clinic) -> None:
    evidence = {"assumption": {"low": 0, "high": 1, "why": "made up for a test"}}
    item = {"id": "x", "name": "x", "measure": "x", "use": "check", "observed": {"evidence": evidence}}
    mechanism["experiments"] = [item]


@pytest.mark.parametrize(
    ("change", "category"),
    [
        (set_link("from", "moon"), "unknown-node"),
        (set_link("gain", "no_such_number"), "unknown-parameter"),
        (uncite, "uncited-link"),
        (orphan, "unreachable-node"),
        (ring, "ring"),
        (bare, "bare-number"),
        (baseless, "mechanism-value-error"),
        (wrong_sign, "unknown-node"),
        (wrong_test, "unknown-test"),
        (wrong_proof, "unknown-node"),
        (wrong_men, "mechanism-value-error"),
        (wrong_care, "unknown-intervention"),
        (no_source, "no-source"),
        (no_term, "unknown-term"),
        (unused, "unused-parameter"),
        (no_scenario, "unknown-scenario"),
    ],
)
def test_a_fault_is_found_and_named(tmp_path: Path, change, category: str) -> None:
    report = check_mechanisms([spoiled(tmp_path, change)])
    assert category in {issue.category for issue in report.issues}
    assert all(issue.where and issue.remedy for issue in report.issues)


def test_a_mechanism_without_a_clinic_says_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "lonely"
    folder.mkdir()
    (folder / "mechanism.yaml").write_text((SHIPPED / "diseases/pellagra/mechanism.yaml").read_text())
    mechanism, issues = read_mechanism(folder)
    assert mechanism is None
    assert [issue.category for issue in issues] == ["no-file"]


def test_a_faulty_mechanism_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOFBEAT_MODELS", str(spoiled(tmp_path, orphan)))
    with pytest.raises(KnowledgeError, match="moon"):
        load_mechanism("made_up")


def test_a_mechanism_added_as_data_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hoofbeat.simulation import Setup, simulate

    monkeypatch.setenv("HOOFBEAT_MODELS", str(spoiled(tmp_path, lambda mechanism, clinic: None)))
    out = simulate(load_mechanism("made_up"), 50, Setup(years=2))
    assert (out.first[0] < float("inf")).any()


def test_a_disease_without_a_mechanism_names_those_that_have_one() -> None:
    with pytest.raises(UnknownTerm) as fault:
        load_mechanism("tinea")
    assert "pellagra" in fault.value.remedy
