"""The best of another model's draws."""

from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from torch import Tensor

from ...base import GenerativeModel
from ...base.randomness import streams
from ...base.ranking import Score, best_draws, score_of, scored_by
from ...base.weights import weighted
from ...codecs import PaddedCodec, SequenceCodec
from ...datasets import Streamed
from ...errors import SettingError
from ...rows import Batch
from ...statistics.subsets.realism import Realism
from ...statistics.subsets.reservoir import Reservoir

UNSAVED = "a function"  # stands in the settings of a folder for a score
_REFERENCES = 10_000  # training rows of a class that draws are compared with


class Ranking:
    """What a TopK does that chooses among the draws of a model, ``of``."""

    def _learn_from(
        self: Any, of: GenerativeModel, data: Any, sample_weight: Any, seed: int, *rest: Any
    ) -> None:
        """Fit the model that rows are drawn from, and take its view of the data for ours."""
        checkpoint, events = rest
        model = of
        if not of.__sklearn_is_fitted__():
            model = clone(of)
            if model.random_state is None:
                model.set_params(random_state=seed)
            options = {"checkpoint": checkpoint, "listener": events.listener}
            model.fit(data, sample_weight=sample_weight, **options)
        elif (of.kind_, of.n_features_in_) != (self.kind_, self.n_features_in_):
            raise SettingError(
                f"of= was fitted on {of.kind_} data with {of.n_features_in_} features, and this "
                f"is {self.kind_} data with {self.n_features_in_}; give it unfitted, or such data."
            )
        self.model_, self.codec_, self.labels_ = model, model.codec_, model.labels_
        self.kind_, self.label_, self.n_rows_ = model.kind_, model.label_, model.n_rows_
        if isinstance(self.codec_, SequenceCodec):
            self.codec_ = PaddedCodec(self.codec_)
        rng = streams(seed)["sampling"]
        self.references_: tuple[Tensor, np.ndarray] | None = None
        if self.by == "realism":
            self.references_ = self._references(data, sample_weight, rng)
        if self.k is not None:
            cond = torch.from_numpy(self.labels_.draw(self.k, rng))
            rows = best_draws(model, self._scored(), cond, self.candidates, rng)
            self._hold(rows, Batch(rows, cond, cond).label, np.ones(self.k))

    def _references(
        self: Any, data: Any, sample_weight: Any, rng: np.random.Generator
    ) -> tuple[Tensor, np.ndarray]:
        """Some training rows of each class, encoded as the model does, and their classes."""
        if isinstance(data, Streamed):
            data, sample_weight = data.gather()
        rows = self._known_rows(*weighted(data, sample_weight))
        pool = Reservoir.of(next(rows.batches(len(rows))), rng).cut(_REFERENCES)
        return pool.x, pool.group

    def _scored(self: Any) -> Score:
        """The function that scores encoded draws of the model."""
        if self.by == UNSAVED:
            raise SettingError(
                "by= was a function, which is not saved; set_params(by=...) gives it back."
            )
        if callable(self.by):
            return lambda x, cond: scored_by(self.by, self, x, cond)
        if self.by != "realism":
            return score_of(self.model_, self.by)
        assert self.references_ is not None
        x, groups = self.references_
        view = self._view(x)
        balls = {
            group: Realism(x[torch.from_numpy(groups == group)], view)
            for group in np.unique(groups).tolist()
        }
        return lambda x, cond: balls[int(Batch(x[:1], cond[:1], cond).label[0])].score(x)
