"""A rash as a letter tells of it: form, sites and course in one sentence belong to one rash.

The words are those of hoofbeat.terms (lesion words, body sites) and of data/rash.yaml. A sentence speaks of
the skin if it names the rash, a lesion, or redness or scale at a site of the skin; what it says of the
tongue, the nails or an inner organ is no part of the rash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from hoofbeat.reading.model import Span
from hoofbeat.reading.rash_triggers import Trigger, find_triggers, goes_on_about
from hoofbeat.reading.rash_words import Words, rules, tokens_of, vocabulary

RASH = "HP:0000988"
_BESIDE = frozenset({"perioral", "periocular", "perinasal", "perianal", "periorificial"})
_JOIN = 6  # an adjective stands at most so many words before the noun it belongs to


class Piece(NamedTuple):
    """A phrase of the rash vocabulary: its kind, its meaning, where it stands (also in words), as written."""

    kind: str
    meaning: str
    span: Span
    at: int
    weak: bool = False
    said: str = ""


class RashTerm(NamedTuple):
    """A finding of the skin or of the mouth: HPO id, the words it was read from, and the forms it holds."""

    term: str
    spans: tuple[Span, ...]
    forms: tuple[str, ...] = ()
    skin: bool = True


class RashSentence(NamedTuple):
    """What one sentence says of the rash. forms: lesion-word slugs with the words they were read from.

    anchor: the words whose assertion decides whether sites and forms are the patient's.
    elsewhere: words that look like forms but are said of the tongue, a nail or an inner organ.
    around: names of skin beside an organ ("around the mouth"), which are not the organ.
    places: the sites, each with its words. spared: sites said to be free of it; free: those of them that
    were named and denied ("the face is spared"), whatever else the sentence says.
    """

    span: Span
    anchor: Span
    terms: tuple[RashTerm, ...]
    forms: tuple[tuple[str, Span], ...] = ()
    sites: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    course: str | None = None
    course_span: Span | None = None
    elsewhere: tuple[Span, ...] = ()
    around: tuple[Span, ...] = ()
    places: tuple[tuple[str, Span], ...] = ()
    free: tuple[str, ...] = ()


def find_rash(text: str, sentences: Sequence[Span]) -> list[RashSentence]:
    """Return what each sentence says of the rash, in order; sentences that say nothing of it are left out.

    >>> text = "Crusted annular plaques over both shins and the groin, relapsing."
    >>> (found,) = find_rash(text, [Span(0, len(text))])
    >>> [form for form, _ in found.forms], found.sites, found.course
    (['crust', 'annular', 'plaque'], ('lower_leg', 'groin'), 'relapsing')
    """
    found: list[RashSentence] = []
    goes_on = frozenset(rules()["goes_on"])
    before = False
    for sentence in sentences:
        tokens = tokens_of(text, sentence)
        pieces = list(_pieces(tokens))
        # "They itch." and "Comes and goes." speak of what went before
        opens = bool(pieces) and pieces[0].kind == "course" and pieces[0].at == 0
        triggers = find_triggers(text, sentence)
        opens = opens or goes_on_about(text, sentence, triggers)
        pieces = _with_triggers(pieces, triggers, tokens)
        carried = before and bool(tokens) and (tokens[0][0] in goes_on or opens)
        read = _read_sentence(sentence, tokens, pieces, carried=carried) if pieces else None
        if read is not None:
            found.append(read)
        # a sentence about something else in between ends what "they" can mean
        before = read is not None and (bool(read.forms) or any(t.skin for t in read.terms) or carried)
    return found


def _pieces(tokens: Sequence[tuple[str, int, int]]) -> Iterator[Piece]:
    words = vocabulary()
    phrases, at, count = words.phrases, 0, len(tokens)
    while at < count:
        entries = phrases.get(tokens[at][0])
        size = 1
        if entries:
            for key, kind, meaning, weak in entries:
                size = len(key)
                if (size == 1 or tuple(t[0] for t in tokens[at : at + size]) == key) and not _other_meaning(
                    tokens, at, size, words
                ):
                    span = Span(tokens[at][1], tokens[at + size - 1][2])
                    yield Piece(kind, meaning, span, at, weak, " ".join(key))
                    break
            else:
                size = 1
        at += size


def _with_triggers(
    pieces: list[Piece], triggers: Sequence[Trigger], tokens: Sequence[tuple[str, int, int]]
) -> list[Piece]:
    """Add what makes it worse to the pieces, where no form of the same meaning stands there already."""
    for trigger in triggers:
        at = sum(token[1] < trigger.span.end for token in tokens) - 1
        kind, meaning = ("form", trigger.form) if trigger.form else ("trigger", trigger.term)
        if not any(p.meaning == meaning and p.span.end > trigger.span.start for p in pieces):
            pieces = [*pieces, Piece(kind, meaning, trigger.span, at)]
    return sorted(pieces, key=lambda p: p.at) if triggers else pieces


def _other_meaning(tokens: Sequence[tuple[str, int, int]], at: int, size: int, words: Words) -> bool:
    """Whether the words beside it make a word mean something else ("came back", "red cells")."""
    if size > 1:
        return False
    word = tokens[at][0]
    for after in words.not_before.get(word, ()):
        if tuple(t[0] for t in tokens[at + 1 : at + 1 + len(after)]) == after:
            return True
    return any(
        at >= len(ahead) and tuple(t[0] for t in tokens[at - len(ahead) : at]) == ahead
        for ahead in words.not_after.get(word, ())
    )


def _read_sentence(
    span: Span, tokens: Sequence[tuple[str, int, int]], pieces: Sequence[Piece], *, carried: bool
) -> RashSentence | None:
    breaks = [n for n, token in enumerate(tokens) if token[0] in ",;:."]
    organs, skin_pieces = _by_place(pieces, breaks)
    forms = [p for p in skin_pieces if p.kind == "form"]
    heads = [p for p in skin_pieces if p.kind == "head"]
    sites, spared = _sites(skin_pieces, breaks)
    terms = list(_place_terms(organs))
    if carried or _speaks_of_skin(forms, heads, skin_pieces, sites):
        forms = [p for p in forms if not _pain_elsewhere(p, pieces)]
        terms += _form_terms(forms, heads)
        terms += [RashTerm(p.meaning, (p.span,)) for p in pieces if p.kind == "trigger"]
        terms += _site_terms(forms, [p for p in skin_pieces if p.kind == "site"])
    else:
        forms, heads, sites, spared = [], [], (), ()
    course = next((p for p in pieces if p.kind == "course" and (forms or heads or carried)), None)
    claimed = {s for t in terms if not t.skin for s in t.spans}
    elsewhere = tuple(p.span for group in organs for p in group[1:] if p.kind == "form" or p.span in claimed)
    if not (terms or forms or heads or course or elsewhere or (sites and carried)):
        return None
    named = [*heads, *forms] or list(pieces)
    return RashSentence(
        span,
        min(p.span for p in named),
        tuple(terms),
        tuple((p.meaning, p.span) for p in forms),
        sites,
        spared,
        course.meaning if course else None,
        course.span if course else None,
        elsewhere,
        tuple(p.span for p in skin_pieces if p.kind == "site" and p.meaning in _BESIDE and " " in p.said),
        tuple((p.meaning, p.span) for p in skin_pieces if p.kind == "site" and p.meaning in sites),
    )


def _by_place(pieces: Sequence[Piece], breaks: Sequence[int]) -> tuple[list[list[Piece]], list[Piece]]:
    """Part the words that belong to an organ (first in each list) from those of the skin.

    An organ draws the words before it in its phrase, and what follows until a word of the skin, a site, or a
    new phrase that begins with a lesion of its own.
    """
    organs: list[list[Piece]] = []
    skin: list[Piece] = []
    current: list[Piece] = []
    for piece in pieces:
        if piece.kind in ("organ", "corner", "lid"):
            current = [piece]
            reach = 5 if piece.kind == "organ" else 2
            while skin and skin[-1].kind in ("form", "place") and _near(skin[-1], piece, reach, breaks):
                current.append(skin.pop())
            organs.append(current)
            if piece.kind != "organ" and _follows_noun(skin, piece, breaks):
                slug = "perioral" if piece.kind == "corner" else "periocular"
                skin.append(piece._replace(kind="site", meaning=slug))
        elif piece.kind in ("form", "place") and current and _goes_on(current[0], piece, breaks):
            current.append(piece)
        else:
            current = current if piece.kind in ("form", "place", "course") else []
            skin.append(piece)
    return organs, skin


def _near(first: Piece, second: Piece, reach: int, breaks: Sequence[int]) -> bool:
    return second.at - first.at <= reach and not any(first.at < b < second.at for b in breaks)


def _goes_on(organ: Piece, piece: Piece, breaks: Sequence[int]) -> bool:
    """Whether what is said still belongs to the organ: a lesion after a comma begins a new subject."""
    if piece.at - organ.at > 16:
        return False
    new = organ.kind == "organ" and piece.meaning in _nouns()
    return not new or not any(organ.at < b < piece.at for b in breaks)


def _follows_noun(skin: Sequence[Piece], piece: Piece, breaks: Sequence[int]) -> bool:
    nouns = [p for p in skin if p.kind == "head" or (p.kind == "form" and p.meaning in _nouns())]
    return bool(nouns) and not any(nouns[-1].at < b < piece.at for b in breaks)


@cache
def _nouns() -> frozenset[str]:
    from hoofbeat.terms import lesion_words

    named = {word.slug for word in lesion_words() if word.kind in ("primary", "secondary")}
    return frozenset(named - set(rules()["ambiguous"]) | {"plaque", "scale"})


def _speaks_of_skin(
    forms: Sequence[Piece], heads: Sequence[Piece], pieces: Sequence[Piece], sites: Sequence[str]
) -> bool:
    if heads or any(p.kind == "skin" for p in pieces):
        return True
    data = rules()
    ambiguous = set(data["ambiguous"])
    if any(not p.weak and p.meaning not in ambiguous for p in forms):
        return True
    plain = {p.meaning for p in forms if not p.weak} & set(data["with_site"])
    return bool(plain) and (bool(sites) or len(plain) > 1)


def _pain_elsewhere(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether a word of pain belongs to something inside that stands beside it."""
    return piece.meaning == "painful" and any(p.kind == "organ" and abs(p.at - piece.at) <= 4 for p in pieces)


