"""Images denoised, inpainted and doubled, by every sort of model that can."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits

import drawlike as dl
from drawlike.base import RestorationMixin
from drawlike.errors import DataError, NotConditionalError, SettingError, UnsupportedError
from drawlike.models import GAN, KDE, MADE, VAE, Gaussian, GaussianMixture, TopK

IMAGES = (load_digits().images * 255 / 16).astype(np.uint8)
LABELS = load_digits().target
TRAIN, TEST, WHITE = IMAGES[:1400], IMAGES[1400:1440], 255
RNG = np.random.default_rng(0)
NOISY = TEST + 0.3 * WHITE * RNG.standard_normal(TEST.shape)
SMALL = TEST.reshape(-1, 4, 2, 4, 2).mean((2, 4))
LOWER = np.zeros((8, 8), bool)
LOWER[4:] = True


def psnr(images, truth=TEST):
    error = ((images.astype(float) - truth) / WHITE) ** 2
    return -10 * np.log10(error.mean((1, 2)) + 1e-12).mean()


def doubled_by(mode):
    small = torch.from_numpy(SMALL)[:, None]
    return torch.nn.functional.interpolate(small, scale_factor=2, mode=mode)[:, 0].numpy()


MODELS = {
    "gaussian": Gaussian(reg_covar=0.01, random_state=0),
    "gaussian-mixture": GaussianMixture(4, reg_covar=0.002, random_state=0),
    "vae": VAE(max_steps=400, random_state=0),
    "gan": GAN(max_steps=400, random_state=0),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param].fit(TRAIN, listener=None)


@pytest.fixture(scope="module")
def normal():
    return Gaussian(reg_covar=0.01, random_state=0).fit(TRAIN, listener=None)


def test_restored_images_are_nearer_to_the_truth_than_simple_means_get(model):
    mean_filled = np.where(LOWER, TRAIN.mean(0), TEST)
    blurred = [gaussian_filter(NOISY, (0, s, s)) for s in (0.4, 0.6, 0.8, 1.0)]
    assert psnr(model.denoise(NOISY)) > max(map(psnr, blurred)) + 1
    assert psnr(model.inpaint(TEST, mask=LOWER)) > psnr(mean_filled)
    assert psnr(model.upscale(SMALL)) > psnr(doubled_by("bicubic")) + 1


def test_a_model_that_comes_back_restores_to_the_same_bytes(model, tmp_path):
    model.save(tmp_path / "model")
    again = dl.load(tmp_path / "model")
    some = NOISY[:3]
    first = model.denoise(some, random_state=1)
    assert first.dtype == np.uint8 and first.shape == some.shape
    assert (again.denoise(some, random_state=1) == first).all()


def test_a_row_is_restored_the_same_whatever_others_there_are(model):
    together = model.upscale(SMALL[:2]).astype(int)
    alone = np.concatenate([model.upscale(SMALL[i : i + 1]) for i in range(2)])
    assert abs(together - alone).max() <= 1


def test_pixels_that_are_there_stay(model):
    holes = RNG.random(TEST[:2].shape) < 0.5
    given = np.where(holes, np.nan, TEST[:2])
    filled = model.inpaint(given)
    assert (filled[~holes] == TEST[:2][~holes]).all()
    assert (filled == model.inpaint(TEST[:2], mask=holes)).all()
    assert (model.inpaint(TEST[:2].astype(float)) == TEST[:2]).all()


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("pixels", ["auto", "binary"])
def test_pixels_that_are_there_stay_whatever_the_model_makes_of_them(pixels, library):
    dark = np.minimum(TRAIN[:100], 150).astype(np.float32)
    dark, bright = (dark[..., None], TEST[:3, ..., None].astype(np.float32))
    if library == "torch":
        dark, bright = torch.from_numpy(dark).movedim(3, 1), torch.from_numpy(bright).movedim(3, 1)
    model = VAE(max_steps=5, hidden=(8,), network="dense", pixels=pixels, random_state=0)
    filled = model.fit(dark, listener=None).inpaint(bright, mask=LOWER)
    assert type(filled) is type(bright) and filled.dtype == bright.dtype
    known = np.broadcast_to(~LOWER[None], (3, 8, 8)).reshape(filled.shape)
    assert (np.asarray(filled)[known] == np.asarray(bright)[known]).all()
    assert np.asarray(filled)[~known].max() <= 150


def test_an_image_of_which_nothing_is_known_is_about_the_mean(model):
    filled = model.inpaint(TEST[:1], mask=np.ones((8, 8), bool))[0]
    assert abs(filled - TRAIN.mean(0)).mean() < 0.25 * WHITE


def test_inpainting_is_imputing(normal):
    rows = TRAIN.reshape(-1, 64) / WHITE
    columns = Gaussian(reg_covar=0.0).fit(rows, listener=None)
    flat = Gaussian(reg_covar=0.0).fit((TRAIN / WHITE)[..., None], listener=None)
    given = np.where(LOWER, np.nan, TEST / WHITE)
    filled = flat.inpaint(given[..., None]).reshape(-1, 64)
    imputed = columns.impute(given.reshape(-1, 64)).clip(0, TRAIN.max() / WHITE)
    assert np.allclose(filled, imputed, atol=1e-3)


def test_noise_is_undone_by_wieners_filter(normal):
    x, mean, S = NOISY.reshape(-1, 64) / WHITE, normal.mean_, normal.covariance_
    gain = S @ np.linalg.inv(S + 0.2**2 * np.eye(64))
    wiener = (mean + (x - mean) @ gain.T).clip(0, 1).reshape(TEST.shape)
    assert abs(normal.denoise(NOISY, noise=0.2) / WHITE - wiener).max() < 0.6 / WHITE


@pytest.mark.parametrize("make", [Gaussian, VAE])
def test_a_label_tells(make):
    settings = {} if make is Gaussian else {"max_steps": 300}
    model = make(random_state=0, **settings).fit(TRAIN, LABELS[:1400], listener=None)
    right = model.inpaint(TEST, LABELS[1400:1440], mask=LOWER)
    wrong = model.inpaint(TEST, (LABELS[1400:1440] + 3) % 10, mask=LOWER)
    unknown = model.inpaint(TEST, mask=LOWER)
    assert psnr(right) > psnr(wrong) + 0.5
    assert psnr(unknown) > psnr(wrong)


@pytest.mark.parametrize("turn", ["last", "first", "tensor"])
def test_channels_stand_where_they_stood(turn):
    colour = np.stack([TRAIN, TRAIN // 2, 255 - TRAIN], 3)
    shown = {
        "last": lambda x: x,
        "first": lambda x: np.moveaxis(x, 3, 1),
        "tensor": lambda x: torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, 3, 1))),
    }[turn]
    model = Gaussian(reg_covar=0.01, random_state=0).fit(shown(colour), listener=None)
    few = colour[:3]
    small = few.reshape(3, 4, 2, 4, 2, 3).mean((2, 4))
    double = model.upscale(shown(small))
    assert type(double) is type(shown(few)) and double.shape == shown(few).shape
    assert abs(np.asarray(double).astype(int) - np.asarray(shown(few))).mean() < 0.1 * WHITE
    filled = model.inpaint(shown(few), mask=LOWER)
    known = np.asarray(shown(np.broadcast_to(~LOWER[None, :, :, None], few.shape)))
    assert (np.asarray(filled)[known] == np.asarray(shown(few))[known]).all()


def test_models_that_know_pixels_given_others_inpaint_too():
    neighbours = KDE(bandwidth=0.2, random_state=0).fit(TRAIN[:300], listener=None)
    assert not isinstance(neighbours, RestorationMixin)
    assert psnr(neighbours.inpaint(TEST, mask=LOWER)) > psnr(np.where(LOWER, TRAIN.mean(0), TEST))
    assert not hasattr(TopK(), "inpaint")


def test_a_chain_fills_what_comes_last_in_its_order():
    chain = MADE(max_steps=30, hidden=(32,), random_state=0).fit(TRAIN, listener=None)
    filled = chain.inpaint(TEST[:2], mask=LOWER)
    assert (filled[:, :4] == TEST[:2, :4]).all() and filled[:, 4:].any()
    with pytest.raises(NotConditionalError, match="order='any'"):
        chain.inpaint(TEST[:4], mask=~LOWER)


def test_what_cannot_be_restored_is_refused_in_words(normal):
    with pytest.raises(SettingError, match="noise=0"):
        normal.denoise(NOISY, noise=0)
    with pytest.raises(DataError, match="fitted on"):
        normal.denoise(SMALL)
    with pytest.raises(DataError, match=r"takes \(4, 4\) here"):
        normal.upscale(TEST)
    with pytest.raises(DataError, match="mask="):
        normal.inpaint(TEST)
    with pytest.raises(DataError, match="truth values"):
        normal.inpaint(TEST, mask=np.ones((4, 4), bool))
    with pytest.raises(DataError, match="truth values"):
        normal.inpaint(TEST, mask=LOWER.astype(int))
    with pytest.raises(DataError, match="holds NaN"):
        normal.denoise(np.where(LOWER, np.nan, TEST))
    odd = Gaussian().fit(TRAIN[:, :7], listener=None)
    with pytest.raises(DataError, match="even sides"):
        odd.upscale(SMALL)
    columns = Gaussian().fit(RNG.normal(size=(50, 2)), listener=None)
    with pytest.raises(UnsupportedError, match="only images"):
        columns.denoise(np.zeros((1, 2)))


def test_a_generator_whose_latent_is_not_normal_says_so():
    model = VAE(max_steps=5, random_state=0).fit(TRAIN, listener=None)
    model.likeness_ = None
    with pytest.raises(UnsupportedError, match="Fit it anew"):
        model.denoise(NOISY)
