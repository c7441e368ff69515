"""Numbers as codes: what repeats stands alone, bins tile the rest, and densities sum to one."""

import numpy as np
import pytest

from drawlike.codecs.bins import Bins
from drawlike.codecs.cells import NAN
from tests.codecs.test_numbers import column, decode, fitted


def binned(values, **options):
    return fitted(column(values, options.pop("missing", None)), numbers="bins", **options)


def test_what_repeats_in_a_continuous_column_is_an_atom(rng):
    values = np.where(rng.random(2000) < 0.4, 0.0, rng.exponential(100, 2000))
    codec = binned(values)
    np.testing.assert_array_equal(codec.atoms, [0.0])
    encoded = codec.encode(column(values))
    np.testing.assert_array_equal(np.isnan(encoded[:, 1]), values == 0)
    assert codec.frequencies[int(encoded[values == 0, 0][0])] == pytest.approx((values == 0).mean())
    np.testing.assert_allclose(decode(codec, encoded).values, values, rtol=1e-3)


@pytest.mark.parametrize("step", [None, 1])
def test_codes_stand_in_the_order_of_values(rng, step):
    values = np.where(rng.random(3000) < 0.3, 50.0, rng.gamma(2, 40, 3000))
    values = np.rint(values).astype(int) if step else values
    codec = binned(values, step=step, counted=bool(step))
    codes = codec.encode(column(np.sort(values)))[:, 0]
    if not step:  # an atom lies within a bin, and stands beside it
        codes = codes[np.sort(values) != 50]
    assert (np.diff(codes) >= 0).all()


def test_values_that_repeat_come_back_and_rare_ones_are_drawn_between(rng):
    values = np.concatenate([np.repeat([10, 20, 30, 90], 40), [57], rng.integers(100, 9000, 300)])
    codec = binned(values, step=1, counted=True)
    middle = codec.encode(column([57]))[0, 0]
    drawn = decode(codec, [[middle, u] for u in np.linspace(0.01, 0.99, 30)]).values.to_numpy()
    assert len(np.unique(drawn)) > 20
    assert drawn.min() > 30 and drawn.max() < 90
    for value in (10, 20, 30, 90):
        code = codec.encode(column([value]))[0, 0]
        assert decode(codec, [[code, 0.0], [code, 1.0]]).values.to_pylist() == [value, value]


def test_bins_that_no_value_fills_are_told_apart_in_groups(rng):
    values = np.where(rng.random(4000) < 0.2, 0.5, rng.normal(size=4000))
    block = binned(values).block
    groups, members = block.code.sizes
    assert groups <= 66 and members >= 4 and block.n_codes > 2 * groups
    atom = int(np.flatnonzero(~block.has_place)[0])
    assert (block.groups == block.groups[atom]).sum() == 1
    assert binned(rng.integers(0, 40, 4000), step=1).block.groups is None


def test_missing_cells_have_the_last_codes(rng):
    values = rng.normal(size=400)
    missing = np.where(rng.random(400) < 0.2, NAN, 0)
    codec = binned(values, missing=missing)
    encoded = codec.encode(column(values, missing))
    assert (encoded[missing > 0, 0] == len(codec.frequencies) - 1).all()
    np.testing.assert_array_equal(decode(codec, encoded).missing, missing)


def mass(codec, values):
    """Probability of counted values under the shares of the codes."""
    cells = column(values)
    share = codec.frequencies[codec.encode(cells)[:, 0].astype(int)]
    return share * np.exp(codec.log_jacobian(cells))


def test_the_shares_of_all_whole_numbers_sum_to_one(rng):
    values = np.rint(rng.gamma(2, 300, 4000)).astype(int)
    values[:1500] = 77
    codec = binned(values, step=1, counted=True)
    assert mass(codec, np.arange(-20_000, 40_000)).sum() == pytest.approx(1, abs=1e-4)
    assert mass(codec, [77])[0] == pytest.approx((values == 77).mean(), rel=1e-3)


def test_a_density_integrates_to_one_and_goes_on_beyond_the_ends(rng):
    values = rng.exponential(10, 3000)
    codec = binned(values)
    grid = np.arange(-50, 300, 0.001) + 0.0005
    assert mass(codec, grid).sum() * 0.001 == pytest.approx(1, abs=2e-3)
    assert 0 < mass(codec, [values.max() + 5])[0] < 1e-3


def test_a_kept_codec_is_the_same(rng):
    values = np.where(rng.random(500) < 0.3, 0.0, rng.normal(size=500))
    codec = binned(values)
    again = Bins.from_state(codec.state())
    np.testing.assert_array_equal(again.encode(column(values)), codec.encode(column(values)))
