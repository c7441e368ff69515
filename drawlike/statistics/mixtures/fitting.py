"""A mixture of rows in one call, for models that need one inside."""

from functools import partial

import numpy as np

from ...events import SILENT, Emitter
from ...layout import Layout
from ...rows import Rows
from ..columns import Columns
from ..loop import Batches, iterate
from .mixture import Mixture
from .outline import Outline, outline
from .recipe import GIVEN, Recipe
from .starting import STARTS, begin


def fit_mixture(rows: Rows, layout: Layout, k: int, rng: np.random.Generator) -> Mixture:
    """Fit ``k`` full normals for each class of the rows."""
    first, batches = _outlined(rows, layout)
    template = first.mixture("full", k, 1e-6)
    start = begin(template, STARTS["k-means++"](rows, first, k, rng), batches, SILENT)
    return iterate(start, batches, max_iter=50, tol=1e-3).model


def fit_sized_mixture(
    rows: Rows, layout: Layout, most: int, rng: np.random.Generator, events: Emitter
) -> Mixture:
    """Fit full normals for each class of the rows, as many as BIC asks for, up to ``most``."""
    recipe = Recipe(
        n_components="auto",
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="k-means++",
        given=dict.fromkeys(GIVEN),
        criterion="bic",
        max_components=most,
        algorithm="em",
        batch_size=1,
    )
    first, _ = _outlined(rows, layout)
    (start,) = recipe.starts(first, rows, rng, None, events)
    return recipe.course(start(), rows, rng, events).model


def _outlined(rows: Rows, layout: Layout) -> tuple[Outline, Batches]:
    columns = Columns.of(layout)
    batches = partial(rows.batches, columns.batch_size)
    return outline(columns, batches, rows.cond.shape[1], rows.x.device, SILENT), batches
