"""Classics by name: the settings of a VAE that reproduce a paper's or a tutorial's choices.

Networks are this program's, as wide at their ends as the data; a preset is about what is
maximised, and the widths between.
"""

from collections.abc import Mapping
from typing import Any

PRESETS: dict[str, Mapping[str, Any]] = {
    # the first VAE of many tutorials; 784 are MNIST's pixels, and become the data's columns
    "784-20-3-784": {
        "n_latent": 3,
        "hidden": (20,),
        "decoder_hidden": (),
        "network": "dense",
        "prior": "normal",
    },
    # Kingma and Welling 2014, arXiv:1312.6114: MNIST
    "kingma-welling": {
        "n_latent": 20,
        "hidden": (500,),
        "network": "dense",
        "prior": "normal",
        "batch_size": 100,
    },
    # Burda et al. 2016, arXiv:1509.00519: one stochastic layer
    "iwae": {
        "n_latent": 50,
        "hidden": (200, 200),
        "network": "dense",
        "prior": "normal",
        "batch_size": 20,
        "training_samples": 5,
    },
    # Higgins et al. 2017: disentangled codes at the price of blurred rows
    "beta-vae": {"n_latent": 10, "beta": 4.0, "prior": "normal"},
    # Kingma et al. 2016, arXiv:1606.04934
    "free-bits": {"n_latent": 32, "free_bits": 0.25, "prior": "normal"},
    # Tomczak and Welling 2018, arXiv:1705.07120: MNIST
    "vamp": {
        "n_latent": 40,
        "hidden": (300, 300),
        "network": "dense",
        "prior": "vamp",
        "n_pseudo": 500,
        "warm_up": 0.1,
        "lr": 5e-4,
        "batch_size": 100,
    },
}
