import numpy as np
import pandas as pd
import pytest

from drawlike.errors import DataError, SettingError
from drawlike.evaluation import evaluate
from drawlike.evaluation.case import Case, Reality
from drawlike.evaluation.explaining import resemblance
from drawlike.evaluation.explaining.resemblance import resembling
from tests.evaluation.cases import case_of


@pytest.fixture
def sets(rng):
    def draw(n):
        pay = rng.normal(size=n)
        return pd.DataFrame(
            {"pay": pay, "age": rng.normal(size=n), "job": rng.choice(["a", "b"], n)}
        )

    train, holdout, fresh = draw(300), draw(150), draw(100)
    fresh.iloc[7] = train.iloc[123]
    return train, holdout, fresh


def test_a_copy_resembles_its_origin_before_all(sets):
    found = evaluate(*sets).resembling([7, 40], k=3)
    assert found.columns.tolist() == ["synthetic", "rank", "training", "distance", "percentile"]
    assert found["synthetic"].tolist() == [7, 7, 7, 40, 40, 40]
    assert found["rank"].tolist() == [1, 2, 3] * 2
    first = found.iloc[0]
    assert (first["training"], first["distance"], first["percentile"]) == (123, 0, 0)
    assert found.groupby("synthetic")["distance"].is_monotonic_increasing.all()


def test_fresh_rows_lie_as_far_as_the_holdout_does(sets):
    found = resembling(case_of(*sets), np.arange(8, 100), k=1)
    assert 35 < found["percentile"].mean() < 65
    assert found["percentile"].between(0, 100).all()


def test_parts_of_many_rows_find_what_all_at_once_do(sets, monkeypatch):
    whole = resembling(case_of(*sets), range(20))
    monkeypatch.setattr(resemblance, "ROWS_AT_ONCE", 33)
    pd.testing.assert_frame_equal(resembling(case_of(*sets), range(20)), whole)


def test_images_resemble_images(rng):
    train, holdout = (rng.integers(0, 255, (50, 8, 8), np.uint8) for _ in range(2))
    found = resembling(case_of(train, holdout, train[::-1].copy()), 4, k=2)
    assert found["training"].tolist()[0] == 45
    assert len(found) == 2


def test_without_a_holdout_there_is_no_percentile(sets):
    case = case_of(*sets)
    found = resembling(Case(Reality(case.train, None), case.synthetic), 7)
    assert found["training"].iloc[0] == 123
    assert found["percentile"].isna().all()


@pytest.mark.parametrize(
    ("rows", "said"), [(100, "no synthetic row 100"), ([-1], "row -1"), (0.5, "float64")]
)
def test_rows_that_are_not_there_are_refused(sets, rows, said):
    with pytest.raises(DataError, match=said):
        resembling(case_of(*sets), rows)
    with pytest.raises(SettingError, match="k=0"):
        resembling(case_of(*sets), 0, k=0)
