import numpy as np

from drawlike.layout import Region


def test_places_are_even_over_what_is_in_each_code():
    spans = np.array([[1, 0.0, 0.1], [1, 0.5, 0.8], [3, 0.9, 1.0]])
    region = Region(slice(0, 2), np.array([0.0, 0.4, 1.0, 0.1]), spans)
    codes = np.repeat([1, 2, 3], 4000)
    placed = region.placed(codes, np.random.default_rng(0))
    first, atom, last = placed[:4000], placed[4000:8000], placed[8000:]
    assert np.isnan(atom).all()
    assert ((last >= 0.9) & (last <= 1)).all()
    assert ((first <= 0.1) | ((first >= 0.5) & (first <= 0.8))).all()
    np.testing.assert_allclose((first <= 0.1).mean(), 0.25, atol=0.03)
    assert region.codes.tolist() == [1, 2, 3]
