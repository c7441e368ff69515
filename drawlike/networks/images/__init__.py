"""Networks of GANs for images of any height, width and number of channels, a paper each."""

from .projection import ImageCritic
from .table import IMAGE_NETWORKS, ImageNetwork

__all__ = ["IMAGE_NETWORKS", "ImageCritic", "ImageNetwork"]
