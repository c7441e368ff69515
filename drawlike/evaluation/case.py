"""What all metrics share: the three sets of rows, who is compared with whom, and distances."""

import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from ..events import SILENT, Emitter
from ..report import Text
from .clouds.neighbours import Near, Tell, nearest
from .inputs.samples import Sample
from .metric import NotComputedError
from .null import resplits

MOST_BLOCKS = 5
TOLD_EVERY = 10
N_NEAREST = 8  # synthetic rows that are found around a real one

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How many rows the dear parts look at, drawn by seed; smaller data are used whole."""

    probes: int = 4000
    searched: int = 60_000
    reference: int = 2000
    fresh: int = 1000
    columns: int = 50_000
    classified: int = 10_000
    taught: int = 30_000
    singled: int = 250_000
    attacks: int = 2000
    predicates: int = 1000
    resplits: int = 100

    def scaled(self, factor: float) -> "Limits":
        """Give limits for less or more time."""
        rows = {
            name: max(int(value * factor), 200)
            for name, value in vars(self).items()
            if name != "resplits"
        }
        return replace(self, **rows)


@dataclass(eq=False)
class Reality:
    """Training and hold-out rows, and everything that can be known before synthetic ones come.

    What is asked for once is remembered, so that many synthetic sets are judged quickly.
    """

    train: Sample
    held_out: Sample | None
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    events: Emitter = field(default_factory=lambda: SILENT, repr=False)
    _memory: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def holdout(self) -> Sample:
        """The hold-out rows; a metric that needs them is not computed without."""
        if self.held_out is None:
            raise NotComputedError(Text("there are no hold-out rows", "没有留出行"))
        return self.held_out

    def rng(self, name: str) -> np.random.Generator:
        """Give a generator for one purpose; no metric shifts another one's draws."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def teller(self, name: str, unit: str) -> Tell:
        """Give what tells how far a part is that may take seconds."""
        events = self.events.at(name)
        return lambda step, total: events.progress(step, total, unit)

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Give what was computed under this key, or compute it."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]

    def drawn(self, key: Hashable, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Give figures of fresh real rows, remembered; none without a hold-out."""
        return self.once(key, compute) if self.held_out is not None else np.empty((0, 0))

    def deals(
        self, n_train: int, n_holdout: int, size: int, name: str, most: int | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Deal real rows anew: as many training rows, and ``size`` fresh ones."""
        count = min(most or self.limits.resplits, self.limits.resplits)
        tell = self.teller(name, "draws")
        for i, deal in enumerate(resplits(n_train, n_holdout, size, count, self.rng(name))):
            yield deal
            if (i + 1) % TOLD_EVERY == 0 or i + 1 == count:
                tell(i + 1, count)

    def some(self, sample: Sample, most: int, name: str) -> Sample:
        """Give at most so many rows, in random order."""
        return sample.take(self.places(len(sample), most, name))

    def places(self, n: int, most: int, name: str) -> np.ndarray:
        """Positions, among ``n`` rows, of those that :meth:`some` gives."""
        return self.rng(name).permutation(n)[:most]

    @cached_property
    def searched(self) -> Sample:
        """Training rows among which copies are looked for."""
        return self.some(self.train, self.limits.searched, "searched")

    @cached_property
    def searched_traces(self) -> np.ndarray:
        """Their traces, (n, d)."""
        return self.searched.traces()

    @cached_property
    def holdout_probes(self) -> Sample:
        """Hold-out rows that stand for fresh ones in the search for copies."""
        return self.some(self.holdout, self.limits.probes, "hold-out probes")

    @cached_property
    def train_probes(self) -> Sample:
        """Training rows that an attacker tries to recognise."""
        return self.some(self.train, self.limits.probes, "train probes")

    @cached_property
    def reference_points(self) -> np.ndarray:
        """Points of the training rows that other clouds are compared with, (n, d)."""
        return self.some(self.train, self.limits.reference, "reference").points()

    @cached_property
    def spread(self) -> float:
        """Total variance of these points, above 0."""
        spread = float(self.reference_points.var(0).sum())
        if not spread:
            raise NotComputedError(Text("all training rows are equal", "所有训练行都相同"))
        return spread

    @property
    def fresh_parts(self) -> list[np.ndarray]:
        """The fresh points, or nothing."""
        return [] if self.held_out is None else [self.fresh_points]

    @cached_property
    def fresh_points(self) -> np.ndarray:
        """Points of hold-out rows that stand for fresh ones, (n, d)."""
        return self.some(self.holdout, self.limits.fresh, "fresh").points()

    @cached_property
    def distances_to_train(self) -> np.ndarray:
        """Distances of the hold-out probes to their two nearest training rows, (n, 2)."""
        tell = self.teller("hold-out rows near the training rows", "rows")
        return nearest(self.holdout_probes.traces(), self.searched_traces, 2, tell)[0]


@dataclass(eq=False)
class Case:
    """Synthetic rows before the judge: they and what they are compared with."""

    reality: Reality
    synthetic: Sample
    log_prob: Mapping[str, np.ndarray] | None = None
    _memory: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def train(self) -> Sample:
        """The training rows."""
        return self.reality.train

    @property
    def holdout(self) -> Sample:
        """The hold-out rows."""
        return self.reality.holdout

    @property
    def limits(self) -> Limits:
        """How many rows the dear parts look at."""
        return self.reality.limits

    def rng(self, name: str) -> np.random.Generator:
        """Give a generator for one purpose."""
        return self.reality.rng(name)

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Give what was computed under this key, or compute it."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]

    def blocks(self, most: int, name: str) -> list[np.ndarray]:
        """Positions of synthetic rows in up to five blocks as large as the hold-out.

        Figures of two sets depend on their sizes, so a block is what compares with the
        hold-out; a mean over blocks is steadier than one of them.
        """
        fresh = self.reality.held_out
        size = min(len(self.synthetic if fresh is None else fresh), len(self.synthetic), most)
        order = self.rng(name).permutation(len(self.synthetic))
        count = min(len(order) // size, MOST_BLOCKS)
        return [order[i * size : (i + 1) * size] for i in range(count)]

    @cached_property
    def block_points(self) -> list[np.ndarray]:
        """Points of the blocks of synthetic rows that are compared as clouds, each (m, d)."""
        blocks = self.blocks(self.limits.fresh, "overlap")
        return [self.synthetic.take(rows).points() for rows in blocks]

    @cached_property
    def probes(self) -> Sample:
        """Synthetic rows that are looked for among the training rows."""
        return self.reality.some(self.synthetic, self.limits.probes, "synthetic probes")

    @cached_property
    def nearest_in_train(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances and places of the synthetic probes' two nearest training rows, (n, 2)."""
        tell = self.reality.teller("synthetic rows near the training rows", "rows")
        return nearest(self.probes.traces(), self.reality.searched_traces, 2, tell)

    @property
    def distances_to_train(self) -> np.ndarray:
        """Distances of the synthetic probes to their two nearest training rows, (n, 2)."""
        return self.nearest_in_train[0]

    @cached_property
    def near_synthetic(self) -> tuple[Near, Near]:
        """Distances of training and of hold-out probes to synthetic rows, and which, (n, 8)."""
        searched = self.reality.some(self.synthetic, self.limits.searched, "searched").traces()
        real = (self.reality.train_probes, self.reality.holdout_probes)
        tell = self.reality.teller("real rows near the synthetic rows", "rows")
        train, holdout = (nearest(x.traces(), searched, N_NEAREST, tell) for x in real)
        return train, holdout

    @property
    def distances_to_synthetic(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances of training and of hold-out probes to the nearest synthetic row, (n,)."""
        train, holdout = (distance[:, 0] for distance, _ in self.near_synthetic)
        return train, holdout

    @cached_property
    def nearest_of_equal(self) -> np.ndarray:
        """Positions of the synthetic probes' nearest rows among equally many of both kinds.

        The first half of the positions are training rows, the second the hold-out's.
        """
        n = min(len(self.train), len(self.reality.holdout_probes))
        train = self.reality.some(self.train, n, "equal").traces()
        both = np.concatenate([train, self.reality.holdout_probes.traces()[:n]])
        # of equally near rows the first is found, so their order must not tell
        order = self.rng("order").permutation(2 * n)
        return order[nearest(self.probes.traces(), both[order])[1][:, 0]]
