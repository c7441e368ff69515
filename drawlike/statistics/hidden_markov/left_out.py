"""Sequences that are left out of a fit, to judge it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...errors import SettingError
from ...rows import Sequences, SequenceStream
from .chain import Chain
from .fitting import Part

_SHARE = 0.2  # of the sequences, or of the steps of a single one
_STEPS_TOGETHER = 1 << 20


class LeftOut(NamedTuple):
    """What a chain is learned from, and sequences that judge it but for ``known`` first steps."""

    learned: Part
    judging: Sequences | SequenceStream
    known: int

    def log_prob(self, chain: Chain) -> float:
        """Log-likelihood of what was left out, given the known steps, nats."""
        total, known = 0.0, self.known
        for batch in self.judging.batches(_STEPS_TOGETHER):  # one of a single sequence
            steps = chain.step_log_prob(batch.x.to(chain.device), batch.lengths).cpu()
            each = batch.weight.double().cpu().repeat_interleave(batch.lengths.cpu())
            total += float(each[known:] @ steps[known:])
        return total


def leave_out(part: Part, rng: np.random.Generator) -> LeftOut:
    """Leave out a fifth of the sequences, or the end of a single one.

    Steps of a sequence tell of each other, so that steps drawn at random would be guessed from
    their neighbours; what comes later is not.
    """
    data = part.data
    if len(data) == 1:
        return _without_end(part)
    order = rng.permutation(len(data))
    n = max(1, round(_SHARE * len(data)))
    learned, judging = data.take(np.sort(order[n:])), data.take(np.sort(order[:n]))
    return LeftOut(part._replace(data=learned), judging, 0)


def _without_end(part: Part) -> LeftOut:
    data = part.data.gather()
    n = len(data.x)
    known = n - round(_SHARE * n)
    if known == n or n < 1 / _SHARE:
        raise SettingError(
            f"criterion='validation' leaves out the last fifth of a single sequence, and this one "
            f"has {n} steps; give 5 or more, or several sequences, or use 'bic'."
        )
    weight: Tensor | None = None if data.step_weight is None else data.step_weight[:known]
    lengths = torch.full_like(data.lengths, known)
    learned = replace(data, x=data.x[:known], lengths=lengths, step_weight=weight)
    return LeftOut(part._replace(data=learned), data, known)
