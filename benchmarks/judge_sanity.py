"""Figures of fidelity and diversity before the sanity checks of Raisa et al. (ICML 2025).

    python benchmarks/judge_sanity.py
    python benchmarks/judge_sanity.py --repeats 10 --checks "Sphere vs. Torus"
    python benchmarks/judge_sanity.py --judged

Raisa, van Breugel and van der Schaar, "Position: All current generative fidelity and diversity
metrics are flawed" (arXiv:2505.22450): distributions, sizes and criteria are those of the
authors' program, but for coarser grids (7 points and not 20 or 51) and fewer repetitions. A
figure passes a desideratum when it does so in every dimension. What is measured is what the
judge gives for real and synthetic rows without a hold-out: its points, its limits on rows.

No figure passes all, so no figure should be read by itself. With --judged the same data go
before the judge as a whole, half of the real rows as hold-out: the first, the last and the
identical setting of each group, and how often an alarm was raised.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from measuring import table

from drawlike.evaluation import Judge

N = 1000
FIDELITY = ("column shapes", "precision", "density", "alpha-precision")
DIVERSITY = ("recall", "coverage", "beta-recall")
ALL = (  # not pairs of columns: a thousand columns have half a million
    *(*FIDELITY, *DIVERSITY),
    "C2ST AUC",
    "stray rows",
    "feature likelihood divergence",
    "mode occupancy",
)
SIZES = np.logspace(2, 4, 7).astype(int)
D1, D2, D3, D4, D5 = (
    "D1b purpose",
    "D2 hyper-parameters",
    "D3 data",
    "D4 bounds",
    "D5 invariance",
)

Rng = np.random.Generator
Point = tuple[object, float, np.ndarray, np.ndarray]  # group, setting, real and synthetic rows
Answer = bool | str  # "low" and "high" say which of two readings a figure of diversity takes


@dataclass(frozen=True)
class Curve:
    """A figure over the settings of a check, in ascending order."""

    x: np.ndarray
    y: np.ndarray

    def at(self, place: float | str) -> float:
        """The figure at a setting, or at the first or the last."""
        if isinstance(place, str):
            return float(self.y[{"min": 0, "max": -1}[place]])
        return float(self.y[np.abs(self.x - place).argmin()])


Criterion = Callable[[Curve], Answer]


@dataclass(frozen=True)
class Check:
    """Data, and what is asked of a figure of fidelity and of one of diversity."""

    title: str
    points: Callable[[Rng], Iterator[Point]]
    fidelity: dict[str, list[Criterion]]
    diversity: dict[str, list[Criterion]]
    same: float | None = None  # the setting at which real and synthetic rows are alike


def near(place: float | str, wanted: float) -> Criterion:
    """The figure is within .05 of a value."""
    return lambda curve: abs(curve.at(place) - wanted) <= 0.05


def wide(place: str) -> Criterion:
    """Diversity of too wide rows may be full or none, and must be one of them."""

    def reading(curve: Curve) -> Answer:
        value = curve.at(place)
        return "high" if abs(value - 1) <= 0.05 else "low" if abs(value) <= 0.05 else False

    return reading


def bell(middle: float) -> Criterion:
    """Highest in the middle, lowest at the ends."""

    def shaped(curve: Curve) -> Answer:
        ends, top = (curve.at("min"), curve.at("max")), curve.at(middle)
        falls = top - max(ends) >= 0.2 and curve.y.max() - top <= 0.1
        return bool(falls and min(ends) - curve.y.min() <= 0.1)

    return shaped


def falling(curve: Curve) -> Answer:
    """Highest at the first setting, lowest at the last."""
    first, last = curve.at("min"), curve.at("max")
    extreme = curve.y.max() - first <= 0.1 and last - curve.y.min() <= 0.1
    return bool(first - last >= 0.2 and extreme)


def rising(curve: Curve) -> Answer:
    """Lowest at the first setting, highest at the last."""
    return falling(Curve(curve.x, curve.y[::-1]))


def falling_by(share: float) -> Criterion:
    """Falling, and by a tenth already when so large a share of the settings is passed."""

    def shaped(curve: Curve) -> Answer:
        middle = np.quantile(curve.x, share, method="nearest")
        return bool(falling(curve) and curve.at("min") - curve.at(float(middle)) >= 0.1)

    return shaped


def level(curve: Curve) -> Answer:
    """The same everywhere."""
    return bool(np.ptp(curve.y) <= 0.05)


def settled(curve: Curve) -> Answer:
    """The same over the upper half of the settings."""
    return bool(np.ptp(curve.y[curve.x >= np.median(curve.x)]) <= 0.05)


def low_or_high(low: Criterion, high: Criterion) -> Criterion:
    """Either of two shapes, and which."""
    return lambda curve: "low" if low(curve) else "high" if high(curve) else False


def ball_like(middle: float) -> dict[str, list[Criterion]]:
    """Full at the middle, none at the ends."""
    ends = [near(middle, 1), near("min", 0), near("max", 0)]
    return {D1: [bell(middle)], D4: ends}


def mean_difference(rng: Rng) -> Iterator[Point]:
    for dim, most in ((1, 6), (8, 3), (64, 1)):
        real = rng.normal(size=(N, dim))
        for mean in np.linspace(-most, most, 7) / most:
            yield dim, mean, real, rng.normal(mean * most, size=(N, dim))


def with_outlier(rng: Rng) -> Iterator[Point]:
    for dim, mean, real, drawn in mean_difference(rng):
        far = np.full((1, real.shape[1]), {1: 6.0, 8: 3.0, 64: 1.0}[real.shape[1]])
        yield (dim, "real"), mean, np.r_[real, far], drawn
        yield (dim, "synthetic"), mean, real, np.r_[drawn, far]


def std_difference(rng: Rng) -> Iterator[Point]:
    for dim, most in ((1, 3), (8, 1), (64, 0.5)):
        real = rng.normal(size=(N, dim))
        for power in np.linspace(-most, most, 7):
            yield dim, power / most, real, rng.normal(0, 10**power, size=(N, dim))


def one_disjoint(rng: Rng) -> Iterator[Point]:
    for extra in np.logspace(0, 3, 7).astype(int):
        drawn = rng.normal(size=(N, extra + 1))
        drawn[:, 0] += 6
        yield None, float(extra), rng.normal(size=(N, extra + 1)), drawn


def scaled(rng: Rng) -> Iterator[Point]:
    for power in np.linspace(-3, 3, 7):
        scale = [1, 10**power]
        real, drawn = rng.normal(size=(N, 2)), rng.normal([6, 0], 1, size=(N, 2))
        yield None, power, real * scale, drawn * scale


def with_pareto(rng: Rng) -> Iterator[Point]:
    def heavy() -> np.ndarray:
        return 1 + rng.pareto(1.01, N)

    real = np.column_stack([rng.normal(size=N), heavy()])
    for mean in np.linspace(-6, 6, 7):
        yield None, mean, real, np.column_stack([rng.normal(mean, size=N), heavy()])


def mixture(rng: Rng, means: np.ndarray, scale: float, share: np.ndarray) -> np.ndarray:
    chosen = rng.choice(len(means), N, p=share / share.sum())
    return rng.normal(means[chosen], scale)


def dropped(rng: Rng, shares: dict[float, np.ndarray]) -> Iterator[Point]:
    for dim, scale in ((1, 1 / 6), (8, 1 / 3), (64, 1)):
        means = np.tile(np.linspace(0, 10, 10)[:, None], dim)
        real = mixture(rng, means, scale, np.ones(10))
        for setting, share in shares.items():
            yield dim, setting, real, mixture(rng, means, scale, share)


def simultaneous(rng: Rng) -> Iterator[Point]:
    first = np.arange(10) == 0
    fractions = (0, 0.2, 0.4, 0.6, 0.8, 0.95, 1)
    yield from dropped(rng, {f: np.where(first, 1, 1 - f) for f in fractions})


def sequential(rng: Rng) -> Iterator[Point]:
    yield from dropped(rng, {k: (np.arange(10) < 10 - k) * 1.0 for k in range(10)})


INVENTED = np.array(
    [
        [5.46794328, -4.08481523],
        [4.87211875, -13.64864684],
        [-16.39432073, 9.09802249],
        [-2.15447941, 12.46200019],
        [11.55784483, -4.96049923],
        [-24.60558474, 14.18020818],
        [16.84215967, -3.18710751],
        [-5.47807206, -6.77247129],
        [9.46726546, 1.05922347],
        [-5.40346201, -17.29490131],
    ]
)


def invention(rng: Rng) -> Iterator[Point]:
    real = mixture(rng, INVENTED[:5], 0.25, np.ones(5))
    for k in range(1, 11):
        yield None, float(k), real, mixture(rng, INVENTED[:k], 0.25, np.ones(k))


def collapse(rng: Rng) -> Iterator[Point]:
    for dim in (1, 8, 64):
        for mu in np.linspace(0, 5, 7):
            means = np.tile(np.array([[-mu / 2], [mu / 2]]), dim)
            drawn = rng.normal(0, np.sqrt(1 + mu**2), size=(N, dim))
            yield dim, mu, mixture(rng, means, 1.0, np.ones(2)), drawn


def sphere(rng: Rng, dim: int, radius: float) -> np.ndarray:
    rows = rng.normal(size=(N, dim))
    return radius * rows / np.linalg.norm(rows, axis=1, keepdims=True)


def surfaces(rng: Rng) -> Iterator[Point]:
    for dim in (2, 16, 128):
        real = sphere(rng, dim, 1)
        for radius in np.linspace(0.1, 1.9, 7):
            yield dim, radius, real, sphere(rng, dim, radius)


def cubes(rng: Rng, real_sizes: np.ndarray) -> Iterator[Point]:
    for dim in (1, 8, 64):
        start = 1 - 0.2 ** (1 / dim)  # a fifth of the volumes overlaps
        real = rng.random((N, dim))
        for n, m in zip(real_sizes, SIZES, strict=True):
            yield (
                dim,
                float(m),
                real if n == N else rng.random((n, dim)),
                start + rng.random((m, dim)),
            )


def ball(rng: Rng, n: int, dim: int, radius: float) -> np.ndarray:
    rows = rng.normal(size=(n, dim))
    return (
        rows
        / np.linalg.norm(rows, axis=1, keepdims=True)
        * radius
        * rng.random((n, 1)) ** (1 / dim)
    )


def torus(rng: Rng, n: int) -> np.ndarray:
    disc = ball(rng, n, 2, 0.1) + [1, 0]
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([disc[:, 0] * np.cos(angle), disc[:, 0] * np.sin(angle), disc[:, 1]])


def sphere_torus(rng: Rng) -> Iterator[Point]:
    round_rows, ring_rows = ball(rng, N, 3, 0.8), torus(rng, N)
    for m in SIZES:
        yield "real sphere", float(m), round_rows, torus(rng, m)
        yield "real torus", float(m), ring_rows, ball(rng, m, 3, 0.8)


def rounded(rng: Rng, side: str) -> Iterator[Point]:
    for power in np.linspace(0, 3, 7):
        real, drawn = (10**power * rng.normal(size=(N, 1)) for _ in range(2))
        if side == "real":
            yield side, power, real.round(), drawn
        else:
            yield side, power, real, drawn.round()


ALIKE, NOTHING_LEFT = near("min", 1), [near("min", 0), near("max", 0)]
DROP = {D1: [level], D4: [ALIKE, near("max", 1)]}
FIFTH = near("max", 0.2)
BOTH_ONE = [near("min", 1), near("max", 1)]
CHECKS = (
    Check("Gaussian Mean Difference", mean_difference, ball_like(0), ball_like(0), 0),
    Check("Gaussian Mean Difference + Outlier", with_outlier, ball_like(0), ball_like(0)),
    Check(
        "Gaussian Std. Deviation Difference",
        std_difference,
        {D1: [falling], D4: [near(0, 1), near("min", 1), near("max", 0)]},
        {D1: [low_or_high(bell(0), rising)], D4: [near(0, 1), near("min", 0), wide("max")]},
        0,
    ),
    Check("Simultaneous Mode Dropping", simultaneous, DROP, {D1: [falling_by(0.95)], D4: [ALIKE]}),
    Check("Sequential Mode Dropping", sequential, DROP, {D1: [falling_by(0.5)], D4: [ALIKE]}, 0),
    Check(
        "Mode Dropping + Invention",
        invention,
        {D1: [falling], D4: [near(5, 1), near("min", 1)]},
        {D1: [rising], D4: [near(5, 1), near("max", 1)]},
        5,
    ),
    Check("Hypersphere Surface", surfaces, ball_like(1), ball_like(1), 1),
    Check(
        "Hypercube, Varying Sample Size",
        lambda rng: cubes(rng, SIZES),
        {D1: [FIFTH], D3: [settled]},
        {D1: [FIFTH], D3: [settled]},
    ),
    Check(
        "Hypercube, Varying Syn. Size",
        lambda rng: cubes(rng, np.full(7, N)),
        {D1: [FIFTH], D2: [settled]},
        {D1: [FIFTH], D2: [settled]},
    ),
    Check(
        "Sphere vs. Torus",
        sphere_torus,
        {D1: [settled], D4: [near("max", 0)]},
        {D1: [settled], D4: [near("max", 0)]},
    ),
    Check(
        "Mode Collapse",
        collapse,
        {D1: [falling], D4: [ALIKE]},
        {D1: [low_or_high(falling, level)], D4: [ALIKE]},
        0,
    ),
    Check(
        "Scaling One Dimension",
        scaled,
        {D5: [level], D4: NOTHING_LEFT},
        {D5: [level], D4: NOTHING_LEFT},
    ),
    Check("Gaussian Mean Difference + Pareto", with_pareto, ball_like(0), ball_like(0), 0),
    Check(
        "One Disjoint Dim. + Many Identical Dim.",
        one_disjoint,
        {D1: [level], D4: NOTHING_LEFT},
        {D1: [level], D4: NOTHING_LEFT},
    ),
    Check(
        "Discrete Num. vs. Continuous Num. (real rows discrete)",
        lambda rng: rounded(rng, "real"),
        {D1: [level], D4: NOTHING_LEFT},
        {D1: [level], D4: [wide("min"), wide("max")]},
    ),
    Check(
        "Discrete Num. vs. Continuous Num. (real rows continuous)",
        lambda rng: rounded(rng, "synthetic"),
        {D1: [level], D4: BOTH_ONE},
        {D1: [level], D4: NOTHING_LEFT},
    ),
)


def main() -> None:
    """Run the checks and print who passes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--judged", action="store_true", help="the judge as a whole instead")
    parser.add_argument("--checks", nargs="+", default=None, choices=[c.title for c in CHECKS])
    asked = parser.parse_args()
    began = time.process_time()
    checks = [c for c in CHECKS if asked.checks is None or c.title in asked.checks]
    if asked.judged:
        head = ["check", "alarms where rows differ", "alarms where they do not", "most by"]
        print(table(head, [judged(check) for check in checks]))
    else:
        print_answers([line for check in checks for line in answers(check, asked.repeats)])
    print(f"{time.process_time() - began:.0f} CPU seconds")


