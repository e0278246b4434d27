"""Answers without chances: order, words and sources stay, as with --numbers off."""

from __future__ import annotations

from typing import Any

from hoofbeat.reports.wording import speaks

_CHANCES = {"chance", "low", "high", "before", "factor", "score", "temperature"}
_RATIOS = {"here", "elsewhere", "ratio", "ratio_low", "ratio_high"}
_AWAY = {"chance_set", "chance_disease", "odds_against_disease"}
# words that are made of numbers go with them; what a measurement was stays
_MADE_OF_NUMBERS = {"sensitivity", "why", "sentence", "evidence", "corrected"}
_AMOUNTS = {
    "share",
    "amount",
    "chance",
    "wait_days",
    "within",
    "first",
    "every",
    "ratio",
    "times_limit_after",
}


def without_chances(value: Any) -> Any:
    """Return a ranking or an explanation without chances and ratios; each reason says what it speaks for."""
    if isinstance(value, dict):
        kept = {k: without_chances(v) for k, v in value.items() if k not in _CHANCES | _RATIOS | _AWAY}
        if "ratio" in value:
            kept["speaks"] = speaks(value["ratio"])
        return kept
    return [without_chances(v) for v in value] if isinstance(value, list) else value


def without_thresholds(value: Any) -> Any:
    """Return next steps without chances, bits and thresholds."""
    if isinstance(value, dict):
        return {
            key: without_thresholds(item)
            for key, item in value.items()
            if not isinstance(item, float) and key not in _MADE_OF_NUMBERS
        }
    return [without_thresholds(item) for item in value] if isinstance(value, list) else value


def without_amounts(value: Any) -> Any:
    """Return a pathway's answer without chances, shares and ranges."""
    if isinstance(value, dict):
        return {k: without_amounts(v) for k, v in value.items() if k not in _AMOUNTS}
    return [without_amounts(v) for v in value] if isinstance(value, list) else value
