"""Work on blocks of rows in threads of our own, none of which waits by spinning."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TypeVar

import torch

_ENOUGH = 16384  # rows of a strand
_MANY = 1 << 17  # rows that a batch may have

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def one_thread() -> Iterator[int]:
    """Keep torch to the calling thread; gives the number of threads it had.

    Torch's own threads spin when they wait for each other, which starves other processes
    on a busy machine.
    """
    before = torch.get_num_threads()
    if before > 1:
        torch.set_num_threads(1)
    try:
        yield before
    finally:
        if before > 1:
            torch.set_num_threads(before)


def in_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Results in order, of as many items at once as torch has threads.

    Whatever their number, each item is the work of one thread: the same bytes.
    """
    with team() as each:
        yield from (each if len(items) > 1 else map)(work, items)


@contextmanager
def team() -> Iterator[Callable[..., Iterator[Any]]]:
    """Give a ``map`` in as many threads as torch has, which stay while this is open.

    Torch keeps to the calling one: work of milliseconds would wait longer than it takes.
    """
    with one_thread() as n_threads:
        if n_threads < 2:
            yield map
            return
        with ThreadPoolExecutor(n_threads) as pool:
            yield pool.map


def strands(n: int) -> list[slice]:
    """Cut n rows into parts of one thread each, by n alone."""
    n_parts = max(1, min(8, n // _ENOUGH)) * -(-n // _MANY)
    edges = [n * i // n_parts for i in range(n_parts + 1)]
    return [slice(a, b) for a, b in pairwise(edges)]


def blocks(n: int, size: int) -> list[slice]:
    """Cut n rows into blocks of a size; the last may be smaller."""
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]
