"""A small classifier of digits, in whose features images are compared.

It is trained here, offline, and says who it is: its accuracy and the hash of its weights stand
beside every figure that is taken in its features.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

import drawlike as dl
from drawlike.evaluation.metrics.manifold import overlap
from drawlike.losses.frechet import frechet_distance
from drawlike.networks import build

SIDE, N_FEATURES = 28, 128
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Digits:
    """Images (n, 28, 28) uint8 and labels (n,)."""

    images: np.ndarray
    labels: np.ndarray

    @classmethod
    def read(cls, folder: Path, part: str) -> "Digits":
        """MNIST's own files, in an order of chance; ``part`` is "train" or "t10k"."""
        found = dl.read(folder / f"{part}-images-idx3-ubyte.gz")
        images, labels = np.asarray(found.X), np.asarray(found.y).astype(int)
        order = np.random.default_rng(0).permutation(len(labels))  # half the test set is harder
        return cls(images[order], labels[order])

    def take(self, rows: slice) -> "Digits":
        return Digits(self.images[rows], self.labels[rows])


class Sets(NamedTuple):
    """Digits to learn from, digits to choose settings by, digits that no choice has seen."""

    train: Digits
    validation: Digits
    test: Digits

    @classmethod
    def read(cls, folder: Path) -> "Sets":
        known = Digits.read(folder, "train")
        train, validation = known.take(slice(-10_000)), known.take(slice(-10_000, None))
        return cls(train, validation, Digits.read(folder, "t10k"))


class Classifier:
    """Two convolutions and a layer of 128 features, taught for some passes over the digits."""

    def __init__(self, seed: int = 0, side: int = SIDE) -> None:
        self.net = build(lambda: _network(side), torch.Generator().manual_seed(seed))
        self.order = np.random.default_rng(seed)

    def fit(
        self, digits: Digits, epochs: int = 3, weight: np.ndarray | None = None
    ) -> "Classifier":
        """Teach it the digits, whose classes may have weights, (10,)."""
        steps = epochs * -(-len(digits.labels) // 128)
        weights = None if weight is None else torch.from_numpy(weight).float()
        optimizer = torch.optim.Adam(self.net.parameters(), 2e-3)
        rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
        for _ in range(epochs):
            for x, y in self._batches(digits):
                loss = nn.functional.cross_entropy(self.net(x), y, weights)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                rates.step()
        return self

    def _batches(self, digits: Digits) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in np.array_split(
            self.order.permutation(len(digits.labels)), -(-len(digits.labels) // 128)
        ):
            yield _planes(digits.images[rows]), torch.from_numpy(digits.labels[rows])

    def features(self, images: np.ndarray) -> np.ndarray:
        """What the last layer sees of images (n, 28, 28), (n, 128)."""
        return self._apply(self.net[:-1], images)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """The likeliest digit of each image, (n,)."""
        return self._apply(self.net, images).argmax(1)

    def accuracy(self, digits: Digits) -> float:
        return float((self.predict(digits.images) == digits.labels).mean())

    @torch.no_grad()
    def _apply(self, net: nn.Module, images: np.ndarray) -> np.ndarray:
        parts = np.array_split(images, max(1, len(images) // ROWS_AT_ONCE))
        return torch.cat([net(_planes(part)) for part in parts]).double().numpy()

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        digest = hashlib.sha256()
        for weight in self.net.state_dict().values():
            digest.update(weight.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def told(self, test: Digits) -> str:
        """Who judges, in a line."""
        return (
            f"Features: a classifier taught here, accuracy {self.accuracy(test):.4f} on "
            f"{len(test.labels):,} test digits, weights sha256:{self.sha256[:16]}."
        )


def compare(real: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Frechet distance, precision, recall, coverage of points (n, d).

    Points are scaled so that the real ones have total variance 1: a distance of .01 is a
    hundredth of all their variance.
    """
    scale = np.sqrt(real.var(0).sum())
    real, drawn = real / scale, drawn / scale
    means = overlap(real, drawn).means()
    names = ("precision", "recall", "coverage")
    return {"Frechet": frechet_distance(real, drawn)} | {name: means[name] for name in names}


def write_grid(images: np.ndarray, path: Path, side: int = 10) -> None:
    """Write the first images (n, 28, 28) or (n, 28, 28, 3) as a square, to look at."""
    rows = images[: side**2].reshape(side, side, *images.shape[1:])
    tall = np.concatenate(list(np.concatenate(list(rows.swapaxes(0, 1)), axis=2)), axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(tall).save(path)


def _network(side: int = SIDE) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * (side // 4) ** 2, N_FEATURES),
        nn.ReLU(),
        nn.Linear(N_FEATURES, 10),
    )


def _planes(images: np.ndarray) -> Tensor:
    return torch.from_numpy(images).float().div(255)[:, None]
