"""Where a model's rows came from, so that they are found, and cut apart, again."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..events import SILENT, Emitter

if TYPE_CHECKING:
    from ..base import GenerativeModel
    from ..codecs import Schema
    from ..datasets import Dataset

ORIGIN, SCHEMA = "source.json", "schema.json"
_IN_MEMORY = "sample:"  # such paths name data that come with the library


@dataclass(frozen=True)
class Origin:
    """A file of data and how it was asked to be read."""

    path: str
    label: str | None = None
    kind: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def read(self, schema: "Schema | None" = None, events: Emitter = SILENT) -> "Dataset":
        """Read the rows."""
        from ..datasets import read

        how = {"label": self.label, "kind": self.kind, "schema": schema, **self.options}
        return read(self.path, events=events, **how)

    def remember(self, folder: Path) -> None:
        """Write beside a model where its rows came from."""
        inside = self.path.startswith(_IN_MEMORY)
        path = self.path if inside else str(Path(self.path).expanduser().absolute())
        content = json.dumps(vars(replace(self, path=path)), ensure_ascii=False, indent=1)
        (folder / ORIGIN).write_text(content + "\n", encoding="utf-8")


def recall(folder: Path, moved_to: str | None = None) -> Origin:
    """Read what :meth:`Origin.remember` wrote."""
    try:
        known = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))
        origin = Origin(**known)
    except (OSError, ValueError, TypeError):
        if moved_to is None:
            raise DataError(
                f"{folder / ORIGIN} is missing or damaged, so that the model's data are unknown: "
                "say where they are with --data FILE (and --label, --kind)."
            ) from None
        return Origin(moved_to)
    if moved_to is None and not (origin.path.startswith(_IN_MEMORY) or Path(origin.path).exists()):
        raise DataError(
            f"The model was fitted on {origin.path}, which is not there any more. "
            "Say where it is now with --data FILE."
        )
    return replace(origin, path=moved_to or origin.path)


def schema_of(path: Path | None) -> "Schema | None":
    """Read a schema in JSON or TOML, or the one in a model's folder; None where there is none."""
    from ..codecs import Schema

    if path is not None and path.is_dir():
        path = path / SCHEMA if (path / SCHEMA).exists() else None
    if path is None:
        return None
    read = Schema.from_toml if path.suffix.lower() == ".toml" else Schema.from_json
    return read(path.read_text(encoding="utf-8"))


def cut_again(model: "GenerativeModel", data: "Dataset") -> tuple["Dataset", "Dataset | None"]:
    """Give the rows that a model was fitted on, and its hold-out if it has one."""
    if model.holdout_ is None:
        return data, None
    return model.holdout_.apply(data)


def stem(data: str) -> str:
    """Give the name of a file of data without folder and suffixes."""
    return Path(data.removeprefix(_IN_MEMORY)).name.split(".")[0] or "data"


def is_model(path: str | Path) -> bool:
    """Tell a model's folder from data."""
    return (Path(path) / "manifest.json").is_file()
