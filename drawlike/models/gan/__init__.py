"""Generative adversarial networks: what they play for, from which latent, by which rules."""

from .model import GAN

__all__ = ["GAN"]
