import re

import numpy as np

from drawlike.report import Field, Scatter
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


def test_a_field_lies_behind_the_points_and_sets_the_axes():
    values = np.zeros((2, 4))
    values[0, 1:3], values[1, 0] = 1.0, -0.5
    field = Field("critic", values, (0.0, 4.0), (0.0, 2.0), -1.0, 1.0, about_zero=True)
    html = scatter_html(Scatter(None, np.array([[1.0, 1.0]]), field=field))
    above = re.search(r'class="association above" [^>]*d="([^"]+)"', html)[1]
    below = re.search(r'class="association below" [^>]*d="([^"]+)"', html)[1]
    assert above == "M250 250h500v250h-500z", "two neighbours are one piece, the lowest row below"
    assert below == "M0 0h250v250h-250z"
    assert "M250 250h0" in html, "the point (1, 1)"
    assert "critic" in html
    assert html.count("<svg") == 1, "without real points there is one panel"


def test_what_is_above_zero_only_is_shaded_from_its_lowest():
    field = Field("density", np.array([[-5.0, 3.0, np.nan]]), (0, 1), (0, 1), 1.0, 3.0)
    html = scatter_html(Scatter(np.zeros((0, 2)), np.zeros((0, 2)), field=field))
    assert html.count("association above") == 2, "one shade in each of two panels"
    assert "association below" not in html
