"""Time and memory of wide and long tables, each fit and each draw in a process of its own.

    python benchmarks/large_tables.py [--rows 100000 1000000] [--columns 50 300]
        [--models latent-class autoregressive] [--draw 100000] [--set epochs=1]
    python benchmarks/large_tables.py --file adult.csv

Columns are mixed: categories of 2 to 2,000 values, whole numbers, lognormal and rounded numbers,
times, atoms of 0, missing cells. They follow 20 hidden kinds of rows, and one holds 300,000
categories. The table is made by a seed, 50,000 rows at a time, and kept as Parquet, read as an
Arrow table by ``drawlike.read``. Prints seconds of the clock and of the CPU, and by how much the peak of
resident memory passes what the imports take; reading and encoding are in it. The time to the
first event tells how soon progress is shown.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import children_peak_mb, table

_CHUNK, _KINDS, _MANY = 50_000, 20, 300_000


def write(path: Path, n_rows: int, n_columns: int) -> None:
    """Make a table by a seed, a chunk of rows at a time."""
    laws = np.random.default_rng(0)
    shift = laws.normal(size=(n_columns, _KINDS))
    writer = None
    for first in range(0, n_rows, _CHUNK):
        rng = np.random.default_rng([1, first])
        kind = rng.integers(_KINDS, size=min(_CHUNK, n_rows - first))
        columns = {f"c{v:03}": _column(v, shift[v][kind], rng) for v in range(n_columns - 1)}
        columns["product"] = _products(first, n_rows, rng, len(kind))
        chunk = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, chunk.schema)
        writer.write_table(chunk)
    assert writer
    writer.close()


def _column(v: int, at: np.ndarray, rng: np.random.Generator) -> pa.Array:
    n, noise = len(at), rng.normal(size=len(at))
    level = at + noise
    make = (
        lambda: pa.array(np.array(["a", "b"])[(level > 0).astype(int)]),
        lambda: _words(level, 8),
        lambda: _words(level, 60),
        lambda: _words(level, 2000),
        lambda: pa.array((40 + 12 * level).round().astype(np.int64)),
        lambda: pa.array(np.exp(level)),
        lambda: pa.array((100 * level).round(2)),
        lambda: pa.array(np.where(level < 0, 0.0, level**2)),
        lambda: pa.array(level, mask=rng.random(n) < 0.1),
        lambda: pa.array(1_600_000_000 + (1e6 * level).astype(np.int64), pa.timestamp("s")),
    )
    return make[v % len(make)]()


def _words(level: np.ndarray, n: int) -> pa.Array:
    codes = (n / (1 + np.exp(-level))).astype(np.int32).clip(0, n - 1)
    return pa.DictionaryArray.from_arrays(codes, [f"w{i}" for i in range(n)]).dictionary_decode()


def _products(first: int, n_rows: int, rng: np.random.Generator, n: int) -> pa.Array:
    several = min(_MANY, n_rows // 3)  # three rows or more each, in a table of a million
    ranks = np.minimum(rng.zipf(1.3, n) - 1, several - 1)
    ranks[: n // 2] = (first + np.arange(n // 2)) % several
    return pa.array([f"item-{rank}" for rank in ranks.tolist()])


def fit(path: str, model: str, folder: str, settings: str) -> None:
    """Fit in this process, and print what it took."""
    import drawlike as dl
    from drawlike.models import find

    cls = find(model)
    began, cpu, base = time.perf_counter(), time.process_time(), _peak_mb()
    heard: list[tuple[float, str]] = []
    data = dl.read(path, frame="arrow")
    read = time.perf_counter() - began
    stages: dict[str, float] = {}

    def hear(event: object) -> None:
        heard.append((time.perf_counter() - began, event.stage))  # type: ignore[attr-defined]
        stages[event.stage] = time.perf_counter() - began  # type: ignore[attr-defined]

    fitted = cls(random_state=0, **json.loads(settings)).fit(data, listener=hear)
    silent = _longest([t for t, _ in heard], time.perf_counter() - began)
    told = {"read": read, "first": heard[0][0], "silent": silent, "stages": stages}
    print(json.dumps({**_took(began, cpu, base), **told}))
    fitted.save(folder, overwrite=True)


def draw(folder: str, n: str) -> None:
    """Draw in this process, and print what it took."""
    import drawlike as dl
    from drawlike.models import find

    find("autoregressive")  # imported lazily
    began, cpu, base = time.perf_counter(), time.process_time(), _peak_mb()
    drawn = dl.load(folder).sample(int(n), random_state=0)
    print(json.dumps({**_took(began, cpu, base), "rows": len(drawn)}))


def _longest(times: list[float], end: float) -> float:
    return float(np.diff([0.0, *times, end]).max())


def _took(began: float, cpu: float, base: float) -> dict[str, float]:
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "mb": _peak_mb() - base,
    }


def _peak_mb() -> float:
    return children_peak_mb(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _apart(*words: str) -> dict[str, float]:
    run = [sys.executable, __file__, *words]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--columns", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--models", nargs="+", default=["latent-class", "autoregressive"])
    parser.add_argument("--draw", default="100000")
    parser.add_argument("--file", help="a table of your own in place of made ones")
    parser.add_argument("--set", default="{}", help="settings as JSON, '{\"epochs\": 1}'")
    options = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as place:
        for n_rows in [0] if options.file else options.rows:
            for n_columns in [0] if options.file else options.columns:
                path = options.file or f"{place}/{n_rows}x{n_columns}.parquet"
                if not options.file:
                    write(Path(path), n_rows, n_columns)
                for model in options.models:
                    fitted = _apart("fit", path, model, f"{place}/{model}", options.set)
                    print(fitted, file=sys.stderr, flush=True)
                    drawn = _apart("draw", f"{place}/{model}", options.draw)
                    names = ("seconds", "cpu", "mb", "read", "first", "silent")
                    figures = [fitted[name] for name in names]
                    shape = options.file or f"{n_rows:,} x {n_columns}"
                    lines.append((shape, model, *figures, drawn["cpu"], drawn["mb"]))
                    print(table(_NAMES, lines), flush=True)


_NAMES = ("table", "model", "fit s", "fit CPU s", "fit MB", "read s", "first event s",
          "longest silence s", "draw CPU s", "draw MB")  # fmt: skip

if __name__ == "__main__":
    if sys.argv[1:2] == ["fit"]:
        fit(*sys.argv[2:])
    elif sys.argv[1:2] == ["draw"]:
        draw(*sys.argv[2:])
    else:
        main()
