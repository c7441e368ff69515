import pytest

from drawlike.datasets import read
from drawlike.errors import DataError, SettingError
from drawlike.events import Emitter, History

CHINESE = "城市,气温\n北京,21.5\n上海,25.0\n广州,30.5\n"
GERMAN = "Stadt,Größe\nMünchen,groß\nKöln,mäßig\nZürich,übergroß\n"
FRENCH = "ville,été\nOrléans,très chaud\nNîmes,brûlé\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese(csv, encoding):
    frame = read(csv(CHINESE, encoding=encoding)).X
    assert list(frame.columns) == ["城市", "气温"]
    assert frame["城市"].tolist() == ["北京", "上海", "广州"]
    assert frame["气温"].tolist() == [21.5, 25.0, 30.5]


@pytest.mark.parametrize("text", [GERMAN, FRENCH])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_european(csv, text, encoding):
    frame = read(csv(text, encoding=encoding)).X
    assert [list(frame.columns), *frame.to_numpy().tolist()] == [
        line.split(",") for line in text.splitlines()
    ]


def test_the_first_foreign_letter_may_come_late(csv):
    text = "n,s\n" + "1,plain\n" * 300_000 + "2,北京\n"
    heard = History()
    data = read(csv(text, encoding="gbk"), events=Emitter(heard))
    assert data.X["s"].tolist()[-1] == "北京"
    assert any("gb18030" in event.message for event in heard if event.kind == "warning")


def test_an_encoding_that_is_given(csv):
    path = csv("a,b\n臺北,1\n", encoding="big5")
    assert read(path, encoding="big5").X["a"].tolist() == ["臺北"]
    with pytest.raises(SettingError, match="encoding='klingon'"):
        read(path, encoding="klingon")
    with pytest.raises(DataError, match="cannot be read"):
        read(path, encoding="ascii")
