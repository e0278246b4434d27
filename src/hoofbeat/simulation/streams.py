"""Random numbers addressed by seed, purpose, patient and turn, so that nothing depends on who asks first.

A number is a hash of its address (the finaliser of splitmix64, Steele, Lea and Flood 2014, applied twice).
So the same patient has the same luck in any batch, in any number of processes, and in both arms of a
comparison.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1B54A32D192ED03)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)


def uniform(seed: int, purpose: str, patient: Numbers, turn: int | Numbers = 0) -> Floats:
    """Return numbers strictly between 0 and 1, one for each patient.

    patient: their numbers in the whole cohort; turn: the how-manieth draw for this purpose, one or one each.

    >>> few, many = np.arange(3), np.arange(1000)
    >>> bool((uniform(1, "visit", few) == uniform(1, "visit", many)[:3]).all())
    True
    """
    bits = _mixed(patient.astype(np.uint64) * _GOLDEN + _key(seed, purpose))
    bits = _mixed(bits + (np.asarray(turn).astype(np.uint64).reshape(-1)) * _ODD)
    return ((bits >> _S11).astype(np.float64) + 0.5) * 2.0**-53


def table(seed: int, purpose: str, patient: Numbers, columns: int, turn: int | Numbers = 0) -> Floats:
    """Return several numbers for each patient at once (patients x columns)."""
    wide = (patient[:, None] * columns + np.arange(columns)).ravel()
    turns = np.repeat(turn, columns) if isinstance(turn, np.ndarray) else turn
    return uniform(seed, purpose, wide, turns).reshape(len(patient), columns)


def normal(seed: int, purpose: str, patient: Numbers, turn: int = 0) -> Floats:
    """Return standard normal numbers, kept within three standard deviations (Box and Muller 1958)."""
    first = uniform(seed, purpose, patient, 2 * turn)
    second = uniform(seed, purpose, patient, 2 * turn + 1)
    found: Floats = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
    return np.clip(found, -3, 3)


def waiting(seed: int, purpose: str, patient: Numbers, turn: int | Numbers = 0) -> Floats:
    """Return how much summed hazard each patient bears before the event comes: exponential, mean 1."""
    found: Floats = -np.log(uniform(seed, purpose, patient, turn))
    return found


@lru_cache(maxsize=1024)
def _key(seed: int, purpose: str) -> npt.NDArray[np.uint64]:
    key = (zlib.crc32(purpose.encode()) << 32 ^ seed * 0x9E3779B1) & 0xFFFFFFFFFFFFFFFF
    return _mixed(np.array([key], dtype=np.uint64))


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = (bits ^ (bits >> _S30)) * _M1
    bits = (bits ^ (bits >> _S27)) * _M2
    return bits ^ (bits >> _S31)
