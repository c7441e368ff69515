import numpy as np
import scipy.fft
import torch

from drawlike.statistics.restoring.likeness import Likeness

SHAPE = (3, 6, 8)


def coloured(rng, n, low=1.0):
    """Smooth images whose channels agree: waves of a falling spectrum."""
    down, right = np.meshgrid(np.arange(6), np.arange(8), indexing="ij")
    fall = low / (1 + down**2 + right**2)
    mixing = np.array([[1, 0.8, 0.6], [0, 0.5, 0.3], [0, 0, 0.2]])
    waves = np.einsum("ab,nbij->naij", mixing.T, rng.normal(size=(n, *SHAPE))) * np.sqrt(fall)
    return torch.from_numpy(scipy.fft.idctn(waves, axes=(2, 3), norm="ortho")).flatten(1)


def test_the_covariance_is_that_of_images_which_a_generator_knows_nothing_of():
    x = coloured(np.random.default_rng(0), 40_000)
    anything = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    likeness = Likeness.of(x, anything, SHAPE)
    true = x.T.cov()
    assert (likeness.covariance - true).norm() < 0.25 * true.norm()
    assert torch.linalg.eigvalsh(likeness.covariance).min() > 0
    assert likeness.expected(anything[:1]).abs().max() < 0.1


def test_the_covariance_is_the_spread_of_waves_in_units_of_each_pixel():
    x = coloured(np.random.default_rng(0), 100)
    likeness = Likeness.of(x, torch.zeros_like(x), SHAPE)
    scale = likeness.scale.flatten()
    full = (likeness.covariance / scale[:, None] / scale).numpy().reshape(*SHAPE, *SHAPE)
    waves = scipy.fft.dctn(full, axes=(1, 2, 4, 5), norm="ortho")
    expected = np.zeros_like(waves)
    for i, j in np.ndindex(6, 8):
        expected[:, i, j, :, i, j] = likeness.spread[:, :, i, j]
    assert np.allclose(waves, expected, atol=1e-12)


def test_what_a_generator_makes_is_trusted_as_far_as_it_is_right():
    rng = np.random.default_rng(0)
    shape, rest = coloured(rng, 20_000), 0.1 * coloured(rng, 20_000)
    own = torch.from_numpy(rng.normal(size=shape.shape))  # fine detail of the generator's own
    made = 2 * shape + own + 5.0
    likeness = Likeness.of(shape + rest - 3.0, made, SHAPE)
    error = (likeness.expected(made) - (shape - 3.0)).square().mean()
    naive = (made - 5.0) / 2 - shape
    assert error < 0.5 * naive.square().mean()
    coarse, fine = likeness.gain[0, 0, 0, 1], likeness.gain[0, 0, 5, 7]
    assert fine < 0.2 < coarse


def test_a_hundred_images_tell_what_the_sample_covariance_cannot():
    rng = np.random.default_rng(0)
    few, many = coloured(rng, 100), coloured(rng, 40_000)
    true, nothing = many.T.cov(), torch.zeros_like(few)
    error = (Likeness.of(few, nothing, SHAPE).covariance - true).square().sum()
    assert error < 0.6 * (few.T.cov() - true).square().sum()


def test_it_comes_back_from_its_state():
    x = coloured(np.random.default_rng(0), 50)
    likeness = Likeness.of(x, 0.5 * x, SHAPE)
    again = Likeness.from_state(likeness.state())
    assert torch.equal(again.expected(x), likeness.expected(x))
    assert torch.equal(again.covariance, likeness.covariance)
