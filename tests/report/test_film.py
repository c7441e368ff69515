import io

import numpy as np
from PIL import Image

from drawlike.report import gif, points_image
from drawlike.report.film import FRAME_MS, LAST_MS, SIDE

ORANGE = (187, 82, 12)


def test_a_film_has_its_frames_in_order_and_the_last_stays():
    frames = [Image.new("L", (60, 40), level) for level in (0, 120, 240)]
    film = Image.open(io.BytesIO(gif(frames, ["one", "two", "three"])))
    assert film.n_frames == 3
    shown = []
    for place in range(3):
        film.seek(place)
        shown.append(film.info["duration"])
        levels = np.asarray(film.convert("L"))[-40:]
        assert abs(float(levels.mean()) - 120 * place) < 3
        assert film.size[0] == 60 and film.size[1] > 40
    assert shown == [FRAME_MS, FRAME_MS, LAST_MS]


def test_the_same_frames_give_the_same_bytes():
    frames = [Image.new("L", (30, 30), level) for level in (0, 200)]
    assert gif(frames, ["a", "b"]) == gif(frames, ["a", "b"])


def test_points_lie_where_they_should():
    points = np.array([[0.5, 2.5], [np.nan, 1.0], [9.0, 9.0]])
    pixels = np.asarray(points_image(points, (0, 2), (0, 4), np.zeros((0, 2))))
    down, across = np.argwhere((pixels == ORANGE).all(2)).mean(0)
    assert abs(across - SIDE * 0.25) < 1.5
    assert abs(down - SIDE * 0.375) < 1.5
