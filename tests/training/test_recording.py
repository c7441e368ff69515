"""Recorded steps are the steps they replay."""

import numpy as np
import pytest
import torch

from drawlike import GAN, VAE, PixelCNN, Transformer
from drawlike.events import Emitter, History
from drawlike.rows import Batch
from drawlike.training import Half
from drawlike.training import loop as training_loop
from drawlike.training.recording import Recorder

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
IMAGES = np.random.default_rng(0).integers(0, 256, (400, 8, 8), np.uint8)


class Doubling:
    """Counts what is taken anew and what is replayed; a loss is the sum of the rows."""

    def __init__(self):
        self.taken, self.replayed = [], []

    def act(self, players, batch):
        self.taken.append(float(batch.x.sum()))
        return [batch.x.sum() for _ in players]

    def record(self, act, players, batch, noise):
        recorder = self

        class Tape:
            def replay(self, batch):
                recorder.replayed.append(float(batch.x.sum()))
                return [batch.x.sum() for _ in players]

        return Tape()


class Named:
    name = "net"


def batch(value):
    return Batch(torch.full((4, 1), value), torch.empty(4, 0), torch.ones(4))


def steps_of(phases):
    seen, phase = Doubling(), iter(phases)
    step = Recorder(seen.act, lambda: next(phase), torch.Generator(), seen.record)
    losses = [float(step([Named()], batch(float(i)))[0]) for i in range(len(phases))]
    assert losses == [4.0 * i for i in range(len(phases))]
    return [value / 4 for value in seen.taken], [value / 4 for value in seen.replayed]


def test_a_step_is_replayed_once_its_phase_is_known():
    assert steps_of("aaaaa") == ([0, 1, 2], [3, 4])


def test_phases_are_recorded_apart():
    taken, replayed = steps_of("abababab")
    assert (taken, replayed) == ([0, 1, 2, 3, 4, 5], [6, 7])


def test_a_step_that_follows_the_clock_is_taken_anew():
    assert steps_of([None] * 6) == ([0, 1, 2, 3, 4, 5], [])


def test_half_precision_is_given_up_where_it_errs():
    half, heard = Half(torch.device("cuda")), History()
    half.probe(100.1, 100.0, Emitter(heard, "training"))
    assert half.is_on
    half.probe(float("nan"), 100.0, Emitter(heard, "training"))
    assert not half.is_on
    assert not Half(torch.device("cpu")).is_on


def unrecorded(act, players, phase, noise):
    return act


@CUDA
@pytest.mark.parametrize(
    "model",
    [
        GAN(max_steps=60, batch_size=32),
        GAN.preset("wgan-gp", max_steps=60, optimizer="adam"),
        GAN.preset("dcgan", max_steps=60, spectral_norm=True, optimizer="adamw"),
        VAE(max_steps=60, warm_up=0.2),
    ],
    ids=lambda model: f"{model.name}-{model.get_params().get('loss')}",
)
def test_a_fit_of_replayed_steps_is_that_of_steps_taken_one_by_one(model, monkeypatch):
    model.set_params(network="dense", device="cuda", random_state=0)
    replayed = model.fit(IMAGES, listener=None).sample(20, random_state=1)
    monkeypatch.setattr(training_loop, "recorded", unrecorded)
    anew = model.fit(IMAGES, listener=None).sample(20, random_state=1)
    assert np.abs(replayed.astype(int) - anew).max() <= 1


@CUDA
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
@pytest.mark.parametrize("model", [PixelCNN(n_features=16, n_layers=2), Transformer(n_layers=2)])
def test_a_network_of_pixels_learns_in_half_precision(model, shape):
    images = np.random.default_rng(0).integers(0, 2, (500, *shape), np.uint8) * 255
    images[:, 4:] = images[:, :4]  # half of the pixels repeat the others
    model.set_params(device="cuda", random_state=0, max_steps=1500, patience=100)
    score = model.fit(images, listener=None).score_samples(images[:100]).mean()
    half = -np.log(2) * images[0].size / 2
    assert 1.25 * half < score < 0.75 * half
    on_cpu = model.set_params(device="cpu").score_samples(images[:100]).mean()
    assert abs(on_cpu - score) < 0.01 * abs(score)


@CUDA
def test_a_recorded_fit_goes_on_from_its_checkpoint_to_the_same_bytes(tmp_path):
    def fresh(max_steps):
        return GAN(max_steps=max_steps, batch_size=32, device="cuda", random_state=0)

    whole = fresh(400).fit(IMAGES, listener=None)

    def stop_at_200(event):
        if event.name == "energy distance" and event.step == 200:
            raise KeyboardInterrupt

    fresh(400).fit(IMAGES, listener=stop_at_200, checkpoint=tmp_path)
    resumed = fresh(400).fit(IMAGES, listener=None, checkpoint=tmp_path)
    assert np.array_equal(resumed.sample(20, random_state=1), whole.sample(20, random_state=1))
