"""Hidden Markov models against hmmlearn, from the same parameters, on one thread and two.

    python benchmarks/hidden_markov.py [--repeats 3] [--only 1x100k]

A step is one iteration of Baum-Welch: likelihood, posteriors, and new parameters. hmmlearn's
default implementation works in logarithms, its "scaling" one as ours; it has one thread.
Prints seconds (median and range over repeats that alternate), the relative difference of the
log-likelihood, and the ratios hmmlearn / drawlike; then the same for most probable paths, and
for drawing.
"""

import argparse
import logging
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from hmmlearn.hmm import GaussianHMM as Peer
from measuring import alternate, spread, table
from threadpoolctl import threadpool_limits

from drawlike.layout import Layout, Real
from drawlike.rows import SequenceBatch
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.chain import Chain
from drawlike.statistics.hidden_markov.starting import start_chain, with_parameters
from drawlike.statistics.hidden_markov.transitions import first_states, pattern

COLUMNS = 16
DRAWN = 2_000  # steps that hmmlearn draws, one by one


class Problem(NamedTuple):
    name: str
    lengths: list[int]
    n_states: int
    covariance: str


PROBLEMS = (
    Problem("1x100k, 16 states, diag", [100_000], 16, "diag"),
    Problem("1000x100, 16 states, full", [100] * 1_000, 16, "full"),
    Problem("1x20k, 64 states, full", [20_000], 64, "full"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="how the problem's name begins")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    problems = [p for p in PROBLEMS if p.name.startswith(options.only)]
    steps, others = [], []
    for problem in problems:
        chain, batch = posed(problem)
        for threads in (1, 2):
            torch.set_num_threads(threads)
            with threadpool_limits(threads, "blas"):
                steps += list(compare_steps(problem, chain, batch, threads, options.repeats))
                others += list(compare_others(problem, chain, batch, threads, options.repeats))
    names = ("threads", "drawlike s", "hmmlearn s", "difference", "ratio")
    print(table(("Baum-Welch step", *names), steps))
    print()
    print(table(("paths and draws", *names), others))


def posed(problem: Problem) -> tuple[Chain, SequenceBatch]:
    """Sequences drawn from a chain, and another chain, an iteration from a poor start."""
    rng = np.random.default_rng(0)
    n, lengths = problem.n_states, torch.tensor(problem.lengths)
    columns = Columns.of(Layout((Real("x", COLUMNS, (0.0,) * COLUMNS),)))

    def begun(x: torch.Tensor, lengths: torch.Tensor) -> Chain:
        allowed, begins = pattern("full", n), first_states("full", n)
        weight = torch.ones(len(lengths), dtype=torch.float64)
        sort = {"covariance": problem.covariance, "guess": "random_from_data", "rng": rng}
        return start_chain(x, lengths, weight, columns, allowed=allowed, begins=begins, **sort)

    noise = torch.from_numpy(rng.normal(size=(50 * n, COLUMNS)))
    transitions = rng.dirichlet(np.full(n, 0.5), n) + 0.01
    truth = with_parameters(
        begun(noise, torch.tensor([50 * n])),
        means=torch.from_numpy(rng.normal(size=(n, COLUMNS))),
        transitions=torch.from_numpy(transitions / transitions.sum(1, keepdims=True)),
    )
    x, _ = truth.sample(lengths, rng)
    m = len(lengths)
    batch = SequenceBatch(x, lengths, torch.zeros(m, 0), torch.ones(m, dtype=torch.float64))
    chain = begun(x, lengths)
    return chain.update(chain.statistics(batch)), batch


def peer(problem: Problem, chain: Chain, implementation: str = "log") -> Peer:
    """The same chain as hmmlearn's, ready for one iteration without priors."""
    normals = chain.emissions.normals
    model = Peer(
        problem.n_states,
        problem.covariance,
        covars_prior=0,
        init_params="",
        n_iter=1,
        implementation=implementation,
    )
    model.n_features = COLUMNS
    model.startprob_, model.transmat_ = chain.start.numpy(), chain.transitions.numpy()
    model.means_, model.covars_ = normals.means.numpy(), normals.covariances.numpy()
    return model


def compare_steps(
    problem: Problem, chain: Chain, batch: SequenceBatch, threads: int, repeats: int
) -> Iterator[tuple]:
    X, log_likelihoods = batch.x.numpy(), []

    def ours() -> None:
        sums = chain.statistics(batch)
        log_likelihoods[:] = [float(sums.log_likelihood)]
        chain.update(sums)

    for implementation in ("log", "scaling"):
        models: list[Peer] = []

        def theirs(implementation: str = implementation, models: list[Peer] = models) -> None:
            models[:] = [peer(problem, chain, implementation).fit(X, problem.lengths)]

        times = alternate(ours, theirs, repeats)
        gap = log_likelihoods[0] / models[0].monitor_.history[0] - 1
        yield line(f"{problem.name}: {implementation}", threads, *times, f"{gap:.1e}")


def compare_others(
    problem: Problem, chain: Chain, batch: SequenceBatch, threads: int, repeats: int
) -> Iterator[tuple]:
    X, model = batch.x.numpy(), peer(problem, chain)
    paths = chain.viterbi(batch.x, batch.lengths)[1].numpy()
    unlike = (paths != model.decode(X, problem.lengths)[1]).mean()
    times = alternate(
        lambda: chain.viterbi(batch.x, batch.lengths),
        lambda: model.decode(X, problem.lengths),
        repeats,
    )
    yield line(f"{problem.name}: path", threads, *times, f"{unlike:.1e} of the states")
    share = DRAWN / len(X)
    drawing = (
        lambda: chain.sample(batch.lengths, np.random.default_rng(0)),
        lambda: model.sample(DRAWN, random_state=0),
    )
    ours, theirs = alternate(*drawing, repeats)
    theirs = [seconds / share for seconds in theirs]
    rate = f"{len(X) / np.median(ours) / 1e6:.2g} million steps/s"
    yield line(f"{problem.name}: draw", threads, ours, theirs, rate)


def line(name: str, threads: int, ours: list, theirs: list, difference: str) -> tuple:
    ratio = float(np.median(theirs) / np.median(ours))
    return name, threads, spread(ours), spread(theirs), difference, ratio


if __name__ == "__main__":
    main()
