"""From expanded rows to a vector, and from a vector to raw outputs, whatever the data."""

from collections.abc import Sequence

from torch import Tensor, nn

from ..errors import SettingError
from ..layout import Layout
from .conv import ConvDecoder, ConvEncoder
from .mlp import MLP, PLAIN, Style

_SMALLEST_IMAGE = 12  # below this side a dense network is both better and faster


def use_convolutions(layout: Layout, network: str) -> bool:
    """Decide between "dense" and "conv"; "auto" goes by the kind and size of the data."""
    image = layout.image
    choices = {
        "auto": image is not None and min(image.height, image.width_px) >= _SMALLEST_IMAGE,
        "conv": image is not None,
        "dense": False,
    }
    if network not in choices:
        raise SettingError(f"network={network!r} is unknown; use one of {', '.join(choices)}.")
    return choices[network]


class Encoder(nn.Module):
    """Expanded rows (n, n_inputs) and conditions (n, k) to a vector (n, n_out).

    With ``copies`` above 1 a row is so many rows side by side.
    """

    def __init__(
        self,
        layout: Layout,
        n_cond: int,
        n_out: int,
        hidden: Sequence[int],
        *,
        convolutional: bool,
        style: Style = PLAIN,
        copies: int = 1,
        base: int = 32,
    ) -> None:
        super().__init__()
        n_cond = copies * n_cond
        if convolutional and layout.image:
            channels, height, width = layout.image.shape
            features = ConvEncoder((copies * channels, height, width), style, base)
            self.body: nn.Module = features
            self.head = MLP(features.n_features, n_cond, n_out, hidden[-1:], style)
        else:
            self.body = nn.Identity()
            self.head = MLP(copies * layout.n_inputs, n_cond, n_out, hidden, style)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Map expanded rows to vectors."""
        return self.head(self.body(x), cond)


class Decoder(nn.Module):
    """Vectors (n, n_in) and conditions (n, k) to raw outputs (n, n_out).

    ``n_out`` is a multiple of the layout's width where the layout is an image.
    """

    def __init__(
        self,
        layout: Layout,
        n_cond: int,
        n_in: int,
        n_out: int,
        hidden: Sequence[int],
        *,
        convolutional: bool,
        style: Style = PLAIN,
        base: int = 32,
    ) -> None:
        super().__init__()
        if convolutional and layout.image:
            image = layout.image
            planes = image.channels * (n_out // image.width)
            self.body: nn.Module = ConvDecoder(n_in, n_cond, planes, image.shape, base)
        else:
            self.body = MLP(n_in, n_cond, n_out, hidden, style)

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Map vectors to raw outputs."""
        return self.body(z, cond)
