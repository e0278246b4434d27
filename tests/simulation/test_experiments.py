"""Published experiments, each within the range that was observed."""

from __future__ import annotations

import pytest

from hoofbeat.simulation import Mechanism, run_experiments
from hoofbeat.simulation.experiments import Scenarios, observed_range


def names() -> list[str]:
    from hoofbeat.simulation import load_mechanism

    return [item.id for item in load_mechanism("glucagonoma").file.experiments]


@pytest.fixture(scope="module")
def results(glucagonoma: Mechanism) -> dict[str, object]:
    return {row.id: row for row in run_experiments(glucagonoma, seed=1, size=0.5)}


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_simulation_lies_where_it_was_observed(results, name: str) -> None:
    row = results[name]
    assert row.inside, f"{row.name}: {row.simulated:.4g}, observed {row.observed}"


def test_every_experiment_the_model_promises_is_there(glucagonoma: Mechanism) -> None:
    promised = {
        "infusion", "resection", "amino_acids", "amino_acids_glucagon", "receptor", "cirrhosis",
        "normal_glucagon", "infants", "analogue", "spread", "delay", "nme", "weight_loss", "diabetes_first",
        "diabetes_ever", "anaemia", "sore_mouth", "glucagon_falls",
    }  # fmt: skip
    assert promised <= {item.id for item in glucagonoma.file.experiments}


def test_the_observed_ranges_are_those_of_the_sources(glucagonoma: Mechanism) -> None:
    ranges = {e.id: observed_range(e, glucagonoma) for e in glucagonoma.file.experiments}
    assert ranges["infants"] == pytest.approx((0.0054, 0.153), abs=0.001)
    assert ranges["spread"] == pytest.approx((0.47, 0.56), abs=0.01)
    assert ranges["analogue"] == (0.54, 0.9)
    assert ranges["infusion"] == (10, 18)


def test_the_fall_of_amino_acids_needs_the_receptor_and_the_infusion(glucagonoma: Mechanism) -> None:
    """Nothing is written in: take the cause away and the effect goes with it."""
    from hoofbeat.simulation import Planned, Setup, simulate

    def fall(*, cut: tuple[str, ...] = (), dose: float = 60.0) -> float:
        hour = 1 / 24
        plan = Planned("glucagon_infusion", at=2 * hour, lasts=8 * hour, dose=dose)
        setup = Setup(
            years=11 * hour / 365.25, step_days=hour, causes=("",), plans=(plan,), cut=cut, untouched=True,
            record=("amino_acids",), every=hour,
        )  # fmt: skip
        course = simulate(glucagonoma, 50, setup).course["amino_acids"]
        return float((1 - course[9] / course[1]).mean())

    assert fall() == pytest.approx(0.14, abs=0.04)
    assert fall(dose=120) > 1.4 * fall()
    assert abs(fall(cut=("L5",))) < 0.001


def test_the_rash_goes_when_the_link_from_amino_acids_is_cut(glucagonoma: Mechanism) -> None:
    from hoofbeat.simulation import Setup, simulate

    def rash(*cut: str) -> float:
        out = simulate(glucagonoma, 200, Setup(years=8, untouched=True, cut=cut))
        return float((out.first[0] < float("inf")).mean())

    with_all = rash()
    assert with_all > 0.5
    assert rash("L6") < 0.05
    # zinc, fatty acids and B vitamins are disputed: without them the rash is a little rarer
    assert 0.3 * with_all < rash("L7", "L8", "L10") < with_all


def test_a_smaller_study_asks_fewer_patients(glucagonoma: Mechanism) -> None:
    assert Scenarios(glucagonoma, seed=1, size=0.1).infants()[1] == 400
