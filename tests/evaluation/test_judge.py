import json

import numpy as np
import pandas as pd
import pytest

from drawlike.datasets import as_dataset
from drawlike.errors import DataError, SchemaError, SettingError, UnsupportedError
from drawlike.evaluation import PANEL, Judge, evaluate
from drawlike.events import Emitter, History


def table(rng, n):
    """A small mixed table with a rule to learn."""
    job = rng.choice(["cook", "nurse", "smith"], n, p=[0.5, 0.3, 0.2])
    age = rng.integers(18, 70, n)
    pay = 20 + 0.3 * age + 8 * (job == "nurse") + rng.normal(size=n)
    rich = np.where(pay + rng.normal(size=n) > 36, "yes", "no")
    return pd.DataFrame({"age": age, "job": job, "pay": pay, "rich": rich})


def draw_tables():
    rng = np.random.default_rng(0)
    return table(rng, 400), table(rng, 200), table(rng, 400)


def draw_arrays():
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=(n, 3)) for n in (300, 150, 300))


@pytest.fixture
def tables():
    return draw_tables()


@pytest.fixture
def arrays():
    return draw_arrays()


@pytest.fixture(scope="module")
def judged():
    """Tables that were judged, training, hold-out and fresh rows, and what was found."""
    sets = draw_tables()
    return sets, evaluate(*sets, label="rich")


@pytest.fixture(scope="module")
def judge():
    """The judge of the tables, which is quicker from its second set on."""
    train, holdout, _ = draw_tables()
    return Judge(train, holdout, label="rich")


@pytest.fixture(scope="module")
def told():
    """What was told of fresh rows of the arrays, and what was found."""
    history = History()
    return history, evaluate(*draw_arrays(), events=Emitter(history, "judge"))


def value(evaluation, name, column="value"):
    return evaluation.metrics.set_index("name").loc[name, column]


def test_fresh_rows_of_a_table_pass(judged):
    _, evaluation = judged
    assert evaluation.passed
    assert evaluation.score > 0.9
    assert evaluation.verdict.startswith("Usable.")
    assert evaluation.verdict_zh.startswith("可用。")


def test_a_copy_of_a_table_does_not_pass(judge, tables):
    evaluation = judge(tables[0])
    assert not evaluation.passed
    assert evaluation.score == 0
    assert value(evaluation, "exact copies") == 1
    # where others look, a copy is as good as new
    assert value(evaluation, "column shapes", "passed")
    assert value(evaluation, "C2ST AUC", "passed")


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_partial_copy_of_a_table_does_not_pass(judge, tables, share):
    train, _, fresh = tables
    n = int(share * len(train))
    assert not judge(pd.concat([train[:n], fresh[n:]])).passed


def test_a_jittered_copy_of_a_table_does_not_pass(judge, tables, rng):
    train, _, _ = tables
    evaluation = judge(train.assign(pay=train["pay"] + 0.01 * rng.normal(size=len(train))))
    assert value(evaluation, "exact copies") == 0
    assert not evaluation.passed


def test_columns_drawn_apart_do_not_pass(judge, tables, rng):
    evaluation = judge(tables[0].apply(lambda column: rng.permutation(column.to_numpy())))
    assert not evaluation.passed
    assert value(evaluation, "column shapes", "passed")
    assert not value(evaluation, "C2ST AUC", "passed")
    assert not value(evaluation, "utility AUC", "passed")


def test_a_table_whose_rows_repeat_anyway(rng):
    def draw(n):
        return pd.DataFrame({name: rng.choice(list("abc"), n) for name in ("x", "y", "z")})

    train, holdout, fresh = draw(600), draw(300), draw(600)
    judge = Judge(train, holdout)
    assert judge(fresh).passed
    evaluation = judge(train)
    assert not evaluation.passed
    assert value(evaluation, "equal frequencies") == pytest.approx(0)


def test_where_copies_cannot_be_told_nothing_is_judged(rng):
    train, holdout, fresh = (pd.DataFrame({"coin": rng.choice(list("ht"), 60)}) for _ in range(3))
    judge = Judge(train, holdout)
    for synthetic in (train, fresh):
        evaluation = judge(synthetic)
        assert not evaluation.passed
        assert evaluation.verdict.startswith("Cannot judge")
        assert np.isnan(evaluation.score)


