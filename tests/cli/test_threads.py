import os

import pytest

from drawlike.cli.threads import POOLS, cpu_quota, use_threads


def available():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("nonsense", None)],
)
def test_a_container_of_version_2_limits_the_threads(tmp_path, quota, expected):
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert cpu_quota(tmp_path) == (expected or available())


@pytest.mark.parametrize(("quota", "expected"), [("100000", 1), ("-1", None), ("0", None)])
def test_a_container_of_version_1_limits_the_threads(tmp_path, quota, expected):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cpu_quota(tmp_path) == (expected or available())


def test_without_a_container_all_scheduled_cpus_are_used(tmp_path):
    assert cpu_quota(tmp_path) == available()


def test_without_a_word_the_quota_counts(monkeypatch):
    monkeypatch.setattr(os, "environ", {})
    use_threads()
    assert {os.environ[pool] for pool in POOLS} == {str(cpu_quota())}


def test_the_environment_wins_over_the_quota_and_the_option_over_both(monkeypatch):
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "7", "MKL_NUM_THREADS": "5"})
    use_threads()
    assert os.environ["MKL_NUM_THREADS"] == "5"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"
    use_threads(3)
    assert {os.environ[pool] for pool in POOLS} == {"3"}
