"""Restricted Boltzmann machine: its settings, how it learns, and what is drawn from it."""

from .model import RBM

__all__ = ["RBM"]
