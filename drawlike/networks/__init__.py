"""Torch modules without losses, and how their weights begin."""

from .autoencoder import AutoEncoder
from .conv import ConvDecoder, ConvEncoder
from .heads import Decoder, Encoder, use_convolutions
from .initial import build
from .mlp import MLP, Style

__all__ = [
    "MLP",
    "AutoEncoder",
    "ConvDecoder",
    "ConvEncoder",
    "Decoder",
    "Encoder",
    "Style",
    "build",
    "use_convolutions",
]
