"""The faults of a game, one small function each.

A figure reads the snapshots so far, the last of them now, and is 0 where the fault is out of
the question. A check asks whether its figure stays at or above a threshold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .alarm import EXPLODING, Alarm
from .snapshot import Snapshot
from .tail import RARE_GAP, RARE_OVERFIT

Past = Sequence[Snapshot]

_FAR = 0.15  # of the distance of a single point in the middle
_BACK = 2  # looks
_SLOW = 0.9  # of the distance a look before
_SLOW_LOOKS = 3  # over so many, for one may jump
_SURE = 4.0  # standard errors
_TOLD_APART = 0.8  # of pairs of a training and a drawn row: else nothing hangs on it
_TOLD_ALL_APART = 0.95
_ASIDE = 0.12
_ORBIT_LOOKS = 5
_WIDE = 0.75  # of the distance three looks ago: then an orbit does not close in
_STRAIGHT = 0.75  # of its way that a mean may get ahead before it goes somewhere
_TINY = 1e-30
_PENALTY = "penalty={'r1': 1, 'r2': 1} or ten times yours"


@dataclass(frozen=True)
class Check:
    """A fault: it is there when ``figure`` is ``threshold`` or more, ``looks`` times in a row.

    ``says`` puts the last snapshot into words, with the figure and the threshold.
    """

    name: str
    figure: Callable[[Past], float]
    threshold: float
    looks: int
    says: str
    advice: str

    def __call__(self, past: Past) -> Alarm | None:
        """Give the alarm of the snapshots so far, if there is one."""
        ends = range(len(past) - self.looks + 1, len(past) + 1)
        if ends.start < 1:
            return None
        figures = [self.figure(past[:end]) for end in ends]
        if not all(figure >= self.threshold for figure in figures):
            return None
        now = past[-1]
        seen = {"figure": figures[-1], "threshold": self.threshold, "now": now}
        evidence = self.says.format(**seen, layers=_layers(now))
        return Alarm(self.name, now.step, figures[-1], self.threshold, evidence, self.advice)


def growth(past: Past) -> float:
    """Weights over those at the start: large ones are what exploding gradients leave."""
    return past[-1].growth


def fading(past: Past) -> float:
    """Gradient of the layer that has the largest over that of the one that has the least.

    Hochreiter 1991; Glorot and Bengio 2010.
    """
    players = [norms for norms in past[-1].norms.values() if norms]
    return max((max(norms) / max(min(norms), _TINY) for norms in players), default=0.0)


def winning(past: Past) -> float:
    """How surely the critic tells rows apart, while drawn ones hardly come nearer.

    The middle one of three looks: a generator that is taught nothing may run away, and pass the
    critic by. Arjovsky and Bottou 2017, arXiv:1701.04862.
    """
    if not (_is_far(past[-1]) and _hardly_comes_nearer(past)):
        return 0.0
    return median(look.separation for look in past[-3:])


def losing(past: Past) -> float:
    """Share of the rows in clusters that drawn rows miss, while it does not fall."""
    if len(past) <= _BACK:
        return 0.0
    return past[-1].lost if past[-1].lost >= past[-1 - _BACK].lost else 0.0


def orbiting(past: Past) -> float:
    """Way of the drawn rows' mean from look to look, while it gets them nowhere.

    Mescheder et al. 2018, arXiv:1801.04406.
    """
    seen = past[-_ORBIT_LOOKS:]
    half = _ORBIT_LOOKS // 2
    if len(seen) < _ORBIT_LOOKS or not all(map(_is_far, seen[-half:])):
        return 0.0
    # the widest of an orbit: a look may catch it where it passes by
    before, after = (max(look.distance for look in part) for part in (seen[:half], seen[-half:]))
    steps = [max(0.0, _gap(a, b) ** 2 - a.jitter - b.jitter) ** 0.5 for a, b in pairwise(seen)]
    is_straight = _gap(seen[0], seen[-1]) > _STRAIGHT * sum(steps)
    is_over = after < _WIDE * before
    return 0.0 if is_straight or is_over else sum(steps) / len(steps)


def overfitting(past: Past) -> float:
    """How far held rows have gone over to the drawn ones, where the critic tells those apart.

    Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    now = past[-1]
    is_sure = now.overfit_z >= _SURE and now.separation >= _TOLD_APART
    return now.overfit if is_sure else 0.0


def copying(past: Past) -> float:
    """Chance that drawn rows are nearer to training rows than held rows are.

    Rows drawn too near to the middles of modes are near to all rows; copies are near to the
    training rows alone.
    """
    now = past[-1]
    return now.nearness if now.nearness - now.nearness_held >= _ASIDE else 0.0


