"""Which learner takes the steps."""

import numpy as np
import torch

from ...networks.boltzmann import Boltzmann
from .contrast import Contrast, Examples, Learner
from .general import GeneralLearner


def learner_for(
    machine: Boltzmann,
    examples: Examples,
    contrast: Contrast,
    rng: np.random.Generator,
    *,
    learns_variance: bool,
) -> Learner:
    """Give the compiled learner where it can be, else the general one."""
    device, units = examples.v.device, machine.units
    is_plain = units.all_binary and contrast.n_temperatures == 1
    if is_plain and device.type == "cpu":
        from .binary import BinaryLearner  # compiled code is loaded where it is needed

        return BinaryLearner(machine, examples, contrast, rng)
    torch_rng = torch.Generator(device).manual_seed(int(rng.integers(2**63 - 1)))
    return GeneralLearner(machine, examples, contrast, torch_rng, learns_variance=learns_variance)
