"""Small experiments behind docs/questions.md.

    python benchmarks/gan_questions.py orbit | depth | collapse | stop [--seeds 3]

orbit: the simplest game (Mescheder et al. 2018, arXiv:1801.04406): all rows are 0, the
generator is one number, the critic one slope. How far from the solution is it after 2,000
alternating steps from (1, 1)?

depth: gradient of the first layer over that of the last, root mean square a weight, in
fresh dense networks of 128 units, one loss, 256 rows. 1 is even; 1e-9 learns nothing.

collapse: a ring of 8 modes without a mixture to begin at. Modes found, rows of high
quality, reverse KL of the modes' shares, after 3,000 steps, with one cure at a time.

stop: training on for three times as long as the rule would, on digits: energy distance of
the step that was kept, of the last step, and of real rows.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from gan_toys import ring as ring_of_eight
from measuring import spread, table
from torch import Tensor, nn

import drawlike as dl
from drawlike.losses.adversarial import LOSSES
from drawlike.networks import MLP, Style, build
from drawlike.rows import Batch
from drawlike.training import Player, extragradient, in_turn, plain_step
from drawlike.training.player import identity

STEPS, RATE = 2000, 0.05
DEPTHS = (2, 4, 8, 16, 32)
CURES: dict[str, dict[str, Any]] = {
    "none": {},
    "minimax loss": {"loss": "minimax"},
    "least squares": {"loss": "least-squares"},
    "hinge": {"loss": "hinge"},
    "Wasserstein, gradient penalty": {"loss": "wasserstein", "penalty": {"gradient": 1.0}},
    "R1 of .1": {"penalty": {"r1": 0.1}},
    "relativistic, R1 and R2 of .1": {
        "loss": "relativistic",
        "penalty": {"r1": 0.1, "r2": 0.1},
    },
    "instance noise of .2": {"instance_noise": 0.2},
    "packs of 4": {"packing": 4},
    "top half of the rows": {"top_k": 0.5},
    "8 random signs": {"n_latent": 2, "n_signs": 8},
    "mixture to begin at (default)": {"latent": "mixture"},
}
PLAIN = {
    "latent": "normal",
    "loss": "non-saturating",
    "lr": 1e-3,
    "betas": (0.0, 0.99),
    "batch_size": 256,
    "max_steps": 3000,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=QUESTIONS)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    QUESTIONS[options.question](options.seeds)


class Number(nn.Module):
    """One weight."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.tensor([start]))


def orbit(seeds: int) -> None:
    ways = {
        "non-saturating": ("non-saturating", "sgd", 0.0),
        "wasserstein": ("wasserstein", "sgd", 0.0),
        "non-saturating, momentum .9": ("non-saturating", "momentum", 0.0),
        "non-saturating, Adam": ("non-saturating", "adam", 0.0),
        "non-saturating, R1 of 1": ("non-saturating", "sgd", 1.0),
        "wasserstein, R1 of 1": ("wasserstein", "sgd", 1.0),
        "wasserstein, optimistic": ("wasserstein", "optimistic", 0.0),
        "wasserstein, extragradient": ("wasserstein", "extragradient", 0.0),
    }
    print(table(("game", "distance"), [(name, played(*way)) for name, way in ways.items()]))


def played(loss: str, method: str, r1: float) -> float:
    """Mean distance from the solution in the last 100 steps."""
    theta, psi = Number(1.0), Number(1.0)
    zero, rules = torch.zeros(1), LOSSES[loss]
    batch = Batch(torch.zeros(1, 1), torch.zeros(1, 0), torch.ones(1))

    def critic(net: Number, batch: Batch) -> Tensor:
        penalty = 0.5 * r1 * net.at.square()
        return rules.critic(net.at * zero, net.at * theta.at.detach()) + penalty

    def generator(net: Number, batch: Batch) -> Tensor:
        return rules.generator(psi.at.detach() * zero, psi.at.detach() * net.at)

    make = partial(Player, lr=RATE, betas=(0.9 if method == "momentum" else 0.0, 0.99))
    players = [
        make("critic", psi, critic, method=method),
        make("generator", theta, generator, method=method),
    ]
    turn = extragradient if method == "extragradient" else in_turn
    distances = []
    for _ in range(STEPS):
        turn(players, batch, plain_step, identity)
        distances.append(float(torch.cat([theta.at, psi.at]).detach().norm()))
    return float(np.mean(distances[-100:]))


def depth(seeds: int) -> None:
    styles = {
        "sigmoid": Style(normalise=False, activation=nn.Sigmoid),
        "tanh": Style(normalise=False, activation=nn.Tanh),
        "ReLU": Style(normalise=False, activation=nn.ReLU),
        "leaky ReLU (critics here)": Style(False, partial(nn.LeakyReLU, 0.2)),
        "sigmoid, layers normalised": Style(normalise=True, activation=nn.Sigmoid),
        "SiLU, layers normalised (generators here)": Style(),
    }
    lines = [
        (name, *(spread([ratio(style, n, seed) for seed in range(seeds)]) for n in DEPTHS))
        for name, style in styles.items()
    ]
    print(table(("network", *(f"{n} layers" for n in DEPTHS)), lines))


def ratio(style: Style, n_layers: int, seed: int) -> float:
    rng = torch.Generator().manual_seed(seed)
    net = build(lambda: MLP(2, 0, 1, (128,) * (n_layers - 1), style), rng)
    x = torch.randn(256, 2, generator=rng)
    nn.functional.softplus(net(x, x[:, :0])).mean().backward()
    slopes = [w.grad for w in net.parameters() if w.ndim == 2 and w.grad is not None and len(w.T)]
    return float(slopes[0].square().mean().sqrt() / slopes[-1].square().mean().sqrt())


def collapse(seeds: int) -> None:
    lines = []
    for name, cure in CURES.items():
        found = [ring(cure, seed) for seed in range(seeds)]
        lines.append((name, *map(spread, zip(*found, strict=True))))
        print(lines[-1], flush=True)
    print(table(("cure", "modes", "high quality", "KL"), lines))


def ring(cure: dict[str, Any], seed: int) -> tuple[float, float, float]:
    toy = ring_of_eight()
    X = toy(2500, np.random.default_rng(seed))
    model = dl.GAN(**PLAIN | cure, random_state=seed).fit(X, listener=None)
    return toy.figures(model.sample(2500, random_state=seed))[:3]


def stop(seeds: int) -> None:
    lines = []
    for seed in range(seeds):
        kept, last = energies(patience=20, seed=seed), energies(patience=10_000, seed=seed)
        lines.append((seed, *kept, *last))
        print(lines[-1], flush=True)
    head = ("seed", "stopped at step", "best step", "best", "last", "step", "best", "best", "last")
    print(table(head, lines))


def energies(patience: int, seed: int) -> tuple[int, int, float, float]:
    images, _ = dl.split(dl.read("sample:digits"))
    model = dl.GAN(patience=patience, random_state=seed, max_steps=20_000, average=0.0)
    steps, values = model.fit(images.X, listener=None).history_.curve("energy distance")
    best = int(np.argmin(values))
    return steps[-1], steps[best], values[best], values[-1]


QUESTIONS: dict[str, Callable[[int], None]] = {
    "orbit": orbit,
    "depth": depth,
    "collapse": collapse,
    "stop": stop,
}


if __name__ == "__main__":
    main()
