"""Whether balancing helps, on rows that were left out."""

from .comparing import balance_report
from .result import BalanceReport

__all__ = ["BalanceReport", "balance_report"]
