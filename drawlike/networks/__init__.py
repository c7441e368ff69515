"""Torch modules without losses, and how their weights begin."""

from .augmentation import AUGMENTATIONS, Augmentation, AugmentedCritic
from .autoencoder import AutoEncoder, Coded
from .bank import Bank, Rememberer
from .batch_norm import BatchNorm
from .classes import Classes, OfClasses, class_rows, picked
from .conv import ConvDecoder, ConvEncoder
from .feature_critic import FeatureCritic
from .heads import Decoder, Encoder, use_convolutions
from .images import IMAGE_NETWORKS, ImageCritic
from .initial import build
from .local import Frames, LocalCritic, LocalGenerator
from .masked import MaskedNet
from .mlp import ACTIVATIONS, MLP, Style, begin_at_zero, mixes_rows
from .nade import NADE, Part, survivors
from .pixelcnn import PixelNet, draw_pixels
from .spectral import advance_spectra, normalise_spectra
from .transformer import AttentionNet, draw_tokens
from .unrolling import draw_masked

__all__ = [
    "ACTIVATIONS",
    "AUGMENTATIONS",
    "IMAGE_NETWORKS",
    "MLP",
    "NADE",
    "AttentionNet",
    "Augmentation",
    "AugmentedCritic",
    "AutoEncoder",
    "Bank",
    "BatchNorm",
    "Classes",
    "Coded",
    "ConvDecoder",
    "ConvEncoder",
    "Decoder",
    "Encoder",
    "FeatureCritic",
    "Frames",
    "ImageCritic",
    "LocalCritic",
    "LocalGenerator",
    "MaskedNet",
    "OfClasses",
    "Part",
    "PixelNet",
    "Rememberer",
    "Style",
    "advance_spectra",
    "begin_at_zero",
    "build",
    "class_rows",
    "draw_masked",
    "draw_pixels",
    "draw_tokens",
    "mixes_rows",
    "normalise_spectra",
    "picked",
    "survivors",
    "use_convolutions",
]
