"""Whether mechanisms are in order: every name known, every arrow cited, every node reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from hoofbeat.errors import Issue
from hoofbeat.knowledge import load_knowledge, shown
from hoofbeat.simulation.load import CLINIC, MECHANISM, mechanism_folders, read_mechanism
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.network import in_order
from hoofbeat.simulation.parts import Parameter


@dataclass(frozen=True, slots=True)
class MechanismReport:
    """What was checked, and every fault of it."""

    mechanisms: int
    nodes: int
    links: int
    parameters: int
    kinds: Mapping[str, int]
    issues: tuple[Issue, ...]

    @property
    def passed(self) -> bool:
        """Whether every mechanism can be run."""
        return not any(issue.level == "error" for issue in self.issues)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain fields."""
        return {
            "passed": self.passed,
            "mechanisms": self.mechanisms,
            "nodes": self.nodes,
            "links": self.links,
            "parameters": self.parameters,
            "numbers": dict(self.kinds),
            "issues": [issue.as_json() for issue in self.issues],
        }


def check_mechanisms(extra: Sequence[Path] = ()) -> MechanismReport:
    """Return the faults of all mechanisms, shipped, named by HOOFBEAT_MODELS, and of the folders given."""
    issues: list[Issue] = []
    found: list[Mechanism] = []
    sources = set(load_knowledge(tuple(extra)).sources)
    for folder in mechanism_folders(extra):
        mechanism, faults = read_mechanism(folder)
        issues += faults
        if mechanism:
            found.append(mechanism)
            issues += mechanism_faults(mechanism, folder)
            issues += _outside(mechanism, folder, sources)
    kinds = dict.fromkeys(("counted", "reported", "assumption"), 0)
    for parameter in (p for m in found for p in m.parameters.values()):
        kinds[parameter.kind] += 1
    return MechanismReport(
        mechanisms=len(found),
        nodes=sum(len(m.file.nodes) for m in found),
        links=sum(len(m.file.links) for m in found),
        parameters=sum(len(m.parameters) for m in found),
        kinds=kinds,
        issues=tuple(issues),
    )


def mechanism_faults(mechanism: Mechanism, folder: Path) -> list[Issue]:
    """Return what stands in the way of running a mechanism."""
    where, clinic = shown(folder / MECHANISM), shown(folder / CLINIC)
    return [
        *_unknown_nodes(mechanism, where, clinic),
        *_unknown_parameters(mechanism, where, clinic),
        *_unknown_interventions(mechanism, where, clinic),
        *_uncited(mechanism, where),
        *_rings(mechanism, where),
        *_unreached(mechanism, where),
        *_stocks(mechanism, where),
    ]


def _unknown_nodes(mechanism: Mechanism, where: str, clinic: str) -> Iterator[Issue]:
    file, nodes = mechanism.file, set(mechanism.file.nodes)
    phases = {f"{name}.{phase.id}" for name, node in file.nodes.items() for phase in node.phases}
    named: list[tuple[str, str, str, set[str]]] = []
    for link in file.links:
        named += [(f"link {link.id}", n, where, nodes) for n in (link.source_node, link.to, *link.through)]
    for item in file.interventions:
        named += [(f"intervention {item.id}", act.node, where, nodes) for act in item.acts]
    named += [("shown", n, where, nodes) for n in file.shown]
    named += [("rash", n, where, nodes) for n in [file.rash] if n]
    named += [(f"node {k}", v.starts, where, nodes) for k, v in file.nodes.items() if v.starts]
    care = mechanism.clinic
    named += [(f"sign {s.id}", s.of, clinic, nodes | phases) for s in care.signs]
    named += [(f"test {lab.test}", lab.of, clinic, nodes) for lab in care.labs]
    named += [
        (f"route {route.id}", n, clinic, nodes) for route in care.routes for n in (route.of, route.proof) if n
    ]
    named += [(word, n, clinic, nodes) for word, n in (("spread", care.spread), ("death", care.death)) if n]
    for who, node, place, known in named:
        if node not in known:
            message = f"{who} names the node {node!r}, which does not exist"
            yield Issue("error", "unknown-node", message, "correct the name, or add the node", place)
    for sign in care.signs:
        if sign.test and sign.test not in {lab.test for lab in care.labs}:
            message = f"sign {sign.id} is called by the test {sign.test!r}, which is not under labs"
            yield Issue("error", "unknown-test", message, "correct the name, or add the test", clinic)


def _unknown_parameters(mechanism: Mechanism, where: str, clinic: str) -> Iterator[Issue]:
    known = mechanism.parameters
    used: set[str] = set()
    for part, place in ((mechanism.file, where), (mechanism.clinic, clinic)):
        for owner, name in _numbers(part):
            used.add(name)
            if name not in known:
                message = f"{owner} names the parameter {name!r}, which does not exist"
                yield Issue("error", "unknown-parameter", message, "correct the name, or add it", place)
    for name in known:
        if name not in used:
            message = f"the parameter {name!r} is used nowhere"
            yield Issue("warning", "unused-parameter", message, "remove it, or use it", where)


def _numbers(part: BaseModel, owner: str = "") -> Iterator[tuple[str, str]]:
    """Every parameter named in a part, with what names it."""
    for key, field in type(part).model_fields.items():
        value = getattr(part, key)
        own = str(getattr(part, "id", "") or getattr(part, "intervention", "") or owner)
        if key == "parameters":
            continue
        if isinstance(value, str) and value and _is_number(field.annotation):
            yield f"{own or 'clinic'}.{key}", value
        for child in _children(value):
            yield from _numbers(child, own)


