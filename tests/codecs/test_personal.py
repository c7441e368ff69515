import numpy as np
import pandas as pd
import pytest

from drawlike.codecs import TableCodec, infer_schema
from drawlike.codecs.personal import is_heading

FIRST = ["James", "Mary", "Robert", "Anna", "Otto", "Ines", "Karl", "Lena", "Paul", "Emma"]
LAST = ["Smith", "Jones", "Garcia", "Miller", "Davis", "Moore", "Taylor", "White", "Clark", "Hall"]


def person(seed):
    """Made up, as all numbers here are."""
    rng = np.random.default_rng(seed)

    def digits(k):
        return "".join(map(str, rng.integers(0, 10, k)))

    def letters(k, alphabet="ABCDEFGHJKLMNPRSTUVWXYZ"):
        return "".join(rng.choice(list(alphabet), k))

    first, last = rng.choice(FIRST), rng.choice(LAST)
    surname, given = letters(1, "王李张刘陈杨赵黄"), letters(rng.integers(1, 3), "伟芳娜敏静丽强磊")
    return {
        "full name": f"{first} {letters(1)}. {last}",
        "LastName": last + letters(1).lower(),
        "a": surname + given,
        "b": f"{first}.{last}{digits(2)}@example.org".lower(),
        "c": f"({digits(3)}) {digits(3)}-{digits(4)}",
        "d": f"+49 {digits(3)} {digits(7)}",
        "e": f"1{rng.choice(['38', '39', '86'])}{digits(8)}",
        "f": int(f"13{digits(9)}"),
        "g": f"{digits(3)}-{digits(2)}-{digits(4)}",
        "h": f"110{digits(3)}19{digits(2)}0{rng.integers(1, 10)}1{digits(4)}{letters(1, '0123X')}",
        "passport_no": letters(1) + digits(8),
        "i": f"DE{digits(20)}",
        "j": " ".join(digits(4) for _ in range(4)),
        "k": ".".join(map(str, rng.integers(1, 255, 4))),
        "l": "-".join(rng.bytes(k).hex() for k in (4, 2, 2, 2, 6)),
        "userName": (first[:3] + last[:3] + digits(3)).lower(),
        "m": letters(1, "京沪粤浙") + letters(1) + digits(5),
        "n": f"{rng.integers(1, 200)} {last} Street",
        "o": f"北京市朝阳区{letters(1, '王李张刘')}{letters(1, '伟芳娜')}路{rng.integers(1, 300)}号",
        "customer_id": 100_000 + int(rng.integers(10**6)),
    }


@pytest.mark.parametrize("times", [1, 3, 15])
def test_twenty_planted_columns_are_found_and_never_copied(times):
    people = pd.DataFrame([person(seed) for seed in range(200)])
    rows = pd.concat([people] * times, ignore_index=True)
    table = rows.assign(x=np.arange(len(rows)) % 97 / 7)
    codec = TableCodec().fit(table)
    kinds = {column.name: column.type for column in codec.schema_.columns}
    assert len(people.columns) == 20
    assert {name for name in people if kinds[name] != "identifier"} == set()
    drawn = codec.decode(codec.encode(table), np.random.default_rng(0))
    assert not any(set(drawn[name]) & set(table[name]) for name in people)


def test_other_columns_are_no_names():
    rng = np.random.default_rng(0)
    n = 600
    cities = [f"{a}{b}" for a in ("New ", "Old ", "East ", "West ") for b in LAST]
    table = pd.DataFrame(
        {
            "city": rng.choice(cities, n),
            "model": rng.choice([f"T-{i}" for i in range(40)], n),
            "email_opened": rng.choice(["yes", "no"], n),
            "phone_minutes": rng.integers(0, 900, n),
            "day": rng.choice(pd.date_range("2020-01-01", periods=90).strftime("%Y-%m-%d"), n),
            "code": rng.choice([f"{i:02d}-{i:03d}" for i in range(40)], n),
            "seconds": rng.integers(1_500_000_000, 1_600_000_000, n),
        }
    )
    types = [column.type for column in infer_schema(table).columns]
    assert types == ["category", "category", "category", "integer", "date", "category", "integer"]


def test_headings():
    for name in ("First Name", "customerName", "home_phone", "E-Mail", "SSN", "身份证号", "手机"):
        assert is_heading(name), name
    for name in ("name_length", "micro", "tip", "telescope", "emails", "account_type", "城市", 3):
        assert not is_heading(name), name
