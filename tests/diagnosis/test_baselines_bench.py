"""The peers beside ours: ranks, leaving publications out, the bench, the command, and pyhpo itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hoofbeat.apps.cli.bench import peers_text
from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis.baselines import BASELINES, bench_baselines, choose_peers, rank_with
from hoofbeat.diagnosis.baselines.measure import _expected_rank, scores
from hoofbeat.diagnosis.baselines.profiles import load_profiles
from hoofbeat.diagnosis.protocol import recount
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import load_annotations

QUICK = [name for name, baseline in BASELINES.items() if not baseline.slow]
MARFAN = "OMIM:154700"
MARFAN_SIGNS = ["HP:0001083", "HP:0001166", "HP:0002616", "HP:0000545", "HP:0000768"]


def case(terms: list[str], truth: str = MARFAN, paper: str = "PMID:0", number: int = 1) -> Case:
    findings = tuple(Finding(term=t) for t in terms)
    return Case(id=f"case {number}", findings=findings, truth=(truth,), publications=(paper,))


def of_one_paper() -> tuple[Case, list[str]]:
    """A patient with all that the only publication of some disease reports, and those terms."""
    annotations = load_annotations()
    for entry, known in enumerate(annotations.entries):
        rows = annotations.rows(entry)
        papers = {r for row in rows for r in row.references}
        if len(rows) > 5 and len(papers) == 1 and all(p.startswith("PMID:") for p in papers):
            terms = [row.term for row in rows if row.n != 0]
            return case(terms, known.ids[0], papers.pop()), terms
    raise AssertionError


# these three count what a disease has and the patient lacks, and Marfan syndrome has a long list
@pytest.mark.parametrize("name", [n for n in QUICK if n not in ("simgic", "resnik-bma", "boqa")])
def test_a_textbook_patient_ranks_high(name: str) -> None:
    rank = rank_with(name, case(MARFAN_SIGNS))
    assert rank is not None
    assert rank <= 15


@pytest.mark.parametrize("name", QUICK)
def test_a_patient_is_not_ranked_with_the_rows_made_of_it(name: str) -> None:
    patient, _ = of_one_paper()
    leaky, honest = rank_with(name, patient), rank_with(name, patient, recounted={})
    assert leaky is not None
    assert honest is not None
    assert leaky <= 5
    assert honest > 5000


def test_other_publications_keep_their_share_of_a_row() -> None:
    patient = case(MARFAN_SIGNS)
    assert rank_with("lirical", patient, recounted=recount([patient])) == rank_with("lirical", patient)


def test_ties_rank_in_their_middle() -> None:
    assert _expected_rank(np.array([3.0, 1.0, 1.0, 1.0, 0.0]), 2) == 3
    nothing = rank_with("phrank", case([]))
    assert nothing == (len(load_annotations()) + 1) / 2


def test_an_excluded_finding_counts_only_where_it_is_meant_to() -> None:
    patient = case(MARFAN_SIGNS)
    typical = Finding(term="HP:0001519", state=State.ABSENT)
    denied = patient.model_copy(update={"findings": (*patient.findings, typical)})
    entry, profiles = load_annotations().find(MARFAN), load_profiles()
    for name, falls in (("lirical", False), ("lirical-excluded", True)):
        before, after = (scores(BASELINES[name], profiles, c, None)[entry] for c in (patient, denied))
        assert bool(after < before) is falls, name
        assert bool(after == before) is not falls, name


def test_a_disease_nobody_annotated_has_no_rank() -> None:
    assert rank_with("boqa", case(MARFAN_SIGNS, truth="OMIM:1")) is None


def test_the_bench_counts_ranks_and_sets_emptied_cases_apart() -> None:
    lost, _ = of_one_paper()
    cases = [case(MARFAN_SIGNS, number=2), lost, case(MARFAN_SIGNS, truth="OMIM:1", number=3)]
    found = bench_baselines(cases, ["phrank", "lirical"], honest=True)
    assert [r.name for r in found] == ["phrank", "lirical"]
    assert all((r.emptied, r.summary["known"].n, r.protocol) == (1, 1, "honest") for r in found)
    for result in found:
        rank = rank_with(result.name, cases[0], recounted={})
        assert rank is not None
        assert result.summary["known"].mrr.value == pytest.approx(1 / rank)
    (shipped,) = bench_baselines(cases, ["phrank"])
    assert (shipped.emptied, shipped.summary["known"].n) == (0, 2)


def test_several_processes_give_the_same_figures() -> None:
    cases = [case(MARFAN_SIGNS[:k], number=k) for k in range(1, 5)]
    alone, shared = (bench_baselines(cases, ["boqa"], honest=True, jobs=jobs)[0] for jobs in (1, 2))
    assert shared.summary == alone.summary


def test_names_are_chosen_and_faulty_ones_refused() -> None:
    assert choose_peers("all") == QUICK
    assert choose_peers("all", sampled=5) == list(BASELINES)
    assert choose_peers(" Phrank,boqa,phrank") == ["phrank", "boqa"]
    with pytest.raises(UsageError, match="Unknown peer"):
        choose_peers("lirical,phenomizer")
    with pytest.raises(UsageError, match="minute"):
        choose_peers("pyhpo-graphic")
    with pytest.raises(UsageError, match="Unknown peer"):
        rank_with("exomiser", case([]))


def test_the_table_names_method_shares_and_speed() -> None:
    text = peers_text(bench_baselines([case(MARFAN_SIGNS)], ["lirical"]))
    assert [line for line in text.splitlines() if line.startswith("lirical ") and "100 %" in line]
    assert "sample" not in text


def test_the_command_adds_peers_to_its_json(tmp_path: Path) -> None:
    packets = Path(__file__).parents[1] / "data" / "patients.jsonl"
    command = [sys.executable, "-m", "hoofbeat", "bench", str(packets), "--json"]
    both = [
        json.loads(subprocess.run([*command, *more], capture_output=True, check=True).stdout)
        for more in ([], ["--peers", "phrank,resnik"])
    ]
    assert "peers" not in both[0]
    assert [p["name"] for p in both[1]["peers"]] == ["phrank", "resnik"]
    assert both[1]["summary"] == both[0]["summary"]


PYHPO = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np, pyhpo
from pathlib import Path
from hoofbeat.diagnosis.baselines import resnik, shipped
from hoofbeat.diagnosis.baselines.profiles import Rows, build_profiles
from hoofbeat.terms import Ontology
from hoofbeat.terms.compile_hpo import compile_ontology

folder, query = sys.argv[1], sys.argv[2].split()
known = pyhpo.Ontology(folder)
shipped._package = lambda: (pyhpo, known)
onto = Ontology(*compile_ontology(Path(folder) / "hp.obo"))
lines = (Path(folder) / "phenotype.hpoa").read_text().splitlines()
rows = [line.split("\\t") for line in lines if line.startswith("OMIM")]
entry = np.array([int(r[0][5:]) - 1 for r in rows])
told = Rows(entry, np.array([onto.index(r[3]) for r in rows]), np.ones(len(rows)))
profiles = build_profiles(onto, int(entry.max()) + 1, told)
present = [onto.index(t) for t in query]
sets = [pyhpo.HPOSet([known.get_hpo_object(onto.ids[t]) for t in d]) for d in profiles.own_terms()]
patient = pyhpo.HPOSet([known.get_hpo_object(t) for t in query])
pairs = [(a, b) for a in query for b in onto.ids[2:]]
single = lambda a, b: known.get_hpo_object(a).similarity_score(known.get_hpo_object(b), "omim", "resnik")
alone = lambda b: build_profiles(onto, 1, Rows(np.array([0]), np.array([onto.index(b)]), np.ones(1)))
def ours(a, b):
    one = alone(b)
    one.background = profiles.background
    return float(resnik.one_sided(one, [onto.index(a)])[0])
both = resnik.symmetric(profiles, present)
print(json.dumps({
    "information": [[known.get_hpo_object(i).information_content.omim, profiles.background.information[k]]
                    for k, i in enumerate(onto.ids)],
    "terms": [[single(a, b), ours(a, b)] for a, b in pairs],
    "mean": [[patient.similarity(s, "omim", "resnik") for s in sets], both.tolist()],
    "pooled": [[patient.similarity(s, "omim", "resnik", "BMA") for s in sets],
               resnik.best_match_average(profiles, present).tolist()],
    "shipped": [shipped.measure("resnik")(profiles, present).tolist(), both.tolist()],
}))
"""


