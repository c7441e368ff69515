"""In which encoding a text file is written."""

import codecs
import re
from pathlib import Path

from ..errors import DataError, SettingError
from ..events import Emitter
from .sources import CHUNK, head, open_stream

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def known_encoding(name: str) -> str:
    """Give the name of an encoding that Python knows."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise SettingError(
            f"encoding={name!r} is not known: try utf-8, gb18030, big5, latin-1 or cp1252."
        ) from None


def detect_encoding(path: Path, events: Emitter) -> str:
    """Give utf-8, utf-8-sig, utf-16, gb18030 or latin-1 after reading the whole file.

    Bytes that are not UTF-8 are gb18030 (which holds GBK) when they decode so and half of
    the characters beyond ASCII are common Chinese ones; else latin-1.
    """
    start = head(path, 4096)
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    if _share_of_controls(start) > 0.05 or b"\0" in start:
        raise DataError(
            f"{path} holds binary data, not lines of text: it is no CSV file. Give it the "
            "suffix of what it is (.parquet, .arrow, .npz, .npy, .zip), or export it as CSV."
        )
    if _share_chinese(path, "utf-8", events) is not None:
        return "utf-8"
    chinese = _share_chinese(path, "gb18030", events) or 0.0
    guess = "gb18030" if chinese > 0.5 else "latin-1"
    events.warning(f"{path} is not UTF-8: it is read as {guess}; encoding= overrides that.")
    return guess


def _share_of_controls(raw: bytes) -> float:
    return sum(byte < 32 and byte not in b"\t\n\r\f" for byte in raw) / max(len(raw), 1)


def _share_chinese(path: Path, encoding: str, events: Emitter) -> float | None:
    """Give the share of common Chinese characters beyond ASCII; None if it does not decode.

    German or French read as GBK gives characters too, yet not those of GB 2312: there the
    second byte is never a plain letter.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    beyond = common = 0
    try:
        with open_stream(path, events) as stream:
            while raw := stream.read(CHUNK):
                foreign = re.sub(r"[\0-\x7f]+", "", decoder.decode(raw))
                beyond += len(foreign)
                common += len(foreign.encode("gb2312", "ignore")) // 2
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return common / max(beyond, 1)
