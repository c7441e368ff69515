import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.metric import NotComputedError
from drawlike.evaluation.needs import classes_of, columns_of, target_of
from tests.evaluation.cases import case_of


def rows_of(data, **known):
    return case_of(data, data, data, **known).train


@pytest.fixture
def frame(rng):
    return pd.DataFrame({"size": rng.normal(size=40), "colour": np.tile(["red", "blue"], 20)})


def test_tables_have_columns_and_images_have_none(frame, rng):
    assert columns_of(rows_of(frame)).names == ("size", "colour")
    images = rng.integers(0, 255, (30, 8, 8)).astype(np.uint8)
    with pytest.raises(NotComputedError, match="no columns"):
        columns_of(rows_of(images, kind="image"))


def test_what_is_predicted_is_the_label(frame):
    assert not target_of(rows_of(frame, label="size")).is_class
    with pytest.raises(NotComputedError, match="no label is named"):
        target_of(rows_of(frame))


def test_classes_are_text_and_numbers_are_none(frame):
    assert set(classes_of(rows_of(frame, label="colour"))) == {"red", "blue"}
    with pytest.raises(NotComputedError, match="the label is a number"):
        classes_of(rows_of(frame, label="size"))
