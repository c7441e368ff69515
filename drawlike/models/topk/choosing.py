"""Which K of the rows a TopK keeps."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...base import Run
from ...base.ranking import scored_by
from ...errors import SettingError
from ...statistics.subsets.choosing import CHOICES, Candidates, highest, quotas
from ...statistics.subsets.reservoir import Reservoir

_COMPARED = 20_000  # rows that are compared with each other: time grows with the square


class Chooser:
    """Chooses rows of each class as a TopK model's settings say."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.by, self.query = model.by, model.query

    def choose(self, pool: Reservoir, mass: np.ndarray, run: Run) -> np.ndarray:
        """Positions of the rows to keep, sorted; ``mass`` (k,) is the weight of each class."""
        groups, sizes = np.unique(pool.group, return_counts=True)
        shares = quotas(mass[groups], sizes, self.model.k)
        chosen = []
        for done, (group, share) in enumerate(zip(groups, shares, strict=True)):
            run.events.progress(done, len(groups), unit="classes")
            members = np.flatnonzero(pool.group == group)
            chosen.append(self._of_class(pool, members, share, run))
        run.events.progress(len(groups), len(groups), unit="classes")
        return np.sort(np.concatenate(chosen))

    def _of_class(self, pool: Reservoir, members: np.ndarray, share: int, run: Run) -> np.ndarray:
        if self.model.choose == "uniform":
            return members[highest(pool.key[members], share)]
        members = self._thinned(pool, members, share, run)
        strategy = CHOICES[self.model.choose]
        return members[strategy(self._candidates(pool, members), share, run.rngs["sampling"])]

    def _thinned(self, pool: Reservoir, members: np.ndarray, share: int, run: Run) -> np.ndarray:
        """So many rows of a class as can be compared with each other."""
        alone = {"nearest"} | ({"weighted", "best"} if self._has_scores else set())
        most = max(_COMPARED, share)
        if self.model.choose in alone or len(members) <= most:
            return members
        run.events.warning(f"TopK compares {most:,} of the {len(members):,} rows of a class")
        return np.sort(members[highest(pool.key[members], most)])

    def _candidates(self, pool: Reservoir, members: np.ndarray) -> Candidates:
        rows = pool.take(members)
        locate, targets = self.model._view(pool.x).space(rows.x), None
        if self.model.choose == "nearest" and self.query is not None:
            targets = locate(self._asked(pool))
            targets = targets.mean(0, keepdim=True) if self._class_asked is not None else targets
        score = self._scores(rows, members, len(pool.key)) if self._has_scores else None
        return Candidates(rows.weight, lambda: locate(rows.x), score, targets)

    @property
    def _has_scores(self) -> bool:
        return self.by is not None and not isinstance(self.by, str)

    def _scores(self, rows: Reservoir, members: np.ndarray, n: int) -> np.ndarray:
        if callable(self.by):
            k = self.model.labels_.n_classes
            cond = torch.eye(k)[rows.group] if k else torch.zeros(len(members), 0)
            return scored_by(self.by, self.model, rows.x, cond).numpy()
        score = np.asarray(self.by, float)
        if score.shape != (n,) or not np.isfinite(score).all():
            raise SettingError(
                f"by has shape {score.shape}; give one finite number for each of {n} rows, "
                "or a function of rows."
            )
        return score[members]

    @property
    def _class_asked(self) -> int | None:
        """Number of the class that the query names."""
        if isinstance(self.query, dict | list | tuple) or np.ndim(self.query) > 0:
            return None
        known, asked = self.model.labels_.classes_.tolist(), np.asarray(self.query).item()
        if asked not in known:
            raise SettingError(
                f"query={self.query!r} is no label of the rows ({known}); give one of them, or "
                "rows as fit takes them."
            )
        return known.index(asked)

    def _asked(self, pool: Reservoir) -> Tensor:
        """Encoded rows that the query names."""
        group = self._class_asked
        if group is not None:
            return pool.x[torch.from_numpy(pool.group == group)]
        query, kind = self.query, self.model.kind_
        if kind == "sequence":  # those of a list may differ in length
            several = isinstance(query, list) or np.ndim(query) == 3
            return self.model._encoded(query if several else [query])[1]
        row_ndim = {"array": 1, "image": len(getattr(self.model.codec_, "shape_", ()))}
        if np.ndim(query) == row_ndim.get(kind):
            query = np.asarray(query)[None]
        return self.model._encoded(query)[1]
