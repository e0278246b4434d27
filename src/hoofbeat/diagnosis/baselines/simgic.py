"""simGIC: the information shared over the information in either.

Pesquita and others, BMC Bioinformatics 2008.

Verified: a slow reading of that definition with sets on invented ontologies.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector


def scores(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return shared information over joint information, 0 to 1; shape (diseases,)."""
    del absent
    information = profiles.background.information
    seen = profiles.closure(present)
    shared = profiles.summed(seen, information)
    joint = information[seen].sum() + _own_information(profiles) - shared
    share: Vector = np.divide(shared, joint, out=np.zeros(profiles.size), where=joint > 0)
    return share


def _own_information(profiles: Profiles) -> Vector:
    """Information of all terms each disease shows."""
    if "simgic" not in profiles.memory:
        shown = profiles.shown
        weight = np.repeat(profiles.background.information, np.diff(shown.start))
        profiles.memory["simgic"] = np.bincount(shown.entry, weights=weight, minlength=profiles.size)
    found: Vector = profiles.memory["simgic"]
    return found
