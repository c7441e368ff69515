"""The options that commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

_DATA = "CSV, Parquet, Arrow, IDX, NPZ or NPY file, or a folder or zip of images."

Data = Annotated[str, typer.Argument(help=_DATA, show_default=False)]
Folder = Annotated[Path, typer.Argument(help="Folder of a fitted model.", show_default=False)]
Source = Annotated[
    str,
    typer.Argument(help="Folder of a fitted model, or the training rows.", show_default=False),
]
Synthetic = Annotated[
    str, typer.Argument(help="The rows to judge, in any format of data.", show_default=False)
]
HoldoutFile = Annotated[
    str | None,
    typer.Option("--holdout", help="Real rows that nothing was learned from, as a file."),
]
SameData = Annotated[
    str | None,
    typer.Option("--data", help="Where the file that the model was fitted on is now."),
]

Label = Annotated[
    str | None,
    typer.Option("--label", help="Column, or array of an NPZ file, that holds the label."),
]
Kind = Annotated[
    str | None, typer.Option("--kind", help="What the data are: table, array, image or sequence.")
]
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema", help="File (JSON, TOML) that says what the columns are, and their constraints."
    ),
]
Reading = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        metavar="NAME=VALUE",
        help="How the file is read, as header=false or na_values=?. May be repeated.",
    ),
]
Share = Annotated[
    float,
    typer.Option("--holdout", help="Share, or number, of the rows set aside; 0 for none.", min=0),
]

Model = Annotated[
    str,
    typer.Option(
        "--model", help="Which model; `drawlike models` lists them, and auto chooses one."
    ),
]
Models = Annotated[
    str | None,
    typer.Option("--models", help="Names with commas between; all by default."),
]
SamplerName = Annotated[
    str,
    typer.Option(
        "--by",
        help="over, under, smote, borderline, adasyn, or a model that learns labels.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A hyper-parameter, the value as JSON or text. May be repeated.",
    ),
]
DrawnBy = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A setting of drawing, as a GAN's refine=rejection. May be repeated.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.", min=0)]
FreshSeed = Annotated[
    int | None, typer.Option("--seed", help="By default a fresh one, which is shown.", min=0)
]
Seeds = Annotated[str, typer.Option("--seeds", help="Seeds with commas between.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", help="Limit of one fit, for models that have one.", min=0.1),
]
JudgeSeconds = Annotated[
    float | None, typer.Option("--seconds", help="About how long to judge.", min=1)
]
Metrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        help="Only these figures or aspects, with commas between, as coverage,copying.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", help="Threads; by default what the CPU quota allows.", min=1),
]

Count = Annotated[int, typer.Option("-n", "--rows", help="How many rows to draw.", min=1)]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="COLUMN=VALUE",
        help="Draw only such rows; also COLUMN=A,B and COLUMN>=VALUE. May be repeated.",
    ),
]
Grid = Annotated[
    Path | None, typer.Option("--grid", help="Also draw images side by side into this PNG file.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an interrupted fit of the same call.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
Report = Annotated[
    bool, typer.Option("--report", help="Also draw rows, judge them and write report.html.")
]
BalanceReport = Annotated[
    bool,
    typer.Option(
        "--report/--no-report", help="Also tell on left-out rows whether it helps, in OUT.html."
    ),
]
OutFile = Annotated[Path | None, typer.Option("--out", help="File to write.")]
FilledFile = Annotated[
    Path, typer.Option("--out", help="File to write, in any format.", show_default=False)
]
Draw = Annotated[
    bool, typer.Option("--draw", help="Draw the cells; by default means and likeliest values.")
]
Noise = Annotated[
    float | None,
    typer.Option("--noise", help="Standard deviation of the noise, a share of the pixels' range."),
]
Fill = Annotated[bool, typer.Option("--fill", help="Fill missing pixels.")]
Double = Annotated[bool, typer.Option("--double", help="Double the height and width.")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="Folder to write.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]
Json = Annotated[bool, typer.Option("--json", help="Only one JSON document on stdout.")]
