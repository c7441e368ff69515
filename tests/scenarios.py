"""Small problems with known answers, for every model.

Each row of ``MODELS`` says how a model is set for the contract tests (as fast as can be:
the contract is about shapes, types, seeds and keeping) and for recovery (some seconds).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from drawlike.models import (
    GAN,
    KDE,
    MADE,
    RBM,
    VAE,
    VAEGAN,
    Autoregressive,
    Gaussian,
    GaussianHMM,
    GaussianMixture,
    LatentClass,
    PixelCNN,
    TopK,
    Transformer,
)


@dataclass(frozen=True)
class Case:
    """A model, made fast for contracts and able for recovery."""

    fast: Any
    able: Any


MODELS = {
    "gaussian": Case(Gaussian(random_state=0), Gaussian(random_state=0)),
    "gaussian-diag": Case(
        Gaussian(covariance_type="diag", random_state=0),
        Gaussian(covariance_type="diag", random_state=0),
    ),
    "gaussian-mixture": Case(
        GaussianMixture(2, max_iter=10, random_state=0), GaussianMixture(3, random_state=0)
    ),
    "kde": Case(KDE(random_state=0), KDE(random_state=0)),
    "kde-diag": Case(
        KDE("scott", covariance_type="diag", random_state=0),
        KDE(covariance_type="diag", random_state=0),
    ),
    "rbm": Case(
        RBM(8, n_iter=3, n_sweeps=5, n_temperatures=3, random_state=0),
        RBM(16, random_state=0),
    ),
    "rbm-annealed": Case(
        RBM(
            16,
            n_iter=3,
            n_sweeps=5,
            n_temperatures=3,
            ais_chains=20,
            ais_temperatures=20,
            persistent=False,
            momentum=0.5,
            random_state=0,
        ),
        RBM(32, n_gibbs=2, random_state=0),
    ),
    "topk": Case(TopK(allow_copies=True, random_state=0), TopK(k=200, random_state=0)),
    "topk-interpolate": Case(
        TopK(vary="interpolate", random_state=0), TopK(vary="interpolate", random_state=0)
    ),
    "topk-diverse": Case(
        TopK(k=60, choose="farthest", allow_copies=True, random_state=0),
        TopK(k=200, choose="farthest", random_state=0),
    ),
    "vae": Case(
        VAE(max_steps=40, hidden=(32,), n_latent=4, random_state=0),
        VAE(max_steps=1500, random_state=0),
    ),
    "vae-vamp": Case(
        VAE(
            max_steps=40,
            hidden=(32,),
            n_latent=4,
            prior="vamp",
            n_pseudo=8,
            training_samples=2,
            warm_up=0.2,
            random_state=0,
        ),
        VAE(max_steps=1500, prior="vamp", n_pseudo=50, random_state=0),
    ),
    "vaegan": Case(
        VAEGAN(max_steps=20, hidden=(16,), n_latent=4, network="dense", random_state=0),
        VAEGAN(max_steps=1500, hidden=(128, 128), similarity="plain", random_state=0),
    ),
    "gan": Case(
        GAN(max_steps=40, hidden=(32,), n_latent=4, random_state=0),
        GAN(max_steps=1200, random_state=0),
    ),
    "gan-minimax": Case(
        GAN(max_steps=40, hidden=(32,), loss="minimax", latent="normal", random_state=0),
        GAN(max_steps=3000, loss="minimax", latent="normal", random_state=0),
    ),
    "made": Case(
        MADE(max_steps=40, hidden=(32,), n_components=3, random_state=0),
        MADE(max_steps=500, hidden=(64,), lr=5e-3, random_state=0),
    ),
    "transformer": Case(
        Transformer(
            max_steps=20, n_features=8, n_layers=1, n_heads=2, n_components=3, random_state=0
        ),
        Transformer(max_steps=300, n_features=16, n_layers=1, lr=5e-3, random_state=0),
    ),
}
VARIANTS = ("rbm-annealed", "vae-vamp", "gan-minimax")  # of classes that have another row here
TABLES = {
    "latent-class": Case(LatentClass(random_state=0), LatentClass(random_state=0)),
    "autoregressive": Case(
        Autoregressive(width=16, n_classes=4, epochs=1, random_state=0),
        Autoregressive(random_state=0),
    ),
}
IMAGES = {
    "pixelcnn": Case(
        PixelCNN(max_steps=20, n_features=8, n_layers=1, n_components=3, random_state=0),
        PixelCNN(max_steps=100, n_features=12, n_layers=1, batch_size=32, lr=5e-3, random_state=0),
    ),
}
SEQUENCES = {
    "gaussian-hmm": Case(GaussianHMM(random_state=0), GaussianHMM(2, random_state=0)),
    "gaussian-hmm-full": Case(
        GaussianHMM(3, covariance_type="full", random_state=0),
        GaussianHMM("auto", covariance_type="full", n_init=3, random_state=0),
    ),
}
WHOLE_SEQUENCES = {
    "topk": Case(TopK(random_state=0), TopK(k=8, random_state=0)),
    "topk-interpolate": Case(
        TopK(vary="interpolate", random_state=0), TopK(vary="interpolate", random_state=0)
    ),
    "topk-kernel": Case(TopK(vary="kernel", random_state=0), TopK(vary="kernel", random_state=0)),
    "topk-diverse": Case(
        TopK(k=6, choose="farthest", random_state=0), TopK(k=8, choose="farthest", random_state=0)
    ),
    "topk-of-hmm": Case(
        TopK(of=GaussianHMM(2, n_iter=5), random_state=0), TopK(of=GaussianHMM(2), random_state=0)
    ),
}
BIMODAL = (
    "gaussian-mixture",
    "kde",
    "topk",
    "vae",
    "vae-vamp",
    "gan",
    "made",
    "transformer",
)


def two_modes(n: int = 1000, seed: int = 0) -> np.ndarray:
    """Two round modes of sd 0.3 at (-2, 0) and (2, 1), weights 0.7 and 0.3."""
    rng = np.random.default_rng(seed)
    right = rng.random(n) < 0.3
    return np.where(right[:, None], (2.0, 1.0), (-2.0, 0.0)) + rng.normal(0, 0.3, (n, 2))


def correlated(n: int = 2000, seed: int = 0) -> np.ndarray:
    """One normal in three dimensions, mean (10, -5, 0), correlation .8 of the first two."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3))
    z[:, 1] = 0.8 * z[:, 0] + 0.6 * z[:, 1]
    return z * (2.0, 1.0, 0.5) + (10.0, -5.0, 0.0)


