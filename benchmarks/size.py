"""The size of the code, a line a room: files, lines, median and largest function.

python benchmarks/size.py
"""

import ast
import statistics
from pathlib import Path

from measuring import table

PACKAGE = Path(__file__).resolve().parents[1] / "drawlike"


def functions(path: Path) -> list[tuple[int, str]]:
    """Length in lines, signature and docstring included, and name of each function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [((node.end_lineno or node.lineno) - node.lineno + 1, node.name) for node in found]


def main() -> None:
    rooms: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        rooms.setdefault(path.relative_to(PACKAGE).parts[0], []).append(path)
    lines, every = [], []
    for room, paths in rooms.items():
        sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
        lengths = [length for path in paths for length in functions(path)]
        every += lengths
        middle = statistics.median(n for n, _ in lengths) if lengths else 0
        largest = "{} {}".format(*max(lengths)) if lengths else "-"
        lines.append((room, len(paths), sum(sizes), max(sizes), middle, largest))
    total = (sum(line[1] for line in lines), sum(line[2] for line in lines))
    middle = statistics.median(n for n, _ in every)
    largest = "{} {}".format(*max(every))
    lines.append(("all", *total, max(line[3] for line in lines), middle, largest))
    names = ("room", "files", "lines", "largest file", "median function", "largest function")
    print(table(names, lines))
    print(f"functions of at most 25 lines: {sum(n <= 25 for n, _ in every) / len(every):.0%}")


if __name__ == "__main__":
    main()
