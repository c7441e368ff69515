"""Pictures of an RBM of MNIST: its filters, rows and their reconstructions, and samples.

    python benchmarks/rbm_pictures.py FOLDER OUT [--epochs 10] [--model SAVED]

FOLDER holds MNIST's IDX files, OUT gets filters.png, reconstructions.png and samples.png.
A filter shows the weights of one hidden unit: white turns it on, black off, grey is 0.
"""

import argparse
from pathlib import Path

import numpy as np

import drawlike as dl
from drawlike.datasets.idx import load_idx
from drawlike.report import image_grid

COLUMNS, SHOWN = 20, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = dl.load(options.model) if options.model else taught(options.folder, options.epochs)
    test = load_idx(options.folder / "t10k-images-idx3-ubyte.gz")[:COLUMNS]
    pictures = {
        "filters": grey(model.filters()[:SHOWN]),
        "reconstructions": np.concatenate([test, model.reconstruct(test)]),
        "samples": model.sample(3 * COLUMNS, random_state=0),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, images in pictures.items():
        image_grid(images, columns=COLUMNS, scale=2).save(options.out / f"{name}.png")


def taught(folder: Path, epochs: int) -> dl.RBM:
    train = load_idx(folder / "train-images-idx3-ubyte.gz")
    return dl.RBM(256, n_iter=epochs, random_state=0).fit(train)


def grey(filters: np.ndarray) -> np.ndarray:
    """Weights as grey levels, each filter by its own largest weight."""
    largest = np.abs(filters).max((1, 2), keepdims=True)
    return np.rint(127.5 + 127.5 * filters / largest).astype(np.uint8)


if __name__ == "__main__":
    main()
