"""Running sums: compiled passes agree with plain ones, and draws with what they score."""

import itertools

import numpy as np
import pytest
import torch

from drawlike.layout import Choice
from drawlike.networks import NADE, Part, build, survivors

MOSTLY_ONE = np.array([0.6] + [0.4 / 19] * 19)
# one usual group of a single code, and enough of others for it to have a gate
GROUPS = np.array([*np.arange(15), *np.repeat([15, 16, 17], 7), 18, 19, 20])
GROUPED = np.array([0.6] + [0.4 / 38] * 38)
BRANCHED = np.array([0.02] * 20 + [0.3] + [0.3 / 31] * 31)
CHOICES = {
    "few": [Choice("a", 2), Choice("b", 3), Choice("c", 4)],
    "ordered": [Choice("a", 3), Choice("b", 12, np.full(12, 1 / 12), 11), Choice("c", 7, None, 7)],
    "usual": [Choice("a", 3), Choice("b", 20, MOSTLY_ONE), Choice("c", 2)],
    "grouped": [Choice("a", 3), Choice("b", 39, GROUPED, 38, GROUPS), Choice("c", 2)],
    "branches": [Choice("a", 3), Choice("b", 52, BRANCHED, 50), Choice("c", 2)],
    "many": [Choice("a", 3), Choice("b", 1100, np.full(1100, 1 / 1100)), Choice("c", 2)],
}
EACH = pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES)


def net_of(choices, n_cond=0):
    rng = torch.Generator().manual_seed(0)
    net = build(lambda: NADE(choices, n_cond, 16), rng)
    shares = [torch.full((c.n_params,), 1 / c.n_params) for c in choices]
    net.begin_at(shares)
    with torch.no_grad():
        net.output.free.normal_(0, 0.5, generator=rng)
        net.told.normal_(0, 0.3, generator=rng)
    return net


def codes_of(choices, n=40):
    rng = np.random.default_rng(1)
    return torch.from_numpy(np.stack([rng.integers(0, c.n_categories, n) for c in choices], 1))


@EACH
@pytest.mark.parametrize("lacks", [False, True])
def test_compiled_passes_give_the_plain_likelihoods_and_gradients(choices, lacks):
    net, codes, cond = net_of(choices, 2), codes_of(choices), torch.eye(2)[torch.arange(40) % 2]
    if lacks:
        codes[3, 1] = codes[7, 0] = -1
    orders = [0, 1, 2], [2, 0, 1]
    parts = [Part(slice(0, 25), orders[0]), Part(slice(25, 40), orders[1])]
    slope = torch.rand(40, 3, generator=torch.Generator().manual_seed(2))
    fast = net(codes, cond, parts)
    plain = torch.cat([net.score(codes[p.rows], cond[p.rows], p.order) for p in parts])
    torch.testing.assert_close(fast, plain, atol=2e-5, rtol=1e-4)
    weights = list(net.parameters())
    each = [torch.autograd.grad((x * slope).sum(), weights) for x in (fast, plain)]
    for a, b in zip(*each, strict=True):
        torch.testing.assert_close(a, b, atol=2e-4, rtol=1e-3)


def test_what_is_given_is_not_asked_for():
    net, codes, cond = net_of(CHOICES["few"]), codes_of(CHOICES["few"]), torch.empty(40, 0)
    some = net(codes, cond, [Part(slice(0, 40), [2, 0, 1], 1)])
    plain = net.score(codes, cond, [2, 0, 1])
    assert (some[:, 2] == 0).all()
    torch.testing.assert_close(some[:, :2], plain[:, :2], atol=1e-5, rtol=1e-4)


def test_where_nothing_is_known_a_variable_has_its_own_law():
    net = net_of(CHOICES["few"])
    shares = [torch.tensor([0.2, 0.8]), torch.tensor([0.5, 0.3, 0.2]), torch.full((4,), 0.25)]
    net.begin_at(shares)
    for v, share in enumerate(shares):
        order = [v, *({0, 1, 2} - {v})]
        codes = torch.zeros(len(share), 3, dtype=torch.long)
        codes[:, v] = torch.arange(len(share))
        log_prob = net.score(codes, torch.empty(len(share), 0), order)[:, v]
        torch.testing.assert_close(log_prob.exp(), share)


