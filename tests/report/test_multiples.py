import numpy as np
import pytest

from drawlike.report import Bins, Histogram, Histograms, Share
from drawlike.report.multiples import histograms_html


def _one(histogram):
    return histograms_html(Histograms((histogram,)))


def test_columns_are_folded_then_left_out_with_a_note():
    items = tuple(Histogram(f"c{i}", (Share("a", 1.0, 1.0),)) for i in range(30))
    html = histograms_html(Histograms(items, shown=10, most=25))
    before, after = html.split("<details>")
    assert before.count("card histogram") == 10
    assert after.count("card histogram") == 15
    assert "15 more columns" in after and "5 further columns are not drawn." in after


def test_bins_tell_their_range_and_both_shares():
    bins = Bins(np.array([0.25, 1, 2, 3.5]), np.array([0.5, 0.25, 0.25]), np.array([0.1, 0.4, 0.5]))
    html = _one(Histogram("x", bins=bins))
    assert "<title>0.250 … 1\nreal / 真实: 50 %\nsynthetic / 合成: 10 %</title>" in html


def test_open_bins_say_so():
    half = np.array([0.5, 0.5])
    html = _one(Histogram("x", bins=Bins(np.array([-0.5, 2.5, 5.5]), half, half, True, True)))
    assert "<title>≤ 2\n" in html and "<title>≥ 3\n" in html
    assert "◂" in html and "▸" in html


@pytest.mark.parametrize("kind", ["datetime64[s]", "datetime64[us]", "datetime64[D]"])
def test_dates_have_three_labels(kind):
    edges = np.array(["2020-01-01", "2020-07-01", "2021-01-01"], kind)
    half = np.array([0.5, 0.5])
    html = _one(Histogram("day", bins=Bins(edges, half, half)))
    ticks = html.split('class="x-ticks"')[1]
    assert all(label in ticks for label in ("2020-01-01", "2020-07-01", "2021-01-01"))


def test_longest_bar_is_full_and_the_others_in_proportion():
    html = _one(Histogram("c", (Share("a", 0.5, 0.25), Share("b", 0.1, 0.0))))
    widths = [part.split("%")[0] for part in html.split("width:")[1:]]
    assert widths == ["100.0", "50.0", "20.0", "0.0"]
