"""Wasserstein distances: what it costs to carry one cloud of points to another."""

import numpy as np

SHARPEST = 600.0  # a kernel exp(-cost / epsilon) must not vanish in float64


def sliced_wasserstein(a: np.ndarray, b: np.ndarray, along: np.ndarray) -> float:
    """Sliced 2-Wasserstein distance of clouds (n, d) and (m, d), along unit vectors (d, k).

    Root of the mean squared distance of the clouds' shadows on each line (Bonneel et al.
    2015, doi:10.1007/s10851-014-0506-3).
    """
    return float(sorted_distance(shadows(a, along), shadows(b, along)))


def shadows(points: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Coordinates along each unit vector in ascending order, (k, n)."""
    return np.sort((points @ along).T, axis=1)


def sorted_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean squared 2-Wasserstein distance of sorted samples (k, n) and (k, m)."""
    i, j, weight = _steps(a.shape[1], b.shape[1])
    return float(np.sqrt(((a[:, i] - b[:, j]) ** 2 @ weight).mean()))


def _steps(n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps on which both quantile functions are flat: positions in each sample, lengths."""
    # in units of 1 / (n m), where all edges are whole numbers
    edges = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    return (edges - 1) // m, (edges - 1) // n, np.diff(edges, prepend=0) / (n * m)


def sinkhorn_divergence(
    cost: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    epsilon: float,
    *,
    tol: float = 1e-3,
    max_iter: int = 1000,
) -> np.ndarray:
    """Entropic cost of carrying one weighting of points to another, less what blur costs, (r,).

    .. math:: S(a, b) = OT(a, b) - (OT(a, a) + OT(b, b)) / 2

    with OT the least of <P, cost> + epsilon KL(P | a b) (Cuturi 2013, arXiv:1306.0895; Feydy
    et al. 2019, arXiv:1810.08278). All ``r`` problems share one kernel.

    Parameters
    ----------
    cost
        Symmetric costs of all pairs of points, (n, n), at most 600 epsilon.
    a, b
        Weights of the points, (n, r), each column with sum 1.
    epsilon
        Blur, in units of the cost.
    tol
        Largest error of a marginal, relative, at which iterations end.
    """
    if cost.max() > SHARPEST * epsilon:
        raise ValueError(
            f"epsilon={epsilon:g} is too sharp for costs up to {cost.max():g}: give at least "
            f"{cost.max() / SHARPEST:g}."
        )
    kernel = np.exp(-cost / epsilon)
    left, right = _scalings(kernel, a, b, tol, max_iter)
    own = [_own_scaling(kernel, weights, tol, max_iter) for weights in (a, b)]
    carried = (a * np.log(left) + b * np.log(right)).sum(0)
    blurred = sum((weights * np.log(u)).sum(0) for weights, u in zip((a, b), own, strict=True))
    return epsilon * (carried - blurred)


def _scalings(
    kernel: np.ndarray, a: np.ndarray, b: np.ndarray, tol: float, max_iter: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scale the kernel's rows and columns until it has both marginals."""
    right = np.ones(b.shape)
    left = 1 / (kernel @ (b * right))
    for _ in range(max_iter):
        right = 1 / (kernel @ (a * left))
        margin = kernel @ (b * right)
        if (a * np.abs(left * margin - 1)).sum(0).max() < tol:
            break
        left = 1 / margin
    return left, right


def _own_scaling(kernel: np.ndarray, weights: np.ndarray, tol: float, max_iter: int) -> np.ndarray:
    """Scale the kernel to one marginal on both sides; averaging makes that quick."""
    scaling = np.ones(weights.shape)
    for _ in range(max_iter):
        margin = scaling * (kernel @ (weights * scaling))
        if (weights * np.abs(margin - 1)).sum(0).max() < tol:
            break
        scaling /= np.sqrt(margin)
    return scaling
