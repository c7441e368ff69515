"""Where images lie: a folder or a zip, seen as names and bytes. Nothing is unpacked."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from ..errors import DataError
from ..events import Emitter
from .sources import named_damage

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
LABELS_FILE = "labels.csv"
_MOST_BYTES = 256 << 20  # a larger PNG or JPEG file is no picture but a trick


class Pile(Protocol):
    """Files by name, with ``/`` between folders, sorted; hidden ones are not there."""

    path: Path
    names: list[str]

    def read(self, name: str) -> bytes:
        """Give the bytes of one file."""


@contextmanager
def open_pile(path: Path) -> Iterator[Pile]:
    """Open a folder or a zip.

    Raises
    ------
    DataError
        If a zip is damaged or locked, or holds a name that leads out of it.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    with named_damage(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield _Zip(path, archive)


def pictures(pile: Pile, events: Emitter) -> list[str]:
    """Give the names of the PNG and JPEG files; tell what else is there."""
    suffixes = Counter(
        PurePosixPath(name).suffix.lower() or "no suffix"
        for name in pile.names
        if PurePosixPath(name).name != LABELS_FILE
    )
    others = ", ".join(
        f"{suffix} x {count}"
        for suffix, count in suffixes.most_common(5)
        if suffix not in IMAGE_SUFFIXES
    )
    names = [name for name in pile.names if name.lower().endswith(IMAGE_SUFFIXES)]
    if not names:
        raise DataError(
            f"{pile.path} holds no PNG or JPEG images ({others or 'it is empty'}). Give a folder "
            "or zip of images, a folder in it for each class, or the path of one file of data."
        )
    if others:
        events.warning(f"{pile.path} also holds files that are no PNG or JPEG: {others}.")
    return names


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        found = (item.relative_to(path) for item in path.rglob("*") if item.is_file())
        self.names = sorted(item.as_posix() for item in found if not _is_hidden(item.parts))

    def read(self, name: str) -> bytes:
        with named_damage(self.path / name):
            return (self.path / name).read_bytes()


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive = path, archive
        files = [info for info in archive.infolist() if not info.is_dir()]
        for info in files:
            _refuse_unsafe(info, path)
        names = (info.filename for info in files)
        self.names = sorted(name for name in names if not _is_hidden(PurePosixPath(name).parts))

    def read(self, name: str) -> bytes:
        with named_damage(f"{name} in {self.path}"), self._archive.open(name) as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise DataError(
                f"{name} in {self.path} unpacks to more than {_MOST_BYTES >> 20} MiB: that is no "
                "picture. Take it out of the zip."
            )
        return content


def _refuse_unsafe(info: zipfile.ZipInfo, path: Path) -> None:
    parts = info.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        raise DataError(
            f"{path} holds a file named {info.filename!r}, which leads out of the zip: nothing "
            "of it is read. Make the zip again from a folder that you trust."
        )
    if info.flag_bits & 1:
        raise DataError(f"{path} is locked with a password: unpack it and read the folder.")


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith((".", "__MACOSX")) or part == "Thumbs.db" for part in parts)
