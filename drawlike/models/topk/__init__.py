"""Generative top-k: which rows are kept, and what is drawn from them."""

from .model import TopK

__all__ = ["TopK"]
