"""Stepwise EM of a chain, as that of a mixture: a running mean of sums over batches.

The sums that a chain stands for are those that its own update would lead back to it: states
as often as they are expected to occur in sequences of the batch's lengths, and moments as the
covariances imply.
"""

import numpy as np
import torch
from torch import Tensor

from ...rows import SequenceBatch
from ..mixtures.stepwise import EXPONENT, blended, implied
from .chain import Chain, ChainSums

_SETTLED = 1000  # steps after which states are in their long run


def stepped(chain: Chain, batch: SequenceBatch, step: int, total: float) -> tuple[Chain, float]:
    """Move by one batch of sequences, whose steps weigh ``total`` in all; mean objective, too."""
    sums = chain.statistics(batch)
    share = (step + 2) ** -EXPONENT
    scale = total / float(sums.steps)  # priors weigh against all steps, not against a batch
    return chain.update(_blend(_implied(chain, batch), sums, share, scale)), chain.objective(sums)


def _implied(chain: Chain, batch: SequenceBatch) -> ChainSums:
    """Sums over sequences of the batch's lengths, whose update is the chain."""
    occurring, leaving = _occupied(chain, batch)
    zero = chain.start.new_zeros(())
    return ChainSums(
        start=batch.weight.to(chain.start).sum() * chain.start,
        transitions=leaving[:, None] * chain.transitions,
        emissions=implied(chain.emissions, occurring),
        log_likelihood=zero,
        weight=zero,
        steps=zero,
    )


def _occupied(chain: Chain, batch: SequenceBatch) -> tuple[Tensor, Tensor]:
    """How often each state occurs, and how often it is followed by another step, (S,) each."""
    lengths, weight = batch.lengths.cpu().numpy(), batch.weight.double().cpu().numpy()
    longest = int(lengths.max())
    ending = np.bincount(lengths, weight, longest + 1)
    alive = torch.from_numpy(weight.sum() - np.cumsum(ending)).to(chain.start)
    begun = torch.cat([alive.new_tensor([weight.sum()]), alive[1:-1]])  # weight at each step
    occurring, leaving = torch.zeros_like(chain.start), torch.zeros_like(chain.start)
    here = chain.start
    for t in range(min(longest, _SETTLED)):
        rest = slice(t, None) if t == _SETTLED - 1 else slice(t, t + 1)
        occurring = occurring + here * begun[rest].sum()
        leaving = leaving + here * alive[1:][rest].sum()
        here = here @ chain.transitions
    return occurring, leaving


def _blend(old: ChainSums, new: ChainSums, share: float, scale: float) -> ChainSums:
    def mixed(a: Tensor, b: Tensor) -> Tensor:
        return scale * ((1 - share) * a + share * b)

    return new._replace(
        start=mixed(old.start, new.start),
        transitions=mixed(old.transitions, new.transitions),
        emissions=blended(old.emissions, new.emissions, share, scale),
    )
