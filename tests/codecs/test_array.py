import json

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawlike.codecs import ArrayCodec
from drawlike.errors import DataError, SettingError, UnsupportedError

INTEGERS = [np.bool_, np.uint8, np.int8, np.int16, np.uint32, np.int64, np.uint64]
FLOATS = [np.float16, np.float32, np.float64]


@pytest.mark.parametrize("numbers", ["identity", "standard"])
@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
def test_values_and_dtype_come_back(rng, numbers, dtype):
    raw = rng.integers(0, 2, (50, 3)).astype(dtype)
    codec = ArrayCodec(numbers).fit(raw)
    back = ArrayCodec.from_state(codec.state()).decode(codec.encode(raw))
    assert back.dtype == raw.dtype
    np.testing.assert_allclose(back.astype(float), raw.astype(float), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int16])
def test_a_tensor_comes_back_as_one(dtype):
    raw = torch.arange(6).reshape(3, 2).to(dtype)
    codec = ArrayCodec("standard").fit(raw)
    back = codec.decode(codec.encode(raw))
    assert back.dtype == dtype
    assert torch.allclose(back, raw, atol=1e-12)


def test_a_model_of_a_missing_gpu_decodes_on_the_cpu():
    state = ArrayCodec().fit(torch.zeros(2, 1)).state()
    state["form"]["device"] = "cuda:7"
    if not torch.cuda.is_available():
        assert ArrayCodec.from_state(state).decode(np.zeros((2, 1))).device.type == "cpu"


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
        elements=st.floats(-1e12, 1e12),
    )
)
@example(np.array([[0.0], [5e-324], [5e-324], [5e-324]]))
def test_standard_inverts_any_finite_array(raw):
    codec = ArrayCodec("standard").fit(raw)
    spread = np.abs(raw).max() + 1e-300
    np.testing.assert_allclose(codec.decode(codec.encode(raw)), raw, atol=1e-14 * spread)


@pytest.mark.parametrize("dtype", INTEGERS[1:])
def test_samples_beyond_an_integer_range_are_clipped_to_it(dtype):
    codec = ArrayCodec().fit(np.ones((2, 1), dtype))
    drawn = codec.decode(np.array([[-1e300], [1e300], [1.6]]))[:, 0]
    info = np.iinfo(dtype)
    assert drawn[0] == info.min
    assert int(drawn[1]) >= info.max - 2048  # the nearest float below the limit
    assert drawn[2] == 2


def test_standard_is_exact_far_from_zero(rng):
    raw = 1e8 + rng.standard_normal((1000, 2))
    encoded = ArrayCodec("standard").fit(raw).encode(raw)
    np.testing.assert_allclose(encoded.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(encoded.std(0), 1, rtol=1e-9)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_standard_survives_extreme_units(rng, size):
    raw = size * rng.standard_normal((100, 1))
    encoded = ArrayCodec("standard").fit(raw).encode(raw)
    np.testing.assert_allclose(encoded.std(), 1, rtol=1e-9)


def test_a_constant_column_is_only_shifted():
    raw = np.full((4, 1), 0.1)
    codec = ArrayCodec("standard").fit(raw)
    assert codec.scale_.tolist() == [1.0]
    assert codec.encode(raw).tolist() == [[0.0]] * 4
    assert codec.decode(np.zeros((1, 1))).tolist() == [[0.1]]


def test_weights_equal_repeated_rows(rng):
    raw = rng.standard_normal((6, 2))
    raw[2, 1] = np.nan
    weight = np.array([2, 1, 3, 0, 1, 1])
    weighted = ArrayCodec("standard").fit(raw, weight=weight.astype(float))
    repeated = ArrayCodec("standard").fit(np.repeat(raw, weight, axis=0))
    np.testing.assert_allclose(weighted.center_, repeated.center_)
    np.testing.assert_allclose(weighted.scale_, repeated.scale_)


def test_unobserved_cells_stay_and_do_not_count():
    raw = np.array([[1.0, 5.0], [3.0, np.nan]])
    codec = ArrayCodec("standard").fit(raw)
    assert codec.center_.tolist() == [2.0, 5.0]
    assert np.isnan(codec.encode(raw)).tolist() == [[False, False], [False, True]]


def test_masked_cells_are_unobserved():
    raw = np.ma.array([[1, 2], [3, 999]], mask=[[0, 0], [0, 1]])
    assert np.isnan(ArrayCodec().fit(raw).encode(raw)[1, 1])


def test_density_changes_by_the_scale_of_what_is_observed():
    raw = np.array([[0.0, 0.0], [4.0, 10.0], [2.0, np.nan]])
    codec = ArrayCodec("standard").fit(raw)
    first, second = np.log(codec.scale_)
    np.testing.assert_allclose(codec.log_jacobian(raw), [-first - second, -first - second, -first])
    assert ArrayCodec().fit(raw).log_jacobian(raw).tolist() == [0, 0, 0]


def test_the_layout_knows_integer_steps():
    raw = np.array([[0, 0], [4, 10]])
    real = ArrayCodec("standard").fit(raw).layout_.blocks[0]
    assert (real.name, real.width) == ("x", 2)
    assert real.cell == (0.5, 0.2)
    assert ArrayCodec("standard").fit(raw.astype(float)).layout_.blocks[0].cell == (0, 0)


def test_encoded_rows_can_be_shared_with_torch():
    raw = np.arange(6.0).reshape(3, 2)[::-1]
    raw.flags.writeable = False
    encoded = ArrayCodec().fit(raw).encode(raw)
    assert torch.equal(torch.from_numpy(encoded), torch.tensor(raw.copy()))


def test_a_refit_forgets(rng):
    codec = ArrayCodec("standard").fit(rng.standard_normal((5, 3)))
    codec.fit(np.array([[1], [2]]))
    assert codec.layout_.width == 1
    assert codec.form_.is_integer


def test_the_state_is_json_and_arrays(rng):
    state = ArrayCodec("standard").fit(rng.standard_normal((5, 3))).state()
    json.dumps({k: v for k, v in state.items() if not isinstance(v, np.ndarray)})


@pytest.mark.parametrize(
    ("raw", "error", "message"),
    [
        (np.array([[0, 1], [np.inf, 2]]), DataError, "infinity, first in row 1, column 0"),
        (np.array([[1, np.nan], [2, np.nan]]), DataError, "Column 1 of X has only missing"),
        (np.zeros(4), DataError, "Reshape your data"),
        (np.zeros((2, 2, 2)), DataError, "dim 3"),
        (np.zeros((0, 3)), DataError, r"0 sample\(s\)"),
        (np.zeros((3, 0)), DataError, r"0 feature\(s\)"),
        (np.zeros((2, 2), complex), DataError, "Complex data not supported"),
        (np.array([["a", "b"]]), DataError, "numeric"),
        (np.array([[{}, 1]], object), UnsupportedError, "number"),
        (scipy.sparse.eye(3), UnsupportedError, "Sparse data"),
        (torch.eye(3).to_sparse(), UnsupportedError, "to_dense"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(raw, error, message):
    with pytest.raises(error, match=message):
        ArrayCodec().fit(raw)


def test_other_columns_than_in_fit_are_refused():
    with pytest.raises(DataError, match="X has 3 columns, but the model was fitted on 2"):
        ArrayCodec().fit(np.zeros((2, 2))).encode(np.zeros((2, 3)))


def test_an_unknown_scaling_is_refused():
    with pytest.raises(SettingError, match="'log' is unknown; use one of"):
        ArrayCodec("log")
