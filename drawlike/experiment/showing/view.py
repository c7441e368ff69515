"""What the pictures of a model are made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...base import GenerativeModel
from ...datasets import Dataset, as_dataset
from ...events import History
from ...report import Block, Text
from ..pictures import as_pictures

IMAGES, ROWS = 64, 1000


class NotShownError(Exception):
    """A picture that cannot be made, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True)
class Scene:
    """What goes on the page, and what writes the files beside it, by their names."""

    blocks: tuple[Block, ...]
    files: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class View:
    """A fitted model, its training rows where they are at hand, and what it told in training."""

    model: GenerativeModel
    data: Dataset | None
    history: History
    seed: int

    @property
    def is_image(self) -> bool:
        """Whether rows are images."""
        return self.model.codec_.layout_.image is not None

    @property
    def classes(self) -> np.ndarray:
        """The labels that can be asked for, in order, (k,)."""
        labels = self.model.labels_
        return labels.classes_ if labels.n_classes else np.zeros(0)

    def usual_classes(self, most: int) -> np.ndarray:
        """The most frequent labels, in order."""
        if len(self.classes) <= most:
            return self.classes
        by_frequency = np.argsort(-self.model.labels_.frequencies_, kind="stable")
        return self.classes[np.sort(by_frequency[:most])]

    @cached_property
    def drawn(self) -> Dataset:
        """Drawn rows, labelled if the model knows labels."""
        return self.draw(IMAGES if self.is_image else ROWS)

    def draw(self, n: int, labels: np.ndarray | None = None) -> Dataset:
        """Draw rows, of the given labels (n,) if there are any."""
        model = self.model
        beside = model.labels_.n_classes > 0 and model.label_ is None
        drawn = model.sample(n, labels, random_state=self.seed, return_y=beside)
        X, y = drawn if beside else (drawn, None)
        return as_dataset(X, y, label=model.label_, kind=model.kind_)

    def pictures(self, images: Any) -> np.ndarray:
        """Images as a screen shows them, (n, height, width[, 3]) uint8."""
        return as_pictures(self.model.codec_, images)
