import numpy as np

from drawlike.report import Scatter
from drawlike.report.scatter import MOST_DOTS, scatter_html


def test_both_panels_have_the_same_axes(rng):
    html = scatter_html(Scatter(rng.normal(size=(50, 2)), 3 * rng.normal(size=(50, 2))))
    real, synthetic = html.split('<figure class="card">')[1:]
    assert (
        real.split('class="x-ticks"')[1].split("</div>")[0]
        == (synthetic.split('class="x-ticks"')[1].split("</div>")[0])
    )


def test_many_points_are_thinned_and_counted(rng):
    html = scatter_html(Scatter(rng.normal(size=(100_000, 2)), rng.normal(size=(10, 2))))
    assert html.split("</figure>")[0].count("h0") <= MOST_DOTS
    assert "of 100000 points" in html


def test_far_points_do_not_squeeze_the_rest_but_are_told(rng):
    synthetic = np.r_[rng.normal(size=(1000, 2)), [[1e9, 0.0]]]
    html = scatter_html(Scatter(rng.normal(size=(1000, 2)), synthetic))
    real, drawn = html.split('<figure class="card">')[1:]
    assert "lie outside" in drawn and "lie outside" not in real


def test_points_that_are_not_finite_are_left_out():
    real = np.array([[0.0, 1.0], [np.nan, 1.0]])
    assert "1 of 1 points" in scatter_html(Scatter(real, real))
