"""Models of any data that see the columns of a table as codes."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ..layout import Choice, Layout, Real
from ..networks import Classes, class_rows
from ..rows import Rows
from ..statistics.coding import Coding, groups_of
from ..statistics.mixtures.products import Products
from .randomness import torch_generator

_MOST_CLASSES, _ROWS_OF_A_CLASS = 300, 80


class CodedMixin:
    """Rows of a table as codes, a column each; of plain numbers, and all other data, as they are.

    ``layout_`` is that of what the networks see: of a table the codes, of which places in
    bins, and columns that another one tells, are no part.
    """

    kind_: str
    dtype: ClassVar[torch.dtype]
    codec_: Any
    coding_: Coding | None
    layout_: Layout

    def _code(self, data: Rows, layout: Layout) -> Rows:
        """Learn how rows are coded, and code them."""
        is_plain = all(isinstance(block, Real) for block in layout.blocks)
        codes = self.kind_ == "table" and not is_plain
        coding = Coding.of(layout).with_twins(data.x.cpu()) if codes else None
        self._take_coding(coding, layout)
        return Rows(self._coded(data.x), data.cond, data.weight)

    def _take_coding(self, coding: Coding | None, layout: Layout) -> None:
        self.coding_ = coding
        self.layout_ = Layout(tuple(coding.choices)) if coding else layout

    def _coded(self, x: Tensor) -> Tensor:
        """Encoded rows as the networks see them, NaN where unobserved."""
        if self.coding_ is None:
            return x
        codes = self.coding_.codes(x.cpu())
        return codes.to(self.dtype).masked_fill(codes < 0, torch.nan).to(x.device)

    def _uncoded(self, codes: Tensor, rng: np.random.Generator) -> Tensor:
        """Encoded rows of what the networks drew."""
        if self.coding_ is None:
            return codes
        nothing = torch.full((len(codes), self.codec_.layout_.width), torch.nan, dtype=self.dtype)
        return self.coding_.rows(codes.cpu().long(), nothing, torch_generator(rng, "cpu"))

    def _log_twins(self, x: Tensor) -> Tensor:
        """Log-probability of the columns that others tell, (n,)."""
        return self.coding_.of_twins(x.cpu()) if self.coding_ else torch.zeros(len(x))

    def _coding_state(self) -> dict[str, Any]:
        return {"coding": self.coding_.state()} if self.coding_ else {}

    def _set_coding(self, state: dict[str, Any], layout: Layout) -> Layout:
        kept = state.get("coding")  # that of a table, but in the first version
        self._take_coding(Coding.from_state(kept, layout) if kept else None, layout)
        return self.layout_


def is_coded(layout: Layout) -> bool:
    """Whether all columns are codes, as of a table."""
    return all(isinstance(block, Choice) for block in layout.blocks)


def n_classes_of(n_rows: int, most: int = _MOST_CLASSES) -> int:
    """How many latent classes so many rows can tell apart."""
    return min(most, 1 + n_rows // _ROWS_OF_A_CLASS)


def place_classes(classes: Classes, rows: Rows, layout: Layout, rng: np.random.Generator) -> None:
    """Fit latent classes to rows of codes."""
    choices = [block for block in layout.blocks if isinstance(block, Choice)]
    codes = rows.x.nan_to_num(nan=-1.0).long().cpu()
    n_classes = len(classes.log_tables)
    groups = groups_of(choices, codes).numpy()
    found = Products.fit(choices, groups, rows.to("cpu"), rng, n_classes=n_classes, prior_rows=1.0)
    classes.place(
        torch.from_numpy(found.shares), class_rows(choices, torch.from_numpy(found.tables))
    )
