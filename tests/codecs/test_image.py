import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawlike.codecs import ImageCodec
from drawlike.errors import DataError, SettingError
from drawlike.layout import BinaryImage, Image

SHAPES = {
    "grey": ((6, 5, 7), (1, 5, 7)),
    "grey, channel last": ((6, 5, 7, 1), (1, 5, 7)),
    "grey, channel first": ((6, 1, 5, 7), (1, 5, 7)),
    "colour, channel last": ((6, 5, 7, 3), (3, 5, 7)),
    "colour, channel first": ((6, 3, 5, 7), (3, 5, 7)),
    "opacity, channel last": ((6, 5, 7, 4), (4, 5, 7)),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
def test_images_come_back(rng, name, dtype):
    shape, channel_first = SHAPES[name]
    raw = (rng.random(shape) * 255).astype(dtype)
    codec = ImageCodec().fit(raw)
    codec = ImageCodec.from_state(json.loads(json.dumps(codec.state())))
    encoded = codec.encode(raw)
    assert codec.layout_.image.shape == channel_first
    assert encoded.shape == (6, codec.layout_.width)
    assert 0 <= encoded.min() <= encoded.max() <= 1
    back = codec.decode(encoded)
    assert back.dtype == dtype
    assert back.shape == shape
    np.testing.assert_allclose(back, raw, rtol=1e-6, atol=0)


def test_tensors_come_back_as_tensors():
    raw = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    codec = ImageCodec().fit(raw)
    back = codec.decode(codec.encode(raw))
    assert back.dtype == torch.float32
    assert torch.allclose(back, raw)


def test_encoded_pixels_are_channel_first():
    raw = np.zeros((2, 2, 2, 3), np.uint8)
    raw[0, ..., 0] = 255
    assert ImageCodec().fit(raw).encode(raw)[0].tolist() == [1] * 4 + [0] * 8


@given(hnp.arrays(np.int16, (3, 2, 2), elements=st.integers(-30_000, 30_000)))
def test_whole_numbers_come_back_exactly(raw):
    codec = ImageCodec().fit(raw)
    assert (codec.decode(codec.encode(raw)) == raw).all()


@pytest.mark.parametrize(
    ("values", "dtype", "levels"),
    [
        ([0, 7, 255], np.uint8, 256),
        ([3, 7, 250], np.uint8, 256),  # a photograph has all 256 levels
        ([0, 7, 16], np.uint8, 17),
        ([-5, 0, 5], np.int64, 11),
        ([0, 7, 65_535], np.uint16, 65_536),
        ([0, 7, 70_000], np.int64, None),
        ([0, 0.2, 0.5], np.float32, None),
    ],
)
def test_levels_are_those_of_the_data(values, dtype, levels):
    raw = np.resize(np.array(values, dtype), (4, 3, 3))
    image = ImageCodec().fit(raw).layout_.image
    assert type(image) is Image
    assert image.levels == levels


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0, 1], bool),
        ([0, 1], np.float32),
        ([0, 255], np.uint8),
        ([3, 250], np.uint8),
        ([-5, 5], np.int64),
        ([0, 70_000], np.int64),
        ([0.25, 0.5], np.float32),
    ],
)
def test_images_of_two_values_are_counted_as_bits(values, dtype):
    raw = np.resize(np.array(values, dtype), (4, 3, 3))
    codec = ImageCodec().fit(raw)
    codec = ImageCodec.from_state(json.loads(json.dumps(codec.state())))
    assert codec.layout_.image == BinaryImage("image", 1, 3, 3)
    assert codec.layout_.n_params == 9
    assert set(codec.encode(raw).ravel()) == {0.0, 1.0}
    assert (codec.log_jacobian(raw) == 0).all()
    drawn = codec.decode(np.array([[-1, 0, 0.4, 0.6, 1, 2, 0, 1, 0.0]]))
    assert drawn.dtype == dtype
    assert drawn.ravel().tolist() == [values[i] for i in (0, 0, 0, 1, 1, 1, 0, 1, 0)]


def test_a_value_that_is_neither_of_two_has_no_mass():
    raw = np.resize(np.array([0, 255], np.uint8), (4, 3, 3))
    other = raw.copy()
    other[1, 0, 0] = 128
    jacobian = ImageCodec().fit(raw).log_jacobian(other)
    assert jacobian.tolist() == [0, -np.inf, 0, 0]


def test_grey_may_mean_how_likely_a_pixel_is_white(rng):
    raw = rng.integers(0, 256, (5, 3, 3)).astype(np.uint8)
    raw[0] = np.resize(np.array([0, 255]), (3, 3))
    codec = ImageCodec(pixels="binary").fit(raw)
    codec = ImageCodec.from_state(json.loads(json.dumps(codec.state())))
    assert codec.layout_.image == BinaryImage("image", 1, 3, 3, stochastic=True)
    np.testing.assert_allclose(codec.encode(raw), raw.reshape(5, 9) / 255)
    assert codec.log_jacobian(raw).tolist() == [0, *[-np.inf] * 4]
    assert set(np.unique(codec.decode(rng.random((8, 9))))) == {0, 255}


