import re
from html.parser import HTMLParser

import pytest

from drawlike.report import Document, ImageGrid, Paragraph, Section, Text, Verdict, render
from drawlike.report.document import Block
from drawlike.report.render import _BLOCKS
from tests.report.documents import HOSTILE, rich_document

VOID = {"meta", "img"}


class Page(HTMLParser):
    """Reads a page, insists that every element closes, and keeps what tests ask about."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append((self.open[-1] if self.open else None, data))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def html():
    return render(rich_document())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_every_kind_of_block_can_be_drawn():
    assert set(_BLOCKS) == set(Block.__args__)


def test_page_holds_every_figure(page):
    styles = " ".join(attrs.get("class") or "" for _, attrs in page.elements)
    for style in ("verdict", "facts", "alert", "table", "bins", "heat", "images", "curves", "dots"):
        assert style in styles.split()


def test_verdict_comes_before_every_section(html):
    assert html.index("Not passed") < html.index('id="section-1"')


def test_contents_lead_to_every_section(page):
    targets = {attrs["href"] for attrs in page.all("a")}
    assert targets == {f"#{attrs['id']}" for attrs in page.all("section") if "id" in attrs}
    assert len(targets) == 4


def test_both_languages_are_in_the_page(page):
    spans = [attrs.get("lang") for attrs in page.all("span")]
    assert spans.count("en") == spans.count("zh") > 20
    assert page.all("html") == [{"lang": "en"}]
    assert any("副本有多好？" in text for _, text in page.text)


def test_page_loads_nothing(html, page):
    loading = [
        attrs.get(key) for _, attrs in page.elements for key in ("src", "href", "xlink:href")
    ]
    assert all(
        url.startswith(("data:image/png;", "data:image/gif;", "#"))
        for url in loading
        if url is not None
    )
    assert {"link", "iframe", "object", "embed", "use", "base"}.isdisjoint(
        t for t, _ in page.elements
    )
    assert not re.search(r"url\(|@import|https?://", html)


def test_policy_names_the_script_and_no_other_source(page):
    (policy,) = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]{44}';", policy)


def test_hostile_names_are_text_and_nothing_else(page, html):
    assert len(page.all("script")) == 1
    assert "owned" not in "".join(text for tag, text in page.text if tag == "script")
    assert "\u202e" not in html and "\x00" not in html
    shown = HOSTILE.replace("\u202e", "\ufffd").replace("\x00", "\ufffd")
    assert any(text == shown for _, text in page.text)


@pytest.mark.parametrize("lone", ["\ud800", "a\udfffb"])
def test_page_with_a_lone_surrogate_can_be_written(lone):
    assert render(Document(lone, ())).encode("utf-8")


def test_same_document_gives_the_same_bytes(html):
    assert render(rich_document()) == html


def test_size_of_a_large_report():
    large = render(rich_document(n_columns=100, n_images=2000))
    assert len(large.encode("utf-8")) < 1_500_000


@pytest.mark.parametrize(
    ("passed", "english", "chinese"),
    [(True, "Passed", "通过"), (False, "Not passed", "未通过"), (None, "Cannot judge", "无法判断")],
)
def test_verdict_in_words(passed, english, chinese):
    page = Page(render(Document("t", (), Verdict(passed, "why"))))
    texts = [text for _, text in page.text]
    assert english in texts and chinese in texts and "why" in texts


def test_empty_document_is_a_page():
    assert Page(render(Document("", ()))).all("main")


def test_text_that_is_the_same_in_both_languages_stands_once():
    page = Page(render(Document("t", (Section("s", (Paragraph(Text("R²", "R²")),)),))))
    assert [text for _, text in page.text].count("R²") == 1


def test_images_beyond_the_page_budget_are_counted(rng):
    images = rng.integers(0, 256, (500, 32, 32, 3)).astype("uint8")
    page = Page(render(Document("t", (Section("s", (ImageGrid(images),)),))))
    shown = len(page.all("img"))
    assert 20 < shown < 500
    assert f"The first {shown} of 500 images." in [text for _, text in page.text]