def test_the_holdout_handed_in_as_synthetic_does_not_pass(arrays):
    train, holdout, _ = arrays
    evaluation = evaluate(train, holdout, holdout)
    assert not evaluation.passed
    assert value(evaluation, "copies of the hold-out") == 1


def test_without_a_holdout_nothing_is_judged(arrays):
    train, _, fresh = arrays
    judge = Judge(train)
    evaluation = judge(fresh)
    assert not evaluation.passed
    assert evaluation.verdict.startswith("Cannot judge: without hold-out rows")
    assert value(evaluation, "column shapes") > 0.9
    assert np.isnan(value(evaluation, "column shapes", "real"))
    assert "100% of the rows equal a training row" in judge(train).verdict


@pytest.mark.parametrize("short", [0, 1, 2])
@pytest.mark.parametrize("n", [1, 5])
def test_too_few_rows_are_not_judged(arrays, short, n):
    sets = [rows[:n] if i == short else rows for i, rows in enumerate(arrays)]
    evaluation = evaluate(*sets)
    assert not evaluation.passed
    assert f"only {n}" in evaluation.verdict
    assert evaluation.metrics["note"].str.contains(f"only {n} rows").sum() > 9


def test_small_data_are_judged_with_a_warning(rng):
    train, holdout, fresh = (rng.normal(size=(n, 5)) for n in (142, 36, 142))
    judge = Judge(train, holdout)
    evaluation = judge(fresh)
    assert evaluation.passed
    assert "only 36 hold-out rows" in evaluation.verdict
    assert not judge(train).passed


def test_every_metric_stays_in_the_table(judged, told, rng):
    images = evaluate(*(rng.integers(0, 255, (40, 8, 8), np.uint8) for _ in range(3)))
    for kind, evaluation in (("table", judged[1]), ("array", told[1]), ("image", images)):
        frame = evaluation.metrics
        assert frame["name"].tolist() == [m.name for m in PANEL if kind in m.kinds]
        absent = frame[frame["value"].isna()]
        assert absent["note"].str.startswith("not computed: ").all()


def test_figures_lie_within_their_intervals(judged):
    frame = judged[1].metrics
    known = frame[frame["low"].notna()]
    assert len(known) > 15
    assert (known["low"] <= known["value"] + 1e-9).all()
    assert (known["high"] >= known["value"] - 1e-9).all()


def test_equal_seeds_give_equal_reports(judged, tables):
    first, second = judged[1], evaluate(*tables, label="rich", random_state=0)
    pd.testing.assert_frame_equal(first.metrics, second.metrics)
    assert first.to_json() == second.to_json()


def test_a_judge_gives_the_same_whatever_it_judged_before(told, arrays):
    train, holdout, fresh = arrays
    judge = Judge(train, holdout)
    judge(train)
    pd.testing.assert_frame_equal(judge(fresh).metrics, told[1].metrics)


def test_inputs_stay_untouched(judged, tables):
    for frame, untouched in zip(judged[0], tables, strict=True):
        pd.testing.assert_frame_equal(frame, untouched)


def test_constant_missing_and_infinite_values(rng):
    def draw(n):
        X = rng.normal(size=(n, 4))
        X[rng.random((n, 4)) < 0.1] = np.nan
        X[:, 3] = 1.0
        return X

    train, holdout, fresh = draw(300), draw(150), draw(300)
    judge = Judge(train, holdout)
    assert judge(fresh).passed
    assert not judge(np.nan_to_num(fresh)).passed
    assert not judge(np.where(fresh > 1.5, np.inf, fresh)).passed


def test_a_column_without_any_value(arrays):
    train, holdout, fresh = (np.c_[rows, np.full(len(rows), np.nan)] for rows in arrays)
    assert evaluate(train, holdout, fresh).passed


