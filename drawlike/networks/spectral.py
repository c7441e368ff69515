"""Spectral normalisation: layers that stretch no direction by more than one."""

import torch
from torch import Tensor, nn

_FIRST_ROUNDS = 20  # of power iteration; then one a step is enough, for weights move little


class Spectral(nn.Module):
    r"""An affine layer whose weight is divided by its largest singular value.

    .. math:: W / \sigma(W), \quad \sigma(W) = u^T W v

    with W as a matrix (outputs, rest); :meth:`advance` takes u and v a round of power
    iteration on. A forward pass changes nothing, so that all passes of a step see the same
    layer. Miyato et al. 2018, arXiv:1802.05957.
    """

    def __init__(self, layer: nn.Linear | nn.Conv2d, rng: torch.Generator) -> None:
        super().__init__()
        self.layer = layer
        rows, columns = self._matrix().shape
        self.left = nn.Buffer(torch.randn(rows, generator=rng))
        self.right = nn.Buffer(torch.zeros(columns))
        for _ in range(_FIRST_ROUNDS):
            self.advance()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the normalised layer."""
        # W(x / sigma) + b is (W / sigma) x + b, whatever the layer
        return self.layer(x / self.largest())

    def largest(self) -> Tensor:
        """Largest singular value of the weight, which can be differentiated."""
        return (self.left @ (self._matrix() @ self.right)).clamp_min(1e-12)

    @torch.no_grad()
    def advance(self) -> None:
        """Take a round of power iteration."""
        matrix = self._matrix()
        self.right.copy_(nn.functional.normalize(self.left @ matrix, dim=0))
        self.left.copy_(nn.functional.normalize(matrix @ self.right, dim=0))

    def _matrix(self) -> Tensor:
        return self.layer.weight.flatten(1)


def normalise_spectra(net: nn.Module, rng: torch.Generator) -> None:
    """Put :class:`Spectral` around all affine layers of a network on the CPU."""
    for name, child in list(net.named_children()):
        if isinstance(child, nn.Linear | nn.Conv2d):
            # a condition that does not exist has no singular value
            if child.weight.numel():
                setattr(net, name, Spectral(child, rng))
        else:
            normalise_spectra(child, rng)


def advance_spectra(net: nn.Module) -> None:
    """Take a round of power iteration in all layers that are normalised."""
    for module in net.modules():
        if isinstance(module, Spectral):
            module.advance()
