"""Likelihood: what densities tell, handed in as arrays."""

from ...report import Text
from ..metric import Metric, kept_anyway
from ..metrics import likelihood
from .words import NATS

LIKELIHOOD: tuple[Metric, ...] = (
    Metric(
        title=Text("held-out log-likelihood", "留出对数似然"),
        measure=likelihood.held_out,
        ideal=float("inf"),
        better="higher",
        unit=NATS,
        aspect="likelihood",
        about=Text(
            "the model's mean log-density of hold-out rows that have one; beside it, of training rows",
            "模型对有密度的留出行的平均对数密度；旁列为训练行",
        ),
        source="mean log-density",
        kept=kept_anyway,
    ),
    Metric(
        title=Text("likelihood gap", "似然差距"),
        measure=likelihood.gap,
        ideal=0.0,
        better="lower",
        unit=NATS,
        aspect="likelihood",
        about=Text(
            "mean log-density of training rows above that of hold-out rows: overfitting",
            "训练行平均对数密度高出留出行的部分：过拟合程度",
        ),
        source="Welch's t-test",
        kept=kept_anyway,
    ),
)
