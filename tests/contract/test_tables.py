"""The contract, for models of tables alone."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

import drawlike as dl
from drawlike.errors import UnsupportedError
from tests.scenarios import TABLES, mixed_table, two_modes

EACH = pytest.mark.parametrize("name", TABLES)
TABLE = mixed_table()
LIBRARIES = pytest.mark.parametrize("library", [pl.from_pandas, pa.Table.from_pandas])


def fitted(name, table=TABLE, **options):
    return clone(TABLES[name].fast).fit(table, listener=None, **options)


@EACH
@pytest.mark.parametrize("label", [None, "group"])
def test_a_table_comes_back_as_it_came(name, label):
    drawn = fitted(name, label=label).sample(60, random_state=0)
    assert drawn.dtypes.equals(TABLE.dtypes)
    for column in TABLE.select_dtypes("number"):
        low, high = TABLE[column].min(), TABLE[column].max()
        assert drawn[column].dropna().between(low, high).all(), column
    for column in ("group", "grade", "member", "children"):
        assert set(drawn[column]) <= set(TABLE[column])


@EACH
@LIBRARIES
def test_other_frames_come_back_too(name, library):
    table = library(TABLE.drop(columns="grade"))
    drawn = fitted(name, table).sample(20, random_state=0)
    assert type(drawn) is type(table)


@EACH
def test_kept_pickled_and_copied_models_draw_the_same(name, tmp_path):
    model = fitted(name, label="group")
    model.save(tmp_path / "kept")
    drawn, scores = model.sample(30, random_state=1), model.score_samples(TABLE)
    for other in (
        dl.load(tmp_path / "kept"),
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
    ):
        pd.testing.assert_frame_equal(other.sample(30, random_state=1), drawn)
        np.testing.assert_array_equal(other.score_samples(TABLE), scores)


@EACH
def test_long_samples_begin_like_short_ones_of_the_same_block_size(name):
    model = fitted(name)
    long = model.sample(8192 + 5, random_state=0)
    pd.testing.assert_frame_equal(model.sample(8192, random_state=0), long[:8192])


@EACH
def test_the_data_and_the_global_state_are_not_touched(name):
    table, state = TABLE.copy(), np.random.get_state()[1].copy()
    fitted(name, table).sample(3)
    pd.testing.assert_frame_equal(table, TABLE)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@EACH
def test_fitting_again_forgets(name):
    model = fitted(name).fit(TABLE[:100], listener=None)
    again = fitted(name, TABLE[:100])
    pd.testing.assert_frame_equal(model.sample(9, random_state=0), again.sample(9, random_state=0))


@EACH
def test_rows_of_weight_zero_have_no_say(name):
    weight = np.r_[np.ones(200), np.zeros(100)]
    some = fitted(name, TABLE[:200]).sample(9, random_state=0)
    weighed = fitted(name, sample_weight=weight).sample(9, random_state=0)
    pd.testing.assert_frame_equal(weighed, some)


@EACH
def test_identifiers_are_never_copied(name):
    table = TABLE.assign(code=[f"AB-{i:05d}" for i in range(len(TABLE))])
    drawn = fitted(name, table).sample(200, random_state=0)
    assert not set(drawn["code"]) & set(table["code"])


@EACH
def test_one_row_and_a_constant_column(name):
    table = pd.DataFrame({"a": [1.5] * 4, "b": list("xyxx")})
    assert (fitted(name, table).sample(5, random_state=0)["a"] == 1.5).all()


@EACH
def test_scores_are_in_the_units_of_the_data(name):
    metres = TABLE[["height", "member"]]
    shift = fitted(name, metres).score(metres)
    feet = metres.assign(height=metres["height"] * 10)
    assert fitted(name, feet).score(feet) == pytest.approx(shift - np.log(10), abs=0.02)


@EACH
def test_other_kinds_of_data_are_refused(name):
    with pytest.raises(UnsupportedError, match="table"):
        clone(TABLES[name].fast).fit(two_modes(), listener=None)


@EACH
def test_atoms_and_gaps_keep_their_rate(name):
    table = mixed_table(1000)
    model = clone(TABLES[name].able).fit(table, label="group", listener=None)
    drawn = model.sample(3000, random_state=0)
    assert (drawn["pay"] == 0).mean() == pytest.approx((table["pay"] == 0).mean(), abs=0.05)
    for column in ("age", "score"):
        rate = table[column].isna().mean()
        assert drawn[column].isna().mean() == pytest.approx(rate, abs=0.05), column
