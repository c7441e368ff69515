"""The page in a real browser, without a network."""

import pytest

from drawlike.report import render
from tests.report.documents import rich_document

pytestmark = pytest.mark.chromium
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EMPTY_FIGURES = """[...document.querySelectorAll('svg, img, table')].filter(figure => {
  const folded = figure.closest('details:not([open])');
  const box = figure.getBoundingClientRect();
  return !folded && (box.width < 20 || box.height < 8);
}).length"""
SHOWN = "getComputedStyle(document.querySelector('h1 span[lang={}]')).display !== 'none'"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(rich_document()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(chromium, address):
    """Opens the report offline and fails on any error it writes to the console."""
    complaints = []

    def opened(**options):
        context = chromium.new_context(offline=True, **options)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    assert complaints == []


@pytest.mark.parametrize("width", [400, 800, 1280])
def test_page_fits_its_window(open_page, width):
    page = open_page(viewport={"width": width, "height": 900})
    assert page.evaluate(OVERFLOW) <= 0
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_figure_has_a_size(open_page, scheme):
    page = open_page(color_scheme=scheme)
    assert page.evaluate("document.querySelectorAll('svg').length") > 30
    assert page.evaluate(EMPTY_FIGURES) == 0
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")


def test_language_follows_the_browser_then_the_reader(open_page):
    page = open_page(locale="zh-CN")
    assert page.evaluate(SHOWN.format("zh")) and not page.evaluate(SHOWN.format("en"))
    page.get_by_role("button", name="English").click()
    assert page.evaluate(SHOWN.format("en")) and not page.evaluate(SHOWN.format("zh"))
    assert page.title() == "How good is the copy?"
    page.reload()
    assert page.evaluate(SHOWN.format("en"))


def test_page_is_english_without_scripts(open_page):
    page = open_page(java_script_enabled=False, locale="zh-CN")
    assert page.get_by_text("How good is the copy?").first.is_visible()
    assert not page.get_by_text("副本有多好？").last.is_visible()
    assert not page.get_by_role("button", name="English").is_visible()


def test_hostile_names_run_nothing(open_page):
    assert open_page().title() == "How good is the copy?"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_text_reach_contrast_aa(open_page, scheme):
    page = open_page(color_scheme=scheme)
    names = ["ink", "muted", "real", "synthetic", "good", "bad", "warn", "unsure", "paper"]
    style = "getComputedStyle(document.documentElement).getPropertyValue('--{}')"
    colours = {name: page.evaluate(style.format(name)).strip() for name in names}
    paper = _luminance(colours.pop("paper"))
    ratios = {name: _contrast(_luminance(colour), paper) for name, colour in colours.items()}
    assert all(ratio >= 4.5 for ratio in ratios.values()), ratios


def _luminance(colour):
    levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
