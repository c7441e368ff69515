"""How many threads the numeric libraries may start: what the CPU quota allows."""

import math
import os
from pathlib import Path

POOLS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_CGROUPS = Path("/sys/fs/cgroup")


def use_threads(count: int | None = None) -> None:
    """Tell the libraries, before they are imported, how many threads to start.

    Without a count it is what OMP_NUM_THREADS says, else the quota; pools that the
    environment sets by their own names keep that.
    """
    # threads that spin while they wait make a busy machine ten times slower
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    default = os.environ.get(POOLS[0]) or str(cpu_quota())
    for pool in POOLS:
        if count is not None:
            os.environ[pool] = str(count)
        else:
            os.environ.setdefault(pool, default)


def cpu_quota(cgroups: Path = _CGROUPS) -> int:
    """Give the number of CPUs that this process may keep busy: containers have fewer."""
    available = _scheduled()
    limits = (_version_2(cgroups), _version_1(cgroups))
    return max(1, min([available, *(math.ceil(limit) for limit in limits if limit)]))


def _scheduled() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version_2(cgroups: Path) -> float | None:
    return _share(_words(cgroups / "cpu.max"))


def _version_1(cgroups: Path) -> float | None:
    names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
    return _share([word for name in names for word in _words(cgroups / "cpu" / name)])


def _share(words: list[str]) -> float | None:
    """CPUs of a quota and its period in microseconds; "max" and -1 mean no limit."""
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return None
    quota, period = map(int, words)
    return quota / period if quota and period else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
