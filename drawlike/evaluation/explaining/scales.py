"""Which size of detail of images is covered worst."""

from dataclasses import dataclass

import numpy as np

from ...report import Text
from ..case import Case
from ..inputs.features import Extractor
from ..inputs.samples import ImageSample, Sample
from ..metric import NOTHING
from ..metrics.manifold import overlap

N_DEALS = 5
NOTABLE = 0.9  # of what fresh real images cover
_WORST = Text(
    "{name} is covered worst: {own} of the real images have a synthetic one near, where fresh "
    "real images reach {real}",
    "{name}的覆盖最差：{own} 的真实图像附近有合成图像，而新的真实图像可达 {real}",
)
_SHAPES = Text("shape and brightness", "形状与明暗")
_DETAIL = Text("detail of about {size} pixels", "约 {size} 像素的细节")


@dataclass(frozen=True)
class Scale:
    """Coverage of one size of detail, and what as many fresh real images cover; NaN if unknown."""

    name: Text
    synthetic: float
    real: float


def coverage_by_scale(case: Case) -> list[Scale]:
    """Coverage (Naeem et al. 2020) in the features of each size of detail by itself."""
    reality = case.reality
    train = reality.some(reality.train, reality.limits.reference, "reference")
    blocks = case.blocks(reality.limits.fresh, "overlap")
    extractor = reality.once("pyramid", lambda: _pyramid(train))
    reference = _by_size(train, extractor)
    own = [_by_size(case.synthetic.take(rows), extractor) for rows in blocks]
    real = reality.once(
        ("scales", len(blocks[0])),
        lambda: _of_real(case, reference, extractor, len(blocks[0])),
    )
    return [
        Scale(
            _DETAIL.format(size=size) if size else _SHAPES,
            float(np.mean([_covered(points, block[size]) for block in own])),
            real.get(size, np.nan),
        )
        for size, points in reference.items()
    ]


def worst_scale(scales: list[Scale]) -> Text:
    """Say which size is covered worst, beside fresh images; nothing where all are covered."""
    known = [scale for scale in scales if scale.real > 0]
    worst = min(known, key=lambda scale: scale.synthetic / scale.real, default=None)
    if worst is None or worst.synthetic >= NOTABLE * worst.real:
        return NOTHING
    return _WORST.format(name=worst.name, own=f"{worst.synthetic:.0%}", real=f"{worst.real:.0%}")


def _of_real(
    case: Case, reference: dict[int, np.ndarray], extractor: Extractor, size: int
) -> dict[int, float]:
    """Coverage by fresh images: training and hold-out images, dealt anew."""
    reality = case.reality
    if reality.held_out is None:
        return {}
    fresh = _by_size(reality.some(reality.holdout, reality.limits.fresh, "fresh"), extractor)
    pools = {key: np.concatenate([reference[key], fresh[key]]) for key in reference}
    n_train, n_fresh = len(reference[0]), len(fresh[0])
    deals = list(reality.deals(n_train, n_fresh, size, "scales", N_DEALS))
    return {
        key: float(np.mean([_covered(pool[a], pool[b]) for a, b in deals]))
        for key, pool in pools.items()
    }


def _pyramid(train: Sample) -> Extractor:
    """Give the features that know sizes of detail, whatever else images are compared by."""
    if isinstance(train, ImageSample) and isinstance(train.extractor, Extractor):
        return train.extractor
    return Extractor.fit(_pixels(train))


def _by_size(sample: Sample, extractor: Extractor) -> dict[int, np.ndarray]:
    return extractor.by_size(_pixels(sample))


def _pixels(sample: Sample) -> np.ndarray:
    if not isinstance(sample, ImageSample):
        raise TypeError("Only images have scales.")
    return sample.pixels


def _covered(real: np.ndarray, other: np.ndarray) -> float:
    return float(overlap(real, other).coverage.mean())
