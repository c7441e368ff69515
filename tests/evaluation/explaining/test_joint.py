import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.explaining.joint import joint_shares, parts
from tests.evaluation.cases import case_of

N = 400


def frame(rng, swapped=False):
    job = rng.choice(["cook", "nurse"], N)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 50, N), "D")
    night = (job == "nurse") != swapped
    pay = pd.Series(rng.normal(np.where(night, 30, 20), 1)).where(rng.random(N) < 0.9)
    return pd.DataFrame({"job": job, "pay": pay, "day": day})


@pytest.fixture
def sides(rng):
    case = case_of(frame(rng), frame(rng), frame(rng, swapped=True))
    return case.train, case.synthetic


def test_the_combination_that_differs_most_comes_first(sides):
    worst = joint_shares("pay", "job", *sides)
    gaps = [abs(cell.real - cell.synthetic) for cell in worst]
    assert len(worst) == 6 and gaps == sorted(gaps, reverse=True)
    low = worst[0]
    assert "pay " in low.name.en and "job " in low.name.en
    assert (low.real == 0) or (low.synthetic == 0)


def test_shares_of_all_combinations_sum_to_one(sides, rng):
    for name in ("job", "pay", "day"):
        found = parts(name, *sides)
        for side in (found.real, found.synthetic):
            assert np.bincount(side, minlength=len(found.names)).sum() == N
            assert side.max() < len(found.names)


def test_a_number_is_cut_where_a_fifth_of_the_real_rows_ends(sides):
    found = parts("pay", *sides)
    assert len(found.names) == 6
    assert found.names[0].startswith("< ") and found.names[4].startswith("≥ ")
    assert found.names[-1].en == "missing"
    counts = np.bincount(found.real, minlength=6)
    assert np.ptp(counts[:5]) <= 2
    assert counts[5] == np.isnan(sides[0].columns.get("pay")).sum()


def test_days_are_written_as_days(sides):
    assert parts("day", *sides).names[0].startswith("< 2024-")


def test_rare_and_unseen_categories_are_others(rng):
    rare = pd.DataFrame({"town": [f"t{i}" for i in range(40)] * 5 + ["big"] * 50, "x": range(250)})
    new = rare.assign(town=rare["town"].where(rare.index > 9, "never seen"))
    case = case_of(rare, rare, new, schema={"town": "category"})
    found = parts("town", case.train, case.synthetic)
    assert found.names[0] == "big"
    assert len(found.names) == 14
    other = len(found.names) - 2
    assert (found.real == other).sum() == 200 - 11 * 5
    assert (found.synthetic[:10] == other).all()
