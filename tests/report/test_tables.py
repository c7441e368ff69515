import re

import numpy as np
import pytest

from drawlike.report import Cell, Entry, Facts, Head, Leaderboard, Measure, Table, Text
from drawlike.report.tables import facts_html, leaderboard_html, table_html


def _bars(html):
    return [float(width) for width in re.findall(r'<i style="width:([\d.]+)%">', html)]


def _rows(html):
    return html.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]


def _board(measure, *values, eligible=None):
    names = "abcdefgh"
    allowed = eligible or [True] * len(values)
    entries = [Entry(n, (v,), eligible=e) for n, v, e in zip(names, values, allowed, strict=False)]
    return leaderboard_html(Leaderboard((measure,), tuple(entries)))


def test_numbers_stand_right_and_words_left():
    html = table_html(Table(("name", "value", Head("forced", "center")), (("a", 1.5, "x"),)))
    assert re.findall(r'<td class="(\w+)"', html) == ["left", "right", "center"]


def test_cell_shows_mark_interval_and_every_digit_on_hover():
    html = table_html(Table(("v",), ((Cell(0.123456, "bad", interval=(0.1, 0.2)),),)))
    assert "✗" in html and "0.123" in html and "[0.100, 0.200]" in html
    assert 'title="0.123456"' in html


def test_rows_are_folded_then_left_out_with_a_note():
    html = table_html(Table(("n",), tuple((i,) for i in range(1000)), shown=60, most=600))
    assert len(_rows(html)) == 60
    assert html.count("<td") == 600
    assert "540 more rows" in html and "400 further rows are left out." in html


def test_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table_html(Table(("a", "b"), ((1, 2, 3),)))


@pytest.mark.parametrize(
    ("measure", "values", "bars"),
    [
        (Measure("m"), (0.9, 0.45), (100, 50)),
        (Measure("m", "lower"), (0.02, 0.01), (50, 100)),
        (Measure("m", "nearest", 0.5), (0.5, 0.75, 1.0), (100, 50, 0)),
        (Measure("m"), (-10.0, -20.0, -30.0), (100, 50, 0)),
        (Measure("m", "lower"), (0.0, 1.0), (100, 0)),
    ],
)
def test_longer_bars_are_better_whatever_the_direction(measure, values, bars):
    assert _bars(_board(measure, *values)) == pytest.approx(bars)


def test_best_of_each_measure_is_marked():
    rows = _rows(_board(Measure("m", "lower"), 3.0, None, 1.0, float("nan"), float("-inf")))
    assert ["★" in row for row in rows] == [False, False, True, False, False]


def test_copy_of_the_data_is_never_the_best():
    html = _board(Measure("m"), 0.8, 1.0, eligible=[True, False])
    copied = _rows(html)[1]
    assert "★" in _rows(html)[0] and "★" not in copied
    assert "muted" in copied and not _bars(copied)


def test_real_against_real_is_the_last_row():
    html = leaderboard_html(
        Leaderboard(
            (Measure("C2ST", "nearest", 0.5, reference=0.501),), (Entry("a", (0.7,), True),)
        )
    )
    assert "real against real" in _rows(html)[-1] and "0.501" in _rows(html)[-1]
    assert "C2ST\u00a0→0.5" in html and "nearest to 0.5 is best" in html


def test_facts_are_labelled():
    html = facts_html(Facts(((Text("rows", "行"), 26048), ("loss", np.float64(0.5)))))
    assert "26,048" in html and 'title="0.5"' in html and "行" in html
