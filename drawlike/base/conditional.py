"""Models that know the distribution of some cells given others."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..codecs import ArrayCodec, TableCodec, by_column
from ..errors import UnsupportedError
from .asking import is_more_than_values
from .evidence import Evidence, mean
from .given import Conditional, conditional
from .imputation import imputed
from .inpainting import InpaintingMixin
from .randomness import RandomState, seed_of
from .restricted import Restricted


class ConditionalMixin(InpaintingMixin):
    """Models with p(some cells | others); hooks are ``_sample_given`` and ``_mean_given``.

    Both get encoded rows with NaN where a cell is not given, codes included, and the class
    of each row, and give the rows complete.
    """

    def condition(self: Any, given: Any, y: Any = None) -> Conditional | Restricted:
        """Give the distribution of the other columns given values, sets or ranges of some.

        Parameters
        ----------
        given : mapping, frame, callable or list of them
            ``{column: value}``: a column's name in a table; its number or feature name in an
            array. A frame gives its columns. A value stands for all rows; an array (m,) gives m rows one each. A
            missing value of a table is a value like others, of an array one that is not
            given. A table's label column may be among them. Sets, ranges (:class:`Between`) and
            tests of rows are taken as :meth:`sample` takes them; probabilities are then exact
            where the model knows how likely these are, and else by draws.
        y : label or array of shape (m,), optional
            Class of the rows. A class that is not given is unknown, and follows from the
            values by Bayes' rule.

        Raises
        ------
        NotConditionalError
            If there is no such column or label.
        DataError
            If a value cannot be in its column, or was never seen in fit.

        Examples
        --------
        >>> import numpy as np
        >>> from drawlike import Gaussian
        >>> x = np.random.default_rng(0).normal(size=1000)
        >>> model = Gaussian().fit(np.column_stack([x, 3 * x]))
        >>> model.condition({0: [1.0, 2.0]}).predict().round(2)
        array([[1., 3.],
               [2., 6.]])
        """
        check_is_fitted(self)
        _refuse_kind(self)
        given = by_column(given)
        if is_more_than_values(self, given):
            return Restricted.of(self, given, y)
        return conditional(self, given, y)

    def impute(
        self: Any, X: Any, y: Any = None, *, random_state: RandomState = None, draw: bool = False
    ) -> Any:
        """Fill the missing cells of rows; the others stay untouched, in the same kind of data.

        Parameters
        ----------
        X : array or frame
            With NaN or missing cells.
        y : array of shape (n,), optional
            Labels of a model that was fitted with labels; unknown ones are averaged over.
        random_state : int, Generator or None
            Seed of the draws; the means of numbers of a table also come from draws.
        draw : bool
            Draw each row's missing cells together, given the others; by default numbers are
            their conditional mean and categories the likeliest.
        """
        check_is_fitted(self)
        _refuse_kind(self)
        return imputed(self, X, y, seed_of(random_state), draw=draw)

    def sample(
        self: Any,
        n: int | None = None,
        y: Any = None,
        *,
        given: Any = None,
        **options: Any,
    ) -> Any:
        """Draw ``n`` new rows, the kind of data that ``fit`` got.

        Parameters
        ----------
        n : int, optional
            How many; by default as many as ``y`` or the values given have, else 1.
        y : label or array of shape (n,), optional
            The class of each row; by default drawn at the learned frequencies.
        given : mapping, frame, callable or list of them, optional
            ``{column: value}``, one for all rows or an array (n,), or a frame of n rows: rows are
            drawn given these values of any columns, exactly. A set of values, or a range
            (:class:`Between`, :class:`pandas.Interval`), is what a column may be. A callable
            takes drawn rows and tells which are wanted, (n,) bool. What the model cannot be
            narrowed to is sought among at most 50 candidates a row, or 50,000.
        random_state : int, Generator or None
            The same seed gives the same bytes; None draws a fresh one.
        return_y : bool
            Give ``(X, y)``.

        Raises
        ------
        NotConditionalError
            If there is no such column, what is given has probability 0, or too few candidates
            have it.
        DataError
            If a value cannot be in its column, or was never seen in fit.
        """
        check_is_fitted(self)
        given = by_column(given)
        label = self.label_ if self.labels_.n_classes else None
        if is_more_than_values(self, given):
            return super().sample(n, y, given=given, **options)  # type: ignore[misc]
        if not given or set(given) == {label} or self.kind_ not in _CODECS:
            return super().sample(n, y, given=given, **options)  # type: ignore[misc]
        return self.condition(given, y).sample_for(n, **options)

    def _inpainted(self: Any, x: Tensor, cond: Tensor | None, rng: np.random.Generator) -> Tensor:
        return torch.from_numpy(mean(self, Evidence(x, cond)))

    @abstractmethod
    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Fill the NaN of encoded rows (n, width) by draws given the rest, (n, width)."""

    @abstractmethod
    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        """Fill the NaN by conditional means of reals and the likeliest codes, (n, width)."""


_CODECS = {"array": ArrayCodec, "table": TableCodec}


def _refuse_kind(model: Any) -> None:
    if model.kind_ not in _CODECS:
        raise UnsupportedError(
            f"The model was fitted on {model.kind_} data; values are given by column, "
            "for tables and arrays."
        )
