"""MNIST with a long tail: do rare digits keep their variety, and do draws of them help to tell them?

    python benchmarks/mnist_lt.py FOLDER --out RESULTS [--seeds 0 1 2] [--steps 3000] [--side 28]
    python benchmarks/mnist_lt.py FOLDER --out RESULTS --classify [--seeds 0 1 2]

FOLDER holds MNIST's four IDX files. Digit c has 3,000 x 100^(-c / 9) training images: 3,000 zeros,
30 nines. The same conditional GAN learns them by its defaults, without its support of rare classes
(``class_sampling="data"``), and learns as many images of each digit (744). Draws of a digit are
compared with the official test images of that digit, in the package's features of images; beside
them stand as many training images that no model has seen. RESULTS keeps draws, so that a run that
was cut off goes on, and gets a picture of them, a row a digit, one model beside the other.
``--choose`` compares with training images that were left out, not with the test set.
``--classify`` teaches a small network the long tail as it comes, with weights, and with what each
GAN draws beside, and gives its balanced accuracy on the test images.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from digits import Classifier, Digits, Sets
from measuring import spread, table
from PIL import Image

import drawlike as dl
from drawlike.evaluation.inputs.features import Extractor
from drawlike.evaluation.metrics.manifold import overlap
from drawlike.losses.frechet import frechet_distance

N_CLASSES, LARGEST, RATIO = 10, 3000, 100
N_COMPARED = 800  # images of a digit, of each sort
LONG_TAIL = [round(LARGEST * RATIO ** (-c / (N_CLASSES - 1))) for c in range(N_CLASSES)]
BALANCED = [sum(LONG_TAIL) // N_CLASSES] * N_CLASSES
FIGURES = ("Frechet", "precision", "coverage")
ARMS: dict[str, tuple[list[int], dict[str, Any]]] = {
    "default": (LONG_TAIL, {}),
    "without support": (LONG_TAIL, {"class_sampling": "data"}),
    "balanced set": (BALANCED, {}),
}


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    sets = Sets(*(shrunk(digits, options.side) for digits in Sets.read(options.folder)))
    work = classify if options.classify else generate
    work(sets, options)


def generate(sets: Sets, options: argparse.Namespace) -> None:
    """Print how near draws of each digit are to real ones."""
    judge = Judge(sets.validation if options.choose else sets.test)
    unseen = sets.train if options.choose else sets.validation
    shown = []
    lines = [("real", "", *row) for row in told([judge.figures(of_classes(unseen))])]
    for arm in options.arms:
        found = []
        for seed in options.seeds:
            drawn, seconds = draws(sets, arm, seed, options)
            found.append(judge.figures(drawn))
            shown += [drawn] if seed == options.seeds[0] else []
        lines += [(arm, f"{seconds:.0f}", *row) for row in told(found)]
    write_classes(shown, options.out / "mnist_lt.png")
    print(table(("images", "CPU s", "figure", *map(str, range(N_CLASSES)), "7 to 9"), lines))


def told(found: list[np.ndarray]) -> list[tuple[Any, ...]]:
    """A line a figure: its means over seeds by digit, and the spread of the three rarest ones."""
    each = np.stack(found)
    rare = each[:, -3:].mean(1)
    return [
        (name, *(f"{value:.3f}" for value in each[:, :, i].mean(0)), spread(rare[:, i].tolist()))
        for i, name in enumerate(FIGURES)
    ]


class Judge:
    """Real images of each digit, and where they are in the package's features."""

    def __init__(self, digits: Digits) -> None:
        self.extractor = Extractor.fit(planes(digits.images[: 5 * N_COMPARED]))
        self.real = [self.points(rows) for rows in of_classes(digits)]

    def points(self, images: np.ndarray) -> np.ndarray:
        return self.extractor.features(planes(images[:N_COMPARED]))

    def figures(self, drawn: list[np.ndarray]) -> np.ndarray:
        """Frechet distance, precision and coverage of draws of each digit, (10, 3)."""
        return np.array(
            [compared(r, self.points(d)) for r, d in zip(self.real, drawn, strict=True)]
        )


def compared(real: np.ndarray, drawn: np.ndarray) -> tuple[float, float, float]:
    means = overlap(real, drawn).means()
    return frechet_distance(real, drawn), means["precision"], means["coverage"]


def draws(
    sets: Sets, arm: str, seed: int, options: argparse.Namespace
) -> tuple[list[np.ndarray], float]:
    """Images of each digit that the model of an arm draws, (10, n, side, side), and the CPU seconds of its fit."""
    path = options.out / f"{arm.replace(' ', '-')}-{seed}.npz"
    if not path.exists():
        counts, settings = ARMS[arm]
        learned = cut(sets.train, counts, seed)
        model = dl.GAN(random_state=seed, max_steps=options.steps, **settings)
        began = time.process_time()
        model.fit(learned.images, learned.labels, listener=None)
        seconds = time.process_time() - began
        warned = [event.message for event in model.history_ if event.kind == "warning"]
        drawn = [model.sample(LARGEST, y=c, random_state=seed) for c in range(N_CLASSES)]
        np.savez_compressed(path, drawn=np.stack(drawn), seconds=seconds, warned=warned)
    found = np.load(path)
    for warning in found["warned"]:
        print(f"{arm}, seed {seed}: {warning}")
    return list(found["drawn"]), float(found["seconds"])


