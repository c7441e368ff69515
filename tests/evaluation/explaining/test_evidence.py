import numpy as np
import pandas as pd

from drawlike.evaluation import evaluate


def crowd(rng, n):
    """Nine rows in ten stand in a crowd, where everything is near; the others stand alone."""
    spread = np.where(rng.random(n) < 0.9, 0.01, 3.0)
    return spread[:, None] * rng.normal(size=(n, 4))


def test_copies_come_before_rows_of_a_crowd(rng):
    train, holdout, rows = (crowd(rng, n) for n in (400, 400, 300))
    alone = np.flatnonzero(np.abs(train).max(1) > 2)[:3]
    rows[[7, 50, 200]] = train[alone] * 1.1
    evidence = evaluate(train, holdout, rows).evidence(300)
    assert sorted(evidence["synthetic"][:3]) == [7, 50, 200]
    assert sorted(evidence["training"][:3]) == sorted(alone)
    assert (evidence["rarity"][:3] < 0.01).all()
    # by distance alone rows of the crowd would come first
    assert not {0, 1, 2} & set(evidence["distance"].argsort()[:10])
    assert evidence["ratio"].is_monotonic_increasing
    assert 0.3 < evidence["rarity"].median() < 0.7


def test_among_copies_the_loneliest_come_first(rng):
    train, holdout = crowd(rng, 300), crowd(rng, 300)
    evidence = evaluate(train, holdout, train).evidence()
    assert len(evidence) == 20
    np.testing.assert_array_equal(evidence["synthetic"], evidence["training"])
    assert (evidence["ratio"] == 0).all()
    assert evidence["reference"].is_monotonic_decreasing


def test_what_real_rows_share_incriminates_nobody(rng):
    """A row that equals a training and a hold-out row tells nothing."""
    rows = [pd.DataFrame({"a": rng.choice(list("xyz"), 90), "b": rng.integers(0, 3, 90)})] * 3
    assert (evaluate(*rows).evidence()["ratio"] == 1).all()


def test_equal_cells_are_named(rng):
    train, holdout = (
        pd.DataFrame({"age": rng.integers(0, 90, 80), "pay": rng.normal(size=80)}).assign(
            job=rng.choice(list("abc"), 80)
        )
        for _ in range(2)
    )
    train.loc[3, "pay"] = np.nan
    changed = train.assign(pay=train["pay"] + 1e-6)
    evidence = evaluate(train, holdout, changed).evidence(80).set_index("synthetic")
    assert evidence.loc[5, "equal"] == ("age", "job")
    assert evidence.loc[3, "equal"] == ("age", "pay", "job")


def test_images_give_the_share_of_equal_pixels(rng):
    train, holdout = (rng.integers(0, 255, (40, 8, 8), np.uint8) for _ in range(2))
    rows = train.copy()
    rows[:, :2] = 0
    evidence = evaluate(train, holdout, rows).evidence(40)
    np.testing.assert_array_equal(evidence["synthetic"], evidence["training"])
    assert evidence["equal"].between(0.74, 0.8).all()


def test_without_a_holdout_the_second_training_row_is_the_reference(rng):
    train, rows = crowd(rng, 100), crowd(rng, 60)
    rows[9] = train[30]
    evidence = evaluate(train, None, rows).evidence(60)
    assert evidence.loc[0, ["synthetic", "training", "ratio"]].tolist() == [9, 30, 0]
    assert evidence["rarity"].isna().all()
    assert (evidence["ratio"] <= 1).all()
