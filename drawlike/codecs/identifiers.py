"""Identifiers: never modelled, drawn anew in the same pattern."""

import hashlib
import math
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from itertools import count, groupby, islice
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from .cells import MISSING, Cells, pack, storage, unpack, with_nulls

STYLES = ("sequence", "pattern", "email", "placeholder")
_CLASSES = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_HEXADECIMAL = (string.digits + "abcdef", string.digits + "ABCDEF")
_SHAPE = str.maketrans({letter: kind[0] for kind in _CLASSES for letter in kind})
_MOST_SHAPES = 64
_FEW_LETTERS, _ENOUGH_ROWS = 4, 64  # so few letters in so many rows are a closed list
_ROOM = 20  # a pattern must offer so many times more strings than were seen
_TRIES = 20
_GLANCE = 20_000  # so many strings show the letters at each position

Shape = tuple[float, tuple[str, ...]]


@dataclass(frozen=True)
class Identifiers:
    """Fresh identifiers: distinct among themselves, none of them from the training rows.

    Whole numbers continue beyond the largest one seen. Strings are drawn from the letters seen
    at each position, or are the column's name and a running number. No training identifier is
    kept, only salted 8-byte hashes, so that a draw that hits one is drawn again.
    """

    tag: ClassVar[str] = "identifiers"
    block: ClassVar[None] = None

    name: str
    style: str
    type: pa.DataType
    missing: tuple[int, ...]
    frequencies: np.ndarray
    last: int = 0
    shapes: tuple[Shape, ...] = ()
    salt: str = ""
    hashes: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))

    @classmethod
    def fit(cls, name: str, cells: Cells, style: str) -> Self:
        """Learn the pattern and what must not be drawn again."""
        values, missing = cells.observed, cells.missing_kinds()
        counts = np.bincount(cells.missing, minlength=len(MISSING))[[0, *missing]]
        blank = cls(name, style, values.type, missing, counts / counts.sum())
        if storage(values.type) != "string":
            last = math.floor(pc.max(values).as_py())
            return replace(blank, style="sequence", last=last)
        texts = pc.unique(values).to_pylist()
        # the salt comes from the data, so that fitting twice gives the same bytes
        salt = hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()
        shapes = tuple(find_shapes(texts)) if style == "pattern" else ()
        hashes = np.unique(_hashes(texts, salt))
        return replace(blank, salt=salt, hashes=hashes, shapes=shapes)

    def encode(self, cells: Cells) -> np.ndarray:
        """No columns, (n, 0)."""
        return np.empty((len(cells), 0))

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Draw fresh identifiers, missing as often as in the training rows."""
        n = len(encoded)
        values = self._numbers(n) if self.style == "sequence" else self._strings(n, rng)
        kinds = np.array([0, *self.missing], np.int8)
        missing = rng.choice(kinds, n, p=self.frequencies)
        return Cells(with_nulls(values, missing), missing)

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """0: identifiers are no part of the density, (n,)."""
        return np.zeros(len(cells))

    def _numbers(self, n: int) -> pa.Array:
        if storage(self.type) == "integer":
            room = np.iinfo(self.type.to_pandas_dtype()).max - self.last
            if n > room:
                raise DataError(
                    f"column {self.name!r} ({self.type}) has room for {room} identifiers beyond "
                    f"{self.last}, {n} are needed; give it a wider integer type, or declare it "
                    "'integer' to model it as a number"
                )
        return pa.array(range(self.last + 1, self.last + 1 + n)).cast(self.type)

    def _strings(self, n: int, rng: np.random.Generator) -> pa.Array:
        fresh: dict[str, None] = {}
        for _ in range(_TRIES):
            fresh |= dict.fromkeys(self._unseen(self._propose(n - len(fresh), rng)))
        numbered = (f"{self.name}-{number:06d}" for number in count(1))
        while len(fresh) < n:
            fresh |= dict.fromkeys(self._unseen(list(islice(numbered, n - len(fresh)))))
        return pa.array(list(fresh), pa.large_string())

    def _propose(self, n: int, rng: np.random.Generator) -> list[str]:
        if self.style == "email":
            return [f"user-{rng.bytes(5).hex()}@example.com" for _ in range(n)]
        if not self.shapes or not n:
            return []
        chosen = rng.choice(len(self.shapes), n, p=[share for share, _ in self.shapes])
        texts = np.empty(n, object)
        for position, (_, alphabets) in enumerate(self.shapes):
            rows = np.flatnonzero(chosen == position)
            letters = [rng.choice(list(alphabet), len(rows)) for alphabet in alphabets]
            texts[rows] = ["".join(row) for row in zip(*letters, strict=True)]
        return texts.tolist()

    def _unseen(self, texts: list[str]) -> list[str]:
        seen = np.isin(_hashes(texts, self.salt), self.hashes)
        return [text for text, known in zip(texts, seen.tolist(), strict=True) if not known]

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        shapes = [[share, list(alphabets)] for share, alphabets in self.shapes]
        kind = pack(pa.nulls(0, self.type))
        return {**plain, "type": kind, "shapes": shapes, "missing": list(self.missing)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        changed = {
            "type": unpack(state["type"]).type,
            "shapes": tuple((share, tuple(letters)) for share, letters in state["shapes"]),
            "missing": tuple(state["missing"]),
        }
        return cls(**{**state, **changed})


def find_shapes(texts: list[str]) -> list[Shape]:
    """Find the letters at each position, a shape of string; empty if that leaves no room."""
    by_shape = _grouped(texts, [text.translate(_SHAPE) for text in texts])
    by_length = _grouped(texts, [len(text) for text in texts])
    groups = by_shape if len(by_shape) <= _MOST_SHAPES else by_length
    if len(groups) > _MOST_SHAPES:
        return []
    total = len(texts)
    for alphabet in (_alphabet, _open_alphabet):
        shapes = [(len(group) / total, _alphabets(group, alphabet)) for group in groups]
        if sum(math.prod(map(len, alphabets)) for _, alphabets in shapes) >= _ROOM * total:
            return shapes
    return []


def write_pattern(shapes: Iterable[Shape]) -> str:
    """Write the most frequent shape as a regular expression, for people."""
    _, alphabets = max(shapes)
    runs = ((_class(letters), len(list(same))) for letters, same in groupby(alphabets))
    return "".join(text if times == 1 else f"{text}{{{times}}}" for text, times in runs)


def _class(letters: str) -> str:
    if len(letters) == 1:
        return re.escape(letters)
    for kind in _CLASSES:
        letters = letters.replace(kind, f"{kind[0]}-{kind[-1]}")
    return f"[{letters.replace('abcdef', 'a-f').replace('ABCDEF', 'A-F')}]"


def _grouped(texts: list[str], keys: list[Any]) -> list[list[str]]:
    groups: dict[Any, list[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        groups.setdefault(key, []).append(text)
    return list(groups.values())


def _alphabets(group: list[str], alphabet: Callable[[set[str], int], str]) -> tuple[str, ...]:
    seen = group[:: math.ceil(len(group) / _GLANCE)]
    return tuple(alphabet(set(letters), len(seen)) for letters in zip(*seen, strict=True))


def _alphabet(letters: set[str], n: int) -> str:
    closed = n >= _ENOUGH_ROWS and len(letters) <= _FEW_LETTERS
    if closed or len(letters) == 1:
        return "".join(sorted(letters))
    return _open_alphabet(letters, n)


def _open_alphabet(letters: set[str], n: int) -> str:
    for letters_known in _HEXADECIMAL:
        if letters <= set(letters_known) and len(letters) > 1 and not letters <= set(string.digits):
            return letters_known
    touched = "".join(kind for kind in _CLASSES if letters & set(kind))
    return touched + "".join(sorted(letters - set(touched)))


def _hashes(texts: Iterable[str], salt: str) -> np.ndarray:
    seed = hashlib.blake2b(bytes.fromhex(salt), digest_size=8)
    digests = []
    for text in texts:
        state = seed.copy()
        state.update(text.encode())
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), np.uint64)
