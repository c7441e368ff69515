"""Eight numbers at a time in compiled loops, so that running sums stay in registers.

From a loop over the end of an array a compiler makes such vectors by itself, but not where
it ends after a few, or calls exp, or looks for a maximum. A vector exists in compiled code alone;
``+``, ``-`` and ``*`` go lane by lane, and a product is fused with a sum.
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

EIGHT = 8
_VECTOR = ir.VectorType(ir.FloatType(), EIGHT)
_WHOLE = ir.VectorType(ir.IntType(32), EIGHT)
_LANE = ir.IntType(32)
# 2^(t + 1/2) for t of at most 1/2, to seven digits, by powers of t
_POWER = (1.41421366, 0.980257842, 0.339724135, 0.0784989404, 0.0136832816, 0.00187757506)


class _Octet(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Octet")


_octet = _Octet()


@register_model(_Octet)
class _OctetModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _compiled(write: Callable[..., Any]) -> Any:
    """Make what writes instructions a function of compiled code."""
    return intrinsic(write)


@_compiled
def load(context: Any, array: Any, i: Any, j: Any) -> Any:
    """Give the numbers from [i, j] on of a contiguous array (n, m) of float32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature, args), align=4)

    return _octet(array, types.intp, types.intp), generate


@_compiled
def store(context: Any, array: Any, i: Any, j: Any, value: Any) -> Any:
    """Put numbers at [i, j] and after it in a contiguous array (n, m) of float32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[3], _place(context, builder, signature, args), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, _octet), generate


@_compiled
def splat(context: Any, value: Any) -> Any:
    """Give a number in every lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _everywhere(builder, args[0])

    return _octet(types.float32), generate


@_compiled
def exp(context: Any, value: Any) -> Any:
    """Give exp of numbers of at most 80, to six digits, and at least exp(-87).

    A power of two, whose exponent is written as bits, times a polynomial between two powers.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x = builder.fmul(_larger(builder, args[0], _constant(-87.0)), _constant(1.44269504))
        whole = builder.call(_floor(builder.module), [x])
        t, p = builder.fsub(builder.fsub(x, whole), _constant(0.5)), _constant(_POWER[-1])
        for power in _POWER[-2::-1]:
            p = builder.fadd(
                builder.fmul(p, t, flags=("contract",)), _constant(power), flags=("contract",)
            )
        bits = builder.add(builder.fptosi(whole, _WHOLE), ir.Constant(_WHOLE, [127] * EIGHT))
        exponent = builder.shl(bits, ir.Constant(_WHOLE, [23] * EIGHT))
        return builder.fmul(p, builder.bitcast(exponent, _VECTOR))

    return _octet(_octet), generate


@_compiled
def larger(context: Any, a: Any, b: Any) -> Any:
    """Give the larger of two numbers in every lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _larger(builder, *args)

    return _octet(_octet, _octet), generate


@_compiled
def sum_of(context: Any, value: Any) -> Any:
    """Add up the lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _folded(builder, args[0], builder.fadd)

    return types.float32(_octet), generate


@_compiled
def largest_of(context: Any, value: Any) -> Any:
    """Give the largest of the lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _folded(builder, args[0], lambda a, b: _larger(builder, a, b))

    return types.float32(_octet), generate


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array = make_array(signature.args[0])(context, builder, args[0])
    _, width = cgutils.unpack_tuple(builder, array.shape)
    at = builder.add(builder.mul(args[1], width), args[2])
    return builder.bitcast(builder.gep(array.data, [at]), _VECTOR.as_pointer())


def _floor(module: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    return cgutils.get_or_insert_function(module, kind, f"llvm.floor.v{EIGHT}f32")


def _constant(value: float) -> Any:
    return ir.Constant(_VECTOR, [value] * EIGHT)


def _everywhere(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_LANE, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(_WHOLE, [0] * EIGHT))


def _larger(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _folded(builder: Any, value: Any, join: Callable[[Any, Any], Any]) -> Any:
    """Join the halves of the lanes until one is left."""
    for half in (4, 2, 1):
        beside = [(lane + half) % EIGHT for lane in range(EIGHT)]
        turned = builder.shuffle_vector(value, value, ir.Constant(_WHOLE, beside))
        value = join(value, turned)
    return builder.extract_element(value, ir.Constant(_LANE, 0))


def _lane_by_lane(symbol: Callable, instruction: str) -> None:
    @_compiled
    def operation(context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(*args, flags=("contract",))

        return _octet(_octet, _octet), generate

    @overload(symbol)
    def typed(a: Any, b: Any) -> Any:
        def apply(a: Any, b: Any) -> Any:
            return operation(a, b)

        return apply if isinstance(a, _Octet) and isinstance(b, _Octet) else None


for _symbol, _instruction in {
    operator.add: "fadd",
    operator.sub: "fsub",
    operator.mul: "fmul",
}.items():
    _lane_by_lane(_symbol, _instruction)
