"""Rules of a table: encoded so that no draw can break them, and checked on every draw."""

from .checks import breaks, repeats
from .condition import Condition
from .gap import Gap
from .joint import Joint
from .relations import RELATIONS, Relation, find_relations

__all__ = [
    "RELATIONS",
    "Condition",
    "Gap",
    "Joint",
    "Relation",
    "breaks",
    "find_relations",
    "repeats",
]
