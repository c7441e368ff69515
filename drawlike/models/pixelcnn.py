"""Gated PixelCNN."""

from typing import Any, Literal

import torch
from torch import Tensor

from ..base import RandomState, check_counts
from ..base.autoregressive import Autoregressive
from ..errors import SettingError
from ..layout import Layout, Variables
from ..networks import PixelNet, draw_pixels


class PixelCNN(Autoregressive):
    r"""Each pixel given those above it and on its left, by gated convolutions.

    .. math:: \log p(x) = \sum_v \log p(x_v \mid x_1, \dots, x_{v-1})

    Two stacks of layers, tanh(a) sigmoid(b) with a bias for each class (van den Oord et al.
    2016, arXiv:1606.05328). Bits are Bernoulli, grey levels a mixture of discretised logistics,
    whose means of one channel are linear in those before it (Salimans et al. 2017,
    arXiv:1701.05517). Images may have any height, width and channels. Training stops when the
    likelihood of validation images no longer rises, and keeps the best moving average of the
    weights. ``score_samples`` is exact.

    In drawing, each layer computes a row once, and of a pixel only what is new. ``inpaint``
    fills holes that come last, row by row, such as a lower half; ``denoise`` and ``upscale`` draw
    each pixel given those before it and what was seen of it.

    Parameters
    ----------
    n_features : int
        Channels of each layer.
    n_layers : int
        Layers after the first; each lets a pixel see further.
    kernel : int
        Side of a layer's view, odd; the first layer's is 7.
    n_components : int
        Components in the mixture of a pixel's grey level.
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
    >>> from drawlike import PixelCNN
    >>> images = np.random.default_rng(0).integers(0, 2, (100, 6, 5)).astype(np.uint8)
    >>> model = PixelCNN(max_steps=10, n_features=8, n_layers=1, random_state=0).fit(images)
    >>> model.sample(3, random_state=0).shape
    (3, 6, 5)
    """

    name = "pixelcnn"
    kinds = ("image",)
    wants_gpu = True
    scored_in = torch.float32  # sums over an image err by 1e-4 nats, and take half the time
    scored_together = 256
    allows_missing = False

    def __init__(
        self,
        *,
        n_features: int = 32,
        n_layers: int = 6,
        kernel: int = 3,
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
        self.kernel = kernel
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
        check_counts(self, "n_features", "n_layers", "kernel")
        if self.kernel % 2 == 0:
            raise SettingError(f"kernel={self.kernel!r}; use an odd number: a pixel is amid it.")

    def _network(self, variables: Variables, layout: Layout, n_cond: int) -> PixelNet:
        assert layout.image
        return PixelNet(
            variables,
            layout.image.shape[1:],
            n_cond,
            n_features=self.n_features,
            n_layers=self.n_layers,
            kernel=self.kernel,
        )

    def _drawn_values(self, net: Any, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        return draw_pixels(net, values, cond, rng)
