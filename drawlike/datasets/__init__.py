"""The way in and out: files and objects to a Dataset, a hold-out taken from it, and back."""

from .dataset import Dataset, as_dataset
from .holdout import Holdout
from .reading import read
from .samples import load_sample
from .splitting import split
from .streaming import Streamed, stream
from .writing import write

__all__ = [
    "Dataset",
    "Holdout",
    "Streamed",
    "as_dataset",
    "load_sample",
    "read",
    "split",
    "stream",
    "write",
]
