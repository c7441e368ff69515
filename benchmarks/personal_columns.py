"""Whether columns that hold personal data are found, and never copied, and what is taken for such.

    python benchmarks/personal_columns.py DATA [--rows 800] [--seeds 0 1 2]

``DATA`` is the folder of data sets. Beside the columns of each table 20 made up ones are planted:
names, telephones, addresses and numbers of people, ten of them Chinese, some under headings that say nothing, each
value in three rows or so, 3 % of the cells missing. ``found`` are those that are identifiers in
the schema, ``copied`` the values of the planted columns that a sample of as many rows repeats.
``false alarms`` are columns of the table as it comes that are taken for identifiers, of all rows,
and of 800.
"""

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import table
from tables import TABLES, read

from drawlike.codecs import infer_schema
from drawlike.models import LatentClass

NAMES = ("table", "columns", "found", "missed", "copied", "false alarms", "of 800 rows")
FIRST = (
    "Ada",
    "Bela",
    "Cleo",
    "Dora",
    "Emil",
    "Fritz",
    "Gita",
    "Hugo",
    "Ida",
    "Jan",
    "Kaya",
    "Lars",
)
LAST = ("Abel", "Brandt", "Costa", "Dunn", "Evans", "Fischer", "Gupta", "Haas", "Ivanov", "Jensen")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀英华玲"
PLACES = [
    ("浙江省杭州市西湖区", "文三路"),
    ("上海市浦东新区", "世纪大道"),
    ("成都市武侯区", "人民南路"),
]


class Person:
    """Someone made up."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one(self, of: tuple[str, ...] | str) -> str:
        return str(self.rng.choice(list(of)))

    def digits(self, k: int) -> str:
        return "".join(self.rng.choice(list("0123456789"), k))

    def letters(self, k: int) -> str:
        return "".join(self.rng.choice(list("ABCDEFGHJKLMNPRSTUVWXYZ"), k))

    @property
    def latin(self) -> str:
        return f"{self.one(FIRST)} {self.one(LAST)}"

    @property
    def chinese(self) -> str:
        return self.one(SURNAMES) + "".join(self.one(GIVEN) for _ in range(self.rng.integers(1, 3)))

    @property
    def birth(self) -> str:
        year, month, day = (self.rng.integers(*ends) for ends in ((1940, 2006), (1, 13), (1, 29)))
        return f"{year}{month:02d}{day:02d}"


PLANTED: dict[str, Callable[[Person], object]] = {
    "Patient Name": lambda p: p.latin,
    "surname": lambda p: p.latin.split()[1] + p.letters(1).lower(),
    "q1": lambda p: f"{p.latin.replace(' ', '_').lower()}{p.digits(2)}@mail.example.com",
    "q2": lambda p: f"+1 {p.digits(3)} {p.digits(3)} {p.digits(4)}",
    "q3": lambda p: f"0{p.digits(3)}-{p.digits(7)}",
    "q4": lambda p: f"{p.digits(3)}-{p.digits(2)}-{p.digits(4)}",
    "q5": lambda p: f"GB{p.digits(2)} ABCD {p.digits(4)} {p.digits(4)} {p.digits(4)} {p.digits(2)}",
    "q6": lambda p: "-".join(p.digits(4) for _ in range(4)),
    "q7": lambda p: f"{p.rng.integers(1, 400)} {p.one(LAST)} Avenue",
    "Mobile Phone": lambda p: int("7" + p.digits(9)),
    "姓名": lambda p: p.chinese,
    "q8": lambda p: p.chinese,
    "q9": lambda p: f"1{p.one(['35', '77', '91'])}{p.digits(8)}",
    "q10": lambda p: int(f"1{p.one(['35', '77', '91'])}{p.digits(8)}"),
    "q11": lambda p: f"330106{p.birth}{p.digits(3)}{p.one('0123456789X')}",
    "微信号": lambda p: f"wx_{p.letters(4).lower()}{p.digits(3)}",
    "q12": lambda p: f"{p.digits(5)}{p.digits(4)}@qq.example.cn",
    "q13": lambda p: f"{p.one('浙沪川京粤')}{p.letters(1)}·{p.letters(1)}{p.digits(4)}",
    "q14": lambda p: "".join(PLACES[p.rng.integers(3)]) + f"{p.rng.integers(1, 900)}号",
    "护照号码": lambda p: f"E{p.digits(8)}",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", nargs="+", default=[n for n in TABLES if n != "census"])
    parser.add_argument("--rows", type=int, default=800)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for name in options.tables:
        rows = read(options.data, name).train
        runs = [planted(rows.head(options.rows), seed) for seed in options.seeds]
        missed = sorted({column for one, _ in runs for column in one})
        found = min(len(PLANTED) - len(one) for one, _ in runs)
        alarms = [identifiers(some) & set(rows) for some in (rows, rows.head(800))]
        said = (", ".join(map(str, some)) or "none" for some in (missed, *alarms))
        gone, *false = said
        copied = sum(number for _, number in runs)
        lines.append([name, rows.shape[1], f"{found} of {len(PLANTED)}", gone, copied, *false])
    print(table(NAMES, lines))


def planted(rows: pd.DataFrame, seed: int) -> tuple[list[str], int]:
    """Planted columns that are not found, and how many of their values a sample repeats."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame([{n: make(Person(rng)) for n, make in PLANTED.items()}
                           for _ in range(len(rows) // 3 + 1)])  # fmt: skip
    made = people.iloc[rng.integers(0, len(people), len(rows))].reset_index(drop=True)
    made = made.mask(rng.random(made.shape) < 0.03)
    both = pd.concat([rows.reset_index(drop=True), made], axis=1)
    missed = [column for column in PLANTED if column not in identifiers(both)]
    drawn = (
        LatentClass(random_state=seed).fit(both, listener=None).sample(len(both), random_state=0)
    )
    return missed, sum(len(set(drawn[n].dropna()) & set(made[n].dropna())) for n in PLANTED)


def identifiers(rows: pd.DataFrame) -> set[str]:
    """Columns that are not modelled, but drawn anew."""
    return {str(c.name) for c in infer_schema(rows).columns if c.type == "identifier"}


if __name__ == "__main__":
    main()
