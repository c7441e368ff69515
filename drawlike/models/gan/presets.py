"""Classics by name: the settings of a GAN that reproduce a paper's choices.

Networks are this program's, as wide as the data ask; a preset is about what the players
minimise and how they step.
"""

from collections.abc import Mapping
from typing import Any

PRESETS: dict[str, Mapping[str, Any]] = {
    # Goodfellow et al. 2014, arXiv:1406.2661
    "minimax": {"loss": "minimax", "latent": "normal"},
    # Radford et al. 2016, arXiv:1511.06434: Adam at 2e-4 with momentum .5
    "dcgan": {"latent": "normal", "n_latent": 100, "lr": 2e-4, "betas": (0.5, 0.999)},
    # Mao et al. 2017, arXiv:1611.04076
    "lsgan": {"loss": "least-squares", "latent": "normal"},
    # Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1
    "wgan": {
        "loss": "wasserstein",
        "latent": "normal",
        "clip_weights": 0.01,
        "critic_steps": 5,
        "optimizer": "rmsprop",
        "betas": (0.0, 0.99),
        "lr": 5e-5,
    },
    # Gulrajani et al. 2017, arXiv:1704.00028, algorithm 1
    "wgan-gp": {
        "loss": "wasserstein",
        "latent": "normal",
        "penalty": {"gradient": 10.0},
        "critic_steps": 5,
        "lr": 1e-4,
        "betas": (0.0, 0.9),
    },
    # Kodali et al. 2017, arXiv:1705.07215
    "dragan": {"latent": "normal", "penalty": {"dragan": 10.0}},
    # Lin et al. 2018, arXiv:1712.04086
    "pacgan": {"latent": "normal", "packing": 2},
    # Lim and Ye 2017, arXiv:1705.02894
    "hinge": {"loss": "hinge", "latent": "normal", "betas": (0.0, 0.9)},
    # Huang et al. 2024, arXiv:2501.05441
    "r3gan": {
        "loss": "relativistic",
        "latent": "normal",
        "penalty": {"r1": 1.0, "r2": 1.0},
        "betas": (0.0, 0.99),
    },
}
