"""Images restored by models that never saw them, beside what needs no model.

    python benchmarks/restoration.py DATA [--sets mnist cifar] [--models gaussian vae gan]
        [--steps 3000] [--rows 10000] [--shown 100] [--seeds 0 1 2] [--pictures OUT]

DATA holds mnist/ (IDX files) and cifar10/ (an npz of x_train, x_test). Models learn from
training images, and restore images of the test set: noisy ones (standard deviation .3 of the
range), without their lower half, without a random half of their pixels, and of half the height
and width (means of two by two). A seed stands for a model, for which images, and for the noise.

Beside them: for noise the better of blurs and of a median, their width chosen on training images;
for holes the mean of the training images, and for single pixels a cubic interpolation too; for
doubling a bicubic one. PSNR in dB, SSIM of Wang et al. 2004 (normal window of 1.5 pixels).
Where a model is below the best of these, a minus stands behind its figure.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measuring import spread, table
from PIL import Image
from scipy.interpolate import griddata
from scipy.ndimage import gaussian_filter, median_filter

import drawlike as dl
from drawlike.datasets.idx import load_idx
from drawlike.report import image_grid

WHITE, NOISE = 255, 0.3
PICTURED = 12


class Task(NamedTuple):
    """Damaged images, and what restores them: models, and simple means by name."""

    given: np.ndarray
    by_model: Callable[[Any], np.ndarray]
    simply: dict[str, Callable[[], np.ndarray]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["gaussian", "vae", "gan"])
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--shown", type=int, default=100)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    lines = []
    for name in options.sets:
        found = [run(name, options, seed) for seed in options.seeds]
        lines += [line(name, key, [figures[key] for figures in found], found) for key in found[0]]
    print(table(["images", "task", "by", "PSNR", "SSIM"], lines))


def run(name: str, options: argparse.Namespace, seed: int) -> dict[tuple[str, str], tuple]:
    """PSNR and SSIM by task and method, for one seed."""
    (train, labels), test = SETS[name](options.data)
    rng = np.random.default_rng(seed)
    few = rng.permutation(len(train))[: options.rows]
    truth = test[rng.permutation(len(test))[: options.shown]]
    models = {}
    for kind in options.models:
        models[kind] = MODELS[kind](options.steps, seed)
        models[kind].fit(train[few], labels[few] if kind == "gaussian by class" else None)
    figures = {}
    for task, (given, by_model, simply) in tasks(train[few], truth, rng).items():
        restored = {way: restore() for way, restore in simply.items()}
        restored |= {kind: by_model(model) for kind, model in models.items()}
        for way, images in restored.items():
            figures[task, way] = psnr(images, truth), ssim(images, truth)
        if options.pictures and seed == options.seeds[0]:
            save(options.pictures / f"{name} {task}.png", [truth, given, *restored.values()])
    return figures


def tasks(train: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> dict[str, Task]:
    """What is to be restored."""
    noisy = truth + NOISE * WHITE * rng.standard_normal(truth.shape)
    lower = np.zeros(truth.shape[1:3], bool)
    lower[len(lower) // 2 :] = True
    pixels = rng.random(lower.shape) < 0.5
    mean = train.mean(0)
    filled = {
        name: np.where(fit_to(mask, truth), mean, truth)
        for name, mask in (("lower", lower), ("pixels", pixels))
    }
    small = halved(truth)
    return {
        "denoise": Task(
            noisy.clip(0, WHITE),
            lambda model: model.denoise(noisy, noise=NOISE),
            {"as it is": lambda: noisy} | smoothers(train, noisy, rng),
        ),
        "lower half": Task(
            np.where(fit_to(lower, truth), 0, truth),
            lambda model: model.inpaint(truth, mask=lower),
            {"mean": lambda: filled["lower"]},
        ),
        "half of pixels": Task(
            np.where(fit_to(pixels, truth), 0, truth),
            lambda model: model.inpaint(truth, mask=pixels),
            {"mean": lambda: filled["pixels"], "cubic": lambda: interpolated(truth, pixels)},
        ),
        "double": Task(
            small.repeat(2, 1).repeat(2, 2),
            lambda model: model.upscale(small),
            {"bicubic": lambda: bicubic(small)},
        ),
    }


def smoothers(train: np.ndarray, noisy: np.ndarray, rng: np.random.Generator) -> dict:
    """A blur and a median, of the width that is best on training images."""
    some = train[:100]
    tried = some + NOISE * WHITE * rng.standard_normal(some.shape)
    rest = (0,) * (some.ndim - 3)
    blurs = {s: lambda x, s=s: gaussian_filter(x, (0, s, s, *rest)) for s in np.arange(3, 16) / 10}
    ones = (1,) * (some.ndim - 3)
    medians = {k: lambda x, k=k: median_filter(x, (1, k, k, *ones)) for k in (2, 3, 5)}
    best = [max(ways.values(), key=lambda way: psnr(way(tried), some)) for ways in (blurs, medians)]
    return {name: lambda f=f: f(noisy) for name, f in zip(("blur", "median"), best, strict=True)}


def interpolated(truth: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Cubic between the pixels that are there, the nearest outside of them."""
    values = np.moveaxis(truth, 0, -1)[~missing].astype(float)  # (known, [channels,] n)
    known, asked = np.argwhere(~missing), np.argwhere(missing)
    out = np.moveaxis(truth.astype(float), 0, -1).copy()
    cubic, nearest = (griddata(known, values, asked, way) for way in ("cubic", "nearest"))
    out[missing] = np.where(np.isnan(cubic), nearest, cubic)
    return np.moveaxis(out, -1, 0)


