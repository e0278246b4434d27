"""What else to notice of one disease: expected but not asked, and unusual for it."""

from __future__ import annotations

import math

from hoofbeat.diagnosis.observed import base_rate_near
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.reasons import Match, basis
from hoofbeat.diagnosis.result import Hint, Ranked
from hoofbeat.terms import load_ontology

EXPECTED, UNUSUAL, MOST = 0.3, 0.05, 8
# A row this certain restates the diagnosis; it is nothing to ask about.
DEFINITIONAL = 0.95
_UNSCORED = ("site", "value", "treatment")


def expected(scored: Scored, h: int) -> tuple[Hint, ...]:
    """Return findings common in the disease that nobody mentioned, most telling first."""
    onto, table = load_ontology(), scored.table
    its, line = scored.rows_of(h)
    asked = [o.term for o in scored.observed.observations]
    known = {int(a) for t in asked for a in onto.ancestor_indices(t)}
    known |= {int(d) for t in asked for d in onto.descendant_indices(t)}
    found = []
    for at in range(int(its.direct_start[line]), int(its.direct_start[line + 1])):
        term, a, b = int(its.direct_term[at]), float(its.direct_a[at]), float(its.direct_b[at])
        here = a / (a + b)
        if term in known or not EXPECTED <= here < DEFINITIONAL:
            continue
        identifier = onto.ids[term]
        leak = base_rate_near(table, scored.knowledge, scored.case, identifier)
        elsewhere = max(leak, float(table.background[term]))
        words, _, _ = basis(scored, h, Match(term, "exact", a, b, int(its.direct_kind[at])))
        label = onto.label(identifier)
        found.append(Hint(finding=identifier, label=label, here=here, elsewhere=elsewhere, evidence=words))
    found.sort(key=lambda hint: (-hint.here * math.log(max(hint.here / hint.elsewhere, 1e-9)), hint.finding))
    return tuple(found[:MOST])


def unusual(ranked: Ranked) -> tuple[Hint, ...]:
    """Return present findings that the disease seldom shows, and absent ones that it nearly always has."""
    return tuple(
        Hint(finding=r.finding, label=r.label, here=r.here, elsewhere=r.elsewhere, evidence=r.evidence)
        for r in ranked.reasons
        if r.how not in _UNSCORED and r.here < (UNUSUAL if r.state == "present" else 2 * UNUSUAL)
    )[:MOST]
