"""A critic in whose last hidden layer rows can be compared."""

from collections.abc import Sequence

from torch import Tensor, nn

from ..layout import Layout
from .heads import Encoder
from .mlp import Style


class FeatureCritic(nn.Module):
    """Expanded rows and conditions to features, the last hidden layer, and these to a logit."""

    def __init__(
        self,
        layout: Layout,
        n_cond: int,
        hidden: Sequence[int],
        *,
        convolutional: bool,
        style: Style,
        base: int = 32,
    ) -> None:
        super().__init__()
        self.body = Encoder(
            layout,
            n_cond,
            hidden[-1],
            hidden[:-1],
            convolutional=convolutional,
            style=style,
            base=base,
        )
        self.head = nn.Sequential(style.activation(), nn.Linear(hidden[-1], 1))

    def features(self, x: Tensor, cond: Tensor) -> Tensor:
        """Features of expanded rows, (n, hidden[-1])."""
        return self.body(x, cond)

    def judge(self, features: Tensor) -> Tensor:
        """Logit of rows whose features are known, (n,)."""
        return self.head(features)[:, 0]

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Logit of expanded rows, (n,)."""
        return self.judge(self.features(x, cond))
