"""Raw data to encoded arrays and back, a file a kind of data."""

from .array import ArrayCodec
from .between import Between
from .codec import Codec
from .frames import ColumnwiseFrame, by_column
from .image import ImageCodec
from .inference import infer_schema
from .label import LabelCodec, is_class_label
from .padded import PaddedCodec
from .regions import Admitted
from .schema import Column, Schema
from .sequence import SequenceCodec
from .table import TableCodec

CODECS: dict[str, type[Codec]] = {
    "array": ArrayCodec,
    "image": ImageCodec,
    "padded": PaddedCodec,
    "sequence": SequenceCodec,
    "table": TableCodec,
}

__all__ = [
    "CODECS",
    "Admitted",
    "ArrayCodec",
    "Between",
    "Codec",
    "Column",
    "ColumnwiseFrame",
    "ImageCodec",
    "LabelCodec",
    "PaddedCodec",
    "Schema",
    "SequenceCodec",
    "TableCodec",
    "by_column",
    "infer_schema",
    "is_class_label",
]