def test_a_state_from_before_binary_images_keeps_its_levels():
    raw = np.resize(np.array([0, 1], np.uint8), (4, 3, 3))
    state = ImageCodec().fit(raw).state()
    old = {k: v for k, v in state.items() if k not in ("is_binary", "is_stochastic")}
    assert ImageCodec.from_state(old).layout_.image == Image("image", 1, 3, 3, levels=2)


def test_pixels_that_are_no_word_are_refused():
    with pytest.raises(SettingError, match="pixels='bw' is unknown; use one of auto, binary"):
        ImageCodec(pixels="bw")


@pytest.mark.parametrize("value", [0, 7, 255, 0.3])
def test_equal_pixels_are_no_division_by_zero(value):
    raw = np.full((4, 3, 3), value)
    codec = ImageCodec().fit(raw)
    assert np.isfinite(codec.encode(raw)).all()
    assert np.isfinite(codec.log_jacobian(raw)).all()
    assert (codec.decode(np.random.default_rng(0).random((4, 9))) == value).all()


def test_samples_stay_on_the_levels_and_in_the_range():
    raw = np.resize(np.array([2, 3, 4], np.uint8), (4, 3, 3))
    drawn = ImageCodec().fit(raw).decode(np.array([[-1, 0.1, 0.3, 0.5, 0.74, 0.9, 1, 2, 9.0]]))
    assert drawn.ravel().tolist() == [2, 2, 3, 3, 3, 4, 4, 4, 4]


def test_a_density_of_levels_becomes_a_mass():
    raw = np.resize(np.array([0, 7, 16], np.uint8), (4, 3, 3))
    jacobian = ImageCodec().fit(raw).log_jacobian(raw)
    np.testing.assert_allclose(jacobian, 9 * np.log(1 / 16))


def test_a_continuous_density_counts_in_the_units_of_the_data():
    raw = np.resize(np.array([-1.5, 1.5, 0.2]), (4, 3, 3))
    np.testing.assert_allclose(ImageCodec().fit(raw).log_jacobian(raw), -9 * np.log(3))


def test_levels_never_seen_have_no_mass():
    raw = np.resize(np.array([0.0, 7.0, 16.0]), (4, 3, 3))
    other = raw.copy()
    other[1, 0, 0] = 17
    other[2, 0, 0] = 0.5
    jacobian = ImageCodec().fit(raw).log_jacobian(other)
    assert np.isfinite(jacobian).tolist() == [True, False, False, True]


def test_rows_without_weight_are_not_learned():
    raw = np.resize(np.array([0, 7, 16], np.uint8), (2, 4, 4))
    raw[1] = 99
    codec = ImageCodec().fit(raw, weight=np.array([1.0, 0.0]))
    assert codec.layout_.image.levels == 17


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (np.zeros((2, 3, 8, 3)), "both axis 1 and axis 3"),
        (np.zeros((2, 8, 8, 2)), "neither axis 1 nor axis 3"),
        (np.zeros((2, 8)), r"shape \(2, 8\)"),
        (np.zeros((0, 8, 8)), "none of them 0"),
        (np.full((2, 8, 8), "a"), "dtype <U1"),
        (np.where(np.arange(8).reshape(2, 2, 2) == 5, np.nan, 0), r"Image 1 .* \(0, 1\)"),
        (np.full((1, 2, 2), np.inf), "Image 0 holds NaN or infinity"),
    ],
)
def test_what_is_no_image_is_refused(raw, message):
    with pytest.raises(DataError, match=message):
        ImageCodec().fit(raw)


def test_another_size_than_in_fit_is_refused():
    codec = ImageCodec().fit(np.zeros((2, 8, 8)))
    with pytest.raises(DataError, match=r"\(9, 8\), but .* \(8, 8\)"):
        codec.encode(np.zeros((2, 9, 8)))


def test_a_mask_that_may_mean_two_things_is_refused():
    X = np.random.default_rng(0).integers(0, 256, (3, 3, 5, 6)).astype(np.uint8)
    codec, mask = ImageCodec().fit(X), np.zeros((3, 5, 6), bool)
    mask[1] = True
    with pytest.raises(DataError, match=r"full shape, \(3, 3, 5, 6\)"):
        codec.encode_some(X, mask)
    gaps = np.isnan(codec.encode_some(X, np.broadcast_to(mask, X.shape))).reshape(X.shape)
    assert (gaps == mask).all()
    assert np.isnan(codec.encode_some(X[:2], mask)).sum() == 2 * 30
    assert np.isnan(codec.encode_some(X, mask[1])).all()
