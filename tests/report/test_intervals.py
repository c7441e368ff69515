"""Values with intervals under each other."""

import math

from drawlike.report import Interval, Intervals, Text, Verdict
from drawlike.report.document import Document
from drawlike.report.intervals import intervals_html
from drawlike.report.render import render


def test_numbers_have_the_digits_that_the_axis_needs():
    block = Intervals(
        (Interval("a", 0.03, 0.0104, 0.05, "good"), Interval("b", -0.0004, -0.02, 0.02))
    )
    page = intervals_html(block)
    assert "0.030 [0.010, 0.050]" in page
    assert "0.000 [−0.020, 0.020]" in page
    assert 'class="interval good"' in page


def test_bars_lie_between_their_ends_and_zero_is_on_the_axis():
    page = intervals_html(Intervals((Interval("a", 2.0, 1.0, 3.0),)))
    assert page.count('class="zero" style="left:3.70%"') == 1
    assert 'style="left:34.57%;width:61.73%"' in page


def test_ends_that_are_unknown_and_hostile_names_are_no_harm():
    page = intervals_html(Intervals((Interval("<b>", 1.0, math.nan, math.inf),)))
    assert "<b>" not in page.replace('<b style="left', "") and "&lt;b&gt;" in page


def test_a_verdict_may_have_a_title():
    verdict = Verdict(True, "Tune the threshold.", (), Text("Nothing helps", "无需处理"))
    page = render(Document("Report", (), verdict))
    assert "Nothing helps" in page and "Passed" not in page