def classify(sets: Sets, options: argparse.Namespace) -> None:
    """Print the balanced accuracy of a network on test images, taught in several ways."""
    right: dict[str, list[np.ndarray]] = {}
    for seed in options.seeds:
        known = cut(sets.train, LONG_TAIL, seed)
        for name, (digits, weight) in lessons(known, sets, seed, options).items():
            epochs = max(1, round(options.lessons * 128 / len(digits.labels)))
            net = Classifier(seed, options.side).fit(digits, epochs, weight)
            right.setdefault(name, []).append(net.predict(sets.test.images) == sets.test.labels)
    each = {name: np.mean(found, 0) for name, found in right.items()}
    rare = sets.test.labels >= N_CLASSES - 3
    lines = [
        (name, *interval(values, sets.test.labels), f"{values[rare].mean():.3f}",
         *interval(values - each["as they come"], sets.test.labels))
        for name, values in each.items()
    ]  # fmt: skip
    head = ("taught", "balanced accuracy", "95 %", "of 7 to 9", "more than as they come", "95 %")
    print(table(head, lines))


def lessons(
    known: Digits, sets: Sets, seed: int, options: argparse.Namespace
) -> dict[str, tuple[Digits, np.ndarray | None]]:
    """What a network is taught: images, and weights of digits."""
    weight = 1 / np.array(LONG_TAIL)
    taught: dict[str, tuple[Digits, np.ndarray | None]] = {
        "as they come": (known, None),
        "with weights": (known, weight / weight.mean()),
    }
    for arm in ("default", "without support"):
        taught[f"and draws, {arm}"] = filled_up(known, draws(sets, arm, seed, options)[0]), None
    return taught


def filled_up(known: Digits, drawn: list[np.ndarray]) -> Digits:
    """As many images of each digit, what lacks being drawn."""
    parts = [rows[: LARGEST - n] for rows, n in zip(drawn, LONG_TAIL, strict=True)]
    images = np.concatenate([known.images, *parts])
    labels = np.concatenate([known.labels, *(np.full(len(p), c) for c, p in enumerate(parts))])
    return Digits(images, labels)


def interval(values: np.ndarray, labels: np.ndarray) -> tuple[str, str]:
    """Mean of the digits' means, and its bootstrap interval over images of each digit."""
    rng = np.random.default_rng(0)
    classes = [values[labels == c] for c in range(N_CLASSES)]
    means = [np.mean([rng.choice(v, len(v)).mean() for v in classes]) for _ in range(1000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{np.mean([v.mean() for v in classes]):.3f}", f"[{low:.3f}, {high:.3f}]"


def cut(digits: Digits, counts: list[int], seed: int) -> Digits:
    """So many images of each digit, by chance."""
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(np.flatnonzero(digits.labels == c))[:n] for c, n in enumerate(counts)]
    rows = rng.permutation(np.concatenate(chosen))
    return Digits(digits.images[rows], digits.labels[rows])


def shrunk(digits: Digits, side: int) -> Digits:
    """Give images of so many pixels a side, means of those that fall together."""
    if side == digits.images.shape[1]:
        return digits
    times = digits.images.shape[1] // side
    means = digits.images.reshape(-1, side, times, side, times).mean((2, 4))
    return Digits(means.round().astype(np.uint8), digits.labels)


def of_classes(digits: Digits) -> list[np.ndarray]:
    """Images of each digit."""
    return [digits.images[digits.labels == c] for c in range(N_CLASSES)]


def planes(images: np.ndarray) -> np.ndarray:
    return images[:, None].astype(np.float32) / 255


def write_classes(arms: list[list[np.ndarray]], path: Path, each: int = 10) -> None:
    """Write a row of draws a digit, one arm beside the other, to look at."""
    grids = [
        np.concatenate([np.concatenate(list(images[:each]), axis=1) for images in drawn])
        for drawn in arms
    ]
    apart = [np.pad(grid, ((0, 0), (0, 8)), constant_values=128) for grid in grids]
    whole = np.concatenate(apart, axis=1)
    times = 56 // arms[0][0].shape[1] // 2
    Image.fromarray(whole.repeat(times, 0).repeat(times, 1)).save(path)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--side", type=int, choices=(14, 28), default=28)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--classify", action="store_true")
    parser.add_argument("--lessons", type=int, default=700)
    return parser.parse_args()


if __name__ == "__main__":
    main()