def print_answers(lines: list[list[str]]) -> None:
    """Print the table, and how many lines each figure passes."""
    print(table(["check", "desideratum", *FIDELITY, *DIVERSITY], lines))
    for column, figure in enumerate((*FIDELITY, *DIVERSITY), start=2):
        passed = sum(line[column] != "fails" for line in lines)
        print(f"{figure}: {passed} of {len(lines)}")


def judged(check: Check) -> list[object]:
    """How often the judge raises an alarm at the ends of a check, and where rows are alike."""
    groups: dict[object, list[Point]] = defaultdict(list)
    for point in check.points(np.random.default_rng(0)):
        groups[point[0]].append(point)
    alike, unlike, figures = [], [], Counter[str]()
    for points in groups.values():
        ends = {points[0][1], points[-1][1]} - {check.same}
        for _, x, real, drawn in points:
            if x == check.same:
                alike.append(alarms(real, drawn))
            elif x in ends:
                unlike.append(alarms(real, drawn))
                figures.update(unlike[-1])
    most = ", ".join(f"{name} {count}" for name, count in figures.most_common(3))
    sums = [
        f"{sum(map(bool, found))} of {len(found)}" if found else "-" for found in (unlike, alike)
    ]
    return [check.title, *sums, most]


def alarms(real: np.ndarray, drawn: np.ndarray) -> list[str]:
    """Names of the figures of fidelity and diversity that alarm, half of the rows held out."""
    order = np.random.default_rng(0).permutation(len(real))
    train, holdout = real[order[::2]], real[order[1::2]]
    found = Judge(train, holdout, kind="array", metrics=ALL)(drawn[: len(real)]).findings
    return [finding.metric.name for finding in found if finding.alarm]


