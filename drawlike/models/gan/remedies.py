"""What can be done about an alarm: settings to change, each remedy by its name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .settings import OF_PROBABILITIES, Suited

Change = Mapping[str, Any]
Remedy = Callable[[Any, Suited], Change]

USUAL_HIDDEN, _NARROW = (128, 128, 128), (64, 64)
_RATE = 2e-4
_NOISE, _CLIP = 0.3, 0.5


def noise(model: Any, chosen: Suited) -> Change:
    """Blur real and drawn rows at first: a critic cannot tell apart what overlaps.

    Arjovsky and Bottou 2017, arXiv:1701.04862.
    """
    return {"instance_noise": max(_NOISE, 2 * model.instance_noise)}


def loss(model: Any, chosen: Suited) -> Change:
    """Play for another loss: pairs, in which no generator can leave a mode for good.

    Sun et al. 2020, arXiv:2011.04926. What else suits the data by default depends on whether
    a loss is asked for, so that all of it is kept by name.
    """
    other = "non-saturating" if chosen.loss == "relativistic" else "relativistic"
    smoothing = model.label_smoothing if other in OF_PROBABILITIES else 0.0
    kept = {name: value for name, value in chosen._asdict().items() if name != "latent"}
    return kept | {"loss": other, "label_smoothing": smoothing}


def network(model: Any, chosen: Suited) -> Change:
    """Take the usual networks, or narrower ones where they are the usual."""
    usual: dict[str, Any] = dict.fromkeys(("activation", "norm", "critic_network", "critic_hidden"))
    usual |= {"network": "auto", "hidden": USUAL_HIDDEN}
    of_model = {"hidden": tuple(model.hidden)}
    is_usual = all(of_model.get(n, getattr(model, n)) == value for n, value in usual.items())
    return usual | {"hidden": _NARROW} if is_usual else usual


def clip(model: Any, chosen: Suited) -> Change:
    """Shorten long gradients (Pascanu et al. 2013, arXiv:1211.5063)."""
    usual = _CLIP if model.clip_gradients is None else model.clip_gradients / 2
    return {"clip_gradients": usual}


def regularise(model: Any, chosen: Suited) -> Change:
    """Keep the critic's slope low (Mescheder et al. 2018, arXiv:1801.04406).

    A Wasserstein critic's is held at 1, by nothing else then, which would keep it below.
    """
    if chosen.loss == "wasserstein":
        weight = max(10.0, 10 * chosen.penalty.get("gradient", 0.0))
        alone = {"clip_weights": None, "spectral_norm": False}
        return {"penalty": {"gradient": weight}, "penalty_every": 1, **alone}
    return _on_slopes(max(1.0, 10 * chosen.penalty.get("r1", 0.0)))


def flatten(model: Any, chosen: Suited) -> Change:
    """Keep the critic's slope lower still, so that it cannot hold on to single rows."""
    if chosen.loss == "wasserstein":
        return regularise(model, chosen)
    return _on_slopes(max(10.0, 10 * chosen.penalty.get("r1", 0.0)))


def _on_slopes(weight: float) -> Change:
    return {"penalty": {"r1": weight, "r2": weight}, "penalty_every": 1}


def optimizer(model: Any, chosen: Suited) -> Change:
    """Step by Adam, or where that is done already by its optimistic form.

    Daskalakis et al. 2018, arXiv:1711.00141.
    """
    other = "optimistic" if model.optimizer in ("adam", "adamw") else "adam"
    return {"optimizer": other, "betas": None, "lr": None, "critic_lr": None}


def rates(model: Any, chosen: Suited) -> Change:
    """Let both players step slowly, as often and as far as each other."""
    return {"lr": min(chosen.lr / 2, _RATE), "critic_lr": None, "critic_steps": 1}


REMEDIES: dict[str, Remedy] = {
    "noise": noise,
    "loss": loss,
    "network": network,
    "clip": clip,
    "regularise": regularise,
    "flatten": flatten,
    "optimizer": optimizer,
    "rates": rates,
}

ASKED = ("none", "auto", *REMEDIES)

# what is tried in turn, each on top of those before; what stands twice is made stronger
PLANS: dict[str, tuple[str, ...]] = {
    "exploding gradient": ("rates", "clip", "regularise"),
    "vanishing gradient": ("network", "optimizer", "loss"),
    "critic wins": ("regularise", "rates", "noise"),
    "mode collapse": ("regularise", "noise", "network"),
    "orbit": ("regularise", "optimizer", "rates"),
    "critic overfit": ("flatten", "flatten"),
    "memorising": ("flatten", "flatten"),
    "critic wins a class": ("flatten", "noise"),
    "rare classes overfit": ("flatten", "flatten"),
}


def remedy_for(alarm: str, asked: str, tried: Sequence[str]) -> str | None:
    """Name what to try next, if anything: ``asked`` is "none", "auto" or a remedy."""
    if asked == "none":
        return None
    left = list(PLANS[alarm] if asked == "auto" else (asked,))
    for name in tried:
        if name in left:
            left.remove(name)
    return left[0] if left else None
