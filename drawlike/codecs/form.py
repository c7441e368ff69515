"""What an array came in as, so that it can go back as the same."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import torch

from ..errors import UnsupportedError


@dataclass(frozen=True)
class Form:
    """Library, dtype and device of an array of numbers."""

    library: str
    dtype: str
    device: str = "cpu"

    @classmethod
    def of(cls, raw: Any) -> Self:
        """Look at an array, a tensor or nested lists."""
        if isinstance(raw, torch.Tensor):
            return cls("torch", str(raw.dtype).removeprefix("torch."), str(raw.device))
        dtype = as_numpy(raw).dtype
        return cls("numpy", dtype.name if dtype.kind in "biuf" else "float64")

    @property
    def is_integer(self) -> bool:
        """Whether only whole numbers fit in."""
        return self._limits()[2]

    def restore(self, values: np.ndarray) -> Any:
        """Round, clip and cast float64 values; a device that is gone becomes the CPU."""
        low, high, whole = self._limits()
        fitting = values
        if self.dtype != "float64":
            fitting = np.clip(np.rint(values) if whole else values, low, high)
        if self.library == "numpy":
            return fitting.astype(self.dtype, copy=False)
        return torch.from_numpy(fitting).to(_present(self.device), getattr(torch, self.dtype))

    def state(self) -> dict[str, str]:
        """Plain values for :class:`Form` to be made from."""
        return asdict(self)

    def _limits(self) -> tuple[float, float, bool]:
        if self.dtype == "bool":
            return 0.0, 1.0, True
        library: Any = torch if self.library == "torch" else np
        whole = "int" in self.dtype
        read = library.iinfo if whole else library.finfo
        info = read(getattr(library, self.dtype))
        return float(info.min), _at_most(info.max), whole


def as_numpy(raw: Any) -> np.ndarray:
    """Any array, tensor or nested lists as a numpy array; masked cells become NaN."""
    if isinstance(raw, np.ma.MaskedArray):
        return np.ma.filled(raw.astype(float), np.nan)
    if not isinstance(raw, torch.Tensor):
        return np.asarray(raw)
    if raw.layout != torch.strided:
        raise UnsupportedError("Sparse data was passed as a tensor; pass tensor.to_dense().")
    tensor = raw.detach().cpu()
    # numpy has no such type
    return (tensor.double() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _at_most(limit: Any) -> float:
    """Nearest float that does not exceed a limit: 2**63 - 1 has no float of its own."""
    nearest = float(limit)
    return float(np.nextafter(nearest, 0.0)) if nearest > limit else nearest


def _present(device: str) -> str:
    return "cpu" if device.startswith("cuda") and not torch.cuda.is_available() else device
