import numpy as np
import pandas as pd
import pytest

from drawlike import Between
from drawlike.cli.conditions import wanted
from drawlike.cli.words import make_model
from drawlike.errors import NotConditionalError, SettingError


@pytest.fixture(scope="module")
def digits_model():
    X = np.repeat(np.arange(6, dtype=np.uint8), 4).reshape(6, 2, 2)
    return make_model("topk", {}, 0, "cpu").fit(X, y=np.array([0, 0, 1, 1, 7, 7]), listener=None)


def test_a_condition_is_given_in_the_type_of_the_label(digits_model):
    assert wanted(digits_model, ["label=7"]) == {"y": 7}
    assert wanted(digits_model, None) == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["label=3"], "it has 0, 1, 7"),
        (["colour=7"], "one of 0, 1, 7"),
        (["label>1"], "one of 0, 1, 7"),
        (["label=0", "label=1"], "takes one condition"),
    ],
)
def test_an_impossible_condition_names_the_possible_ones(digits_model, given, says):
    with pytest.raises(NotConditionalError, match=says):
        wanted(digits_model, given)


def test_nothing_can_be_given_to_a_model_of_images_without_labels():
    images = np.zeros((4, 2, 2), np.uint8)
    model = make_model("topk", {}, 0, "cpu").fit(images, listener=None)
    with pytest.raises(NotConditionalError, match="without a label"):
        wanted(model, ["label=1"])


@pytest.fixture(scope="module")
def table_model():
    table = pd.DataFrame(
        {
            "a": np.arange(40.0) * 7 % 30,
            "a=b": list("xy>z") * 10,
            "side": [0, 1] * 20,
            "job": ["tailor, sailor", "tailor", "sailor", "spy"] * 10,
            "pay": ["<=50K", ">50K"] * 20,
        }
    )
    return make_model("gaussian", {}, 0, "cpu").fit(table, label="side", listener=None)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["a=3.5", "a=b=>", "side=1"], {"a": "3.5", "a=b": ">", "side": 1}),
        (["a="], {"a": None}),
        (["pay=>50K"], {"pay": ">50K"}),
        (["pay=<=50K"], {"pay": "<=50K"}),
        (["a>=30"], {"a": Between("30")}),
        (["a>3", "a<=7"], {"a": Between("3", "7", inclusive="right")}),
        (["a<3"], {"a": Between(high="3", inclusive="left")}),
        (["job=spy,sailor"], {"job": frozenset({"spy", "sailor"})}),
        (["job=tailor, sailor"], {"job": "tailor, sailor"}),
        (['job="tailor, sailor",spy'], {"job": frozenset({"tailor, sailor", "spy"})}),
        (["side=0,1"], {"side": frozenset({0, 1})}),
    ],
)
def test_words_are_values_sets_and_ranges(table_model, words, given):
    assert wanted(table_model, words) == {"given": given}


def test_what_words_ask_for_is_drawn(table_model):
    asked = wanted(table_model, ["a>=20", "a<25", "job=spy,sailor"])
    drawn = table_model.sample(20, **asked, random_state=0)
    assert drawn["a"].between(20, 24).all()
    assert set(drawn["job"]) == {"spy", "sailor"}


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["c=1"], NotConditionalError, "one of a, a=b, side"),
        (["a=1", "a=2"], SettingError, "given twice"),
        (["a=1", "a>2"], SettingError, "do not go together"),
        (["a>=1", "a>2"], SettingError, "on one side"),
    ],
)
def test_words_that_disagree_are_refused(table_model, words, error, says):
    with pytest.raises(error, match=says):
        wanted(table_model, words)


def test_columns_of_arrays_go_by_number():
    rows = make_model("gaussian", {}, 0, "cpu").fit(np.eye(4), listener=None)
    assert wanted(rows, ["2=1"]) == {"given": {2: 1}}
    assert wanted(rows, ["0>.5"]) == {"given": {0: Between(0.5, inclusive="right")}}