def test_categories_never_seen_are_invented(judge, tables):
    fresh = tables[2]
    evaluation = judge(
        fresh.assign(job=np.where(np.arange(len(fresh)) < 48, "wizard", fresh["job"]))
    )
    assert not evaluation.passed
    assert value(evaluation, "unseen categories") == 0.12
    assert "most in job" in value(evaluation, "unseen categories", "note")


def test_classes_absent_in_the_holdout(tables):
    train, holdout, fresh = tables
    asked = {"label": "job", "metrics": ["utility AUC"]}
    evaluation = evaluate(train, holdout[holdout["job"] != "smith"], fresh, **asked)
    assert not np.isnan(value(evaluation, "utility AUC"))
    one = evaluate(train, holdout[holdout["job"] == "cook"], fresh, **asked)
    assert "all of one class" in value(one, "utility AUC", "note")


def test_a_number_as_label(tables):
    evaluation = evaluate(*tables, label="pay", metrics=["utility R2"])
    assert value(evaluation, "utility R2") > 0.8
    assert "RMSE" in value(evaluation, "utility R2", "note")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="job"), "synthetic data lacks 'job'"),
        (lambda f: f.assign(more=1), "has 'more'"),
        (lambda f: f.assign(age="old"), "'old'"),
    ],
)
def test_differing_columns_are_refused(tables, change, said):
    train, holdout, fresh = tables
    with pytest.raises(SchemaError, match=said):
        evaluate(train, holdout, change(fresh), label="rich")


def test_differing_shapes_are_refused(arrays, rng):
    train, holdout, fresh = arrays
    with pytest.raises(SchemaError, match="hold-out data have 2 columns"):
        evaluate(train, holdout[:, :2], fresh)
    images = rng.integers(0, 255, (40, 8, 8), np.uint8)
    with pytest.raises(SchemaError, match=r"synthetic images have shape \(8, 7\)"):
        evaluate(images, images, images[:, :, 1:])


def test_kinds_without_metrics_are_refused():
    with pytest.raises(UnsupportedError, match="kind 'text' cannot be judged"):
        evaluate(["a"] * 30, ["b"] * 30, ["c"] * 30)


def test_a_table_of_names_only_is_refused(rng):
    frame = pd.DataFrame({"code": [f"id-{i:06d}" for i in rng.permutation(10**5)[:90]]})
    with pytest.raises(UnsupportedError, match="No column can be compared"):
        evaluate(frame, frame, frame)


def test_no_time_is_refused(arrays):
    with pytest.raises(SettingError, match="seconds=0 is no time"):
        evaluate(*arrays, seconds=0)


def test_little_time_looks_at_fewer_rows(rng):
    sets = [rng.normal(size=(2500, 2)) for _ in range(3)]
    hurried, calm = evaluate(*sets, seconds=0.3), evaluate(*sets, metrics=["near copies"])
    assert hurried.passed
    assert "480 synthetic" in value(hurried, "near copies", "note")
    assert "2500 synthetic" in value(calm, "near copies", "note")


def test_likelihoods_are_handed_in(arrays):
    train, holdout, _fresh = arrays
    log_prob = {"train": -(train**2).sum(1), "holdout": -(holdout**2).sum(1)}
    evaluation = evaluate(*arrays, log_prob=log_prob, metrics=["likelihood"])
    assert value(evaluation, "held-out log-likelihood") == pytest.approx(log_prob["holdout"].mean())
    assert not value(evaluation, "likelihood gap", "alarm")
    log_prob["train"] = log_prob["train"] + 2
    better = evaluate(*arrays, log_prob=log_prob, metrics=["likelihood"])
    assert value(better, "likelihood gap", "alarm")


def test_a_few_impossible_rows_are_left_out_of_the_likelihood_and_told(arrays):
    log_prob = {"train": np.zeros(150), "holdout": np.ones(150)}
    log_prob["holdout"][:3] = -np.inf
    few = evaluate(*arrays, log_prob=log_prob, metrics=["likelihood"])
    assert value(few, "held-out log-likelihood") == 1
    assert "without 3 of 150 rows" in value(few, "held-out log-likelihood", "note")
    log_prob["holdout"][:30] = -np.inf
    many = evaluate(*arrays, log_prob=log_prob, metrics=["likelihood"])
    assert "30 of 150" in value(many, "held-out log-likelihood", "note")


