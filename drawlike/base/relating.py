"""Draws given values of some of the columns that a constraint ties together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..codecs.cells import Cells
from ..codecs.parts import unobserved
from ..codecs.rules import Gap
from ..codecs.scales import to_floats
from ..errors import ConstraintError, DataError
from .accepting import Draws, kept, ruled
from .evidence import Evidence, draws
from .randomness import block_generator, seed_of

CANDIDATES = 64  # lower columns that are weighed for each row
_TRIES = 4
_ROWS = 1000  # for which candidates are drawn at once
_TOGETHER = 1 << 16  # rows that are scored at once
_FIRST = 1 << 21  # blocks from here on are those of what is chosen here


def drawn_given(
    conditional: Any, evidence: Evidence, rows: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Encoded rows drawn given what is known of them, (n, width), and their one-hot classes.

    They keep the constraints of the table, and those that do not at first are drawn again.
    """
    model = conditional.model
    if not ruled(model):
        return draws(model, evidence, seed)

    def drawn(asked: np.ndarray, again: int) -> Draws:
        columns = conditional._columns(rows[asked], None)
        known = with_relations(model, evidence.take(asked), columns, again)
        return Draws(*draws(model, known, again), asked)

    def decoded(draws: Draws) -> Any:
        labels = model.labels_.decode(draws.classes)
        columns = conditional._columns(rows[draws.asked], labels)
        return model.codec_.decode_given(draws.x, columns, block_generator(seed, len(rows)))

    found = kept(model.codec_, drawn(np.arange(len(rows)), seed), drawn, decoded, seed)
    return found.x, found.classes


def with_relations(
    model: Any, evidence: Evidence, columns: Mapping[Any, np.ndarray], seed: int
) -> Evidence:
    """Draw what ties columns together where only some of them are given.

    A combination is drawn exactly, among those that agree with what is given. What lies below a
    given column is drawn by importance among ``CANDIDATES`` draws a row: each is as likely as the
    gap that it leaves.
    """
    codec = model.codec_
    parts = codec.open_relations(columns)
    if not parts:
        return evidence
    evidence, cells = evidence._replace(x=evidence.x.clone()), codec.known(columns)
    for i, part in enumerate(parts):
        rng = block_generator(seed, _FIRST + i)
        if isinstance(part.relation, Gap):
            _Below(model, part, cells[part.column.name], columns).choose(evidence, rng)
        else:
            fits = part.relation.matching(cells)
            choose_combination(model, evidence, part, fits, rng.gumbel(size=_shape(part, fits)))
    return evidence


def with_combinations(
    model: Any,
    evidence: Evidence,
    cells: Callable[[Any], Cells],
    gaps: np.ndarray,
    rng: np.random.Generator | None,
) -> Evidence:
    """Complete the combinations of rows, by draws, or without ``rng`` the likeliest.

    ``cells`` gives the cells of a column, ``gaps`` (n, n_columns) are those that are missing.
    """
    codec = model.codec_
    for part in codec.combinations():
        names = part.relation.columns
        there = ~gaps[:, [codec.names.index(name) for name in names]]
        for pattern in np.unique(there, axis=0):
            some = np.flatnonzero((there == pattern).all(1))
            if pattern.all():
                continue
            known = [name for name, seen in zip(names, pattern, strict=True) if seen]
            fits = part.relation.completing({n: _taken(cells(n), some) for n in known}, len(some))
            some, fits = some[fits.any(1)], fits[fits.any(1)]
            if len(some):
                noise = np.zeros(_shape(part, fits)) if rng is None else rng.gumbel(size=fits.shape)
                chosen = evidence.take(torch.from_numpy(some))
                choose_combination(model, chosen, part, fits, noise)
                evidence.x[some] = chosen.x
    return evidence


def choose_combination(
    model: Any, evidence: Evidence, part: Any, fits: np.ndarray, noise: np.ndarray
) -> None:
    """Write the code of a combination among those that fit (n, n_combinations), in place.

    It is the likeliest with noise (n, n_codes): none, or Gumbel's, which makes it a draw.

    Raises
    ------
    DataError
        If none fits a row.
    """
    allowed = fits[:, part.codec.values.to_numpy()]
    if not allowed.any(1).all():
        row, names = int((~allowed.any(1)).argmax()), ", ".join(map(repr, part.relation.columns))
        raise DataError(
            f"no combination of {names} that may be drawn agrees with what is given in row {row}; "
            "give other values"
        )
    place = model.codec_.places(part.column.name).start
    asked, alike = _distinct(evidence, allowed)
    log_prob = _log_codes(model, evidence.take(asked), place, allowed)[alike]
    chosen = np.where(allowed, log_prob + noise, -np.inf).argmax(1)
    evidence.x[:, place] = torch.from_numpy(chosen).to(evidence.x)


