"""One word as it is compared: its spelling, its singular, its root, and the class of words it stands in.

Four steps, each looser than the one before: "Naevi" is spelled nevi, is one nevus, has the root nev, and
stands in the class of moles. A match says how far down it had to go.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from hoofbeat.terms import in_american

_GREEK = str.maketrans({
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
    "µ": "mu", "μ": "mu", "ω": "omega", "’": "'", "æ": "ae", "œ": "oe", "ß": "ss", "ø": "o",
})  # fmt: skip
_IRREGULAR = {
    "teeth": "tooth", "feet": "foot", "varices": "varix", "nevi": "nevus", "emboli": "embolus",
    "thrombi": "thrombus", "calculi": "calculus", "nuclei": "nucleus", "bronchi": "bronchus",
    "testes": "testis", "children": "child", "men": "man", "women": "woman", "cortices": "cortex",
    "indices": "index", "phalanges": "phalanx", "comedones": "comedo", "foci": "focus", "villi": "villus",
    "rhonchi": "rhonchus", "vertebrae": "vertebra", "vertebre": "vertebra", "bullae": "bulla",
    "bulle": "bulla", "sequele": "sequela", "irides": "iris", "nares": "naris", "lenses": "lens",
    "lens": "lens", "papille": "papilla", "pinne": "pinna", "maxille": "maxilla", "areole": "areola",
    "alae": "ala", "ale": "ala", "hernie": "hernia", "petechie": "petechia", "stries": "stria",
    "strie": "stria", "telangiectasie": "telangiectasia", "foramina": "foramen", "lumina": "lumen",
    "carcinomata": "carcinoma", "syndactylies": "syndactyly", "diabetes": "diabetes", "ganglia": "ganglion",
    "mandibule": "mandible", "scapule": "scapula", "fistule": "fistula", "ossa": "os", "genu": "genu",
    "hamartomata": "hamartoma", "fibulae": "fibula", "diverticula": "diverticulum", "septa": "septum",
}  # fmt: skip
# (ending, what is put in its place, what the word must look like): the first that fits
_PLURALS = (
    ("es", "is", re.compile(r"..[oey]ses$")),
    ("ies", "y", re.compile(r"..ies$")),
    ("es", "", re.compile(r"(?:ss|sh|ch|x|z)es$")),
    ("s", "", re.compile(r"[^sui]s$")),
)
# (ending, what is put in its place, letters that must stay before it): the first that fits
_ENDINGS: tuple[tuple[str, str, int], ...] = (
    ("ological", "olog", 3), ("icities", "", 4), ("icity", "", 4), ("istic", "", 3), ("ically", "", 4),
    ("iasis", "ias", 3), ("iatic", "ias", 3), ("plasia", "plas", 2), ("plastic", "plas", 2),
    ("plasic", "plas", 2), ("ectatic", "ectas", 0), ("ectasis", "ectas", 0), ("ectasia", "ectas", 0),
    ("otic", "os", 3), ("osis", "os", 3), ("ytic", "ys", 2), ("ysis", "ys", 2), ("etic", "es", 3),
    ("esis", "es", 3), ("itic", "it", 3), ("itis", "it", 3), ("phobic", "phob", 2), ("iness", "", 3),
    ("ness", "", 3), ("isms", "", 3), ("ism", "", 3), ("ical", "", 4), ("ations", "", 4), ("ation", "", 4),
    ("ating", "", 4), ("ated", "", 4), ("ative", "", 4), ("ssion", "ss", 3), ("ions", "", 4), ("ion", "", 4),
    ("ive", "", 4), ("ence", "e", 4), ("ency", "e", 4), ("ent", "e", 4), ("ance", "a", 4), ("ancy", "a", 4),
    ("ant", "a", 4), ("ities", "", 4), ("ity", "", 4), ("ious", "", 4), ("ous", "", 4), ("ments", "", 4),
    ("ment", "", 4), ("ings", "", 4), ("ing", "", 4), ("ias", "", 4), ("ia", "", 4), ("ic", "", 4),
    ("ied", "", 4), ("ed", "", 3), ("um", "", 5), ("us", "", 5), ("ies", "", 4), ("y", "", 4), ("e", "", 3),
)  # fmt: skip
_ADVERB = re.compile(r"[^aeiouy]ly$|[i]ly$")


def spelled(word: str) -> str:
    """Return a word in small American letters without accents.

    >>> spelled("Œdematous"), spelled("ANAEMIA")
    ('edematous', 'anemia')
    """
    low = word.lower()
    if not low.isascii():
        plain = unicodedata.normalize("NFKD", low.translate(_GREEK))
        low = "".join(c for c in plain if not unicodedata.combining(c))
    low = low.removesuffix("'s").replace("'", "")
    return in_american(low) if len(low) > 3 else low


def singular(word: str) -> str:
    """Return the singular of a spelled word.

    >>> singular("nevi"), singular("biopsies"), singular("scoliosis")
    ('nevus', 'biopsy', 'scoliosis')
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word.isdigit():
        return word
    for ending, instead, fits in _PLURALS:
        if word.endswith(ending) and fits.search(word):
            return word[: len(word) - len(ending)] + instead
    return word


def root(word: str) -> str:
    """Return what a singular shares with the noun and the adjective of its family.

    >>> root("hyperteloric") == root("hypertelorism"), root("necrotic") == root("necrosis")
    (True, True)
    """
    if len(word) < 5 or any(c.isdigit() for c in word):
        return word
    if len(word) > 6 and _ADVERB.search(word):
        word = word[:-2]
    for ending, instead, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: len(word) - len(ending)] + instead
    return word


def word_classes(groups: Iterable[Iterable[str]]) -> dict[str, str]:
    """Return for the root of each word in a group the root of the group's first word.

    >>> word_classes([["heart", "cardiac"]])
    {'heart': 'heart', 'cardiac': 'heart'}
    """
    classes: dict[str, str] = {}
    for group in groups:
        roots = [root(singular(spelled(word))) for word in group]
        for r in roots:
            classes[r] = classes.get(roots[0], roots[0])
    return classes


def forms(surface: str, classes: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Return spelling, singular, root and class of a word."""
    plain = spelled(surface)
    one = singular(plain)
    base = root(one)
    return plain, one, base, classes.get(base, base)
