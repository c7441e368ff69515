"""The gradient loop: updates, rollback, stopping, interruption, bit-exact resumption."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from drawlike.errors import CheckpointError, TrainingError
from drawlike.events import Emitter, History
from drawlike.networks import build
from drawlike.rows import Batch, Rows
from drawlike.training import (
    OPTIMIZERS,
    Average,
    Checkpoint,
    Clock,
    Monitor,
    Player,
    Shuffled,
    cosine,
    hold_back,
    plain_step,
    train,
)
from drawlike.training.alarms import EXPLODING, Scene, Watch


def make_rows(n=64, seed=0):
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
    return Rows(x, torch.zeros(n, 0), torch.ones(n))


def make_net(seed=0):
    return build(
        lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)),
        torch.Generator().manual_seed(seed),
    )


def squared_error(net, batch):
    return (net(batch.x) - 2 * batch.x).square().sum(-1)


class Setup:
    """A denoising problem whose noise comes from a generator, as in a real model."""

    def __init__(self, checkpoint=None, loss=None, lr=1e-2, patience=100, method="adam"):
        self.net, self.history = make_net(), History()
        self.noise = torch.Generator().manual_seed(5)
        self.average = Average(self.net, 0.9)
        self.sampler = Shuffled(make_rows(), 16, seed=3)
        self.player = Player("net", self.net, loss or self.denoise, lr=lr, method=method)
        self.monitor = Monitor("error", self.error, [self.net], patience)
        self.checkpoint = checkpoint

    def denoise(self, net, batch):
        noise = torch.randn(batch.x.shape, generator=self.noise)
        return (net(batch.x + 0.1 * noise) - batch.x).square().sum(-1)

    @torch.no_grad()
    def error(self, step):
        x = make_rows(seed=9).x
        return (self.net(x) - x).square().mean().item()

    def run(self, max_steps, every=10, shape=None, turn=None, watch=None):
        return train(
            [self.player],
            self.sampler,
            clock=Clock(max_steps, shape=shape),
            turn=turn,
            noise=self.noise,
            monitor=self.monitor,
            average=self.average,
            watch=watch,
            checkpoint=self.checkpoint,
            events=Emitter(self.history, "fit"),
            every=every,
        )

    def weights(self):
        nets = (self.net, self.average.shadow)
        return torch.cat([p.detach().flatten() for net in nets for p in net.parameters()])


def test_a_step_descends_the_weighted_mean():
    net = nn.Linear(2, 2, bias=False)
    batch = Batch(torch.eye(2), torch.zeros(2, 0), torch.tensor([2.0, 0.0]))
    player = Player("net", net, squared_error, lr=0.1)
    expected = (squared_error(net, batch) * batch.weight).mean()
    torch.testing.assert_close(plain_step(player, batch), expected.detach())
    assert (net.weight.grad[:, 1] == 0).all(), "a row of weight 0 has no say"


def test_every_row_comes_once_an_epoch():
    rows = Rows(torch.arange(12.0)[:, None], torch.zeros(12, 0), torch.ones(12))
    sampler = Shuffled(rows, 4, seed=0)
    epochs = [
        sorted(v for _ in range(3) for v in sampler.draw().x[:, 0].tolist()) for _ in range(2)
    ]
    assert epochs == [list(range(12))] * 2


def test_a_stream_goes_on_where_it_stood():
    first, second = Shuffled(make_rows(), 10, seed=1), Shuffled(make_rows(), 10, seed=1)
    for _ in range(9):
        first.draw()
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.draw().x, second.draw().x)


def test_weights_are_scaled_to_mean_one():
    rows = Rows(torch.zeros(4, 1), torch.zeros(4, 0), torch.tensor([1.0, 2.0, 3.0, 6.0]))
    assert Shuffled(rows, 4, seed=0).draw().weight.mean().item() == pytest.approx(1)


def test_hold_back_parts_the_rows(rng):
    train_rows, validation = hold_back(make_rows(100), 0.2, rng)
    assert (len(train_rows), len(validation)) == (80, 20)
    assert len(torch.cat([train_rows.x, validation.x]).unique(dim=0)) == 100
    few, same = hold_back(make_rows(5), 0.2, rng)
    assert few is same


def test_hold_back_leaves_a_row_of_each_class_to_train():
    cond = torch.eye(2)[torch.tensor([0] * 99 + [1])]
    rows = Rows(torch.zeros(100, 1), cond, torch.ones(100))
    for seed in range(30):
        training, validation = hold_back(rows, 0.3, np.random.default_rng(seed))
        assert training.cond[:, 1].sum() == 1
        assert len(training) + len(validation) == 100


def test_training_lowers_the_figure_and_keeps_the_best_weights():
    setup = Setup()
    setup.run(300)
    steps, values = setup.history.curve("error")
    assert setup.monitor.best_value == min(values) < values[0] / 3
    assert setup.error(0) == pytest.approx(setup.monitor.best_value)
    assert steps[:2] == [10, 20]


def hopeless(**settings):
    """A training whose figure gets worse from the first pause on."""
    setup = Setup()
    setup.monitor = Monitor("error", float, [setup.net], **settings)
    return setup


def test_training_stops_when_patience_ends():
    setup = hopeless(patience=4, reductions=1)
    assert setup.run(3000).step == 10 * (1 + 4 + 4)
    assert setup.monitor.best_step == 10
    assert setup.player.optimizer.lr == pytest.approx(3e-3)


def test_training_ends_with_the_first_state_that_reaches_the_target():
    setup = hopeless(patience=6, reductions=0, target=35.0)
    setup.monitor.measure = lambda step: 60.0 - step
    assert setup.run(3000).step == setup.monitor.best_step == 30


def test_a_target_of_ones_own_ends_a_training_before_its_first_step():
    setup = hopeless(from_start=True, reached=lambda step, events: True)
    assert setup.run(3000).step == setup.monitor.best_step == 0


def test_what_has_reached_the_target_already_is_not_trained():
    setup = hopeless(patience=6, reductions=0, target=0.0, from_start=True)
    assert setup.run(3000).step == setup.monitor.best_step == 0
    setup = hopeless(patience=6, reductions=0, target=-1.0, from_start=True)
    assert setup.run(3000).step == 60


def test_nothing_is_stale_while_the_monitor_waits():
    setup, seen = hopeless(patience=4, reductions=0), []
    setup.monitor.measure = lambda step: seen.append(step) or float(step)
    setup.monitor.waits = lambda: seen[-1] < 100
    assert setup.run(3000).step == 90 + 10 * 4


def test_a_gain_within_the_margin_is_kept_but_does_not_count():
    setup = hopeless(patience=4, reductions=0, margin=1.0)
    setup.monitor.measure = lambda step: -step / 1000
    assert setup.run(3000).step == 10 * (1 + 4)
    assert setup.monitor.best_step == 50


def test_of_states_that_differ_by_luck_the_latest_is_kept():
    setup = hopeless(patience=4, reductions=0, luck=25.0)
    assert setup.run(3000).step == 10 * (1 + 4)
    kept = setup.monitor.kept_value, setup.monitor.best_step
    assert (setup.monitor.best_value, *kept) == (10.0, 30.0, 30)


def test_nan_is_rolled_back_and_told():
    setup = Setup()
    calls = iter(range(10_000))

    def sometimes_nan(net, batch):
        return setup.denoise(net, batch) * (math.nan if next(calls) == 57 else 1.0)

    setup.player.loss = sometimes_nan
    progress = setup.run(200)
    assert progress.rollbacks == 1
    assert setup.weights().isfinite().all()
    told = [event.message for event in setup.history if event.kind == "warning"]
    assert "rolled back to step 50" in told[0]
    assert setup.player.optimizer.lr == pytest.approx(5e-3)


def test_a_rollback_keeps_the_first_alarm_of_its_name_and_tells_all():
    setup = Setup()
    calls = iter(range(10_000))
    setup.player.loss = lambda net, batch: (
        setup.denoise(net, batch) * (math.nan if next(calls) in (57, 85) else 1.0)
    )
    rows = (make_rows().x, torch.zeros(64, 0))
    scene = Scene(
        [setup.player], lambda cond, rng: rows[0], lambda x, cond, rng: x[:, 0], rows, None, 0
    )
    watch = Watch(scene, 200, checks=())
    assert setup.run(200, watch=watch).rollbacks == 2
    assert [(alarm.name, alarm.step) for alarm in watch.alarms] == [(EXPLODING, 60)]
    assert [event.step for event in setup.history if event.name == EXPLODING] == [60, 80]


def test_an_exploding_loss_is_rolled_back():
    setup = Setup()
    calls = iter(range(10_000))
    setup.player.loss = lambda net, batch: (
        setup.denoise(net, batch) * (1e6 if 40 <= next(calls) < 50 else 1.0)
    )
    assert setup.run(100).rollbacks == 1


def test_hopeless_training_is_an_error_that_says_what_to_do():
    setup = Setup(loss=lambda net, batch: net(batch.x).sum(-1) * math.nan)
    with pytest.raises(TrainingError, match="lower lr"):
        setup.run(1000)


def test_ctrl_c_keeps_the_best_state():
    setup = Setup()
    calls = iter(range(10_000))

    def interrupted(net, batch):
        if next(calls) == 105:
            raise KeyboardInterrupt
        return setup.denoise(net, batch)

    setup.player.loss = interrupted
    progress = setup.run(1000)
    assert progress.step == 105 and progress.interrupted
    assert setup.error(0) == pytest.approx(setup.monitor.best_value)


def test_ctrl_c_leaves_no_net_that_was_not_finite():
    setup = Setup()
    setup.monitor.nets = [make_net(2)]  # the best that is kept is of another net
    calls = iter(range(10_000))

    def spoilt(net, batch):
        step = next(calls)
        if step == 105:
            raise KeyboardInterrupt
        return setup.denoise(net, batch) * (math.nan if step == 103 else 1.0)

    setup.player.loss = spoilt
    assert setup.run(1000).interrupted
    assert all(weight.isfinite().all() for weight in setup.net.parameters())


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_resumed_training_has_the_same_bytes(tmp_path, method):
    def run(setup):
        # the rate is falling where training is taken up
        setup.run(200, every=13, shape=cosine)

    whole, fingerprint = Setup(method=method), {"data": "abc"}
    run(whole)
    first = Setup(Checkpoint(tmp_path / "c", fingerprint), method=method)
    first.player.loss = _dies_at(first, 137 * (1 + (method == "extragradient")))
    with pytest.raises(SystemExit):
        run(first)
    second = Setup(Checkpoint(tmp_path / "c", fingerprint), method=method)
    run(second)
    assert torch.equal(whole.weights(), second.weights())
    assert "resumed at step 130" in next(e.message for e in second.history if e.kind == "warning")


def test_rates_follow_the_clock_from_where_each_player_stands():
    rates = []
    setup = Setup(lr=0.1)

    def noted(net, batch):
        rates.append(setup.player.optimizer.lr)
        return setup.denoise(net, batch)

    setup.player.loss = noted
    setup.run(100, shape=cosine)
    assert rates[:31] == [0.1] * 31
    assert rates[65] == pytest.approx(0.1 * (0.01 + 0.99 / 2))
    assert rates[-1] == pytest.approx(0.1 * 0.01, rel=0.06)
    assert (np.diff(rates[30:]) < 0).all()


def test_what_was_seen_before_the_first_step_outlives_a_rollback():
    setup = Setup()
    setup.monitor = Monitor("error", lambda step: 1.0 + step, [setup.net], 100, from_start=True)
    calls = iter(range(10_000))
    setup.player.loss = lambda net, batch: (
        setup.denoise(net, batch) * (math.nan if next(calls) == 5 else 1.0)
    )
    began = setup.weights()
    assert setup.run(50).rollbacks == 1
    assert setup.monitor.best_step == 0
    assert torch.equal(setup.weights()[: len(began) // 2], began[: len(began) // 2])


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    Setup(Checkpoint(tmp_path / "c", {"data": "abc"})).run(20)
    with pytest.raises(CheckpointError, match="data: 'abc' then, 'xyz' now"):
        Setup(Checkpoint(tmp_path / "c", {"data": "xyz"})).run(20)


def _dies_at(setup, step):
    calls = iter(range(10_000))

    def loss(net, batch):
        if next(calls) == step:
            raise SystemExit  # not an Exception: nothing may catch it
        return setup.denoise(net, batch)

    return loss


def test_a_limit_in_seconds_does_not_wait_for_the_next_pause():
    rows, noise = make_rows(), torch.Generator().manual_seed(0)
    player, clock = Player("net", make_net(), squared_error), Clock(1000, max_seconds=0.0)
    progress = train([player], Shuffled(rows, 16, seed=3), clock=clock, noise=noise, every=1000)
    assert progress.step == 1
