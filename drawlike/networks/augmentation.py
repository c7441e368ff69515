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
_TURN, _STRETCH, _SLANT = 0.25, 0.2, 0.2  # most radians, log scale and shear
_MOST = 0.8  # above it drawn rows may come to look moved (Karras et al. 2020, figure 3)
_SURE = 0.6  # share of real rows, less that of the others, that a critic may be sure of
_ROWS_HEARD = 256  # of a label, before its rate moves
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


def flip(images: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror images left to right, each with probability one half."""
    chosen = torch.rand((len(images), 1, 1, 1), generator=rng, device=images.device) < 0.5
    return torch.where(chosen, images.flip(3), images)


def bend(images: Tensor, rng: torch.Generator) -> Tensor:
    """Turn images by up to 14 degrees, scale them by .8 to 1.2 and slant them; edges are repeated."""
    height, width = images.shape[2:]
    turn, scale, slant = (
        2 * torch.rand((3, len(images), 1, 1), generator=rng, device=images.device) - 1
    )
    turn, scale, slant = _TURN * turn, (_STRETCH * scale).exp(), _SLANT * slant
    y = torch.arange(height, device=images.device)[:, None] - (height - 1) / 2
    x = torch.arange(width, device=images.device) - (width - 1) / 2
    down = scale * (turn.cos() * y + turn.sin() * x)
    along = scale * (turn.cos() * x - turn.sin() * y) + slant * down
    return _between_pixels(images, down + (height - 1) / 2, along + (width - 1) / 2)


def hide(rows: Tensor, rng: torch.Generator, sizes: Sequence[int]) -> Tensor:
    """Hide each variable of expanded rows with probability one half, as a missing value is."""
    shown = torch.rand((len(rows), len(sizes)), generator=rng, device=rows.device) < 0.5
    repeats = torch.tensor(sizes, device=rows.device)
    return rows * shown.repeat_interleave(repeats, 1, output_size=rows.shape[1])


_OF_IMAGES: dict[str, Move] = {
    "translation": translate,
    "cutout": cut_out,
    "colour": recolour,
    "flip": flip,
    "affine": bend,
}
AUGMENTATIONS = tuple(_OF_IMAGES)


class Augmentation(nn.Module):
    """Move expanded rows (n, n_inputs): each by each of some moves, with the rate of its label.

    An adaptive rate begins at 0 and follows the critic: it rises while the critic is sure of
    more of the real rows than it would be without having learned them by heart, and falls
    while of fewer, up to .8. Rows of rare labels are learned by heart first, so that each label has
    a rate of its own. It is part of the state of a training.
    """

    def __init__(
        self, layout: Layout, names: Sequence[str], rate: float | None, n_labels: int = 0
    ) -> None:
        super().__init__()
        self.moves = [_move(layout, name) for name in names]
        self.is_adaptive = rate is None
        self.rate = nn.Buffer(torch.full((max(1, n_labels),), float(rate or 0.0)))
        self.heard = nn.Buffer(torch.zeros(2, max(1, n_labels)))  # sureness, rows

    def forward(self, rows: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Give rows with labels (n, n_labels), one-hot, as a critic is shown them."""
        rate = self._of_labels(cond) @ self.rate[:, None]
        for move in self.moves:
            draw = torch.rand((len(rows), 1), generator=rng, device=rows.device)
            rows = torch.where(draw < rate, move(rows, rng), rows)
        return rows

    @torch.no_grad()
    def adapt(self, sureness: Tensor, cond: Tensor) -> None:
        """Follow the critic, given its logits of real rows (n,) above what it is undecided at."""
        if not self.is_adaptive:
            return
        labels = self._of_labels(cond)
        sure, rows = self.heard.add_(torch.stack([sureness.sign() @ labels, labels.sum(0)]))
        over = (sure / rows.clamp(min=1) - _SURE).sign() * rows * len(self.rate) / _ROWS_TO_FULL
        is_due = rows >= _ROWS_HEARD
        self.rate.add_(torch.where(is_due, over, 0)).clamp_(0.0, _MOST)
        self.heard.mul_(~is_due)

    def _of_labels(self, cond: Tensor) -> Tensor:
        return cond if cond.shape[1] else cond.new_ones(len(cond), 1)


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


def _between_pixels(images: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Images at places (n, h, w) between their pixels, linearly; beyond an edge it is repeated."""
    height, width = images.shape[2:]
    y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
    top = y.floor().clamp(0, max(0, height - 2))
    left = x.floor().clamp(0, max(0, width - 2))
    dy, dx = (y - top)[:, None], (x - left)[:, None]
    first = (top * width + left).long().flatten(1)[:, None].expand(-1, images.shape[1], -1)
    flat = images.flatten(2)
    right, down = min(1, width - 1), width * min(1, height - 1)  # 0 where there is no other
    steps = (0, right, down, down + right)
    corner = [flat.gather(2, first + step).view_as(images) for step in steps]
    upper, lower = (a + (b - a) * dx for a, b in (corner[:2], corner[2:]))
    return upper + (lower - upper) * dy


def _covered(n: int, side: int, device: torch.device, rng: torch.Generator) -> Tensor:
    """Whether each position is within half of the side around a random one, (n, side)."""
    size = max(1, round(side * _CUT))
    centre = torch.randint(0, side, (n, 1), generator=rng, device=device)
    at = torch.arange(side, device=device) - (centre - size // 2)
    return (at >= 0) & (at < size)
