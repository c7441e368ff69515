"""Torch modules without losses, and how their weights begin."""

from .autoencoder import AutoEncoder, Coded
from .conv import ConvDecoder, ConvEncoder
from .heads import Decoder, Encoder, use_convolutions
from .initial import build
from .local import Frames, LocalCritic, LocalGenerator
from .masked import MaskedNet
from .mlp import MLP, Style, begin_at_zero, mixes_rows
from .unrolling import draw_masked

__all__ = [
    "MLP",
    "AutoEncoder",
    "Coded",
    "ConvDecoder",
    "ConvEncoder",
    "Decoder",
    "Encoder",
    "Frames",
    "LocalCritic",
    "LocalGenerator",
    "MaskedNet",
    "Style",
    "begin_at_zero",
    "build",
    "draw_masked",
    "mixes_rows",
    "use_convolutions",
]
