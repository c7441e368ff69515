"""A document as one HTML file that needs nothing else: no network, no fonts, no libraries."""

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from drawlike.report.curves import curves_html
from drawlike.report.document import (
    Alert,
    Animation,
    Block,
    Check,
    Curves,
    Document,
    Facts,
    Fold,
    Histograms,
    ImageGrid,
    Intervals,
    Leaderboard,
    Matrix,
    Paragraph,
    Scatter,
    Section,
    Strips,
    Table,
    Text,
    Verdict,
)
from drawlike.report.heatmap import matrix_html
from drawlike.report.images import animation_html, images_html, strips_html
from drawlike.report.intervals import intervals_html
from drawlike.report.markup import plain, tag, words
from drawlike.report.multiples import histograms_html
from drawlike.report.scatter import scatter_html
from drawlike.report.tables import facts_html, leaderboard_html, table_html

_CONTENTS = Text("Contents", "目录")
_VERDICTS: dict[bool | None, tuple[str, str, Text]] = {
    True: ("good", "✓", Text("Passed", "通过")),
    False: ("bad", "✗", Text("Not passed", "未通过")),
    None: ("unsure", "?", Text("Cannot judge", "无法判断")),
}
_CHECKS = {True: ("good", "✓"), False: ("bad", "✗"), None: ("unsure", "–")}


def render(document: Document) -> str:
    """Write a document as one self-contained HTML page in English and Chinese.

    The same document gives the same bytes. Without scripts the page is in English.
    """
    script = _asset("report.js")
    head = tag(
        "head",
        '<meta charset="utf-8">',
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        tag("title", words(plain(document.title))),
        f"<style>{_asset('report.css')}</style>",
    )
    body = tag("body", _page(document), f"<script>{script}</script>")
    return f'<!DOCTYPE html>\n<html lang="en">{head}{body}</html>\n'


def _page(document: Document) -> str:
    sections = (_section(index, section) for index, section in enumerate(document.sections, 1))
    main = tag(
        "main",
        _verdict(document.verdict) if document.verdict else "",
        *sections,
        tag("footer", words(document.footer)) if document.footer else "",
    )
    return _header(document) + tag("div", _contents(document), main, class_="page")


def _header(document: Document) -> str:
    buttons = (
        f'<button type="button" data-to="{code}" lang="{code}">{name}</button>'
        for code, name in (("en", "English"), ("zh", "中文"))
    )
    subtitle = tag("p", words(document.subtitle)) if document.subtitle else ""
    switch = tag("div", *buttons, class_="switch", role="group", aria_label="Language / 语言")
    return tag("header", tag("div", tag("h1", words(document.title)), subtitle), switch)


def _contents(document: Document) -> str:
    items = (
        tag("li", tag("a", words(section.title), href=f"#section-{index}"))
        for index, section in enumerate(document.sections, 1)
    )
    return tag("nav", tag("p", words(_CONTENTS)), tag("ol", *items), aria_label=plain(_CONTENTS))


def _verdict(verdict: Verdict) -> str:
    style, sign, name = _VERDICTS[verdict.passed]
    checks = tag("ul", *map(_check, verdict.checks)) if verdict.checks else ""
    text = tag(
        "div", tag("h2", words(verdict.title or name)), tag("p", words(verdict.words)), checks
    )
    return tag("section", tag("div", sign, class_="seal"), text, class_=f"verdict {style}")


def _check(check: Check) -> str:
    style, sign = _CHECKS[check.passed]
    return tag("li", tag("span", sign, class_="sign"), words(check.text), class_=style)


def _section(index: int, section: Section) -> str:
    title = tag("h2", words(section.title))
    return tag("section", title, *map(_block, section.blocks), id=f"section-{index}")


def _block(block: Block) -> str:
    return _BLOCKS[type(block)](block)


def _paragraph(block: Paragraph) -> str:
    return tag("p", words(block.text))


def _alert(block: Alert) -> str:
    return tag("p", words(block.text), class_=f"alert {block.level}", role="note")


def _fold(block: Fold) -> str:
    return tag("details", tag("summary", words(block.summary)), *map(_block, block.blocks))


def _policy(script: str) -> str:
    """Allow our own script by its hash and nothing from anywhere, whatever the data contain."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    return files("drawlike.report").joinpath(name).read_text(encoding="utf-8")


_BLOCKS: dict[type, Callable[[Any], str]] = {
    Paragraph: _paragraph,
    Alert: _alert,
    Facts: facts_html,
    Table: table_html,
    Leaderboard: leaderboard_html,
    Histograms: histograms_html,
    Matrix: matrix_html,
    ImageGrid: images_html,
    Strips: strips_html,
    Animation: animation_html,
    Curves: curves_html,
    Intervals: intervals_html,
    Scatter: scatter_html,
    Fold: _fold,
}
