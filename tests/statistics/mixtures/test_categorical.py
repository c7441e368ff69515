import numpy as np
import pytest
import torch

from drawlike.statistics.mixtures.categorical import Tables, pick

CODES = torch.tensor([[0, 2], [1, 0], [0, 1], [2, 3]])  # 2 and 3: unobserved
SIZES = (2, 3)
ONE = range(1)


def counted(tables, codes=CODES, shares=None):
    shares = torch.ones(1, len(codes), dtype=torch.float64) if shares is None else shares
    counts = tables.zeros()
    tables.add_counts(codes, shares, range(len(shares)), counts)
    return tables.update(counts)


def test_tables_are_frequencies_of_the_observed_codes():
    tables = counted(Tables.uniform(SIZES, "cpu"))
    assert tables.probabilities[0][:, 0].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert tables.probabilities[1][:, 0].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_shares_weigh_rows_in_each_component():
    start = Tables.uniform(SIZES, "cpu").take(torch.tensor([0, 0]))
    shares = torch.tensor([[3.0, 1, 0, 5], [0, 0, 0, 0]], dtype=torch.float64)
    tables = counted(start, shares=shares)
    assert tables.probabilities[0][:, 0].tolist() == [0.75, 0.25]
    assert tables.probabilities[0][:, 1].tolist() == [0.5, 0.5]  # no rows: as it was


def test_a_prior_keeps_what_a_component_has_not_met():
    flat = Tables.uniform((3,), "cpu")
    prior = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)
    tables = counted(Tables(flat.probabilities, (prior,)), codes=torch.tensor([[0], [0], [0]]))
    assert tables.probabilities[0][:, 0].tolist() == [3.5 / 4, 0.25 / 4, 0.25 / 4]


def test_the_update_maximises_likelihood_times_prior(rng):
    flat = Tables.uniform((3,), "cpu")
    prior = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)
    codes = torch.tensor([[0], [1], [0], [0]])
    best = counted(Tables(flat.probabilities, (prior,)), codes)

    def objective(tables):
        joint = torch.zeros(1, len(codes), dtype=torch.float64)
        tables.add_log_prob(codes, ONE, joint)
        return float(joint.sum() + tables.log_prior())

    for p in rng.dirichlet([1, 1, 1], 50):
        other = Tables((torch.from_numpy(p)[:, None],), (prior,))
        assert objective(other) < objective(best)


def test_unobserved_codes_add_nothing_to_log_prob():
    tables = counted(Tables.uniform(SIZES, "cpu"))
    joint = torch.zeros(1, 4, dtype=torch.float64)
    tables.add_log_prob(CODES, ONE, joint)
    want = np.log([2 / 3 / 3, 1 / 3 / 3, 2 / 3 / 3, 1.0])
    np.testing.assert_allclose(joint[0], want)


def test_many_categories_need_no_more_than_their_table(rng):
    codes = torch.from_numpy(rng.integers(0, 300_000, (1000, 1)))
    tables = counted(Tables.uniform((300_000,), "cpu"), codes)
    want = torch.bincount(codes[:, 0], minlength=300_000) / 1000
    torch.testing.assert_close(tables.probabilities[0][:, 0], want.double())


def test_draws_have_the_frequencies_of_their_row_and_never_the_impossible(rng):
    table = torch.tensor([[0.0, 0.25, 1.0, 1.0], [0.5, 0.5, 0.5, 1.0]], dtype=torch.float64)
    row = torch.arange(2).repeat_interleave(100_000)
    drawn = pick(table, row, torch.from_numpy(rng.random(200_000)))
    for r, want in enumerate(([0, 0.25, 0.75, 0], [0.5, 0, 0, 0.5])):
        share = torch.bincount(drawn[row == r], minlength=4) / 100_000
        np.testing.assert_allclose(share, want, atol=0.01)
        assert (share[torch.tensor(want) == 0] == 0).all()


def test_the_largest_uniform_number_draws_the_last_possible_category():
    table = torch.tensor([[0.5, 1.0, 1.0]] * 1000, dtype=torch.float64)
    edge = torch.tensor([1 - 2**-53], dtype=torch.float64)
    assert pick(table, torch.tensor([999]), edge).tolist() == [1]
