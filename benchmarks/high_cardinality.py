"""Peak memory and time of a table of 1,000,000 rows with one column of 300,000 categories.

Fits and samples through the command line, each in a process of its own, and prints its
peak resident memory; the goal is under 4 GB. Last, the ratio to what reading the same file
with pandas and one-hot encoding that column alone would take.

    python benchmarks/high_cardinality.py [--rows 1000000] [--models gaussian,vae,...]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import children_peak_mb, table

N_CATEGORIES = 300_000


def write_csv(path: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    ranks = np.minimum(rng.zipf(1.3, rows) - 1, N_CATEGORIES - 1)
    ranks[:N_CATEGORIES] = rng.permutation(N_CATEGORIES)[: min(rows, N_CATEGORIES)]
    pd.DataFrame(
        {
            "product": np.char.add("item-", ranks.astype(str)),
            "region": rng.choice(list("abcdefgh"), rows),
            "age": rng.integers(18, 90, rows),
            "price": rng.lognormal(3, 1, rows).round(2),
            "weight": rng.normal(size=rows),
            "paid": np.where(rng.random(rows) < 0.3, 0.0, rng.gamma(2, 20, rows)),
        }
    ).to_csv(path, index=False)


def drawlike(*words: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one command."""
    code = (
        "import resource, subprocess, sys\n"
        "run = [sys.executable, '-c', 'from drawlike.cli import main; main()', *sys.argv[1:]]\n"
        "done = subprocess.run(run).returncode\n"
        "print(done, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    began = time.perf_counter()
    out = subprocess.run(
        [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True
    )
    status, kilobytes = out.stdout.split()[-2:]
    if status != "0":
        raise SystemExit(out.stderr)
    return time.perf_counter() - began, children_peak_mb(int(kilobytes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--models", default="gaussian,gaussian-mixture,topk,vae,gan")
    parser.add_argument("--seconds", type=float, default=60, help="limit of the gradient models")
    options = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "big.csv"
        write_csv(data, options.rows)
        for model in options.models.split(","):
            limit = ["--set", f"max_seconds={options.seconds}"] if model in ("vae", "gan") else []
            out = str(Path(folder) / model)
            fit = drawlike("fit", str(data), "--model", model, "--out", out, "--quiet", *limit)
            drawn = str(Path(folder) / f"{model}.csv")
            sample = drawlike("sample", out, "-n", str(options.rows), "--out", drawn, "--quiet")
            found = pd.read_csv(drawn)
            lines.append((model, *fit, *sample, len(found), found["product"].nunique()))
    names = ("model", "fit s", "fit MB", "sample s", "sample MB", "rows", "categories drawn")
    print(table(names, lines))
    worst = max(max(line[2], line[4]) for line in lines)
    one_hot = options.rows * N_CATEGORIES / 1e6
    print(f"ratio: peak {worst:.0f} MB = 1/{one_hot / worst:.0f} of the column as one-hot bytes")


if __name__ == "__main__":
    main()
