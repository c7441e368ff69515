import re

import numpy as np

from drawlike.report import Band, Curves, Flag, Series
from drawlike.report.curves import MOST_HOVERS, MOST_POINTS, curves_html


def _paths(html):
    return re.findall(r'class="curve [^"]*" d="([^"]*)"', html)


def test_long_series_are_thinned_without_losing_a_spike():
    values = np.zeros(100_000)
    values[54_321] = 1.0
    html = curves_html(Curves((Series("loss", np.arange(100_000), values),)))
    (path,) = _paths(html)
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    assert len(heights) <= 2 * MOST_POINTS
    assert min(heights) < 0.1 * max(heights)


def test_gap_breaks_the_line_and_is_told():
    html = curves_html(Curves((Series("loss", range(5), [1, 2, float("nan"), 3, float("inf")]),)))
    assert _paths(html)[0].count("M") == 2
    assert "loss: 2 of 5 values are not finite." in html


def test_logarithm_only_where_every_value_is_positive():
    def ticks(values):
        html = curves_html(Curves((Series("a", range(3), values),), log=True))
        return re.findall(r'<span style="bottom:[^>]*>([^<]*)<', html)

    assert ticks([1.0, 100.0, 10_000.0]) == ["1", "10", "100", "1000", "10k"]
    assert "0" in ticks([0.0, 50.0, 100.0])


def test_points_tell_their_exact_value():
    html = curves_html(Curves((Series("loss", [10, 20], [0.123456789, 2.0]),)))
    assert "<title>loss\n10: 0.123456789</title>" in html


def test_hover_points_are_few():
    html = curves_html(Curves((Series("loss", range(300), np.ones(300)),)))
    assert html.count('class="point') == MOST_HOVERS


def test_more_series_than_colours_have_a_style():
    series = tuple(Series(f"s{i}", [0, 1], [i, i]) for i in range(8))
    assert len(_paths(curves_html(Curves(series)))) == 8


def test_a_band_lies_behind_the_line_and_within_the_axes():
    band = Band("fresh", [0, 1, 2], [1.0, 1.0, 2.0], [3.0, 4.0, 9.0])
    html = curves_html(Curves((Series("own", [0, 1, 2], [2.0, 2.0, 2.0]),), band=band))
    (area,) = re.findall(r'class="real-area" d="([^"]*)"', html)
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", area)]
    assert len(heights) == 6 and area.endswith("Z")
    assert heights[0] > heights[3] and min(heights) >= 0 and max(heights) <= 500
    assert html.index("real-area") < html.index('class="curve')
    # blue is for real rows
    assert "curve series-1" in html and "series-0" not in html
    assert "fresh" in html


def test_flags_stand_at_their_steps():
    series = Series("loss", [0, 100], [1.0, 0.5])
    flags = Flag(25, "<alarm>"), Flag(400, "beyond the axis")
    html = curves_html(Curves((series,), flags=flags))
    assert re.findall(r'class="flag" d="([^"]+)"', html) == ["M250 0V500"]
    assert "25: &lt;alarm&gt;" in html
