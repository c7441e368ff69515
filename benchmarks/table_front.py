"""Quality of a table's copy over the seconds of its fit: each model from its fastest to its best.

    python benchmarks/table_front.py DATA [--table adult] [--series autoregressive ...]
        [--epochs 300] [--out table_front.png]

The split and the measures are those of ``tables.py``, one thread and one seed. A series is one
model whose one setting trades time for quality; its default is the larger mark. CTGAN, TVAE and
TabularARGN are fitted in the same run (``--epochs`` are those of the first two). Prints the table
and draws C2ST and the pair error over CPU seconds.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import torch
from measuring import table
from table_peers import PEERS, made_for
from tables import JUDGED, NAMES, TABLES, measured, read

from drawlike.evaluation import Judge
from drawlike.models import find


class Series(NamedTuple):
    """A model, the setting that is varied, its values, and what else is set."""

    model: str
    setting: str
    values: tuple[float, ...]
    others: tuple[tuple[str, Any], ...] = ()


SERIES = {
    "latent-class": Series("latent-class", "n_classes", (10, 30, 100, 300)),
    "autoregressive": Series("autoregressive", "epochs", (1, 2, 4, 8, 16)),
    "autoregressive, fixed order": Series(
        "autoregressive", "epochs", (1, 2, 4, 8, 16), (("order", "fixed"),)
    ),
    "vae": Series("vae", "max_seconds", (5, 15, 45, 135)),
    "gan": Series("gan", "max_seconds", (5, 15, 45, 135)),
}
_PANELS = {"C2ST": "C2ST, .5 is perfect", "pair %": "pair error, %"}


class Point(NamedTuple):
    """A fit: its series, what was set, and its figures by name."""

    series: str
    told: str
    is_default: bool
    figures: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--table", default="adult", choices=list(TABLES))
    parser.add_argument("--series", nargs="+", default=[*SERIES, *PEERS])
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path("table_front.png"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    problem = read(options.data, options.table)
    judge = Judge(
        problem.train, problem.holdout, label=problem.target, metrics=JUDGED, random_state=0
    )
    points = []
    for series in options.series:
        for told, is_default, model in models(series, options.epochs):
            (_, row), *_ = measured(problem, judge, model, 0)
            points.append(Point(series, told, is_default, dict(zip(NAMES[1:], row, strict=True))))
            print(series, told, *(f"{figure:.4g}" for figure in row), flush=True)
    print(table(NAMES, [(f"{p.series} {p.told}".strip(), *p.figures.values()) for p in points]))
    draw(points, options.out)


def models(name: str, epochs: int) -> list[tuple[str, bool, Any]]:
    """Models of a series: what is set, whether that is the default, and the model."""
    if name in PEERS:
        return [("", True, made_for(name, 0, epochs, {}))]
    series = SERIES[name]
    default = find(series.model)().get_params()[series.setting]
    made = find(series.model)(random_state=0).set_params(**dict(series.others))
    return [
        (
            f"{series.setting}={value:g}",
            value == default,
            find(series.model)(**{**made.get_params(), series.setting: value}),
        )
        for value in series.values
    ]


def draw(points: list[Point], path: Path) -> None:
    """Draw each series as a line over the seconds of its fits."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(_PANELS), figsize=(11, 4.5), layout="constrained")
    for panel, (name, told) in zip(panels, _PANELS.items(), strict=True):
        for series in dict.fromkeys(point.series for point in points):
            some = [point for point in points if point.series == series]
            seconds = [point.figures["fit s"] for point in some]
            sizes = [70 if point.is_default else 18 for point in some]
            values = [point.figures[name] for point in some]
            (line,) = panel.plot(seconds, values, label=series)
            panel.scatter(seconds, values, sizes, color=line.get_color())
        panel.set(xscale="log", xlabel="CPU seconds of fit, one thread", ylabel=told)
        panel.xaxis.set_major_formatter("{x:g}")
        panel.grid(alpha=0.3)
    panels[0].legend(fontsize="small")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