def saturating(past: Past) -> float:
    """How surely the critic tells rows of a rare class apart, where it does not tell those of all."""
    now = past[-1]
    return now.saturated if now.separation < _TOLD_ALL_APART else 0.0


def overfitting_rare(past: Past) -> float:
    """How far held rows of rare classes fall behind training rows, beyond those of frequent ones.

    In standard deviations of the critic's verdict within a class.
    """
    now = past[-1]
    return now.gap if now.gap_z >= _SURE else 0.0


def _is_far(look: Snapshot) -> bool:
    return look.distance >= _FAR


def _hardly_comes_nearer(past: Past) -> bool:
    seen = past[-1 - _SLOW_LOOKS :]
    slow = _SLOW ** (len(seen) - 1) * seen[0].distance
    return len(seen) > _BACK and seen[-1].distance >= slow


def _gap(a: Snapshot, b: Snapshot) -> float:
    return sum((x - y) ** 2 for x, y in zip(a.middle, b.middle, strict=True)) ** 0.5


def _layers(now: Snapshot) -> str:
    told = (
        f"{name} " + " ".join(f"{norm:.0e}" for norm in norms) for name, norms in now.norms.items()
    )
    return ", ".join(told)


ALARMS = (
    Check(
        EXPLODING,
        growth,
        threshold=20.0,
        looks=1,
        says="weights are {figure:.3g} times those at the start ({threshold:g} is too much)",
        advice="a lower lr, clip_gradients=0.5, or a penalty on the critic",
    ),
    Check(
        "vanishing gradient",
        fading,
        threshold=1e3,
        looks=2,
        says="a layer's gradient is {figure:.1g} times smaller than another's ({threshold:g} is "
        "too much): {layers}, first layer to last",
        advice="activation='leaky-relu', fewer layers in hidden",
    ),
    Check(
        "critic wins",
        winning,
        threshold=0.95,
        looks=2,
        says="the critic tells {figure:.1%} of pairs of a training and a drawn row apart "
        "({threshold:.0%} is too much), and their distance hardly falls ({now.distance:.2g} of "
        "that of a single point)",
        advice=f"{_PENALTY}, a lower critic_lr, or critic_steps=1",
    ),
    Check(
        "mode collapse",
        losing,
        threshold=0.4,
        looks=2,
        says="drawn rows miss clusters that hold {figure:.0%} of the rows ({threshold:.0%} is too "
        "much), no fewer than before, and are {now.diversity:.2f} times as far from one another",
        advice=f"{_PENALTY}, instance_noise=0.3, loss='relativistic', packing=2, or n_signs",
    ),
    Check(
        "orbit",
        orbiting,
        threshold=0.5,
        looks=2,
        says="the mean of drawn rows goes {figure:.2f} standard deviations from look to look "
        "({threshold:g} is too much) without coming nearer",
        advice=f"{_PENALTY}, optimizer='optimistic', or a lower lr",
    ),
    Check(
        "critic overfit",
        overfitting,
        threshold=0.5,
        looks=2,
        says="the critic holds rows that it was not taught to be {figure:.0%} drawn "
        "({threshold:.0%} is too much), {now.overfit_z:.1f} standard errors from training rows",
        advice=f"instance_noise=0.3, {_PENALTY}, narrower hidden layers, or more rows",
    ),
    Check(
        "memorising",
        copying,
        threshold=0.75,
        looks=2,
        says="drawn rows are nearer to training rows than rows held back in {figure:.0%} of pairs "
        "({threshold:.0%} is too much)",
        advice=f"{_PENALTY}, narrower hidden layers, fewer steps, or more rows",
    ),
    Check(
        "critic wins a class",
        saturating,
        threshold=0.98,
        looks=3,
        says="the critic tells {figure:.1%} of pairs of a training and a drawn row of the rare class "
        "{now.saturated_class} apart ({threshold:.0%} is too much), and {now.separation:.0%} of all",
        advice=f"class_sampling='balanced' unless it is so, more rows of the class, or {_PENALTY}",
    ),
    Check(
        RARE_OVERFIT,
        overfitting_rare,
        threshold=RARE_GAP,
        looks=2,
        says="in the critic's eyes rows held back of the rare classes {now.gap_classes} fall "
        "{figure:.2f} standard deviations further behind training rows than those of frequent "
        "classes ({threshold:g} is too much)",
        advice="more rows of these, augment='affine' of images, fewer steps, or "
        "class_sampling='square-root'",
    ),
)
