"""Four numbers at a time in compiled loops, so that running sums stay in registers.

From a loop over the end of an array a compiler makes such vectors by itself, but it keeps the
sums of several loops in memory. Here the loop names the sums that it holds. A vector exists in
compiled code alone; ``+``, ``-`` and ``*`` go lane by lane, and a product is fused with a sum.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model
from numba.np.arrayobj import make_array

WIDTH = 4
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_LANE = ir.IntType(32)


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_lanes = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _compiled(write: Callable[..., Any]) -> Any:
    """Make what writes instructions a function of compiled code."""
    return intrinsic(write)


@_compiled
def load(context: Any, array: Any, i: Any, j: Any) -> Any:
    """Give the numbers from [i, j] on of a contiguous array (n, m) of float64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature, args), align=8)

    return _lanes(array, types.intp, types.intp), generate


@_compiled
def store(context: Any, array: Any, i: Any, j: Any, value: Any) -> Any:
    """Put numbers at [i, j] and after it in a contiguous array (n, m) of float64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[3], _place(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, _lanes), generate


@_compiled
def splat(context: Any, value: Any) -> Any:
    """Give a number in every lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, args[0], ir.Constant(_LANE, 0))
        everywhere = ir.Constant(ir.VectorType(_LANE, WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(first, nothing, everywhere)

    return _lanes(types.float64), generate


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array = make_array(signature.args[0])(context, builder, args[0])
    _, width = cgutils.unpack_tuple(builder, array.shape)
    at = builder.add(builder.mul(args[1], width), args[2])
    return builder.bitcast(builder.gep(array.data, [at]), _VECTOR.as_pointer())


def _lane_by_lane(symbol: Callable, instruction: str) -> None:
    @_compiled
    def operation(context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(*args, flags=("contract",))

        return _lanes(_lanes, _lanes), generate

    @overload(symbol)
    def typed(a: Any, b: Any) -> Any:
        def apply(a: Any, b: Any) -> Any:
            return operation(a, b)

        return apply if isinstance(a, _Lanes) and isinstance(b, _Lanes) else None


for _symbol, _instruction in {
    operator.add: "fadd",
    operator.sub: "fsub",
    operator.mul: "fmul",
}.items():
    _lane_by_lane(_symbol, _instruction)
