"""Alarms, remedies and targets of a whole GAN."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import drawlike as dl
from drawlike import GAN
from drawlike.base import Run
from drawlike.errors import SettingError, TrainingError
from drawlike.events import Emitter, History
from drawlike.layout import Image, Layout, Real
from drawlike.models.gan.attempts import Attempt, Beginning, attempts, changed
from drawlike.models.gan.latents import Plain
from drawlike.models.gan.pair import Pair
from drawlike.models.gan.remedies import ASKED, PLANS, REMEDIES, remedy_for
from drawlike.models.gan.settings import check, suited
from drawlike.training import Progress
from drawlike.training.alarms import ALARMS, Alarm

X = np.random.default_rng(0).normal(size=(600, 2))
ONE_COLUMN = Layout((Real("x"),))
EXPLODING = {"latent": "normal", "optimizer": "sgd", "lr": 100.0, "hidden": (16, 16)}


def fit(**settings):
    model = GAN(**{"max_steps": 400, "random_state": 0, "remedy": "auto"} | settings)
    return model.fit(X, listener=None)


def first(model, history=None):
    """Begin a training of 400 steps on nothing, which a history hears."""
    events = Emitter(history if history is not None else History(), "fit")
    return Beginning(model, Run({}, torch.device("cpu"), events, None, dict), 400)


def alarmed(beginning, distance=1.0, layout=ONE_COLUMN, **progress):
    """End an attempt at step 200 by an orbit, as training leaves its networks."""
    generator = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).requires_grad_(False).eval()
    pair = Pair(Plain(2), generator, nn.Linear(2, 1).eval())
    chosen = suited(beginning.model, layout)
    found = [Alarm("orbit", 200, 1.0, 0.5, "it turns", "less")]
    return Attempt(
        beginning, chosen, pair, None, distance, 0.1, Progress(step=200, **progress), found
    )


def test_networks_that_go_on_learn_and_normalise_by_their_batches():
    second = attempts(first(GAN(remedy="rates")), alarmed)[1].beginning
    for net in second.pair[1:]:
        assert all(module.training for module in net.modules())
        assert all(weight.requires_grad for weight in net.parameters())


def test_an_interrupted_training_is_not_begun_anew():
    assert len(attempts(first(GAN(remedy="auto")), lambda begun: alarmed(begun))) == 4
    assert len(attempts(first(GAN(remedy="auto")), lambda b: alarmed(b, interrupted=True))) == 1


def test_a_remedy_that_fails_costs_nothing_that_was_learned():
    def train(beginning, distance=1.0):
        if beginning.tried:
            raise TrainingError("Training diverged.")
        return alarmed(beginning, distance)

    history = History()
    (kept,) = attempts(first(GAN(remedy="auto"), history), train)
    assert kept.distance == 1.0 and "is kept: Training diverged." in history[-1].message
    with pytest.raises(TrainingError):
        attempts(first(GAN(remedy="auto")), lambda beginning: train(beginning, math.inf))


def test_an_alarm_is_cured_within_the_steps_and_everything_is_told(tmp_path):
    model = fit(**EXPLODING)
    assert model.remedies_ == ("rates",) and model.changes_["lr"] <= 2e-4
    assert [alarm.name for alarm in model.alarms_] == ["exploding gradient"]
    assert np.isfinite(model.sample(50, random_state=0)).all()
    told = [event for event in model.history_ if event.kind == "warning"]
    assert [event.name for event in told] == ["exploding gradient", "remedy"]
    steps = [event.step for event in model.history_ if event.name == "generator loss"]
    assert max(steps) == 400 and len(steps) == len(set(steps))
    model.save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    assert again.alarms_[0].name == "exploding gradient" and again.alarms_[0].advice
    assert again.changes_ == model.changes_ and again.remedies_ == model.remedies_
    np.testing.assert_array_equal(
        again.sample(20, random_state=1), model.sample(20, random_state=1)
    )


@pytest.mark.parametrize("asked", [pytest.param("auto", marks=pytest.mark.slow), "loss"])
def test_what_a_remedy_changed_comes_back_too(asked, tmp_path):
    deep = {"latent": "normal", "activation": "sigmoid", "hidden": (8,) * 8, "lr": 1e-3}
    model = fit(**deep, remedy=asked)
    assert model.remedies_[0] == ("network" if asked == "auto" else "loss")
    assert model.changes_ and model.hidden == (8,) * 8
    model.save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    assert again.changes_ == model.changes_
    np.testing.assert_array_equal(
        again.sample(20, random_state=1), model.sample(20, random_state=1)
    )


def test_without_a_remedy_it_is_told_and_left():
    with pytest.raises(TrainingError, match="exploding gradient.*lower lr"):
        fit(**EXPLODING, remedy="none")


def test_one_remedy_is_tried_once():
    model = fit(**EXPLODING, remedy="optimizer")
    assert model.remedies_ == ("optimizer",) and model.changes_["optimizer"] == "adam"


def test_a_healthy_fit_is_the_same_with_and_without_remedies():
    settings = {"latent": "normal", "hidden": (16,), "max_steps": 200}
    one, other = fit(**settings), fit(**settings, remedy="none")
    assert one.remedies_ == () and not one.alarms_
    np.testing.assert_array_equal(one.sample(30, random_state=0), other.sample(30, random_state=0))


def test_an_interrupted_fit_with_a_remedy_ends_at_the_same_bytes(tmp_path):
    whole = fit(**EXPLODING)

    def interrupt(event):
        if event.kind == "progress" and event.step == 200 and event.total == 400:
            raise RuntimeError("the power went")

    model = GAN(max_steps=400, random_state=0, remedy="auto", **EXPLODING)
    with pytest.raises(RuntimeError):
        model.fit(X, checkpoint=tmp_path / "c", listener=interrupt)
    assert (tmp_path / "c" / "remedy-1").exists()
    model.fit(X, checkpoint=tmp_path / "c", listener=None)
    np.testing.assert_array_equal(
        model.sample(30, random_state=0), whole.sample(30, random_state=0)
    )


def test_every_alarm_has_a_plan_and_every_remedy_makes_sense():
    assert set(PLANS) == {check.name for check in ALARMS}
    odd = [GAN(), GAN(loss="relativistic"), GAN(loss="minimax", label_smoothing=0.1)]
    odd += [GAN(loss="wasserstein", clip_weights=0.1), GAN(penalty={"r1": 1.0}, optimizer="sgd")]
    odd += [GAN.preset("wgan-gp"), GAN(loss="wasserstein", spectral_norm=True)]
    for model in odd:
        chosen = suited(model, ONE_COLUMN)
        before = {**model.get_params(), **chosen._asdict()}
        for remedy in REMEDIES.values():
            change = remedy(model, chosen)
            assert any(before[name] != value for name, value in change.items())
            check(changed(model, change))


@pytest.mark.parametrize("bound", [{"clip_weights": 0.1}, {"spectral_norm": True}])
def test_a_wasserstein_critic_is_regularised_by_one_thing_alone(bound):
    second = attempts(
        first(GAN(loss="wasserstein", remedy="regularise", hidden=(8,), **bound)), alarmed
    )[1].beginning
    model = second.model
    assert model.penalty == {"gradient": 10.0}
    assert model.clip_weights is None and not model.spectral_norm
    assert (second.pair is None) == ("spectral_norm" in bound)  # whose weights are others


def test_another_loss_is_all_that_its_remedy_changes():
    images = Layout((Image("image", channels=1, height=12, width_px=12),))
    model = GAN(remedy="loss")
    before = suited(model, images)
    after = suited(changed(model, REMEDIES["loss"](model, before)), images)
    assert before.loss == "relativistic" and after == before._replace(loss="non-saturating")
    history = History()
    attempts(first(model, history), lambda beginning: alarmed(beginning, layout=images))
    (told,) = (event.message for event in history if event.name == "remedy")
    assert told.endswith("going on from the best state at step 200: loss='non-saturating'")


def test_a_plan_is_gone_through_in_turn():
    assert remedy_for("orbit", "none", []) is None
    first, second = PLANS["orbit"][:2]
    assert remedy_for("orbit", "auto", []) == first
    assert remedy_for("orbit", "auto", [first]) == second
    plan = PLANS["memorising"]
    assert plan[0] == plan[1] == remedy_for("memorising", "auto", plan[:1])
    assert remedy_for("memorising", "auto", plan) is None
    assert (
        remedy_for("orbit", "clip", []) == "clip" and remedy_for("orbit", "clip", ["clip"]) is None
    )
    with pytest.raises(SettingError, match="regularise"):
        fit(remedy="prayer")
    assert "auto" in ASKED


def test_training_ends_at_the_first_state_that_reaches_the_target():
    model = fit(stop={"energy": 10.0}, remedy="none", latent="normal")
    steps, _ = model.history_.curve("energy")
    assert steps == [100]
    assert not fit(stop={"energy": 1e-9}, remedy="none", latent="normal").history_.curve("c2st")[0]


def test_a_mixture_that_is_good_enough_is_not_trained_on():
    model = fit(stop={"c2st": 0.65}, remedy="none")
    steps, values = model.history_.curve("c2st")
    assert steps[-1] == 0 and values[-1] <= 0.65
    assert model.history_.curve("generator loss") == ([], [])
    assert len(model.history_.curve("critic loss")[0])


def test_a_target_of_ones_own_is_not_overridden_by_the_distance():
    unreached = {"c2st": 0.5001, "energy": 1e-12}
    model = fit(stop=unreached, remedy="none", max_steps=300, patience=50)
    assert model.history_.curve("c2st")[0] == [0, 100, 200, 300]
    assert fit(remedy="none", max_steps=300).history_.curve("energy distance")[0] == [0]
