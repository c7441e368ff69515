"""Transformer over columns or pixels."""

from typing import Any, Literal

import torch
from torch import Tensor

from ..base import RandomState, check_counts
from ..base.autoregressive import Autoregressive
from ..errors import SettingError
from ..layout import Layout, Variables
from ..networks import AttentionNet, draw_tokens


class Transformer(Autoregressive):
    r"""Each column or pixel given those before it, by attention to them.

    .. math:: \log p(x) = \sum_v \log p(x_v \mid x_1, \dots, x_{v-1})

    A decoder alone, as GPT (Radford et al. 2019; on pixels Chen et al. 2020): a token a
    column, or a pixel with all its channels. Bits are Bernoulli, categories and atoms have a
    softmax, grey levels a mixture of discretised logistics, other numbers a mixture of
    normals. Training stops when the likelihood of validation rows no longer rises, and keeps
    the best moving average of the weights. ``score_samples`` is exact for complete rows; cells
    of arrays that lack (NaN) are marginalised as the network has learned it, from rows of
    which it hides a part.

    In drawing, keys and values are kept, so that each token is computed once. Attention to
    all of an image's pixels wants a GPU; tables are quick anywhere. ``inpaint`` fills
    holes of images that come last, row by row, such as a lower half; ``denoise`` and ``upscale``
    draw each pixel given those before it and what was seen of it.

    Parameters
    ----------
    n_features : int
        Size of a token.
    n_layers : int
        Layers of attention.
    n_heads : int
        Heads of a layer; they share the features evenly.
    n_components : int
        Components in the mixture of a pixel's grey level, or of a number.
    pixels : {"auto", "binary"}
        "binary" learns two-valued images from grey ones: a pixel's grey level is the
        probability that it is white, drawn anew at every visit. Scores are then those of
        two-valued images: grey ones score -inf, so draw them black and white first.
    optimizer : str
        "adam", "adamw", "rmsprop", "sgd", "momentum", "optimistic" or "extragradient".
    lr : float
        Its learning rate at the start.
    batch_size : int
        Rows a step; larger is smoother and slower.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. "auto" takes "balanced" where a class
        is ten times as frequent as another. The learned frequencies stay those of the data.
    schedule : {"plateau", "cosine"}
        How the rate falls: when the likelihood no longer rises, or along a cosine to the
        last step or second.
    average : float
        Decay of the moving average of the weights; 0 keeps the last weights.
    max_steps, max_seconds : int, float or None
        Upper limits; a limit in seconds makes the result depend on the machine's speed.
    patience : int
        Checks without improvement before the learning rate falls, and in the end stops.
    validation_fraction : float
        Share of the rows that only decides when to stop.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import Transformer
    >>> rows = np.random.default_rng(0).normal(size=(200, 3))
    >>> model = Transformer(max_steps=10, n_features=16, n_layers=1, random_state=0)
    >>> model.fit(rows).sample(3, random_state=0).shape
    (3, 3)
    """

    name = "transformer"
    wants_gpu = True

    def __init__(
        self,
        *,
        n_features: int = 128,
        n_layers: int = 4,
        n_heads: int = 4,
        n_components: int = 10,
        pixels: Literal["auto", "binary"] = "auto",
        optimizer: str = "adamw",
        lr: float = 1e-3,
        batch_size: int = 64,
        class_sampling: str | float = "auto",
        schedule: Literal["plateau", "cosine"] = "plateau",
        average: float = 0.999,
        max_steps: int = 50_000,
        max_seconds: float | None = None,
        patience: int = 6,
        validation_fraction: float = 0.1,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.n_features = n_features
        self.n_layers = n_layers
        self.n_heads = n_heads
        self.n_components = n_components
        self.pixels = pixels
        self.optimizer = optimizer
        self.lr = lr
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.schedule = schedule
        self.average = average
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device

    def _check_settings(self) -> None:
        super()._check_settings()
        check_counts(self, "n_features", "n_layers", "n_heads")
        if self.n_features % self.n_heads:
            raise SettingError(
                f"n_features={self.n_features} cannot be shared by n_heads={self.n_heads}; "
                "use a multiple."
            )

    def _network(self, variables: Variables, layout: Layout, n_cond: int) -> AttentionNet:
        return AttentionNet(
            variables,
            n_cond,
            n_features=self.n_features,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
        )

    def _drawn_values(self, net: Any, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        return draw_tokens(net, values, cond, rng)
