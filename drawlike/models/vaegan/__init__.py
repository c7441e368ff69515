"""Autoencoders with a critic: what the three players minimise, and the model."""

from .model import VAEGAN

__all__ = ["VAEGAN"]