def answers(check: Check, repeats: int) -> list[list[str]]:
    """A line a desideratum: how each figure fares."""
    curves = measured(check, repeats)
    wanted = {name: check.fidelity for name in FIDELITY} | dict.fromkeys(DIVERSITY, check.diversity)
    return [
        [check.title, aim, *(passes(curves[name], wanted[name][aim]) for name in wanted)]
        for aim in check.fidelity
    ]


def passes(curves: dict[object, Curve], criteria: list[Criterion]) -> str:
    """Say whether every criterion holds in every group, and with which reading of diversity."""
    found = [criterion(curve) for curve in curves.values() for criterion in criteria]
    readings = {answer for answer in found if isinstance(answer, str)}
    if len(readings) > 1 or not all(found):
        return "fails"
    return f"passes ({readings.pop()})" if readings else "passes"


def measured(check: Check, repeats: int) -> dict[str, dict[object, Curve]]:
    """Every figure over the settings of each group, means over repetitions."""
    values: dict[tuple[str, object, float], list[float]] = defaultdict(list)
    for seed in range(repeats):
        for group, x, real, drawn in check.points(np.random.default_rng(seed)):
            judged = Judge(real, None, kind="array", metrics=(*FIDELITY, *DIVERSITY))(drawn)
            for finding in judged.findings:
                values[finding.metric.name, group, x].append(finding.measured.value)
    found: dict[str, dict[object, Curve]] = defaultdict(dict)
    for name, group in dict.fromkeys((name, group) for name, group, _ in values):
        xs = sorted(x for other, g, x in values if (other, g) == (name, group))
        means = [float(np.mean(values[name, group, x])) for x in xs]
        found[name][group] = Curve(np.array(xs), np.array(means))
    return found


if __name__ == "__main__":
    main()