def _is_number(annotation: object) -> bool:
    """Whether a field may hold 0, 1 or a parameter's name."""
    return "Literal[0, 1]" in str(annotation)


def _children(value: object) -> Iterator[BaseModel]:
    items: Iterable[object] = (
        value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else [value]
    )
    for item in items:
        if isinstance(item, BaseModel) and not isinstance(item, Parameter):
            yield item


def _unknown_interventions(mechanism: Mechanism, where: str, clinic: str) -> Iterator[Issue]:
    known = {item.id for item in mechanism.file.interventions}
    named = [("cause", mechanism.file.cause, where)]
    named += [("care", c.intervention, clinic) for c in mechanism.clinic.care]
    named += [(f"tried {t.id}", t.intervention, clinic) for t in mechanism.clinic.tried if t.intervention]
    for who, name, place in named:
        if name not in known:
            message = f"{who} names the intervention {name!r}, which does not exist"
            yield Issue("error", "unknown-intervention", message, "correct the name, or add it", place)
    tried = {item.id for item in mechanism.clinic.tried}
    for label in mechanism.clinic.labels:
        for name in set(label.tried) - tried:
            message = f"label {label.id} tries {name!r}, which is not under tried"
            yield Issue("error", "unknown-intervention", message, "add it under tried", clinic)


def _uncited(mechanism: Mechanism, where: str) -> Iterator[Issue]:
    for link in mechanism.file.links:
        if not link.sources and not link.why:
            message = f"the link {link.id} from {link.source_node} to {link.to} cites nothing"
            yield Issue("error", "uncited-link", message, "name sources, or say why it is believed", where)
    if mechanism.clinic.labels and not mechanism.clinic.labels_from:
        message = "the labels that doctors give are counted nowhere"
        yield Issue("error", "no-source", message, "say labels_from: {source, place}", where)


def _rings(mechanism: Mechanism, where: str) -> Iterator[Issue]:
    try:
        in_order(mechanism.file)
    except ValueError as ring:
        message = f"these nodes act on each other in a ring without any delay: {ring}"
        yield Issue("error", "ring", message, "give one of them rise and fall in days", where)


def _unreached(mechanism: Mechanism, where: str) -> Iterator[Issue]:
    """Nodes that neither a cause, an intervention nor another node ever moves."""
    file = mechanism.file
    reached = {act.node for item in file.interventions for act in item.acts}
    reached |= {name for name, node in file.nodes.items() if node.kind == "event"}
    # what is seeded by an event begins with it
    reached |= {name for name, node in file.nodes.items() if node.starts}
    before = -1
    while len(reached) > before:
        before = len(reached)
        reached |= {link.to for link in file.links if link.source_node in reached}
    for name in file.nodes:
        if name not in reached:
            message = f"the node {name!r} is reached by no cause and no intervention"
            yield Issue("error", "unreachable-node", message, "link it, act on it, or remove it", where)


def _stocks(mechanism: Mechanism, where: str) -> Iterator[Issue]:
    for name, node in mechanism.file.nodes.items():
        if node.kind == "stock" and (node.doubling == 0 or node.ceiling in {0, 1}):
            message = f"the stock {name!r} has no doubling time, or no ceiling above 1"
            yield Issue("error", "stock", message, "name parameters for doubling and ceiling", where)
        if node.kind == "lesions" and not (node.phases and node.places):
            message = f"the rash {name!r} has no phases, or no places"
            yield Issue("error", "lesions", message, "give both", where)


def _outside(mechanism: Mechanism, folder: Path, sources: set[str]) -> Iterator[Issue]:
    """Sources without a file, terms nobody knows, experiments that cannot be run."""
    from hoofbeat.errors import UnknownTerm
    from hoofbeat.simulation.experiments import Scenarios
    from hoofbeat.terms import load_ontology

    place = shown(folder / MECHANISM)
    cited = {s for p in mechanism.parameters.values() for s in p.sources}
    cited |= {s for p in mechanism.parameters.values() if p.men for s in p.men.sources}
    cited |= {s for link in mechanism.file.links for s in link.sources}
    cited |= {s for item in mechanism.file.interventions for s in item.sources}
    cited |= {
        s for e in mechanism.file.experiments if e.observed.evidence for s in e.observed.evidence.sources
    }
    cited |= {mechanism.clinic.labels_from.source} if mechanism.clinic.labels_from else set()
    for key in sorted(cited - sources):
        yield Issue("error", "no-source", f"{key} is cited and has no file", f"add sources/{key}.yaml", place)
    for sign in mechanism.clinic.signs:
        try:
            if sign.term:
                load_ontology().label(sign.term)
        except UnknownTerm as fault:
            message = f"sign {sign.id}: {fault.what}"
            yield Issue("error", "unknown-term", message, "give a current HPO id", shown(folder / CLINIC))
    for item in mechanism.file.experiments:
        if item.measure.startswith("_") or not hasattr(Scenarios, item.measure):
            message = f"the experiment {item.id} asks for {item.measure!r}, which is no scenario"
            yield Issue("error", "unknown-scenario", message, "see hoofbeat.simulation.experiments", place)
