"""What components of rare classes borrow from those of frequent ones: how rows spread around them."""

from dataclasses import replace

from torch import Tensor

from .mixture import Mixture


def shrunk(mixture: Mixture, mass: Tensor, rare: Tensor) -> Mixture:
    r"""Shrink the covariances of rare classes' components to the mean one of frequent classes.

    .. math:: S_j \leftarrow \frac{n_j S_j + m S}{n_j + m}, \quad m = d + 1

    for a component that holds n_j rows of d columns, S being weighted by rows: the rows of a rare
    class are too few to tell how they spread in every direction (Friedman 1989, regularised
    discriminant analysis). ``mass`` (k,) are rows of each class, ``rare`` (k,) tells which are
    rare; components are full normals.
    """
    if not rare.any() or rare.all():
        return mixture
    normals, k = mixture.normals, mixture.n_components
    n = mixture.weights * mass.repeat_interleave(k).to(mixture.weights)
    is_rare = rare.repeat_interleave(k).to(n.device)
    frequent = n[~is_rare]
    covariances = normals.covariances
    pooled = (frequent[:, None, None] * covariances[~is_rare]).sum(0) / frequent.sum()
    m = covariances.shape[1] + 1
    n = n[is_rare, None, None]
    covariances = covariances.clone()
    covariances[is_rare] = (n * covariances[is_rare] + m * pooled) / (n + m)
    return replace(mixture, normals=replace(normals, covariances=covariances))
