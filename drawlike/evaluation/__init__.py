"""Judge any synthetic data against real rows; nothing here knows a model."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..events import SILENT, Emitter
from .inputs.own_features import ImageFeatures
from .judge import Judge
from .metric import Finding, Measured, Metric
from .panel import PANEL
from .result import Evaluation

__all__ = ["PANEL", "Evaluation", "Finding", "Judge", "Measured", "Metric", "evaluate"]


def evaluate(
    train: Any,
    holdout: Any,
    synthetic: Any,
    *,
    label: str | None = None,
    kind: str | None = None,
    schema: Any = None,
    features: ImageFeatures | None = None,
    log_prob: Mapping[str, Any] | None = None,
    random_state: int = 0,
    seconds: float | None = None,
    metrics: Iterable[str] | None = None,
    events: Emitter = SILENT,
) -> Evaluation:
    """Judge synthetic rows of any origin against real ones.

    Parameters
    ----------
    train, holdout, synthetic
        A Dataset, a frame, an array, images, or a pair (X, y) of rows and their labels. The
        generator saw ``train`` and never ``holdout``; without a hold-out (None) the verdict
        is "cannot judge".
    label
        The column of a table that a learner should predict.
    kind, schema
        Settle what an array is and what the columns of a table mean.
    features
        A function of images (n, height, width[, channels]) uint8 that gives features (n, d),
        for instance an Inception network whose weights you have. Images are compared in them
        in place of the fixed features; the Frechet and the kernel distance are told in the
        features' own units too. They should not have been learned from these images.
    log_prob
        Log-densities a row under the model, in nats: ``{"train": ..., "holdout": ...}``.
    random_state
        Seed of all draws; equal seeds give equal reports.
    seconds
        About how long it may take; the dear parts look at fewer rows then.
    metrics
        Names of the figures to measure, or of their aspects ("copying", say); all by default.
        The verdict is about these only. It is never "usable" unless all figures of copying
        are among them, since a copy looks best in the others.
    events
        Hears how far it is, and each figure.

    Raises
    ------
    SchemaError
        If the sets have different columns or shapes, saying which.
    SettingError
        If a metric is unknown, listing close names.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> train, holdout, fresh = (rng.normal(size=(300, 2)) for _ in range(3))
    >>> evaluate(train, holdout, fresh).passed
    True
    >>> evaluate(train, holdout, train).passed
    False
    """
    judge = Judge(
        train,
        holdout,
        label=label,
        kind=kind,
        schema=schema,
        features=features,
        random_state=random_state,
        seconds=seconds,
        metrics=metrics,
    )
    return judge(synthetic, log_prob=log_prob, events=events)
