"""Variational autoencoders: the bounds that they learn by, their priors, and an alarm."""

from .model import VAE

__all__ = ["VAE"]
