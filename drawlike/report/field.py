"""A figure of every place of a plane, as shades behind points."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from drawlike.report.document import Field
from drawlike.report.markup import tag, words
from drawlike.report.numbers import compact
from drawlike.report.plot import HEIGHT, WIDTH, place

SHADES = 25


def cells(field: Field) -> str:
    """Draw the cells: those of one shade as one path, neighbours in a row as one piece."""
    height, width = field.values.shape
    wide, high = WIDTH / width, HEIGHT / height
    pieces: dict[int, list[str]] = defaultdict(list)
    for row, line in enumerate(_shades(field)):
        top = HEIGHT - (row + 1) * high
        for start, stop, shade in _runs(line):
            across = place((stop - start) * wide)
            corner = f"M{place(start * wide)} {place(top)}"
            pieces[shade].append(f"{corner}h{across}v{place(high)}h-{across}z")
    return "".join(
        tag(
            "path",
            class_=f"association {'above' if shade > 0 else 'below'}",
            fill_opacity=f"{0.6 * abs(shade) / SHADES:.2f}",
            shape_rendering="crispEdges",
            d="".join(pieces[shade]),
        )
        for shade in sorted(pieces)
    )


def scale(field: Field) -> str:
    """Write what the shades mean."""
    style = "ramp association" + " positive" * (not field.about_zero)
    low, high = (compact(float(f"{end:.2g}")) for end in (field.low, field.high))
    ramp = tag("small", low, tag("i", class_=style), high, class_="scale")
    return tag("div", tag("span", words(field.name), " ", ramp, class_="entry"), class_="legend")


def _shades(field: Field) -> np.ndarray:
    """Whole shades (h, w), 0 for what is blank."""
    values = np.asarray(field.values, dtype=np.float64)
    if field.about_zero:
        parts, least = values / (np.where(values > 0, field.high, -field.low) + 1e-300), -1.0
    else:
        parts, least = (values - field.low) / ((field.high - field.low) or 1.0), 0.0
    return np.rint(SHADES * np.nan_to_num(parts, nan=0.0).clip(least, 1.0)).astype(int)


def _runs(line: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Stretches of equal shades that are not blank: first, last + 1, shade."""
    edges = np.flatnonzero(np.diff(line)) + 1
    for start, stop in zip([0, *edges], [*edges, len(line)], strict=True):
        if line[start]:
            yield int(start), int(stop), int(line[start])
