"""HTML from plain strings: everything a user wrote is escaped, both languages are kept."""

import re
from html import escape as _escape

from drawlike.report.document import Text, Words

# Control characters and bidirectional overrides could hide or reorder what the page says.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_VOID = frozenset({"img", "meta", "input"})


def escape(text: str) -> str:
    """Write text as HTML shows it literally, unsafe characters replaced by U+FFFD."""
    return _escape(_UNSAFE.sub("\ufffd", text), quote=True)


def cut(text: Words, most: int = 80) -> Words:
    """Give the beginning of a long name."""
    if isinstance(text, Text):
        return Text(str(cut(text.en, most)), str(cut(text.zh, most)))
    return text if len(text) <= most else text[: most - 1] + "…"


def words(text: Words) -> str:
    """Give escaped HTML; two spans, of which the page shows one, where the languages differ."""
    if isinstance(text, str):
        return escape(text)
    if text.en == text.zh:
        return escape(text.en)
    return f'<span lang="en">{escape(text.en)}</span><span lang="zh">{escape(text.zh)}</span>'


def plain(text: Words) -> str:
    """Give unescaped text for places that hold no elements: both languages, one after the other."""
    if isinstance(text, str):
        return text
    return text.en if text.en == text.zh else f"{text.en} / {text.zh}"


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """Write an element; children are HTML already, attributes are escaped, ``None`` leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return f"<{name}{written}>"
    return f"<{name}{written}>{''.join(children)}</{name}>"
