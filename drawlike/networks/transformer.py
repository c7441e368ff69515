"""A decoder-only transformer over variables: each attends to those before it."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..layout import Variables
from .mlp import OneHotLinear

_CACHED = 1 << 25  # numbers that the keys and values of rows drawn side by side may be


class AttentionNet(nn.Module):
    """Conditionals of all variables at once: values' inputs to raw outputs (n, n_params).

    Token v is made of the variable before v, of the place, and of the condition. Alike
    variables share a way in and a way out; layers normalise first (Radford et al. 2019).
    """

    def __init__(
        self, variables: Variables, n_cond: int, *, n_features: int, n_layers: int, n_heads: int
    ) -> None:
        super().__init__()
        self.variables = variables
        families = variables.families
        self.enter = nn.ModuleList(nn.Linear(f.n_inputs, n_features) for f in families)
        self.leave = nn.ModuleList(nn.Linear(n_features, f.n_params, bias=False) for f in families)
        self.place = nn.Parameter(torch.zeros(len(variables), n_features))
        self.condition = OneHotLinear(n_cond, n_features, bias=False)
        self.layers = nn.ModuleList(AttentionLayer(n_features, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(n_features)
        self.own = nn.Parameter(torch.zeros(variables.n_params))  # a bias of each variable
        self.family_of = [i for i, f in enumerate(families) for _ in range(f.count)]

    @property
    def drawn_together(self) -> int:
        """Number of rows drawn side by side."""
        return max(1, _CACHED // (2 * len(self.layers) * self.place.numel()))

    @property
    def stack(self) -> list["AttentionLayer"]:
        """All layers, the first one first."""
        return [*self.layers]

    @torch.no_grad()
    def begin_at(self, raw: Tensor) -> None:
        """Let the outputs begin at ``raw`` (n_params,), whatever the net is given."""
        for weight in self.leave.parameters():
            weight.zero_()
        self.own.copy_(raw)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Inputs (n, n_inputs) and conditions (n, k) to raw outputs, variable by variable."""
        tokens = self._tokens(x) + self.place + self.condition(cond)[:, None]
        for layer in self.layers:
            tokens = layer(tokens)
        tokens, counts = self.norm(tokens), [f.count for f in self.variables.families]
        parts = zip(self.leave, tokens.split(counts, 1), strict=True)
        return torch.cat([way(part).flatten(1) for way, part in parts], 1) + self.own

    def _tokens(self, x: Tensor) -> Tensor:
        """What each variable is told of the one before it, (n, v, n_features)."""
        families = self.variables.families
        split = x.split([f.count * f.n_inputs for f in families], 1)
        parts = zip(self.enter, families, split, strict=True)
        told = [way(part.unflatten(1, (f.count, f.n_inputs))) for way, f, part in parts]
        return F.pad(torch.cat(told, 1)[:, :-1], (0, 0, 1, 0))


class AttentionLayer(nn.Module):
    """Attention to what came before, then a perceptron; both residual."""

    def __init__(self, n_features: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norms = nn.ModuleList(nn.LayerNorm(n_features) for _ in range(2))
        self.attend = nn.Linear(n_features, 3 * n_features)
        self.out = nn.Linear(n_features, n_features)
        self.widen = nn.Linear(n_features, 4 * n_features)
        self.narrow = nn.Linear(4 * n_features, n_features)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (n, v, n_features) to the next ones."""
        query, key, value = self.heads(x)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.rest(x, seen)

    def heads(self, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (n, heads, v, features of a head) each."""
        parts = self.attend(self.norms[0](x)).chunk(3, -1)
        return tuple(part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in parts)

    def rest(self, x: Tensor, seen: Tensor) -> Tensor:
        """Add what was seen, and what the perceptron makes of it."""
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.widen(self.norms[1](x))))


@torch.no_grad()
def draw_tokens(net: AttentionNet, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
    """Fill the NaN of values (n, width), a variable after the other.

    Keys and values of earlier variables are kept, so each token is computed once.
    """
    parts = zip(values.split(net.drawn_together), cond.split(net.drawn_together), strict=True)
    return torch.cat([_drawn(net, part.clone(), given, rng) for part, given in parts])


def _drawn(net: AttentionNet, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
    variables, n = net.variables, len(values)
    is_partly_known = bool((~values.isnan()).any())
    caches = [_cache(layer, n, net.place) for layer in net.stack]
    condition, told = net.condition(cond), torch.zeros_like(net.place[:1])
    for v, place in enumerate(variables.places):
        token = (told + net.place[v] + condition)[:, None]
        for layer, cache in zip(net.stack, caches, strict=True):
            token = _step(layer, token, cache, v)
        way = net.family_of[v]
        raw = net.leave[way](net.norm(token)[:, 0]) + net.own[variables.params[v]]
        known = values[:, place] if is_partly_known else None
        values[:, place], inputs = variables.draw(v, raw, known, rng)
        told = net.enter[way](inputs)
    return values


def _cache(layer: AttentionLayer, n: int, place: Tensor) -> Tensor:
    """Room for keys and values, (2, n, heads, v, features of a head)."""
    n_variables, n_features = place.shape
    return place.new_empty(2, n, layer.n_heads, n_variables, n_features // layer.n_heads)


def _step(layer: AttentionLayer, token: Tensor, cache: Tensor, v: int) -> Tensor:
    """Compute a token (n, 1, n_features) of a layer from the keys and values kept."""
    query, cache[0, :, :, v : v + 1], cache[1, :, :, v : v + 1] = layer.heads(token)
    keys, kept = cache[:, :, :, : v + 1]
    share = (query @ keys.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
    return layer.rest(token, share @ kept)
