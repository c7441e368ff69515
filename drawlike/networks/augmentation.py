"""Rows moved at random before a critic sees them, differentiably.

Real and drawn rows are moved alike, so a critic that is taught by few rows cannot learn them
by heart, and the generator is not taught to move its rows. Zhao et al. 2020 (DiffAugment),
arXiv:2006.10738; Karras et al. 2020 (ADA), arXiv:2006.06676.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ..errors import SettingError
from ..layout import Block, Layout, Real

Move = Callable[[Tensor, torch.Generator], Tensor]

_FARTHEST, _CUT = 1 / 8, 1 / 2  # shares of an image's side
_SURE = 0.6  # share of real rows, less that of the others, that a critic may be sure of
_ROWS_TO_FULL = 100_000  # Karras et al. take 500,000, for trainings that are far longer


def translate(images: Tensor, rng: torch.Generator) -> Tensor:
    """Shift images (n, c, h, w) by up to an eighth of a side; edges are repeated."""
    n, channels, height, width = images.shape
    y, x = (_shifted(n, side, images.device, rng) for side in (height, width))
    rows = images.gather(2, y[:, None, :, None].expand(n, channels, height, width))
    return rows.gather(3, x[:, None, None, :].expand(n, channels, height, width))


def cut_out(images: Tensor, rng: torch.Generator) -> Tensor:
    """Hide a box of half the sides at a random place, by 0."""
    n, _, height, width = images.shape
    y, x = (_covered(n, side, images.device, rng) for side in (height, width))
    return images * ~(y[:, None, :, None] & x[:, None, None, :])


def recolour(images: Tensor, rng: torch.Generator) -> Tensor:
    """Change brightness by up to .5, saturation by 0 to 2 times, contrast by .5 to 1.5 times."""
    brightness, saturation, contrast = torch.rand(
        (3, len(images), 1, 1, 1), generator=rng, device=images.device
    )
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (2 * saturation)
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * (contrast + 0.5)


def hide(rows: Tensor, rng: torch.Generator, sizes: Sequence[int]) -> Tensor:
    """Hide each variable of expanded rows with probability one half, as a missing value is."""
    shown = torch.rand((len(rows), len(sizes)), generator=rng, device=rows.device) < 0.5
    repeats = torch.tensor(sizes, device=rows.device)
    return rows * shown.repeat_interleave(repeats, 1, output_size=rows.shape[1])


_OF_IMAGES: dict[str, Move] = {"translation": translate, "cutout": cut_out, "colour": recolour}
AUGMENTATIONS = tuple(_OF_IMAGES)


class Augmentation(nn.Module):
    """Move expanded rows (n, n_inputs): each by each of some moves, with probability ``rate``.

    An adaptive rate begins at 0 and follows the critic: it rises while the critic is sure of
    more of the real rows than it would be without having learned them by heart, and falls
    while of fewer. It is part of the state of a training.
    """

    def __init__(self, layout: Layout, names: Sequence[str], rate: float | None) -> None:
        super().__init__()
        self.moves = [_move(layout, name) for name in names]
        self.is_adaptive = rate is None
        self.rate = nn.Buffer(torch.tensor(0.0 if rate is None else float(rate)))

    def forward(self, rows: Tensor, rng: torch.Generator) -> Tensor:
        """Give the rows as a critic is shown them."""
        for move in self.moves:
            draw = torch.rand((len(rows), 1), generator=rng, device=rows.device)
            rows = torch.where(draw < self.rate, move(rows, rng), rows)
        return rows

    @torch.no_grad()
    def adapt(self, sureness: Tensor) -> None:
        """Follow the critic, given its logits of real rows (n,) above what it is undecided at."""
        if self.is_adaptive:
            over = (sureness.sign().mean() - _SURE).sign()
            self.rate.add_(over * (len(sureness) / _ROWS_TO_FULL)).clamp_(0.0, 1.0)


class AugmentedCritic(nn.Module):
    """A critic beside the augmentation of what it is taught by: one state of both."""

    def __init__(self, body: nn.Module, augmentation: Augmentation) -> None:
        super().__init__()
        self.body, self.augmentation = body, augmentation

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Judge rows as they are."""
        return self.body(x, cond)


def _move(layout: Layout, name: str) -> Move:
    if name not in AUGMENTATIONS:
        raise SettingError(f"augment={name!r} is unknown; use some of {', '.join(AUGMENTATIONS)}.")
    if layout.image:
        move, shape = _OF_IMAGES[name], layout.image.shape
        return partial(_as_images, shape=shape, move=move)
    if name == "cutout":
        return partial(hide, sizes=[size for block in layout.blocks for size in _sizes(block)])
    raise SettingError(f"augment={name!r} is for images; of columns use 'cutout' or none.")


def _sizes(block: Block) -> list[int]:
    """Expanded columns of each variable of a block: a block of reals is many variables."""
    return [1] * block.width if isinstance(block, Real) else [block.n_inputs]


def _as_images(
    rows: Tensor, rng: torch.Generator, shape: tuple[int, int, int], move: Move
) -> Tensor:
    return move(rows.reshape(-1, *shape), rng).flatten(1)


def _shifted(n: int, side: int, device: torch.device, rng: torch.Generator) -> Tensor:
    """Positions along a side, each row's moved by a number of its own, (n, side)."""
    most = round(side * _FARTHEST)
    shift = torch.randint(-most, most + 1, (n, 1), generator=rng, device=device)
    return (torch.arange(side, device=device) + shift).clamp(0, side - 1)


def _covered(n: int, side: int, device: torch.device, rng: torch.Generator) -> Tensor:
    """Whether each position is within half of the side around a random one, (n, side)."""
    size = max(1, round(side * _CUT))
    centre = torch.randint(0, side, (n, 1), generator=rng, device=device)
    at = torch.arange(side, device=device) - (centre - size // 2)
    return (at >= 0) & (at < size)
