"""What the columns of an encoded array mean, and how likely values are under a network.

An encoded array is (n, ``Layout.width``). ``NaN`` is an unobserved cell: it adds nothing
to a likelihood. Densities are in encoded space: counting measure on codes, Lebesgue
measure on reals; ``codec.log_jacobian`` turns them into the units of the data.

Networks speak three dialects of a block, each with its own width:

- *encoded*, ``width``: what a codec makes, one column a choice;
- *expanded*, ``n_inputs``: what a network reads, and what a generator emits;
- *raw parameters*, ``n_params``: what a likelihood needs from a network.

Networks of conditionals see a layout as :class:`Variables`, one after the other.
"""

from .binned import Binned
from .block import Block
from .choice import MAX_SOFTMAX, Choice, Mixed
from .columns import Layout
from .densities import (
    bernoulli_log_prob,
    logistic_cell_log_prob,
    normal_log_prob,
    standard_normal_log_prob,
)
from .draws import draw_bits
from .image import BinaryImage, Image
from .real import Real
from .region import Region
from .variables import Variables

__all__ = [
    "MAX_SOFTMAX",
    "BinaryImage",
    "Binned",
    "Block",
    "Choice",
    "Image",
    "Layout",
    "Mixed",
    "Real",
    "Region",
    "Variables",
    "bernoulli_log_prob",
    "draw_bits",
    "logistic_cell_log_prob",
    "normal_log_prob",
    "standard_normal_log_prob",
]
