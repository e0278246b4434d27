"""pyhpo's own similarity measures, called as shipped: ten seconds to a minute for one case.

HPOSet.similarity of the patient's findings with each disease's annotations, by the package's own information
content (of OMIM diseases) and its default way of combining ("funSimAvg"). Nothing is restated, so nothing
needs verifying; the diseases are the merged entries that all methods here rank.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from typing import Any

import numpy as np

from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector

MEASURES = ("graphic", "resnik", "ic", "lin", "jc", "rel")


def measure(method: str) -> Callable[..., Vector]:
    """Return the scoring function of one of pyhpo's measures."""
    return partial(_scores, method)


def _scores(
    method: str, profiles: Profiles, present: Collection[int], absent: Collection[int] = ()
) -> Vector:
    """Return the similarity of the findings with every disease; shape (diseases,)."""
    del absent
    prepare(profiles)
    diseases, patient = profiles.memory["pyhpo"], _set(profiles, present)
    if not patient:
        return np.zeros(profiles.size)
    return np.array([patient.similarity(d, method=method) if d else 0.0 for d in diseases])


def prepare(profiles: Profiles) -> None:
    """Load the package and make its sets of terms of every disease, once."""
    if "pyhpo" not in profiles.memory:
        profiles.memory["pyhpo"] = [_set(profiles, terms) for terms in profiles.own_terms()]


def _set(profiles: Profiles, terms: Collection[int]) -> Any:
    package, known = _package()
    return package.HPOSet([known.get_hpo_object(profiles.onto.ids[t]) for t in terms])


@lru_cache(maxsize=1)
def _package() -> tuple[Any, Any]:
    """Return the package and its own ontology, loaded once a process; some twelve seconds."""
    with warnings.catch_warnings():
        # it defines its records in a way that pydantic discourages
        warnings.simplefilter("ignore", DeprecationWarning)
        import pyhpo  # type: ignore[import-untyped]  # it has no types
    return pyhpo, pyhpo.Ontology()
