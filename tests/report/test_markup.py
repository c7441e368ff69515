from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawlike.report import Text
from drawlike.report.markup import cut, escape, plain, tag, words


def _read(html):
    parser, found = HTMLParser(), {"tags": [], "text": ""}
    parser.handle_starttag = lambda name, attrs: found["tags"].append((name, dict(attrs)))
    parser.handle_data = lambda data: found.__setitem__("text", found["text"] + data)
    parser.feed(html)
    parser.close()
    return found


@given(st.text())
def test_any_text_is_read_back_as_text(text):
    found = _read(tag("p", words(text), title=text))
    shown = "".join(c for c in found["text"] if c != "\ufffd")
    assert [name for name, _ in found["tags"]] == ["p"]
    assert set(shown) <= set(text)
    assert found["tags"][0][1]["title"] == found["text"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u2066", "\ud800", "\x85"])
def test_characters_that_hide_or_reorder_are_replaced(character):
    assert escape(f"a{character}b") == "a\ufffdb"


def test_line_breaks_stay_in_tooltips():
    assert escape("a\nb") == "a\nb"


def test_both_languages_stand_side_by_side():
    text = Text("one <1>", "一")
    assert words(text) == '<span lang="en">one &lt;1&gt;</span><span lang="zh">一</span>'
    assert plain(text) == "one <1> / 一"


def test_attributes_lose_their_underscores_and_none_leaves_one_out():
    assert (
        tag("a", "x", class_="k", aria_label="l", title=None) == '<a class="k" aria-label="l">x</a>'
    )


def test_long_names_are_cut_in_both_languages():
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
    assert cut(Text("abcdef", "一二三"), 4) == Text("abc…", "一二三")
