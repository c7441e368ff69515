import pytest

from drawlike.report import Text


def test_format_fills_each_language_with_its_own_words():
    filled = Text("{n} {what}", "{n} 个{what}").format(n=3, what=Text("rows", "样本"))
    assert filled == Text("3 rows", "3 个样本")


def test_format_does_not_read_braces_in_the_values():
    assert Text("{name}", "{name}").format(name="{0.__class__}") == Text(*["{0.__class__}"] * 2)


def test_missing_value_is_an_error():
    with pytest.raises(KeyError):
        Text("{n}", "{n}").format(m=1)
