import numpy as np
from PIL import Image

from drawlike.report import (
    Text,
    category_histogram,
    number_histogram,
    write_histograms_png,
)


def _colours(picture):
    return {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}


def test_histograms_show_both_sides_and_are_the_same_every_time(tmp_path, rng):
    histograms = [
        number_histogram("age", rng.normal(size=500), rng.normal(size=500)),
        category_histogram(Text("colour", "颜色"), ["red", "blue"], ["red"]),
        number_histogram(
            "a very long name " * 9, np.r_[np.zeros(50), rng.normal(size=50)], rng.normal(size=9)
        ),
    ]
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path in paths:
        write_histograms_png(histograms, path, columns=2)
    picture = Image.open(paths[0])
    assert {(37, 112, 181), (187, 82, 12)} <= _colours(picture)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_picture_in_chinese_differs(tmp_path):
    histograms = [category_histogram(Text("colour", "颜色"), ["red"], ["red"])]
    write_histograms_png(histograms, tmp_path / "en.png")
    write_histograms_png(histograms, tmp_path / "zh.png", language="zh")
    assert (tmp_path / "en.png").read_bytes() != (tmp_path / "zh.png").read_bytes()


def test_more_histograms_make_a_taller_picture(tmp_path):
    histograms = [category_histogram("c", ["a"], ["a"])] * 5
    write_histograms_png(histograms[:2], tmp_path / "two.png", columns=2)
    write_histograms_png(histograms, tmp_path / "five.png", columns=2)
    two, five = (Image.open(tmp_path / name) for name in ("two.png", "five.png"))
    assert five.width == two.width and five.height > 2 * two.height
