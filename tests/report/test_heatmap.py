import re

import numpy as np

from drawlike.report import Matrix
from drawlike.report.heatmap import matrix_html


def _shades(html, palette):
    found = re.findall(rf'class="{palette} (\w+)" fill-opacity="([\d.]+)" d="([^"]*)"', html)
    return {
        cell: (side, float(opacity)) for side, opacity, d in found for cell in d.split("z")[:-1]
    }


def test_difference_points_towards_the_larger_side():
    real, synthetic = np.eye(2), np.array([[1.0, 0.2], [-0.4, 1.0]])
    html = matrix_html(Matrix(("a", "b"), real, synthetic))
    shades = _shades(html, "change")
    assert shades == {"M1 0h1v1h-1": ("above", 0.48), "M0 1h1v1h-1": ("below", 1.0)}


def test_small_differences_do_not_fill_the_scale():
    real = np.zeros((2, 2))
    shades = _shades(matrix_html(Matrix(("a", "b"), real, real + 0.01)), "change")
    assert {opacity for _, opacity in shades.values()} == {0.2}


def test_missing_values_stay_blank():
    values = np.array([[1.0, np.nan], [np.nan, 1.0]])
    html = matrix_html(Matrix(("a", "b"), values, values))
    assert set(_shades(html, "association")) == {"M0 0h1v1h-1", "M1 1h1v1h-1"}
    assert "nan" not in html


def test_only_the_columns_that_differ_most_are_drawn():
    real, synthetic = np.eye(60), np.eye(60)
    synthetic[3, 50] = synthetic[50, 3] = 0.9
    names = tuple(f"c{i}" for i in range(60))
    html = matrix_html(Matrix(names, real, synthetic, most=2))
    assert re.findall(r'<div title="(c\d+)"', html) == ["c3", "c50"] * 6
    assert "58 others are left out" in html
    assert "<b>c3</b> × <b>c50</b> 0 → 0.900" in html


def test_tooltips_hold_both_values():
    html = matrix_html(Matrix(("a", "<b>"), np.eye(2), 0.5 * np.eye(2)))
    assert "<title>a × &lt;b&gt;\nreal / 真实: 0\nsynthetic / 合成: 0</title>" in html
