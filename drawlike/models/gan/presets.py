"""Classics by name: the settings of a GAN that reproduce a paper's choices, or a tutorial's.

Of images they have the paper's networks, so wide that a laptop trains them (``width`` makes
them wider), and sized by the image; of columns all networks are dense. The generator drawn
from is a moving average here, which the older papers do without (``average=0``).
"""

from collections.abc import Mapping
from typing import Any

PAPERS: dict[str, Mapping[str, Any]] = {
    # Goodfellow et al. 2014, arXiv:1406.2661
    "minimax": {"loss": "minimax", "latent": "normal", "network": "dense"},
    # Radford et al. 2016, arXiv:1511.06434: Adam at 2e-4 with momentum .5
    "dcgan": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dcgan",
        "n_latent": 100,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    # Mao et al. 2017, arXiv:1611.04076
    "lsgan": {"loss": "least-squares", "latent": "normal", "network": "dcgan"},
    # Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1
    "wgan": {
        "loss": "wasserstein",
        "latent": "normal",
        "network": "dcgan",
        "clip_weights": 0.01,
        "critic_steps": 5,
        "optimizer": "rmsprop",
        "betas": (0.0, 0.99),
        "lr": 5e-5,
        "batch_size": 64,
    },
    # Gulrajani et al. 2017, arXiv:1704.00028, algorithm 1: a critic without batch normalisation
    "wgan-gp": {
        "loss": "wasserstein",
        "latent": "normal",
        "network": "dcgan",
        "critic_network": "conv",
        "penalty": {"gradient": 10.0},
        "critic_steps": 5,
        "lr": 1e-4,
        "betas": (0.0, 0.9),
        "batch_size": 64,
    },
    # Kodali et al. 2017, arXiv:1705.07215
    "dragan": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dcgan",
        "critic_network": "conv",
        "penalty": {"dragan": 10.0},
    },
    # Lin et al. 2018, arXiv:1712.04086
    "pacgan": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dcgan",
        "packing": 2,
    },
    # Lim and Ye 2017, arXiv:1705.02894
    "hinge": {"loss": "hinge", "latent": "normal", "network": "dcgan", "betas": (0.0, 0.9)},
    # Miyato et al. 2018, arXiv:1802.05957, setting C, and the loss of its residual networks
    "sngan": {
        "loss": "hinge",
        "latent": "normal",
        "network": "sngan",
        "spectral_norm": True,
        "n_latent": 128,
        "critic_steps": 5,
        "lr": 2e-4,
        "betas": (0.0, 0.9),
        "batch_size": 64,
    },
    # Huang et al. 2024, arXiv:2501.05441
    "r3gan": {
        "loss": "relativistic",
        "latent": "normal",
        "network": "r3gan",
        "penalty": {"r1": 1.0, "r2": 1.0},
        "penalty_every": 1,
        "n_latent": 64,
        "lr": 2e-4,
        "betas": (0.0, 0.99),
        "batch_size": 64,
    },
}

# The dense GANs that people start from. A sigmoid at a generator's end gives what the
# hyperbolic tangent gives at half the slope, once pixels are scaled to -1..1 as they are here.
FIRST: dict[str, Mapping[str, Any]] = {
    # noise 100, 7 x 7 x 256, doubled twice; 784-1024-1
    "first-upsampling": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dcgan",
        "width": 128,
        "critic_network": "dense",
        "critic_hidden": (1024,),
        "n_latent": 100,
    },
    # 100-256-784; 784-256-1
    "first-256": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dense",
        "hidden": (256,),
        "activation": "leaky-relu",
        "norm": "none",
        "n_latent": 100,
    },
    # 100-256-512-1024-784; 784-512-256-128-1
    "first-256-512-1024": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dense",
        "hidden": (256, 512, 1024),
        "critic_hidden": (512, 256, 128),
        "activation": "leaky-relu",
        "norm": "none",
        "n_latent": 100,
    },
    # 128-128-1024-784, batch-normalised; 784-1024-128-1
    "first-128-1024": {
        "loss": "non-saturating",
        "latent": "normal",
        "network": "dense",
        "hidden": (128, 1024),
        "critic_hidden": (1024, 128),
        "activation": "leaky-relu",
        "norm": "batch",
        "n_latent": 128,
    },
    # 784-128-784, from a real image with noise on it; 784-128-1
    "first-from-images": {
        "loss": "non-saturating",
        "latent": "rows",
        "network": "dense",
        "hidden": (128,),
        "activation": "leaky-relu",
        "norm": "none",
    },
}

PRESETS = PAPERS | FIRST