def halved(images: np.ndarray) -> np.ndarray:
    n, height, width = images.shape[:3]
    return images.reshape(n, height // 2, 2, width // 2, 2, *images.shape[3:]).mean((2, 4))


def bicubic(small: np.ndarray) -> np.ndarray:
    """Each channel doubled as PIL does, unrounded."""
    planes = small[..., None] if small.ndim == 3 else small
    size = (2 * small.shape[2], 2 * small.shape[1])

    def double(plane: np.ndarray) -> np.ndarray:
        image = Image.fromarray(plane.astype(np.float32))
        return np.asarray(image.resize(size, Image.Resampling.BICUBIC))

    each = [np.stack([double(p) for p in np.moveaxis(image, 2, 0)], 2) for image in planes]
    return np.stack(each).reshape(len(small), size[1], size[0], *small.shape[3:])


def fit_to(mask: np.ndarray, images: np.ndarray) -> np.ndarray:
    return mask if images.ndim == 3 else mask[:, :, None]


def psnr(images: np.ndarray, truth: np.ndarray) -> float:
    """Mean over images of the peak signal to noise, dB."""
    error = (images.astype(float).clip(0, WHITE) - truth) / WHITE
    return float(-10 * np.log10((error**2).reshape(len(truth), -1).mean(1) + 1e-12).mean())


def ssim(images: np.ndarray, truth: np.ndarray) -> float:
    """Mean structural similarity: Wang et al. 2004, IEEE Trans. Image Processing 13(4)."""
    a, b = images.astype(float).clip(0, WHITE) / WHITE, truth / WHITE
    widths = (0, 1.5, 1.5) + (0,) * (a.ndim - 3)

    def smooth(x: np.ndarray) -> np.ndarray:
        return gaussian_filter(x, widths, truncate=3.5)

    mean_a, mean_b = smooth(a), smooth(b)
    var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
    covariance = smooth(a * b) - mean_a * mean_b
    bright = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return float((bright * (2 * covariance + 0.03**2) / (var_a + var_b + 0.03**2)).mean())


def line(name: str, key: tuple[str, str], values: list[tuple], found: list[dict]) -> list[str]:
    """One row of the table; a minus marks what is below the best of the simple means."""
    task, way = key
    shown = []
    for which in (0, 1):
        mine = [v[which] for v in values]
        rivals = [
            max(f[which] for (t, w), f in figures.items() if t == task and w not in MODELS)
            for figures in found
        ]
        below = way in MODELS and np.mean(mine) <= np.mean(rivals)
        shown.append(spread(mine) + " -" * bool(below))
    return [name, task, way, *shown]


def save(path: Path, rows: list[np.ndarray]) -> None:
    """A row of pictures each: the truth, what is given, and what restored it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = np.concatenate([np.rint(images[:PICTURED].clip(0, WHITE)) for images in rows])
    image_grid(shown.astype(np.uint8), columns=PICTURED, scale=2).save(path)


def mnist(folder: Path) -> tuple:
    train, labels, test = (
        load_idx(folder / "mnist" / f"{name}.gz")
        for name in (
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
        )
    )
    return (train, labels), test


def cifar(folder: Path) -> tuple:
    (path,) = (folder / "cifar10").glob("*.npz")
    with np.load(path, allow_pickle=False) as kept:
        return (kept["x_train"], kept["y_train"]), kept["x_test"]


SETS = {"mnist": mnist, "cifar": cifar}
MODELS = {
    "gaussian": lambda steps, seed: dl.Gaussian(reg_covar=0.01, random_state=seed),
    "gaussian by class": lambda steps, seed: dl.Gaussian(reg_covar=0.01, random_state=seed),
    "vae": lambda steps, seed: dl.VAE(
        n_latent=32, prior="normal", max_steps=steps, random_state=seed
    ),
    "gan": lambda steps, seed: dl.GAN(n_latent=32, max_steps=steps, random_state=seed),
}


if __name__ == "__main__":
    main()
