"""A mixture of rows in one call, for models that need one inside."""

from functools import partial

import numpy as np

from ...events import SILENT
from ...layout import Layout
from ...rows import Rows
from ..columns import Columns
from ..loop import iterate
from .mixture import Mixture
from .outline import outline
from .starting import STARTS, begin


def fit_mixture(rows: Rows, layout: Layout, k: int, rng: np.random.Generator) -> Mixture:
    """Fit ``k`` full normals for each class of the rows."""
    columns = Columns.of(layout)
    batches = partial(rows.batches, columns.batch_size)
    first = outline(columns, batches, rows.cond.shape[1], rows.x.device, SILENT)
    template = first.mixture("full", k, 1e-6)
    start = begin(template, STARTS["k-means++"](rows, first, k, rng), batches, SILENT)
    return iterate(start, batches, max_iter=50, tol=1e-3).model
