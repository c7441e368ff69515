"""Raw data to encoded arrays and back, a file a kind of data."""

from .array import ArrayCodec
from .codec import Codec
from .image import ImageCodec
from .label import LabelCodec

__all__ = ["ArrayCodec", "Codec", "ImageCodec", "LabelCodec"]
