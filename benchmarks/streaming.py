"""A Parquet file of 5,000,000 rows, streamed against in memory: same result, less memory.

    python benchmarks/streaming.py [rows]

Ten columns: six numbers of which one has gaps, a count, two categories, a truth value.
Each fit runs in a process of its own. "Beyond the start" is the peak of resident memory
less its peak after a fit on 2,000 rows: Python, the libraries and their compiled code.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS, AT_ONCE = 5_000_000, 250_000
MODELS = ("gaussian", "gaussian-mixture")
WAYS = ("streamed", "in memory")
ITERATIONS = 5


def write(path, n):
    """Rows from three kinds, a part at a time."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rng = np.random.default_rng(0)
    names = [*(f"x{i}" for i in range(6)), "count", "colour", "city", "flag"]
    types = [pa.float64()] * 6 + [pa.int64(), pa.string(), pa.string(), pa.bool_()]
    schema = pa.schema(list(zip(names, types, strict=True)))
    with ParquetWriter(path, schema) as file:
        for start in range(0, n, AT_ONCE):
            file.write_table(pa.table(some_rows(min(AT_ONCE, n - start), rng), schema=schema))


def some_rows(n, rng):
    """Columns of rows."""
    import pyarrow as pa

    kind = rng.integers(3, size=n)
    x = rng.normal(size=(n, 6)) @ (np.eye(6) + 0.3) + 3 * kind[:, None]
    reals = [
        pa.array(column, mask=(rng.random(n) < 0.02) & (i == 1)) for i, column in enumerate(x.T)
    ]
    colour = np.array(["red", "green", "blue"])[np.where(rng.random(n) < 0.8, kind, 0)]
    city = np.array([f"city {i}" for i in range(50)])[rng.integers(50, size=n)]
    return [*reals, rng.poisson(20 + 10 * kind), colour, city, rng.random(n) < 0.3]


def fit(path, name, way):
    """Fit in this process; parameters, likelihood, seconds and memory as JSON."""
    from sklearn.base import clone

    from drawlike import MODELS as CLASSES
    from drawlike import read, stream

    settings = {"gaussian": {"max_iter": 3}, "gaussian-mixture": start_of_mixture()}[name]
    model = CLASSES[name](random_state=0, **settings)
    clone(model).fit(
        next(iter(stream(path, chunk_rows=2000))), listener=None
    )  # loads and compiles everything
    began, before = time.perf_counter(), peak_mb()
    data = stream(path) if way == "streamed" else read(path)
    model.fit(data, listener=None)
    seconds, peak = time.perf_counter() - began, peak_mb()
    mixture = model.mixture_
    parameters = [mixture.weights, mixture.normals.means, mixture.normals.covariances]
    parameters += mixture.tables.probabilities
    return {
        "parameters": [part.flatten().tolist() for part in parameters],
        "log_likelihood": model.history_.curve("log_likelihood")[1][-1],
        "seconds": seconds,
        "before": before,
        "beyond": peak - before,
    }


def start_of_mixture():
    """The same start for both, near the truth and not at it."""
    means = [[i * 3.0] * 6 + [20 + 10.0 * i] for i in range(3)]
    return {"n_components": 3, "means_init": means, "max_iter": ITERATIONS, "tol": 0.0}


def peak_mb():
    """Peak of this process's resident memory, MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if sys.platform == "darwin" else 2**10
    )


def fitted_apart(path, name, way):
    """Fit in a fresh process."""
    command = [sys.executable, __file__, "fit", str(path), name, way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def difference(a, b):
    """Largest difference of parameters, relative to the largest of their kind."""
    pairs = zip(a["parameters"], b["parameters"], strict=True)
    return max(np.abs(np.subtract(x, y)).max() / np.abs(y).max() for x, y in pairs)


def main(n):
    from measuring import table

    lines = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write(path, n)
        print(f"{n:,} rows, {path.stat().st_size / 2**20:.0f} MB of Parquet")
        for name in MODELS:
            found = {way: fitted_apart(path, name, way) for way in WAYS}
            apart = difference(*found.values())
            for way, result in found.items():
                memory = result["beyond"], result["before"]
                line = (name, way, result["seconds"], *memory, result["log_likelihood"], apart)
                lines.append((*line[:5], f"{line[5]:.12f}", f"{apart:.1e}"))
    names = ("seconds", "MB beyond the start", "MB at the start", "nats a row", "differ by")
    print(table(("model", "way", *names), lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["fit"]:
        print(json.dumps(fit(*sys.argv[2:])))
    else:
        main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else ROWS)
