"""What a critic is told of a row's batch."""

import pytest
import torch

from drawlike.networks import MLP, Style, build
from drawlike.networks.company import MinibatchDeviation


def features(n=64, seed=0):
    return torch.randn(n, 5, generator=torch.Generator().manual_seed(seed)) * torch.arange(5)


def test_the_mean_deviation_of_the_batch_is_added():
    x = features()
    found = MinibatchDeviation()(x)
    assert torch.equal(found[:, :5], x)
    torch.testing.assert_close(
        found[:, 5], x.std(0, correction=0).mean().expand(64), rtol=1e-3, atol=1e-3
    )


def test_equal_rows_have_a_slope():
    x = torch.ones(4, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(MinibatchDeviation()(x).sum(), x)
    assert slope.isfinite().all()


def test_outside_training_rows_do_not_see_each_other():
    style = Style(sees_batch=True)
    net = build(lambda: MLP(5, 0, 1, (8,), style), torch.Generator().manual_seed(0))
    x, cond = features(), torch.zeros(64, 0)
    assert not torch.allclose(net(x, cond)[:2], net(x[:2], cond[:2]))
    for seed in range(600):
        usual = net(features(seed=seed), cond)
    net.eval()
    torch.testing.assert_close(net(x, cond)[:2], net(x[:2], cond[:2]))
    torch.testing.assert_close(net(features(seed=599), cond), usual, atol=0.05, rtol=0.05)


def test_the_usual_deviation_is_right_from_the_first_batch_on():
    layer = MinibatchDeviation()
    for n in (1, 30):
        for seed in range(n):
            layer.train()(features(seed=seed))
        found = layer.eval()(features())[0, 5].item()
        assert found == pytest.approx(features(n=10_000).std(0).mean().item(), rel=0.1)
    layer.begin_from(torch.Generator())
    assert all(not buffer.any() for buffer in layer.buffers())
