"""TopK on sequences: which are kept, and how what it draws is distributed."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from drawlike.errors import SettingError, UnsupportedError
from drawlike.models import GaussianHMM, TopK
from drawlike.statistics.subsets.choosing import CHOICES
from tests.scenarios import switching

RUNS = 300


def fit(X, y=None, seed=0, **settings):
    return TopK(random_state=seed, **settings).fit(X, y, listener=None)


def marked(m):
    """Sequences of 2 to 4 steps that hold their own number."""
    return [np.full((2 + i % 3, 1), float(i)) for i in range(m)]


def numbers_of(sequences):
    return np.array([int(part[0, 0]) for part in sequences])


def kept(model):
    return numbers_of(model.codec_.decode(model.rows_.numpy()))


def waves(phases, seed=0, sd=0.02):
    """Half sines, shifted by phases, of 20 to 39 steps."""
    rng = np.random.default_rng(seed)
    made = []
    for phase in phases:
        time = np.linspace(0, 1, int(rng.integers(20, 40)))
        wave = np.sin(np.pi * time + phase)[:, None]
        made.append(wave + rng.normal(0, sd, wave.shape))
    return made


def distances(a, b, steps=200):
    """Root mean square of differences after both are stretched to many steps."""
    grid = np.linspace(0, 1, steps)
    curves = [
        np.stack([np.interp(grid, np.linspace(0, 1, len(part)), part[:, 0]) for part in parts])
        for parts in (a, b)
    ]
    return np.sqrt(((curves[0][:, None] - curves[1]) ** 2).mean(2))


def test_uniform_choice_is_by_weight():
    X, weight, counts = marked(6), np.array([1, 1, 1, 3, 3, 3.0]), np.zeros(6)
    for seed in range(RUNS):
        model = TopK(k=1, random_state=seed).fit(X, sample_weight=weight, listener=None)
        counts[kept(model)] += 1
    assert stats.chisquare(counts, RUNS * weight / weight.sum()).pvalue > 1e-3


def test_weighted_choice_is_by_the_exponential_of_the_score():
    X, score, counts = marked(5), np.array([0, 0.5, 1, 1.5, 2]), np.zeros(5)
    for seed in range(RUNS):
        counts[kept(fit(X, seed=seed, k=1, choose="weighted", by=score))] += 1
    odds = np.exp(score)
    assert stats.chisquare(counts, RUNS * odds / odds.sum()).pvalue > 1e-3


def test_the_best_have_the_highest_scores_and_by_default_are_no_outliers():
    X = marked(30)
    longest = fit(X, k=10, choose="best", by=lambda parts: [len(part) for part in parts])
    np.testing.assert_array_equal(kept(longest) % 3, 2)
    crowd = waves(np.random.default_rng(1).normal(0, 0.1, 60))
    odd = waves([1.5, 2.2, 3.0])
    best = fit([*odd, *crowd], k=50, choose="best").rows_.numpy()
    found = TopK(random_state=0).fit(odd, listener=None).rows_.numpy()
    width = found.shape[1]
    assert not (best[:, None, 1:20] == found[:, 1 : min(20, width)]).all(2).any()


def test_the_nearest_run_alike_at_any_speed():
    phases = np.random.default_rng(0).uniform(0, np.pi, 80)
    X = waves(phases)
    query = np.sin(np.pi * np.linspace(0, 1, 333) + 1.2)[:, None]
    model = fit(X, k=8, choose="nearest", query=query)
    wanted = np.argsort(distances(X, [query])[:, 0])[:8]
    drawn = model.codec_.decode(model.rows_.numpy())
    for i, part in zip(np.sort(wanted), drawn, strict=True):
        np.testing.assert_array_equal(part, X[i])
    several = fit(X, k=2, choose="nearest", query=X[:2]).rows_
    np.testing.assert_array_equal(several[:, 0], [len(X[0]), len(X[1])])


def test_a_class_is_a_query():
    X, y = waves([0.0] * 20 + [2.0] * 20 + [0.9] * 5), np.repeat(["a", "b"], [20, 25])
    model = fit(X, y, k=9, choose="nearest", query="a")
    chosen = model.codec_.decode(model.rows_.numpy()[model.groups_ == 1])
    assert distances(chosen, X[40:]).min(1).max() == 0


@pytest.mark.parametrize("choose", ["farthest", "determinantal"])
def test_different_sequences_are_chosen_from_each_of_few_groups(choose):
    phases = np.repeat([0.0, 1.0, 2.0, 3.0], [60, 20, 12, 8])
    X = waves(phases, sd=0.01)
    found = []
    for seed in range(20):
        model = fit(X, seed=seed, k=4, choose=choose)
        curves = model.codec_.decode(model.rows_.numpy())
        groups = distances(curves, waves([0.0, 1.0, 2.0, 3.0], sd=0)).argmin(1)
        found.append(len(set(groups.tolist())))
    assert min(found) == 4


def test_covering_leaves_fewest_sequences_alone():
    X = waves(np.random.default_rng(0).beta(0.4, 1.5, 200) * 3)
    pairs = distances(X, X)
    near = np.argsort(pairs, 1)[:, :31]

    def covered(model):
        curves = model.codec_.decode(model.rows_.numpy())
        chosen = distances(curves, X).argmin(1)
        return np.isin(near, chosen).any(1).mean()

    chance = [covered(fit(X, seed=seed, k=7)) for seed in range(20)]
    assert covered(fit(X, k=7, choose="covering")) > max(chance) + 0.05


@pytest.mark.parametrize("choose", CHOICES)
def test_every_choice_keeps_k_and_some_of_each_class(choose):
    X, y = switching(60), np.r_[np.zeros(50, int), np.ones(7, int), [2, 2, 2]]
    model = fit(X, y, k=20, choose=choose)
    assert len(model.rows_) == 20
    assert set(model.groups_) == {0, 1, 2}


def test_copies_are_drawn_by_weight():
    X, weight = marked(6), np.arange(1.0, 7)
    model = TopK(random_state=0).fit(X, sample_weight=weight, listener=None)
    counts = np.bincount(numbers_of(model.sample(3000, random_state=0)), minlength=6)
    assert stats.chisquare(counts, 3000 * weight / weight.sum()).pvalue > 1e-3


def test_copies_have_the_holes_of_their_originals():
    X = switching(10)
    for part in X:
        part[2], part[5, 1], part[-1] = np.nan, np.nan, np.nan
    for drawn in fit(X).sample(50, random_state=0):
        assert any(len(drawn) == len(part) and np.array_equal(drawn, part, True) for part in X)


@pytest.mark.parametrize("vary", ["kernel", "interpolate"])
def test_varied_sequences_are_no_copies_and_keep_the_law(vary):
    X = waves(np.random.default_rng(0).normal(1, 0.3, 150))
    drawn = fit(X, vary=vary).sample(1500, random_state=0)
    assert distances(drawn, X).min() > 0
    ends = [np.array([[part[0, 0], part[-1, 0]] for part in parts]) for parts in (X, drawn)]
    np.testing.assert_allclose(ends[1].mean(0), ends[0].mean(0), atol=0.05)
    # half of the way to a neighbour, or the same spread by the kernel
    np.testing.assert_allclose(ends[1].std(0), ends[0].std(0), rtol=0.15)
    lengths = [np.array([len(part) for part in parts]) for parts in (X, drawn)]
    assert lengths[1].mean() == pytest.approx(lengths[0].mean(), abs=0.8)
    if vary == "kernel":
        assert stats.ks_2samp(*lengths).pvalue > 1e-3


def test_sequences_are_varied_within_their_class():
    X, y = (
        [*marked(20), *[np.full((9, 1), 7.5 + i / 10) for i in range(5)]],
        np.repeat([0, 1], [20, 5]),
    )
    drawn = fit(X, y, vary="interpolate", n_neighbors=4).sample(300, y=1, random_state=0)
    values = np.array([part[0, 0] for part in drawn])
    assert {len(part) for part in drawn} == {9}
    assert values.min() >= 7.5
    assert values.max() <= 7.9


def test_whole_numbers_and_categories_stay_what_they_are():
    whole = [np.random.default_rng(i).integers(0, 50, (4 + i % 3, 2)) for i in range(40)]
    assert {part.dtype for part in fit(whole, vary="interpolate").sample(50)} == {whole[0].dtype}
    frames = [
        pd.DataFrame({"a": part[:, 0], "b": np.where(part[:, 1] > 25, "hot", "cold")})
        for part in whole
    ]
    for vary in (None, "interpolate", "kernel"):
        for frame in fit(frames, vary=vary).sample(20, random_state=0):
            assert (frame.dtypes == frames[0].dtypes).all()
            assert set(frame["b"]) <= {"hot", "cold"}
            assert frame["a"].between(0, 50).all()


def test_rows_with_identifiers_are_not_copied_unasked():
    frames = [
        pd.DataFrame({"value": np.arange(8.0), "code": [f"AB-{8 * i + j:05d}" for j in range(8)]})
        for i in range(30)
    ]
    with pytest.raises(SettingError, match="allow_copies"):
        fit(frames)
    assert len(fit(frames, allow_copies=True).sample(3)) == 3


def test_parts_are_chosen_like_all_at_once():
    X, counts = marked(12), np.zeros(12)
    for seed in range(RUNS):
        model = TopK(k=3, random_state=seed)
        for part in (X[:2], X[2:7], X[7:]):  # lengths grow from part to part
            model.partial_fit(part, listener=None)
        counts[kept(model)] += 1
    assert stats.chisquare(counts).pvalue > 1e-3


def test_draws_are_stretched_to_a_length():
    X = [np.linspace(0, i, 5 + i)[:, None] for i in range(1, 9)]
    for part in fit(X).sample(20, length=3, random_state=0):
        np.testing.assert_allclose(part[:, 0], np.linspace(0, part[-1, 0], 3))
        assert part[-1, 0] in range(1, 9)


@pytest.mark.parametrize("by", [None, "density"])
def test_the_best_draws_of_a_chain_are_its_likeliest_a_step(by):
    X = switching(40)
    model = fit(X, of=GaussianHMM(2), by=by, candidates=4)
    hmm = model.model_
    drawn, plain = model.sample(200, random_state=0), hmm.sample(800, random_state=1)
    of_steps = lambda parts: hmm.score_samples(parts) / [len(part) for part in parts]
    assert of_steps(drawn).min() > np.quantile(of_steps(plain), 0.75) - 0.05
    assert not model.contains_training_rows


def test_the_most_real_draws_of_a_chain_are_nearer_to_training_sequences():
    X = [part[:12, :1] for part in switching(80)]
    model = fit(X, of=GaussianHMM(1), by="realism", candidates=5)
    plain = model.model_.sample(200, random_state=0)
    gaps = [distances(drawn, X).min(1).mean() for drawn in (plain, model.sample(200))]
    assert gaps[1] < 0.95 * gaps[0]
    assert model.contains_training_rows


def test_a_function_sees_the_draws_of_a_chain_and_some_are_kept():
    X, y = switching(30), np.arange(30) % 2
    by = lambda parts: [-len(part) for part in parts]
    model = fit(X, y, of=GaussianHMM(2), by=by, candidates=3, k=10)
    short = [len(part) for part in model.sample(100, y=1, random_state=0)]
    assert np.mean(short) < np.mean([len(part) for part in X]) - 2
    one = fit(np.concatenate(X), of=GaussianHMM(2), candidates=1)
    assert one.sample(3).shape == (3, sum(map(len, X)), 2)


@pytest.mark.parametrize(
    ("X", "length", "error"), [("sequences", 0, SettingError), ("rows", 3, UnsupportedError)]
)
def test_lengths_are_refused_before_rows_are_drawn(X, length, error):
    X = switching(4) if X == "sequences" else np.arange(6.0).reshape(3, 2)
    with pytest.raises(error, match="length"):
        fit(X).sample(10**15, length=length)  # that many would not fit in memory
