"""Frames of a training: how many, of which steps, and that nothing else changes by them."""

import torch

from drawlike.training import Camera
from drawlike.training.film import MOST_FRAMES


def camera():
    taken = []

    def draw():
        taken.append(len(taken))
        return torch.tensor([[float(len(taken))]])

    return Camera(draw)


def test_few_pauses_are_all_taken():
    found = camera()
    for step in range(0, 500, 100):
        found.expose(step)
    found.close(300)
    assert found.film.steps.tolist() == [0, 100, 200, 300, 400, 300]
    assert found.film.frames.shape == (6, 1, 1)


def test_however_long_frames_are_few_and_evenly_spaced():
    for n_pauses in (23, 24, 25, 500):
        found = camera()
        for pause in range(n_pauses):
            found.expose(10 * pause)
        steps = found.film.steps
        assert MOST_FRAMES / 2 <= len(steps) < MOST_FRAMES
        assert len(set(torch.tensor(steps).diff().tolist())) == 1
        assert steps[0] == 0 and 10 * n_pauses - steps[-1] <= 2 * (steps[1] - steps[0])
        found.close(1)
        assert len(found.film.steps) <= MOST_FRAMES


def test_the_last_state_is_not_taken_twice():
    found = camera()
    found.expose(0)
    found.expose(100)
    found.close(100)
    assert found.film.steps.tolist() == [0, 100]


def test_it_goes_on_where_it_stood():
    whole, first = camera(), camera()
    for step in range(60):
        whole.expose(step)
    for step in range(31):
        first.expose(step)
    state, second = first.state_dict(), camera()
    first.expose(31)  # what happens later does not reach into a state
    second.load_state_dict(state)
    for step in range(31, 60):
        second.expose(step)
    assert second.film.steps.tolist() == whole.film.steps.tolist()
    assert len(second.film.frames) == len(whole.film.frames)