def test_pyhpo_itself_gives_the_same_similarities(tmp_path: Path) -> None:
    """pyhpo's own code on a small ontology and five diseases, in a process of its own."""
    kinds = {200: [118], 201: [200], 202: [200], 203: [201, 202], 204: [202], 205: [118], 206: [205]}
    obo = ["format-version: 1.2", "", "[Term]", "id: HP:0000001", "name: All", ""]
    for term, above in {118: [1], **kinds}.items():
        obo += ["[Term]", f"id: HP:{term:07d}", f"name: t{term}", *(f"is_a: HP:{p:07d}" for p in above), ""]
    (tmp_path / "hp.obo").write_text("\n".join(obo), encoding="utf-8")
    rows = [(1, 203), (1, 205), (2, 204), (2, 201), (3, 206), (4, 202), (5, 203), (5, 206), (5, 204)]
    lines = [f"OMIM:{d}\td{d}\t\tHP:{t:07d}\tPMID:1\tPCS\t\t\t\t\tP\t" for d, t in rows]
    # pyhpo fails without any disease of the other catalogues, and without a gene
    lines += [f"{d}:1\tother\t\tHP:0000205\t\tPCS\t\t\t\t\tP\t" for d in ("ORPHA", "DECIPHER")]
    (tmp_path / "phenotype.hpoa").write_text("\n".join(["database_id", *lines]), encoding="utf-8")
    (tmp_path / "genes_to_phenotype.txt").write_text("1\tG\tHP:0000205\tx\t-\tOMIM:1\n", encoding="utf-8")
    command = [sys.executable, "-c", PYHPO, str(tmp_path), "HP:0000203 HP:0000206 HP:0000202"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for theirs, ours in (*found["information"], *found["terms"]):
        assert ours == pytest.approx(theirs)
    for theirs, ours in (found["mean"], found["pooled"], found["shipped"]):
        assert ours == pytest.approx(theirs)
    assert len({round(x, 6) for x in found["mean"][0]}) >= 4
