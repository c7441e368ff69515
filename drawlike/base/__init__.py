"""The contract of every model, and the capabilities a model may have.

A way through the files:

- ``model``: the contract, ``fit``, ``sample`` and ``save``. Read it first. It leans on
  ``checking`` (features), ``cutting`` (sequences), ``encoding`` (which codec), ``weights``,
  ``labels``, ``randomness`` (a seed becomes generators), ``run`` (what a fit needs besides
  rows) and ``keeping`` (what a store keeps).
- A mixin for each capability, with a public verb and a private hook: ``density``,
  ``classifier``, ``latent``, ``conditional``, ``incremental``, ``sequence``;
  ``capabilities`` reads them.
- Behind ``conditional``: ``given`` (values that a user gives, and answers to them), ``evidence``
  (the same, encoded) and ``imputation``. Of more than values ``asking`` reads sets, ranges and
  tests, ``narrowing`` draws within them where a model can, and ``seeking`` tries until rows fit.
- Behind streams: ``streaming`` (what is learned of rows before they are encoded),
  ``sequence_streaming`` (the same of sequences) and ``spool`` (the encoded rows on a disk).
- Behind ``sequence``: ``sequence_draws``, ``chains`` (parameters as hmmlearn names them)
  and ``states`` (decoded, and forecast).
- Of images: ``inpainting`` fills holes, ``restoration`` undoes noise and small size too, and
  ``searching`` does it by latent vectors.
- Behind ``latent``: ``autoencoding`` (encoders and decoders, and the law of their codes) and
  ``activity`` (whether the codes say anything). ``distance`` tells adversaries when to stop.
- ``coded``: tables as codes, and the latent classes that VAE and GAN begin at.
- ``autoregressive``: the fit of models that learn a variable after the other.
- For models: ``presets`` are settings by name, ``settings`` checks hyper-parameters,
  ``chunks`` cuts rows that are scored, ``ranking`` keeps the best of many draws, ``filming``
  watches what is drawn as training goes on.
"""

from .autoencoding import AutoencoderMixin
from .capabilities import MIXINS, capabilities
from .classifier import ClassifierMixin
from .coded import CodedMixin, is_coded, n_classes_of, place_classes
from .conditional import ConditionalMixin
from .density import DensityMixin
from .filming import camera_of, filmed
from .incremental import IncrementalMixin
from .latent import DecoderMixin, LatentMixin
from .model import GenerativeModel
from .presets import PresetMixin
from .randomness import RandomState, torch_generator
from .rarity import tell_of_rare_classes
from .restoration import RestorationMixin
from .run import Run, choose_device
from .searching import SearchMixin
from .sequence import SequenceMixin
from .settings import (
    check_amounts,
    check_counts,
    check_known,
    check_limits,
    check_truths,
    check_widths,
    is_amount,
)

__all__ = [
    "MIXINS",
    "AutoencoderMixin",
    "ClassifierMixin",
    "CodedMixin",
    "ConditionalMixin",
    "DecoderMixin",
    "DensityMixin",
    "GenerativeModel",
    "IncrementalMixin",
    "LatentMixin",
    "PresetMixin",
    "RandomState",
    "RestorationMixin",
    "Run",
    "SearchMixin",
    "SequenceMixin",
    "camera_of",
    "capabilities",
    "check_amounts",
    "check_counts",
    "check_known",
    "check_limits",
    "check_truths",
    "check_widths",
    "choose_device",
    "filmed",
    "is_amount",
    "is_coded",
    "n_classes_of",
    "place_classes",
    "tell_of_rare_classes",
    "torch_generator",
]
