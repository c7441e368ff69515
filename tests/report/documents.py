"""A document with every block in it, for the tests that look at a whole page."""

import numpy as np

from drawlike.report import (
    Alert,
    Animation,
    Band,
    Cell,
    Check,
    Curves,
    Document,
    Entry,
    Facts,
    Field,
    Flag,
    Fold,
    Head,
    Histograms,
    ImageGrid,
    Leaderboard,
    Matrix,
    Measure,
    Paragraph,
    Scatter,
    Section,
    Series,
    Strip,
    Strips,
    Table,
    Text,
    Verdict,
    category_histogram,
    gif,
    image_grid,
    number_histogram,
)

HOSTILE = "<script>document.title='owned'</script>\"'&\u202e\x00"


def rich_document(n_columns: int = 30, n_images: int = 40) -> Document:
    """Every block, hostile names and more columns than a page shows at once."""
    rng = np.random.default_rng(0)
    return Document(
        Text("How good is the copy?", "副本有多好？"),
        (
            Section(Text("Overview", "概览"), _overview()),
            Section(Text("Columns", "各列"), (_columns(rng, n_columns), _pairs(rng, n_columns))),
            Section(Text("Images", "图像"), (_images(rng, n_images), *_moving(rng))),
            Section(Text("Training", "训练"), (_curves(rng), _scatter(rng))),
        ),
        Verdict(
            False,
            Text("A classifier still tells it from real rows.", "分类器仍能将其区分。"),
            (Check("columns", True), Check("detection", False), Check("utility")),
        ),
        subtitle=HOSTILE,
        footer="drawlike",
    )


def _overview():
    cells = (Cell(0.12345678, "good", interval=(0.1, 0.2)), Cell(float("nan"), "bad"), HOSTILE)
    long = Text("A sentence that is too long for one line of a table.", "一句对表格来说太长的话。")
    board = Leaderboard(
        (Measure("C2ST", "nearest", 0.5, 0.501), Measure("seconds", "lower")),
        (Entry("gmm", (0.6, 1.5), True), Entry("copy", (0.5, 0.1), False, eligible=False)),
    )
    return (
        Facts(((HOSTILE, 26048), (Text("seed", "种子"), 0))),
        Paragraph(Text("Some words.", "一些话。")),
        Alert(HOSTILE, "warn"),
        board,
        Table((Head("value"), Head("other", "center"), HOSTILE), (cells,), "All"),
        Table(("a", "b"), ((1.5, long),)),
        Fold("wide", (Table(tuple(f"c{i}" for i in range(40)), (tuple(range(40)),)),)),
    )


def _columns(rng, n_columns):
    days = np.datetime64("2019-01-01") + rng.integers(0, 900, 500)
    colours = rng.choice(["red", "green", "blue", HOSTILE], 500).tolist()
    numbers = [
        number_histogram(f"column {i}", rng.normal(size=500), rng.normal(0.2, 1.1, size=500))
        for i in range(n_columns)
    ]
    return Histograms(
        (
            number_histogram(Text("day", "日期"), days, days[::-1][:300]),
            category_histogram(HOSTILE, colours, [*colours[:100], None, "violet"]),
            *numbers,
        )
    )


def _pairs(rng, n_columns):
    real = np.corrcoef(rng.normal(size=(n_columns, 40)))
    return Matrix((HOSTILE, *(f"c{i}" for i in range(1, n_columns))), real, 0.9 * real)


def _images(rng, n_images):
    images = rng.integers(0, 256, (n_images, 8, 8)).astype(np.uint8)
    return ImageGrid(images, (HOSTILE,), images[::-1])


def _moving(rng):
    images = rng.integers(0, 256, (6, 8, 8)).astype(np.uint8)
    film = gif([image_grid(images[:3]), image_grid(images[3:])], [HOSTILE, "step 1"])
    return Strips((Strip(HOSTILE, images), Strip("b", images, 1)), "S"), Animation(film, HOSTILE)


def _curves(rng):
    steps = np.arange(1000)
    loss = np.exp(-steps / 300) + 0.1 * rng.random(1000)
    broken = np.where(steps == 500, np.nan, loss + 0.1)
    band = Band(HOSTILE, steps, 0.5 * loss, 2 * loss)
    series = Series("train", steps, loss), Series(HOSTILE, steps, broken)
    return Curves(series, log=True, band=band, flags=(Flag(300, HOSTILE), Flag(5000, "later")))


def _scatter(rng):
    field = Field(HOSTILE, rng.normal(size=(12, 9)), (-3, 3), (-3, 3), -2, 2, about_zero=True)
    real, drawn = rng.normal(size=(3000, 2)), rng.normal(size=(200, 2))
    return Scatter(real, drawn, HOSTILE, "y", field=field)
