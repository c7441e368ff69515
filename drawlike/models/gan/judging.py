"""What a trained critic is good for: it tells rows apart, and can choose among draws."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from ...base.labels import known
from ...layout import Layout
from .latents import Clusters, InClasses, Latent

_JUDGED_TOGETHER = 4096
_POSSIBLE = 1e-3  # share from which a row may be of a kind
_FEW_EXCEED = 0.95  # share of drawn rows below the odds that rejection takes for the highest


@dataclass(frozen=True)
class Calibration:
    """Log-odds that a row is real rather than drawn, a straight line of the critic's logit.

    The line was fitted to rows that the critic had not learned from, as many drawn ones
    beside them (Platt 1999; for critics Turner et al. 2019, arXiv:1811.11357). Logits beyond
    those of all these rows count as the outermost. ``most`` is what few drawn rows exceed.
    """

    slope: float
    offset: float
    lowest: float
    highest: float
    most: float

    def log_odds(self, logit: Tensor) -> Tensor:
        """Log-odds for logits of the critic."""
        return self.slope * logit.clamp(self.lowest, self.highest) + self.offset


def calibrate(real: Tensor, fake: Tensor) -> Calibration:
    """Fit the line to logits of real and of drawn rows; sides of different size weigh alike.

    A critic that likes drawn rows better can tell nothing: its line is flat.
    """
    logits = torch.cat([real, fake])
    centre, scale = float(logits.mean()), max(float(logits.std()), 1e-12)
    line = LogisticRegression(class_weight="balanced")
    is_real = np.arange(len(logits)) < len(real)
    line.fit(((logits - centre) / scale)[:, None].numpy(), is_real)
    slope = float(line.coef_[0, 0]) / scale
    offset = float(line.intercept_[0]) - slope * centre
    if slope <= 0:
        slope = offset = 0.0
    found = Calibration(slope, offset, float(logits.min()), float(logits.max()), 0.0)
    most = float(found.log_odds(fake).quantile(_FEW_EXCEED))
    return Calibration(**asdict(found) | {"most": most})


Score = Callable[[Tensor, float, torch.Generator], Tensor]


def _accepted_first(odds: Tensor, most: float, rng: torch.Generator) -> Tensor:
    """Infinity for a draw that is accepted, else its log-odds."""
    draw = torch.rand(odds.shape, generator=rng, dtype=odds.dtype)
    return torch.where(draw < (odds - most).exp(), torch.inf, odds)


def _by_odds(odds: Tensor, most: float, rng: torch.Generator) -> Tensor:
    """Log-odds with Gumbel noise, of which the largest is a draw in proportion to the odds."""
    draw = torch.rand(odds.shape, generator=rng, dtype=odds.dtype)
    return odds - (-draw.log()).log()


REFINEMENTS: dict[str, Score] = {
    # Azadi et al. 2019, arXiv:1810.06758, with at most so many tries
    "rejection": _accepted_first,
    # Grover et al. 2019, arXiv:1906.09531
    "resampling": _by_odds,
}


class JudgingMixin:
    """Methods of a model with a critic: ``critic_``, ``latent_``, ``layout_``, ``packing``."""

    critic_: nn.Module
    latent_: Latent
    layout_: Layout
    packing: int
    calibration_: Calibration

    def discriminate(self: Any, X: Any, y: Any = None) -> np.ndarray:
        """Probability that each row is real rather than drawn by this model, (n,).

        Half of the rows are taken to be real. It is the critic's logit, calibrated after
        training on validation rows and fresh draws; about .5 everywhere says that the critic
        cannot tell them apart, as after a mixture that fits: training then ends before it has
        learned to. Far from both training and drawn rows it means nothing.
        ``y`` is as in :meth:`realism`.
        """
        logits = torch.from_numpy(self.realism(X, y))
        return self.calibration_.log_odds(logits).sigmoid().numpy()

    def realism(self: Any, X: Any, y: Any = None) -> np.ndarray:
        """Critic's logit of each row, (n,): the higher, the more it looks like a training row.

        For a critic at its best it is the log of the ratio of the densities of training and
        drawn rows, if ``loss`` is "minimax" or "non-saturating"; else it only ranks rows. The
        critic is that of the last step, the generator that of the best. Far from both training
        and drawn rows it means nothing, and may be high.
        ``y`` is needed by a GAN with labels, unless the label is in the table.
        """
        check_is_fitted(self)
        X, encoded = self._encoded(X)
        cond, _ = known(self, X, y)
        if cond is None:
            cond = torch.from_numpy(self.labels_.encode(y, len(encoded))).to(self.dtype)
        return self._realism(self._coded(encoded), cond).numpy()

    @torch.no_grad()
    def _realism(self, x: Tensor, cond: Tensor) -> Tensor:
        """Critic's logit of rows as the networks see them, (n,), on the CPU."""
        device = next(self.critic_.parameters()).device
        parts = zip(x.split(_JUDGED_TOGETHER), cond.split(_JUDGED_TOGETHER), strict=True)
        logits = [self._logit(a.to(device), b.to(device)) for a, b in parts]
        return torch.cat(logits).double().cpu()

    def _logit(self, x: Tensor, cond: Tensor) -> Tensor:
        """Critic's logit whatever a row's kind is: of the mean ratio, weighted by the kinds."""
        x = self.layout_.expand(x)
        if not isinstance(self.latent_, Clusters | InClasses):
            # the log-ratio of a pack is the sum of its rows': of copies, so many times one's
            pack = (part.repeat(1, self.packing) for part in (x, cond))
            return self.critic_(*pack)[:, 0] / self.packing
        shares = self.latent_.shares(x, cond)
        logits = torch.full_like(shares, torch.inf)
        for kind in range(shares.shape[1]):
            rows = shares[:, kind] > _POSSIBLE
            kinds = self.latent_.of_kind(cond[rows], kind)
            logits[rows, kind] = self.critic_(x[rows], kinds)[:, 0]
        return -(shares.log() - logits).logsumexp(1)

    def _refined(
        self, draw: Callable[[], Tensor], cond: Tensor, how: str, tries: int, rng: torch.Generator
    ) -> Tensor:
        """Choose each of the rows among ``tries`` draws by the critic's odds."""

        def scored() -> tuple[Tensor, Tensor]:
            rows = draw()
            odds = self.calibration_.log_odds(self._realism(rows, cond))
            return rows, REFINEMENTS[how](odds, self.calibration_.most, rng)

        chosen, best = scored()
        for _ in range(tries - 1):
            rows, score = scored()
            better = score > best
            best = torch.where(better, score, best)
            chosen = torch.where(better[:, None].to(rows.device), rows, chosen)
        return chosen