@pytest.mark.parametrize("name", ["few", "usual", "ordered", "grouped", "branches"])
def test_scores_of_all_rows_sum_to_one_and_draws_are_as_frequent(name):
    choices = CHOICES[name]
    net, order = net_of(choices).requires_grad_(False), [1, 2, 0]
    sizes = [range(c.n_categories) for c in choices]
    states = torch.tensor(list(itertools.product(*sizes)))
    mass = net.score(states, torch.empty(len(states), 0), order).sum(1).exp()
    assert float(mass.sum()) == pytest.approx(1, abs=1e-5)
    n = 20_000
    nothing, rng = torch.full((n, 3), -1), torch.Generator().manual_seed(0)
    drawn = net.draw(nothing, torch.empty(n, 0), rng, order)
    base = torch.tensor([len(sizes[1]) * len(sizes[2]), len(sizes[2]), 1])
    share = torch.bincount((drawn * base).sum(1), minlength=len(states)) / n
    assert float((share - mass).abs().sum() / 2) < 0.4 * (len(states) / n) ** 0.5 + 0.01


@pytest.mark.parametrize("name", ["usual", "branches"])
def test_rows_in_states_of_their_own_are_drawn_as_often_as_they_score(name):
    net, order = net_of(CHOICES[name]).requires_grad_(False), [0, 1, 2]
    nothing, rng = torch.full((20, 3), -1), torch.Generator().manual_seed(0)
    drawn = torch.cat([net.draw(nothing, torch.empty(20, 0), rng, order) for _ in range(250)])
    states = torch.tensor(list(itertools.product(*(range(c.n_categories) for c in net.choices))))
    mass = net.score(states, torch.empty(len(states), 0), order).sum(1).exp()
    base = torch.tensor([len(states) // 3, 2, 1])
    share = torch.bincount((drawn * base).sum(1), minlength=len(states)) / len(drawn)
    assert float((share - mass).abs().sum() / 2) < 0.4 * (len(states) / len(drawn)) ** 0.5 + 0.01


def test_given_codes_stay_and_the_others_follow():
    net, choices = net_of(CHOICES["many"]), CHOICES["many"]
    codes = torch.full((500, 3), -1)
    codes[:, 1] = 777
    drawn = net.draw(codes, torch.empty(500, 0), torch.Generator().manual_seed(0), [1, 0, 2], 1)
    assert (drawn[:, 1] == 777).all()
    states = torch.tensor([[a, 777, 0] for a in range(3)])
    share = net.score(states, torch.empty(3, 0), [1, 0, 2])[:, 0].exp()
    found = torch.bincount(drawn[:, 0], minlength=choices[0].n_categories) / 500
    torch.testing.assert_close(found, share, atol=0.07, rtol=0)


def test_rows_that_are_given_different_codes_are_drawn_each_by_its_own():
    net, choices = net_of(CHOICES["few"]), CHOICES["few"]
    codes = torch.full((3000, 3), -1)
    codes[:, 2] = torch.arange(3000) % 4
    drawn = net.draw(codes, torch.empty(3000, 0), torch.Generator().manual_seed(0), [2, 0, 1], 1)
    assert torch.equal(drawn[:, 2], codes[:, 2])
    for known in range(4):
        states = torch.tensor([[a, 0, known] for a in range(choices[0].n_categories)])
        share = net.score(states, torch.empty(len(states), 0), [2, 0, 1])[:, 0].exp()
        found = torch.bincount(drawn[known::4, 0], minlength=len(states)) / 750
        torch.testing.assert_close(found, share, atol=0.07, rtol=0)


def test_as_many_units_are_dropped_as_asked_and_the_others_make_up_for_them():
    kept = survivors(400, 50, 0.3, torch.Generator().manual_seed(0))
    assert float((kept == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(kept.max()) == pytest.approx(1 / 0.7)
    assert float(kept.mean()) == pytest.approx(1, abs=0.02)


@EACH
def test_all_codes_of_a_variable_are_told_at_once(choices):
    net, codes = net_of(choices).double(), codes_of(choices)
    known, nobody = codes.clone(), torch.zeros(len(codes), 0).double()
    known[:, 1] = -1
    known[::2, 0] = -1  # each row may know others
    (log,) = net.log_marginals(known, nobody, [1])
    told = net.score(codes, nobody, [0, 2, 1])[:, 1]
    told[::2] = net.score(codes, nobody, [2, 1, 0])[::2, 1]
    torch.testing.assert_close(log.gather(1, codes[:, [1]])[:, 0], told, atol=1e-6, rtol=0)
    torch.testing.assert_close(log.exp().sum(1), torch.ones(len(codes)).double(), atol=1e-5, rtol=0)
