import pytest

from drawlike.datasets import read
from drawlike.errors import DataError, SettingError
from drawlike.events import Emitter, History


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(csv, delimiter):
    lines = ["name,size,note", "anna,3,a: b", 'berta,4,"x,;|y"']
    text = "\n".join(lines).replace(",", delimiter).replace(f"x{delimiter};|y", "x,;|y")
    frame = read(csv(text + "\n")).X
    assert frame["size"].tolist() == [3, 4]
    assert frame["note"].tolist() == ["a: b", "x,;|y"]


def test_a_delimiter_that_is_given_wins(csv):
    assert read(csv("a:b\n1:2\n3:4\n"), delimiter=":").X.shape == (2, 2)


def test_one_column(csv):
    assert read(csv("word\nHello, world\n", "t.csv"), delimiter="|").X["word"][0] == "Hello, world"
    assert read(csv("word\nhello\n")).X["word"].tolist() == ["hello"]


@pytest.mark.parametrize(
    "values",
    [
        "39,Private\n50,State\n38,Private\n",  # a text comes again
        "5.1,3.5\n4.9,3.0\n",  # fractions are no names
        "5,0,0\n3,0,1\n",  # nor is a number twice
        "A1,0.5\nB2,0.7\n",
        "p,x,x\ne,x,y\np,y,x\ne,y,y\n",  # every text comes again
        "7\n8\n9\n",
    ],
)
def test_first_rows_of_values(csv, values):
    heard = History()
    data = read(csv(values), events=Emitter(heard))
    assert list(data.X.columns) == [f"c{i}" for i in range(data.X.shape[1])]
    assert len(data) == values.count("\n")
    assert any("c0, c1" in event.message for event in heard if event.kind == "warning")


@pytest.mark.parametrize(
    "values",
    [
        "age,job\n39,Private\n50,State\n",
        "country,2019,2020,2021\nPeru,1,2,3\nChile,4,5,6\n",  # years head columns
        "0,1,2\n5.5,6.5,7.5\n",  # as pandas names columns that have no name
        "name,town\nanna,rome\nberta,oslo\n",
        "country,2019\nPeru,5\nChile,6\n",
        "x,1\ny,2\nz,3\n",  # in doubt, names
    ],
)
def test_first_rows_of_names(csv, values):
    assert list(read(csv(values)).X.columns) == values.split("\n")[0].split(",")


def test_the_user_decides_about_the_header(csv):
    path = csv("1,2\n3,4\n5,9\n")
    assert list(read(path, header=True).X.columns) == ["1", "2"]
    assert len(read(path, header=False).X) == 3
    with pytest.raises(SettingError, match="header='yes'"):
        read(path, header="yes")


def test_a_column_without_a_name_gets_one(csv):
    assert list(read(csv(",a\n0,5\n1,6\n")).X.columns) == ["c0", "a"]


def test_equal_names_are_refused(csv):
    with pytest.raises(DataError, match=r"2 columns are named 'a' \(columns 1, 3\)"):
        read(csv("a,b,a\n1,2,3\n"))
