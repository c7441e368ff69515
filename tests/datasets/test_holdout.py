import numpy as np
import pytest

from drawlike.datasets import Holdout, as_dataset, load_sample, read, split
from drawlike.errors import DataError


def test_the_train_part_remembers_the_holdout():
    data = load_sample("wine")
    train, holdout = split(data, random_state=7)
    record = train.holdout
    assert holdout.holdout is None
    assert record.ids.tolist() == holdout.ids.tolist()
    assert (record.seed, record.n, record.stratified) == (7, 178, True)
    assert record.fraction == len(holdout) / 178
    assert record.source_sha256 == data.source["sha256"]


def test_it_survives_being_written():
    train, _ = split(load_sample("digits"))
    state = train.holdout.state()
    assert state["mask"].dtype == np.uint8
    assert state["mask"].nbytes == 225
    back = Holdout.from_state(state)
    assert np.array_equal(back.mask, train.holdout.mask)
    assert {**back.state(), "mask": None} == {**state, "mask": None}
    with pytest.raises(DataError, match="needs 225 bytes, not 224"):
        Holdout.from_state({**state, "mask": state["mask"][:-1]})


def test_the_source_can_be_split_again(csv):
    path = csv("a,b\n" + "".join(f"{i},{'xy'[i % 2]}\n" for i in range(40)))
    train, holdout = split(read(path, label="b"))
    again = train.holdout.apply(read(path))
    assert again[0].X.equals(train.X)
    assert again[1].X.equals(holdout.X)


def test_a_part_of_a_part_still_points_into_the_source():
    data = load_sample("wine")
    rest, test = split(data, random_state=0)
    train, validation = split(rest, random_state=1)
    assert train.holdout.n == 178
    assert train.holdout.ids.tolist() == validation.ids.tolist()
    assert not set(validation.ids) & set(test.ids)


def test_a_source_that_changed_is_refused(csv):
    path = csv("a,b\n" + "1,x\n2,y\n" * 9)
    train, _ = split(read(path))
    csv("a,b\n" + "1,x\n2,z\n" * 9)
    with pytest.raises(DataError, match="has changed since"):
        train.holdout.apply(read(path))


def test_more_rows_than_there_were_are_refused():
    train, _ = split(as_dataset(np.zeros((10, 1))))
    with pytest.raises(DataError, match="10 rows, and these data go up to row 11"):
        train.holdout.apply(as_dataset(np.zeros((11, 1))))
