import numpy as np
import pyarrow as pa
import pytest

from drawlike.codecs.categories import Categories
from drawlike.codecs.cells import NAN, NULL, Cells
from drawlike.codecs.numbers import Numbers, find_atoms, fit_numbers
from drawlike.codecs.scales import Scale
from drawlike.layout import Mixed, Real


def column(values, missing=None):
    array = pa.array(values)
    absent = np.zeros(len(values), np.int8) if missing is None else np.asarray(missing, np.int8)
    return Cells(array, absent)


def fitted(cells, *, decimals=None, step=None, numbers="normal", weight=None, counted=False):
    observed = cells.observed.to_numpy(zero_copy_only=False)
    low, high = observed.min().item(), observed.max().item()
    scale = Scale.fit(cells.observed, decimals, step, low, high)
    return fit_numbers("x", cells, scale, weight, numbers, counted=counted)


def decode(codec, rows):
    return codec.decode(np.asarray(rows, float), np.random.default_rng(0))


def test_a_spike_becomes_an_atom_and_comes_back_exactly(rng):
    values = np.where(rng.random(2000) < 0.4, 0.0, rng.exponential(100, 2000))
    codec = fitted(column(values))
    assert isinstance(codec.block, Mixed)
    np.testing.assert_array_equal(codec.atoms, [0.0])
    np.testing.assert_allclose(codec.frequencies[1], (values == 0).mean())
    encoded = codec.encode(column(values))
    np.testing.assert_array_equal(encoded[:, 0], values == 0)
    np.testing.assert_array_equal(np.isnan(encoded[:, 1]), values == 0)
    assert decode(codec, [[1, np.nan]]).values.to_pylist() == [0.0]


def test_a_draw_beside_an_atom_stays_among_the_other_values(rng):
    values = np.where(rng.random(2000) < 0.5, 0, rng.integers(100, 10_000, 2000))
    codec = fitted(column(values), step=1, counted=True)
    drawn = decode(codec, [[0, z] for z in np.linspace(-50, 50, 99)]).values.to_numpy()
    assert drawn.min() >= values[values > 0].min()
    assert drawn.max() <= values.max()


def test_atoms_stand_out_from_their_neighbours_and_not_from_the_whole():
    bell = np.rint(1000 * np.exp(-0.5 * np.linspace(-3, 3, 60) ** 2)).astype(int)
    assert len(find_atoms(bell, bell.sum(), 8)) == 0
    bell[10] *= 20
    assert find_atoms(bell, bell.sum(), 8).tolist() == [10]


def test_atoms_are_bounded_in_number_and_the_most_frequent_are_kept():
    counts = np.ones(6000, int)
    counts[::20] = np.arange(300) + 100
    atoms = find_atoms(counts, 6000, 8)
    assert len(atoms) == 255
    assert atoms.min() == 20 * 45
    assert (np.diff(atoms) > 0).all()


def test_repeated_values_of_a_continuous_column_come_back_exactly(rng):
    values = rng.choice(rng.normal(size=60), 3000)
    codec = fitted(column(values))
    assert isinstance(codec, Categories)  # every value repeats, so no real part is left
    mixed = np.where(rng.random(3000) < 0.5, values, rng.normal(size=3000))
    codec = fitted(column(mixed))
    back = decode(codec, codec.encode(column(mixed))).values.to_numpy()
    repeated = np.isin(mixed, codec.atoms)
    np.testing.assert_array_equal(back[repeated], mixed[repeated])
    assert repeated.mean() > 0.4


def test_few_integers_are_a_choice_ordered_by_value(rng):
    codec = fitted(column(rng.choice([3, 1, 2], 100)), step=1, counted=True)
    assert isinstance(codec, Categories)
    assert codec.values.to_pylist() == [1, 2, 3]


def test_few_measurements_are_a_choice_only_if_they_repeat():
    assert isinstance(fitted(column([0.1, 0.7] * 10)), Categories)
    assert isinstance(fitted(column([0.1, 0.7, 1 / 3])), Numbers)


def test_missing_cells_are_codes_of_their_own():
    values = [0.1, None, 1 / 3, None, 2 / 3, None]
    cells = column(values, [0, NAN, 0, NULL, 0, NAN])
    codec = fitted(cells)
    encoded = codec.encode(cells)
    np.testing.assert_array_equal(encoded[:, 0], [0, 1, 0, 2, 0, 1])
    np.testing.assert_allclose(codec.frequencies, [3 / 6, 2 / 6, 1 / 6])
    again = decode(codec, encoded)
    np.testing.assert_array_equal(again.missing, cells.missing)
    np.testing.assert_array_equal(codec.log_jacobian(cells)[cells.missing > 0], 0)


def test_a_missing_way_never_seen_counts_as_the_usual_one():
    codec = fitted(column([0.1, None, 1 / 3], [0, NAN, 0]))
    assert codec.encode(column([None], [NULL])).tolist()[0][0] == 1


@pytest.mark.parametrize("numbers", ["normal", "identity"])
def test_the_cell_is_the_encoded_width_of_a_rounding_step(numbers, rng):
    cents = rng.normal(100, 5, 4000).round(2)
    codec = fitted(column(cents), decimals=2, step=0.01, numbers=numbers)
    assert isinstance(codec.block, Real)
    # a normal column is mapped by about (x - 100) / 5
    expected = {"identity": 0.01, "normal": 0.01 / 5}[numbers]
    np.testing.assert_allclose(codec.block.cell, (expected,), rtol=0.25)
    reals = fitted(column(rng.normal(size=200)), numbers=numbers)
    assert reals.block.cell == (0.0,)


def test_integers_have_mass_and_measurements_have_density(rng):
    values = rng.poisson(60, 3000)
    mass = fitted(column(values), step=1, counted=True)
    density = fitted(column(values), step=1, counted=False)
    at = column(np.arange(40, 80))
    np.testing.assert_allclose(mass.log_jacobian(at), density.log_jacobian(at))  # steps of 1
    tens = fitted(column(values * 10), step=10, counted=True)
    np.testing.assert_allclose(
        mass.log_jacobian(at), tens.log_jacobian(column(np.arange(40, 80) * 10))
    )
    per_unit = fitted(column(values * 10), step=10, counted=False)
    difference = per_unit.log_jacobian(column([600])) - tens.log_jacobian(column([600]))
    np.testing.assert_allclose(difference, -np.log(10))


def test_weights_move_quantiles_and_frequencies(rng):
    values = np.concatenate([np.zeros(100), rng.normal(5, 1, 900)])
    weight = np.where(values == 0, 9.0, 1.0)
    codec = fitted(column(values), weight=weight)
    np.testing.assert_allclose(codec.frequencies, [0.5, 0.5])


def test_no_variance_is_no_obstacle():
    for numbers in ("normal", "identity"):
        codec = fitted(column([2.5, 2.5]), numbers=numbers)
        assert decode(codec, codec.encode(column([2.5]))).values.to_pylist() == [2.5]


def test_state_restores_the_same_column(rng):
    cells = column(np.where(rng.random(500) < 0.3, 0, rng.gamma(2, 2, 500)))
    codec = fitted(cells)
    again = Numbers.from_state(codec.state())
    np.testing.assert_array_equal(again.encode(cells), codec.encode(cells))
    np.testing.assert_array_equal(again.log_jacobian(cells), codec.log_jacobian(cells))
    assert again.block == codec.block
