"""Raw data of each kind, read as samples by what the training rows are."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, Self

import numpy as np

from ...codecs.form import as_numpy
from ...codecs.image import ImageCodec
from ...codecs.label import is_class_label
from ...datasets import Dataset
from ...errors import SchemaError, SettingError, UnsupportedError
from .columns import MISSING, Columns, Vocabulary
from .features import Extractor, Features
from .own_features import ImageFeatures, OwnFeatures
from .samples import ImageSample, Sample, TableSample, row_keys
from .space import Space
from .target import Target

ROWS_AT_ONCE = 4096
FITTED_ROWS = 2000


class Reader(Protocol):
    """Turns data into samples of one kind."""

    @classmethod
    def learn(cls, train: Dataset, holdout: Dataset | None) -> Self:
        """Look at the real rows."""
        ...

    def read(self, data: Dataset, what: str) -> Sample:
        """Read rows; ``what`` names them in errors."""
        ...


class TableReader:
    """Reads frames."""

    def __init__(
        self, vocabulary: Vocabulary, space: Space, label: str | None, known: tuple[Any, Columns]
    ) -> None:
        """Keep the training rows, raw and read, until they are asked for: a second reading is dear."""
        self.vocabulary = vocabulary
        self.space = space
        self.label = label
        self._known: tuple[Any, Columns] | None = known

    @classmethod
    def learn(cls, train: Dataset, holdout: Dataset | None) -> Self:
        """Detect columns, list categories, measure scales."""
        other = None if holdout is None else holdout.X
        vocabulary = Vocabulary.learn(train.X, other, train.schema)
        columns = vocabulary.read(train.X, "training")
        if not columns.names:
            raise UnsupportedError(
                "No column can be compared: all are identifiers or free text. Declare what they "
                "are, for instance schema={'name': 'category'}."
            )
        return cls(vocabulary, Space.fit(columns), train.label, (train.X, columns))

    def read(self, data: Dataset, what: str) -> TableSample:
        """Read a frame."""
        if self._known and data.X is self._known[0]:
            columns, self._known = self._known[1], None
        else:
            columns = self.vocabulary.read(data.X, what)
        keys = row_keys(columns.numbers, columns.codes)
        target = self._target(columns)
        return TableSample(columns, self.space, keys, self.vocabulary, target, self.label)

    def _target(self, columns: Columns) -> Target | None:
        if self.label not in columns.names:
            return None
        values = columns.get(self.label)
        if self.label in columns.number_names:
            return _as_target(values)
        names = self.vocabulary.categories[self.label].to_numpy(zero_copy_only=False)
        known = np.append(names.astype(str), ["(unseen)", "(missing)"])
        return Target(known[np.where(values == MISSING, len(known) - 1, values)], is_class=True)


class ArrayReader:
    """Reads 2-d arrays of numbers."""

    def __init__(self, width: int, space: Space) -> None:
        self.width = width
        self.space = space

    @classmethod
    def learn(cls, train: Dataset, holdout: Dataset | None) -> Self:
        """Measure scales."""
        array = as_numpy(train.X)
        return cls(array.shape[1], Space.fit(Columns.of_array(array)))

    def read(self, data: Dataset, what: str) -> TableSample:
        """Read an array; what is infinite counts as missing."""
        array = as_numpy(data.X).astype(float)
        if array.shape[1] != self.width:
            raise SchemaError(
                f"The {what} data have {array.shape[1]} columns, the training rows have "
                f"{self.width}. Give all the same columns."
            )
        columns = Columns.of_array(np.where(np.isinf(array), np.nan, array))
        keys = row_keys(columns.numbers)
        return TableSample(columns, self.space, keys, target=_as_target(data.y))


class ImageReader:
    """Reads images."""

    def __init__(self, codec: ImageCodec, extractor: Features) -> None:
        self.codec = codec
        self.extractor = extractor

    @classmethod
    def learn(
        cls, train: Dataset, holdout: Dataset | None, features: ImageFeatures | None = None
    ) -> Self:
        """Learn shape and range, and the scales of the features."""
        codec = ImageCodec().fit(train.X)
        step = max(len(train) // FITTED_ROWS, 1)
        pixels = _pixels(codec, as_numpy(train.X)[::step])
        if features is None:
            return cls(codec, Extractor.fit(pixels))
        return cls(codec, OwnFeatures.fit(features, pixels))

    def read(self, data: Dataset, what: str) -> ImageSample:
        """Read images of the training images' size."""
        raw = as_numpy(data.X)
        if raw.shape[1:] != self.codec.shape_:
            raise SchemaError(
                f"The {what} images have shape {raw.shape[1:]}, the training images have "
                f"{self.codec.shape_}. Resize them or turn their axes."
            )
        pixels = _pixels(self.codec, raw)
        keys = row_keys(np.round(pixels * 65535).astype(np.int32))
        return ImageSample(pixels, self.extractor, keys, _as_target(data.y))


READERS: dict[str, type[Reader]] = {
    "table": TableReader,
    "array": ArrayReader,
    "image": ImageReader,
}


def reader_for(
    kind: str, features: ImageFeatures | None = None
) -> Callable[[Dataset, Dataset | None], Reader]:
    """Give what learns a reader of a kind of data; images may have features of the user's."""
    if kind not in READERS:
        raise UnsupportedError(
            f"Data of kind {kind!r} cannot be judged yet; {', '.join(READERS)} can. Describe each "
            "row by numbers and judge those."
        )
    if features is None:
        return READERS[kind].learn
    if kind != "image":
        raise SettingError(
            f"features= describes images, and these data are of kind {kind!r}: leave it out, or "
            "give kind='image'."
        )
    return partial(ImageReader.learn, features=features)


def _pixels(codec: ImageCodec, raw: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1], (n, channels, height, width) float32."""
    image = codec.layout_.image
    if image is None:
        raise UnsupportedError("These are no images.")
    parts = [
        codec.encode(raw[start : start + ROWS_AT_ONCE]).astype(np.float32)
        for start in range(0, len(raw), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts).reshape(-1, *image.shape)


def _as_target(y: np.ndarray | None) -> Target | None:
    if y is None:
        return None
    if not is_class_label(y):
        return Target(y.astype(float), is_class=False)
    if y.dtype.kind != "f":
        return Target(y.astype(str), is_class=True)
    names = ["(missing)" if np.isnan(value) else f"{value:g}" for value in y]
    return Target(np.array(names), is_class=True)
