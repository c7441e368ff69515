"""Torch modules without losses, and how their weights begin."""

from .autoencoder import AutoEncoder, Coded
from .conv import ConvDecoder, ConvEncoder
from .heads import Decoder, Encoder, use_convolutions
from .initial import build
from .local import Frames, LocalCritic, LocalGenerator
from .masked import MaskedNet
from .mlp import MLP, Style, begin_at_zero, mixes_rows
from .pixelcnn import PixelNet, draw_pixels
from .transformer import AttentionNet, draw_tokens
from .unrolling import draw_masked

__all__ = [
    "MLP",
    "AttentionNet",
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
    "PixelNet",
    "Style",
    "begin_at_zero",
    "build",
    "draw_masked",
    "draw_pixels",
    "draw_tokens",
    "mixes_rows",
    "use_convolutions",
]
