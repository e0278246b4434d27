"""The mechanism made ready to run: every node's rule for one step, in an order in which causes come first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from hoofbeat.simulation.model import Link, MechanismFile, Node
from hoofbeat.simulation.parameters import Draws
from hoofbeat.simulation.parts import Number
from hoofbeat.simulation.streams import Floats, waiting

YEAR = 365.25
# A stock of less than this is gone: no tumour that a microscope would find weighs a microgram.
GONE = 1e-6


@dataclass(slots=True)
class Acting:
    """What interventions do to nodes on this day: factors and sums on targets, and values held."""

    factor: dict[str, Floats] = field(default_factory=dict)
    add: dict[str, Floats] = field(default_factory=dict)
    held: dict[str, tuple[np.ndarray, Floats]] = field(default_factory=dict)


Values = dict[str, Floats]
_ACTS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "plus": lambda target, e: target + e,
    "minus": lambda target, e: target - e,
    "times": lambda target, e: target * e,
    "raise": lambda target, e: target * (1 + e),
    "lower": lambda target, e: target / (1 + e),
}
Step = Callable[[Values, Acting], None]


def in_order(file: MechanismFile) -> list[str]:
    """Return the nodes so that each comes after those that act on it at once.

    A node that remembers (stock, event, lesions, a level with a delay) shows yesterday's value to what comes
    before it, so rings through it are allowed. A ring without any delay raises ValueError naming it.
    """
    at_once = {
        name: {link.source_node for link in file.links if link.to == name}
        | {gate for link in file.links if link.to == name for gate in link.through}
        for name in file.nodes
    }
    waiting_for = {
        name: {c for c in causes if c in file.nodes and not _remembers(file.nodes[c])}
        for name, causes in at_once.items()
    }
    done: list[str] = []
    left = dict.fromkeys(file.nodes)
    while left:
        ready = [name for name in left if waiting_for[name] <= set(done)]
        if not ready:
            raise ValueError(", ".join(left))
        for name in ready:
            done.append(name)
            del left[name]
    return done


def _remembers(node: Node) -> bool:
    return node.kind in {"stock", "event", "lesions"} or node.rise != 0 or node.fall != 0


class Network:
    """A mechanism for one group of patients: their values, and the step that carries them on.

    cut: ids of links that do nothing (Pearl's do on an arrow). step_days: how long a step is.
    """

    def __init__(
        self, file: MechanismFile, draws: Draws, *, step_days: float = 1.0, cut: Iterable[str] = ()
    ) -> None:
        self.file, self.draws, self.dt = file, draws, step_days
        gone = set(cut)
        self.links: dict[str, list[Link]] = {name: [] for name in file.nodes}
        for link in file.links:
            if link.id not in gone:
                self.links[link.to].append(link)
        self.order = [n for n in in_order(file) if file.nodes[n].kind != "lesions"]
        self.values: Values = {name: self._first(node) for name, node in file.nodes.items()}
        self.event_day: dict[str, Floats] = {}
        # to whom events still come
        self.alive = np.ones(len(draws.patients), dtype=bool)
        self._steps = [self._rule(name, file.nodes[name]) for name in self.order]

    def settle(self, acting: Acting, rounds: int = 3) -> None:
        """Put every level where its links ask for on the first day, before any time passes."""
        for _ in range(rounds):
            for name in self.order:
                if self.file.nodes[name].kind in {"level", "given"}:
                    self.values[name] = self._asked(name, acting)

    def step(self, day: float, acting: Acting) -> None:
        """Carry all nodes but the rash on by one step."""
        self.day = day
        for rule in self._steps:
            rule(self.values, acting)

    def scale(self, node: str, by: Floats, who: np.ndarray) -> None:
        """Multiply what is there, at once: a resection."""
        self.values[node][who] *= by[who]

    def seed(self, node: str, amount: Floats, who: np.ndarray) -> None:
        """Put an amount there, at once: the beginning of a tumour."""
        self.values[node][who] = amount[who]

    def _first(self, node: Node) -> Floats:
        if node.kind == "stock":
            return self.draws[node.start].copy()
        if node.kind in {"given", "level"}:
            return self.draws[node.baseline].copy()
        return np.zeros(len(self.draws.patients))

    def _asked(self, name: str, acting: Acting) -> Floats:
        """Return what a node's baseline, links and interventions ask for."""
        node = self.file.nodes[name]
        target = self.draws[node.baseline]
        for link in self.links[name]:
            target = self._effect(link)(target, self.values)
        return _acted(name, target, acting)

    def _effect(self, link: Link) -> Callable[[Floats, Values], Floats]:
        draws, origin, gates = self.draws, link.source_node, link.through
        form, act, gain = self._form(link), _ACTS[link.act], draws[link.gain]
        unit_gain = link.gain == 1

        def effect(target: Floats, values: Values) -> Floats:
            e = form(values[origin])
            if not unit_gain:
                e = e * gain
            for gate in gates:
                e = e * values[gate]
            return act(target, e)

        return effect

    def _form(self, link: Link) -> Callable[[Floats], Floats]:
        """Return the shape of a link's effect."""
        half, reference = self.draws[link.half], self.draws[link.reference]
        exponent = self.draws[link.exponent]
        forms: dict[str, Callable[[Floats], Floats]] = {
            "saturating": lambda x: x / (x + half),
            "shortfall": lambda x: np.maximum(reference - x, 0.0),
            "excess": lambda x: np.maximum(x - reference, 0.0),
            "beyond": lambda x: (x > reference).astype(np.float64),
            "power": lambda x: np.exp(exponent * np.log(np.maximum(x, 1e-12))),
            "value": lambda x: x,
        }
        return forms[link.form]

    def _rule(self, name: str, node: Node) -> Step:
        if node.kind == "stock":
            return self._stock(name, node)
        if node.kind == "event":
            return self._event(name, node)
        return self._level(name, node)

    def _level(self, name: str, node: Node) -> Step:
        baseline, effects = self.draws[node.baseline], [self._effect(link) for link in self.links[name]]
        up, down = self._share(node.rise), self._share(node.fall)
        at_once = node.rise == 0 and node.fall == 0

        def rule(values: Values, acting: Acting) -> None:
            target = baseline
            for effect in effects:
                target = effect(target, values)
            target = _acted(name, target, acting)
            if effects and not at_once:
                gap = target - values[name]
                target = values[name] + gap * np.where(gap > 0, up, down)
            values[name] = np.maximum(target, 0.0) if effects else target
            _hold(name, values, acting)

        return rule

    def _share(self, days: Number) -> Floats:
        """How much of the gap one step closes, for a time constant in days."""
        constant = self.draws[days]
        with np.errstate(divide="ignore"):
            share: Floats = -np.expm1(-self.dt / constant)
        return share

    def _stock(self, name: str, node: Node) -> Step:
        effects = [self._effect(link) for link in self.links[name]]
        rate = math.log(2) / self.draws[node.doubling] * self.dt
        roof, start, seed_of = np.log(self.draws[node.ceiling]), self.draws[node.start], node.starts
        seeded = np.zeros(len(self.draws.patients), dtype=bool)
        if seed_of:
            self.values[name] = np.zeros(len(self.draws.patients))

        def rule(values: Values, acting: Acting) -> None:
            nonlocal seeded
            now = values[name]
            if seed_of:
                new = (values[seed_of] > 0) & ~seeded
                if new.any():
                    now = np.where(new, start, now)
                    seeded |= new
            pace = rate
            for effect in effects:
                pace = effect(pace, values)
            pace = acting.factor[name] * pace if name in acting.factor else pace
            log = np.log(np.maximum(now, GONE))
            # Gompertz: the doubling time is that of 1 unit, and lengthens towards the ceiling
            log = log + pace * (1 - log / roof)
            if name in acting.add:
                log = log - acting.add[name] * self.dt
            values[name] = np.where(now < GONE, 0.0, np.exp(log))
            _hold(name, values, acting)

        return rule

    def _event(self, name: str, node: Node) -> Step:
        effects = [self._effect(link) for link in self.links[name]]
        rate = self.draws[node.per_year] * (self.dt / YEAR)
        left = waiting(self.draws.seed, f"event:{name}", self.draws.patients)
        self.event_day[name] = np.full(len(left), np.inf)

        def rule(values: Values, acting: Acting) -> None:
            hazard = rate
            for effect in effects:
                hazard = effect(hazard, values)
            hazard = _acted(name, hazard, acting)
            before = left > 0
            np.subtract(left, hazard, out=left)
            new = before & (left <= 0) & self.alive
            if new.any():
                self.event_day[name][new] = self.day
                values[name] = np.where(new, 1.0, values[name])
            _hold(name, values, acting)

        return rule


def _acted(name: str, target: Floats, acting: Acting) -> Floats:
    if name in acting.factor:
        target = target * acting.factor[name]
    if name in acting.add:
        target = target + acting.add[name]
    if name in acting.held:
        who, value = acting.held[name]
        target = np.where(who, value, target)
    return target


def _hold(name: str, values: Values, acting: Acting) -> None:
    if name in acting.held:
        who, value = acting.held[name]
        values[name] = np.where(who, value, values[name])
