"""The glucagonoma mechanism, and one cohort that several tests look at."""

from __future__ import annotations

import pytest

from hoofbeat.simulation import Mechanism, Outcome, Setup, load_mechanism, simulate


@pytest.fixture(scope="session")
def glucagonoma() -> Mechanism:
    return load_mechanism("glucagonoma")


@pytest.fixture(scope="session")
def cohort(glucagonoma: Mechanism) -> Outcome:
    return simulate(glucagonoma, 200, Setup(years=9, seed=4))
