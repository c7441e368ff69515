"""Encoded rows of a stream, kept on the disk: encoding is dear, and each pass wants them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..rows import Batch

_SHARE = 0.25  # of the free disk that may be taken
_ROOMY = Path("/var/tmp")  # a disk, where the usual folder may be memory


class _Place(NamedTuple):
    """Where a chunk lies in the file."""

    start: int
    n: int


class Spool:
    """Chunks that the first pass writes to a temporary file and later passes read there.

    ``read`` starts a pass over the chunks, which have the same columns and types. Where the
    disk has no room, every pass calls it. The file is gone when the spool is.
    """

    def __init__(self, read: Callable[[], Iterator[Batch]], n_rows: int) -> None:
        self._read, self._n_rows = read, n_rows
        self._file: IO[bytes] | None = None
        self._places: list[_Place] = []
        self._like: Batch | None = None
        self._has_room = True

    def __call__(self) -> Iterator[Batch]:
        """Start a pass."""
        if self._file is not None:
            return (self._chunk(place) for place in self._places)
        return self._written() if self._has_room else self._read()

    def _written(self) -> Iterator[Batch]:
        places: list[_Place] = []
        with tempfile.TemporaryFile(dir=_folder()) as file:
            for batch in self._read():
                self._has_room = self._has_room and self._fits(batch)
                if self._has_room:
                    self._has_room = _wrote(batch, file, places)
                self._like = batch.take(slice(0, 0))
                yield batch
            if self._has_room:
                # a copy of the handle outlives this pass; a pass cut short leaves none
                self._file, self._places = os.fdopen(os.dup(file.fileno()), "rb"), places

    def _fits(self, batch: Batch) -> bool:
        a_row = sum(part.nbytes for part in _parts(batch)) / len(batch.x)
        if self._like is not None:
            return True
        return self._n_rows * a_row < _SHARE * shutil.disk_usage(_folder()).free

    def _chunk(self, place: _Place) -> Batch:
        assert self._file is not None
        assert self._like is not None
        self._file.seek(place.start)
        shapes = (self._like.x.shape[1:], (), ())
        dtypes = (self._like.x.numpy().dtype, np.dtype(np.int32), self._like.weight.numpy().dtype)
        parts = []
        for shape, dtype in zip(shapes, dtypes, strict=True):
            count = place.n * int(np.prod(shape, dtype=int))
            part = np.fromfile(self._file, dtype, count).reshape(place.n, *shape)
            parts.append(torch.from_numpy(part))
        x, label, weight = parts
        return Batch(x, _one_hot(label, self._like.cond), weight)


def _wrote(batch: Batch, file: IO[bytes], places: list[_Place]) -> bool:
    """Write a chunk; False where the disk refuses."""
    places.append(_Place(file.tell(), len(batch.x)))
    try:
        for part in _parts(batch):
            file.write(part.tobytes())
        file.flush()
    except OSError:
        return False
    return True


def _parts(batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is written of a chunk: a label takes less room as a number."""
    return batch.x.contiguous().numpy(), batch.label.astype(np.int32), batch.weight.numpy()


def _one_hot(label: Tensor, like: Tensor) -> Tensor:
    if not like.shape[1]:
        return like.new_empty((len(label), 0))
    return torch.nn.functional.one_hot(label.long(), like.shape[1]).to(like.dtype)


def _folder() -> str:
    """Folder for files that may be large; the user's TMPDIR if there is one."""
    if "TMPDIR" not in os.environ and os.access(_ROOMY, os.W_OK):
        return str(_ROOMY)
    return tempfile.gettempdir()