def mixed_table(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """One column of each sort that people bring, with missing values."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    pay = np.where(rng.random(n) < 0.4, 0.0, rng.lognormal(3, 1, n)).round(2)
    age = pd.array(rng.integers(18, 90, n), dtype="Int64")
    age[rng.random(n) < 0.1] = pd.NA
    return pd.DataFrame(
        {
            "group": group,
            "age": age,
            "height": rng.normal(170, 9, n) + 8 * (group == "a"),
            "pay": pay,
            "member": rng.random(n) < 0.5,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "grade": pd.Categorical(rng.choice(["low", "high"], n), ["low", "high"], ordered=True),
            "children": rng.integers(0, 5, n).astype("int8"),
            "score": np.where(rng.random(n) < 0.15, np.nan, rng.normal(size=n)),
        }
    )


def shapes(n: int = 120, seed: int = 0, channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 12, 14[, 3]) of a bright bar, on the left (label 0) or on the right (1)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    images = rng.integers(0, 30, (n, 12, 14, channels)).astype(np.uint8)
    for image, label in zip(images, y, strict=True):
        image[2:10, 2 + 8 * label : 5 + 8 * label] = rng.integers(200, 256)
    return (images if channels > 1 else images[..., 0]), y


def switching(m: int = 12, seed: int = 0) -> list[np.ndarray]:
    """Sequences (20 to 40, 2) that stay about 15 steps at (-2, 0) or (2, 1), sd 0.3."""
    rng = np.random.default_rng(seed)
    sequences = []
    for _ in range(m):
        switches = rng.random(2 * int(rng.integers(10, 21))) < 1 / 15
        right = (np.cumsum(switches) + rng.integers(2)) % 2 == 1
        modes = np.where(right[:, None], (2.0, 1.0), (-2.0, 0.0))
        sequences.append(modes + rng.normal(0, 0.3, modes.shape))
    return sequences