def _sites(pieces: Sequence[Piece], breaks: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sites involved, and sites said to be spared: those after "sparing", until the next full break."""
    found: list[str] = []
    spared: list[str] = []
    spare_at: int | None = None
    for piece in pieces:
        if piece.kind == "spare":
            spare_at = piece.at
        elif spare_at is not None and any(spare_at < b < piece.at for b in breaks) and piece.kind != "site":
            spare_at = None
        elif piece.kind == "site":
            (found if spare_at is None else spared).append(piece.meaning)
    return tuple(dict.fromkeys(s for s in found if s not in spared)), tuple(dict.fromkeys(spared))


def _form_terms(forms: Sequence[Piece], heads: Sequence[Piece]) -> Iterator[RashTerm]:
    from hoofbeat.terms import lesion_word

    data = rules()
    used: set[int] = set()
    nouns = [p for p in forms if p.meaning in _nouns()]
    for row in data["together"]:
        adjective, noun = row["forms"]
        for piece in (p for p in forms if p.meaning == noun):
            for other in (p for p in forms if p.meaning == adjective):
                if _one_phrase(other, piece, nouns):
                    used |= {piece.at, other.at}
                    yield RashTerm(row["term"], (other.span, piece.span), (adjective, noun))
                    break
    for piece in forms:
        term = lesion_word(piece.meaning).hpo
        if term and not piece.weak and piece.at not in used:
            yield RashTerm(term, (piece.span,), (piece.meaning,))
    for head in heads:
        if head.meaning == "rash":
            yield RashTerm(RASH, (head.span,))


def _site_terms(forms: Sequence[Piece], sites: Sequence[Piece]) -> Iterator[RashTerm]:
    """Findings that lie in the site: scale of palms or soles only, a rash in folds."""
    for row in rules()["at_sites"]:
        there = [p for p in sites if p.meaning in row["sites"]]
        if not row["form"] and there:
            yield RashTerm(row["term"], (there[0].span,))
        elif there and len(there) == len(sites):
            said = [p for p in forms if p.meaning == row["form"]]
            yield from (RashTerm(row["term"], (p.span,)) for p in said[:1])


_LESIONS = frozenset({"plaque", "papule", "macule", "patch", "vesicle", "bulla", "pustule"})


def _one_phrase(adjective: Piece, noun: Piece, nouns: Sequence[Piece]) -> bool:
    gap = noun.at - adjective.at
    if not (0 < gap <= _JOIN or -3 <= gap < 0):
        return False
    first, last = sorted((adjective.at, noun.at))
    return not any(first < p.at < last and p.meaning in _LESIONS for p in nouns)


def _place_terms(organs: Sequence[Sequence[Piece]]) -> Iterator[RashTerm]:
    for place, *said in organs:
        found: dict[str, list[Span]] = {}
        for piece in said:
            for word, term in _place_rules().get(place.meaning, ()):
                if word == piece.said:
                    found.setdefault(term, []).append(piece.span)
        for term, spans in found.items():
            yield RashTerm(term, tuple(sorted({place.span, *spans})), (), skin=False)


@cache
def _place_rules() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rules()["on_place"]:
        found.setdefault(row["place"], []).extend((word, row["term"]) for word in row["words"])
    return {place: tuple(words) for place, words in found.items()}


def site_words(text: str, sentence: Span) -> list[tuple[str, Span]]:
    """Return the body sites a sentence names, each with its words, whether or not it speaks of a rash."""
    pieces = _pieces(tokens_of(text, sentence))
    named = {"corner": "perioral", "lid": "periocular"}
    return [(named.get(p.kind, p.meaning), p.span) for p in pieces if p.kind in ("site", *named)]
