"""What the benchmarks share: tables, medians, memory."""

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def children_peak_mb(raw: int | None = None) -> float:
    """Peak resident memory of finished child processes, MB."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if raw is None else raw
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def alternate(a: Callable[[], Any], b: Callable[[], Any], repeats: int) -> tuple[list, list]:
    """Seconds of two functions, run in turn so that both meet the same noise."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for run, kept in zip((a, b), times, strict=True):
            began = time.perf_counter()
            run()
            kept.append(time.perf_counter() - began)
    return times


def spread(values: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.3g} [{min(values):.3g}, {max(values):.3g}]"


def table(names: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    shown = [[f"{v:.4g}" if isinstance(v, float) else str(v) for v in line] for line in lines]
    rows = [list(names), ["---"] * len(names), *shown]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
