"""What gives images away: how much detail of each size they have."""

from dataclasses import dataclass

import numpy as np

from ...report import Text
from ..case import Case, Reality
from ..inputs.samples import ImageSample, Sample
from ..metric import NOTHING, Measured, NotComputedError
from ..null import around, centre, tail

SMALLEST_POWER = 1e-9  # of pixels in [0, 1]
MOST_BANDS, SMALLEST_SIDE = 24, 4
IMAGES_AT_ONCE = 64
NOTABLE = 0.05  # more or less
_WEAK = Text(
    "{detail} is too weak: its power is {ratio} of real images'",
    "{detail}过弱：其功率为真实图像的 {ratio} 倍",
)
_STRONG = Text(
    "{detail} is too strong: its power is {ratio} times real images'",
    "{detail}过强：其功率为真实图像的 {ratio} 倍",
)
_FINE = Text("fine detail below {most} pixels", "小于 {most} 像素的细节")
_COARSE = Text("what is larger than {least} pixels", "大于 {least} 像素的结构")
_BETWEEN = Text("detail of {least} to {most} pixels", "{least} 至 {most} 像素的细节")
_ALL = Text("detail of every size", "各种尺度的细节")


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power by spatial frequency, synthetic over training images, (k,).

    ``frequency`` in cycles a pixel; ``low`` and ``high`` are where 95 % of fresh real images
    lie, NaN without a hold-out.
    """

    frequency: np.ndarray
    ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def words(self) -> Text:
        """Say which detail is too weak or too strong; nothing where none is."""
        outside = (self.ratio < self.low) | (self.ratio > self.high)
        size = np.abs(np.log(self.ratio))
        notable = outside & (size > NOTABLE)
        if not notable.any():
            return NOTHING
        sign, peak = np.sign(np.log(self.ratio)), int(np.where(notable, size, 0).argmax())
        alike = notable & (sign == sign[peak])
        first, last = _run(alike, peak)
        part = self.ratio[first : last + 1]
        ratio = float(np.exp(np.log(part).mean()))
        said = _WEAK if ratio < 1 else _STRONG
        return said.format(detail=self._detail(first, last), ratio=f"{ratio:.2g}")

    def _detail(self, first: int, last: int) -> Text:
        edges = np.append(0.0, (self.frequency[1:] + self.frequency[:-1]) / 2)
        least = f"{1 / edges[last + 1]:.2g}" if last + 1 < len(edges) else ""
        most = f"{1 / edges[first]:.2g}" if first else ""
        if not least:
            return (_FINE if most else _ALL).format(most=most)
        return (_BETWEEN if most else _COARSE).format(least=least, most=most)


def power_spectrum(case: Case) -> Measured:
    """Root mean square, over bands of frequency, of the logarithm of the ratio of powers.

    The power spectral density of images averaged over directions, as in Durall et al. 2020,
    arXiv:2003.01826.
    """
    reference, frequency = _reference(case.reality), bands(*_images(case.train).shape[-2:])[0]
    blocks = case.blocks(case.limits.fresh, "overlap")
    powers = [_powers(case.synthetic.take(rows)) for rows in blocks]
    value = float(np.mean([_distance(_log_ratio(part, reference)) for part in powers]))
    ratios = case.reality.drawn(
        ("power spectrum", len(blocks[0])), lambda: _draws(case.reality, len(blocks[0]))
    )
    draws = np.array([_distance(ratio) for ratio in ratios])
    low, high = around(value, draws, len(blocks))
    ratio = np.exp(_log_ratio(np.concatenate(powers), reference))
    spectrum = Spectrum(frequency, ratio, *_band(ratios, len(frequency)))
    return Measured(
        value,
        max(low, 0.0),
        high,
        real=centre(draws),
        chance=tail(value, draws, worse=1),
        note=spectrum.words,
        details={"spectrum": spectrum},
    )


def radial_power(pixels: np.ndarray) -> np.ndarray:
    """Mean power of each band of each image (n, channels, h, w), (n, k); channels are averaged."""
    frequency, ring = bands(*pixels.shape[-2:])
    is_in = (ring.reshape(-1, 1) == np.arange(len(frequency))).astype(float)
    is_in /= is_in.sum(0)
    parts = []
    for start in range(0, len(pixels), IMAGES_AT_ONCE):
        images = pixels[start : start + IMAGES_AT_ONCE]
        waves = np.fft.fft2(images - images.mean((-2, -1), keepdims=True), norm="ortho")
        parts.append((np.abs(waves) ** 2).mean(1).reshape(len(images), -1) @ is_in)
    return np.concatenate(parts)


def bands(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean frequency of each band, cycles a pixel, (k,), and the band of each wave, (h, w).

    Rings of equal width up to half a cycle a pixel; -1 is the mean and the corners beyond.
    """
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    count = min(min(height, width) // 2, MOST_BANDS)
    ring = np.ceil(radius * 2 * count - 1e-9).astype(int) - 1
    ring[ring >= count] = -1
    inside = ring >= 0
    size = np.bincount(ring[inside], minlength=count)
    return np.bincount(ring[inside], radius[inside], count) / size, ring


def _images(sample: Sample) -> np.ndarray:
    if not isinstance(sample, ImageSample):
        raise NotComputedError(Text("these are no images", "数据不是图像"))
    if min(sample.pixels.shape[-2:]) < SMALLEST_SIDE:
        raise NotComputedError(Text("the images are too small", "图像太小"))
    return sample.pixels


def _powers(sample: Sample) -> np.ndarray:
    return radial_power(_images(sample))


def _reference(reality: Reality) -> np.ndarray:
    return reality.once(
        "power", lambda: _powers(reality.some(reality.train, reality.limits.reference, "reference"))
    )


def _draws(reality: Reality, size: int) -> np.ndarray:
    """Logarithms of ratios of fresh real images, (d, k)."""
    train = _reference(reality)
    fresh = _powers(reality.some(reality.holdout, reality.limits.fresh, "fresh"))
    pool = np.concatenate([train, fresh])
    deals = reality.deals(len(train), len(fresh), size, "power spectrum")
    return np.array([_log_ratio(pool[b], pool[a]) for a, b in deals])


def _log_ratio(powers: np.ndarray, reference: np.ndarray) -> np.ndarray:
    own, real = (part.mean(0) + SMALLEST_POWER for part in (powers, reference))
    return np.log(own / real)


def _distance(log_ratio: np.ndarray) -> float:
    return float(np.sqrt(np.square(log_ratio).mean()))


def _band(ratios: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where 95 % of fresh images' ratios lie, band by band."""
    if not len(ratios):
        return np.full(count, np.nan), np.full(count, np.nan)
    low, high = np.exp(np.quantile(ratios, [0.025, 0.975], axis=0))
    return low, high


def _run(marked: np.ndarray, inside: int) -> tuple[int, int]:
    """First and last position of the marked stretch around one that is marked."""
    breaks = np.flatnonzero(~marked)
    before, after = breaks[breaks < inside], breaks[breaks > inside]
    first = int(before[-1]) + 1 if len(before) else 0
    return first, int(after[0]) - 1 if len(after) else len(marked) - 1