def test_likelihoods_that_do_not_fit_are_refused(arrays):
    with pytest.raises(SettingError, match="give 'train' and 'holdout'"):
        evaluate(*arrays, log_prob={"train": np.zeros(300)})
    with pytest.raises(DataError, match=r"log_prob\['train'\] has shape \(301,\)"):
        evaluate(*arrays, log_prob={"train": np.zeros(301), "holdout": np.zeros(150)})


def test_datasets_frames_and_pairs_are_taken(judged, tables, rng):
    data = [as_dataset(frame, label="rich") for frame in tables]
    pd.testing.assert_frame_equal(evaluate(*data).metrics, judged[1].metrics)
    pairs = [(rng.normal(size=(80, 3)), rng.integers(2, size=80)) for _ in range(3)]
    assert not np.isnan(value(evaluate(*pairs, metrics=["utility AUC"]), "utility AUC"))


def test_progress_and_figures_are_told(told):
    history, evaluation = told
    steps = [e.step for e in history if e.kind == "progress" and e.stage == "judge"]
    assert steps == list(range(len(evaluation.findings) + 1))
    assert any(event.unit == "draws" for event in history)
    told = {event.name: event.value for event in history if event.kind == "metric"}
    assert told["C2ST AUC"] == value(evaluation, "C2ST AUC")


def test_json_holds_all_and_only_what_json_knows(judged, tmp_path):
    _, evaluation = judged
    evaluation.to_json(tmp_path / "found.json")
    content = json.loads(
        (tmp_path / "found.json").read_text(encoding="utf-8"), parse_constant=pytest.fail
    )
    assert content["passed"] is True
    assert content["rows"] == {"train": 400, "holdout": 200, "synthetic": 400}
    assert len(content["metrics"]) == len(evaluation.findings)


def test_json_holds_what_lies_behind_the_figures(tables):
    real, holdout, fresh = tables
    odd = fresh.assign(job="cook")
    content = json.loads(evaluate(real, holdout, odd, label="rich").to_json())
    details = {metric["name"]: metric["details"] for metric in content["metrics"]}
    assert details["exact copies"] == {}
    scores = details["column shapes"]["scores"]
    assert set(scores) == set(real.columns)
    assert min(scores, key=scores.get) == "job"
    assert "age x pay" in details["pair trends"]["scores"]
    told = details["C2ST AUC"]["given_away"]["columns"][0]
    assert told["name"] == "job"
    assert 0.5 < told["alone"] <= 1
    classes = details["column shapes by class"]["classes"]
    assert all(0 < each["value"] <= 1 for each in classes.values())


def test_colour_images_are_judged(rng):
    def draw(n):
        shades = rng.integers(0, 255, (n, 1, 1, 3))
        return (shades + rng.integers(0, 40, (n, 12, 10, 3))).clip(0, 255).astype(np.uint8)

    train, holdout, fresh = draw(160), draw(80), draw(160)
    judge = Judge(train, holdout)
    assert judge(fresh).passed
    assert not judge(train).passed
    assert not judge(fresh[..., ::-1] // 2).passed


@pytest.mark.slow
def test_a_bootstrap_of_adult_does_not_pass(data_folder):
    adult = pd.read_csv(data_folder / "adult" / "adult_ctgan.csv.gz", skipinitialspace=True)
    adult = adult.sample(frac=1, random_state=0)
    train, holdout, fresh = adult[:12000], adult[12000:18000], adult[18000:30000]
    judge = Judge(train, holdout, label="income")
    assert judge(fresh).passed
    assert not judge(train.sample(12000, replace=True, random_state=1)).passed
    mixed = pd.concat([fresh[:10800], train[:1200]])
    assert not judge(mixed).passed


def test_a_report_is_silent_once_the_judge_is_done(told, tmp_path):
    heard, evaluation = told
    n_heard = len(heard)
    evaluation.to_html(tmp_path / "report.html")
    assert n_heard > 0
    assert len(heard) == n_heard
