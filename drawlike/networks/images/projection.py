"""From features of images to a critic's logit."""

import torch
from torch import Tensor, nn

from ..company import MinibatchDeviation
from ..mlp import OneHotLinear


class ImageCritic(nn.Module):
    r"""A critic that is told a label by the features that it should have.

    .. math:: D(x, y) = w \cdot f(x) + f(x) \cdot V y / \sqrt{n} + b

    with n features f. Miyato and Koyama 2018, arXiv:1802.05637. ``body`` has ``n_features``.
    """

    def __init__(self, body: nn.Module, n_cond: int, *, sees_batch: bool = False) -> None:
        super().__init__()
        n_features = int(body.n_features) + sees_batch  # type: ignore[arg-type]
        self.body = body
        self.company = MinibatchDeviation() if sees_batch else nn.Identity()
        self.head = nn.Linear(n_features, 1)
        self.classes = OneHotLinear(n_cond, n_features, bias=False)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Flattened images and one-hot conditions to logits, (n, 1)."""
        features = self.company(self.body(x))
        logits = self.head(features)
        if not cond.shape[1]:
            return logits
        fit = torch.einsum("nf,nf->n", features, self.classes(cond))
        return logits + fit[:, None] / features.shape[1] ** 0.5