def _shape(part: Any, fits: np.ndarray) -> tuple[int, int]:
    return len(fits), len(part.codec.values)


def _distinct(evidence: Evidence, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First of the rows that are alike, and which of those each row is."""
    known = [evidence.x.numpy(), allowed.astype(float)]
    if evidence.cond is not None:
        known.append(evidence.cond.numpy())
    rows = np.ascontiguousarray(np.concatenate([part.astype(float) for part in known], 1))
    text = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    _, first, alike = np.unique(text, return_index=True, return_inverse=True)
    return first, alike


def _log_codes(model: Any, evidence: Evidence, place: int, allowed: np.ndarray) -> np.ndarray:
    """Log-probability of what is known and each code that some row may have, (n, n_codes)."""
    codes = np.flatnonzero(allowed.any(axis=0))
    out = np.full((len(evidence.x), allowed.shape[1]), -np.inf)
    for rows in torch.arange(len(evidence.x)).split(max(1, _TOGETHER // len(codes))):
        each = evidence.take(rows.repeat_interleave(len(codes)))
        each.x[:, place] = torch.from_numpy(codes).repeat(len(rows)).to(each.x)
        out[rows[:, None], codes] = each.log_prob(model).reshape(len(rows), len(codes))
    return out


@dataclass(frozen=True)
class _Below:
    """What lies below a column whose values are given, ``high``, as all ``columns`` are, (n,)."""

    model: Any
    part: Any
    high: Cells
    columns: Mapping[Any, np.ndarray]

    def choose(self, evidence: Evidence, rng: np.random.Generator) -> None:
        """Write what lies below, and the gap up to it, in place."""
        open_rows = np.arange(len(evidence.x))
        for _ in range(_TRIES):
            parts = np.split(open_rows, range(_ROWS, len(open_rows), _ROWS))
            open_rows = np.concatenate([self._left(evidence, rows, rng) for rows in parts])
            if not len(open_rows):
                return
        raise ConstraintError(
            f"{len(open_rows)} of {len(evidence.x)} values given in {self.part.column.name!r} have "
            f"nothing below them in {_TRIES * CANDIDATES} draws each of "
            f"{', '.join(map(repr, self.part.relation.lows))}; give values of these columns too"
        )

    def _left(self, evidence: Evidence, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Choose for some rows, and give those for which no candidate would do."""
        x, log_weight = self._weighed(evidence.take(rows), np.repeat(rows, CANDIDATES), rng)
        log_weight = log_weight.reshape(len(rows), CANDIDATES)
        best = (log_weight + rng.gumbel(size=log_weight.shape)).argmax(1)
        found = np.isfinite(log_weight).any(1)
        evidence.x[rows[found]] = x[(np.arange(len(rows)) * CANDIDATES + best)[found]]
        return rows[~found]

    def _weighed(
        self, evidence: Evidence, rows: np.ndarray, rng: np.random.Generator
    ) -> tuple[torch.Tensor, np.ndarray]:
        """Evidence with candidates of what lies below, (n * c, width), and their log-weights."""
        codec, part, name = self.model.codec_, self.part, self.part.column.name
        each = evidence.take(torch.arange(len(evidence.x)).repeat_interleave(CANDIDATES))
        drawn, _ = draws(self.model, each, seed_of(rng))
        given = {column: values[rows] for column, values in self.columns.items()}
        frame = codec.decode_given(drawn, given, rng)
        lows = {low: codec.cells(frame, low) for low in part.relation.lows}
        gaps = part.relation.carried({**lows, name: _taken(self.high, rows)})
        x = each.x.clone()
        for place in [place for low in lows for place in codec.telling(low)]:
            x[:, place] = torch.from_numpy(drawn[:, place]).to(x)
        without = each._replace(x=x.clone()).log_prob(self.model)
        encoded = part.codec.encode(gaps)
        x[:, codec.places(name)] = torch.from_numpy(encoded).to(x)
        log_weight = each._replace(x=x).log_prob(self.model) - without
        log_weight += part.codec.log_jacobian(gaps)
        below = (to_floats(gaps.values) < 0) & (gaps.missing == 0)
        lost = below | unobserved(gaps) | np.isnan(encoded[:, 0]) | np.isnan(log_weight)
        return x, np.where(lost, -np.inf, log_weight)


def _taken(cells: Cells, rows: np.ndarray) -> Cells:
    return Cells(cells.values.take(rows), cells.missing[rows])
