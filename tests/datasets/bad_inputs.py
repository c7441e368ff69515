"""Files and folders that cannot be read: what each is, how it is made, what is said."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from drawlike.datasets import read


@dataclass(frozen=True)
class Bad:
    """One bad input: its file name, its bytes (or what makes it), options, words of the error."""

    name: str
    make: bytes | Callable[[Path], Any]
    words: str
    options: dict[str, Any] | None = None

    def attempt(self, folder: Path) -> Any:
        path = folder / self.name
        if isinstance(self.make, bytes):
            path.write_bytes(self.make)
        else:
            self.make(path)
        return read(path, **(self.options or {}))


def png(shape=(4, 5), mode="L") -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(stream, "PNG")
    return stream.getvalue()


def pile(**files: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        for name, content in files.items():
            target = path / name.replace("__", "/").replace("_", ".")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        path.mkdir(exist_ok=True)

    return make


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def locked() -> bytes:
    content = bytearray(packed({"a.png": png()}))
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    return bytes(content)


def huge_png() -> bytes:
    """A PNG whose header promises 10 gigapixels."""
    content = bytearray(png())
    content[16:24] = struct.pack(">II", 100_000, 100_000)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


def huge_npy() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (900000000000, 9), }"
    header += b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\0" * 64


ROWS = b"".join(b"%d,word %d\n" % (i, i % 9) for i in range(5000))
NOISE = bytes(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8))
IDX = bytes((0, 0, 8, 3)) + struct.pack(">III", 60_000, 28, 28)

BAD = {
    "a file that is not there": Bad(
        "titanc.csv",
        lambda path: (path.parent / "titanic.csv").touch(),
        "Did you mean 'titanic.csv'",
    ),
    "a folder that is not there": Bad("data/x/a.csv", lambda path: None, "neither does its folder"),
    "an empty file": Bad("a.csv", b"", "is empty"),
    "an empty gzip": Bad("a.csv.gz", gzip.compress(b""), "is empty"),
    "blank lines only": Bad("a.csv", b"\n\n  \n", "is empty|no rows"),
    "a header and no rows": Bad(
        "a.csv", b"age,income\n", "has names \\(age, income\\) and no rows"
    ),
    "binary junk": Bad("a.csv", NOISE, "binary data"),
    "binary junk without a suffix": Bad("a", NOISE, "binary data"),
    "ragged rows": Bad(
        "a.csv", b"a,b\n1,2\n3,4,5\n6,7\n", "line 3 has 3 cells where 2 are expected"
    ),
    "ragged rows late": Bad("a.csv", b"a,b\n" + ROWS + b"7\n", "line 5002 has 1 cells"),
    "an open quote": Bad("a.csv", b'a,b\n1,"x\n2,y\n3,z\n', "quote"),
    "an open quote in a long file": Bad("a.csv", b'a,b\n1,"x\n' + ROWS * 200, "quote|cells"),
    "equal column names": Bad("a.csv", b"a,b,a\n1,2,3\n", "2 columns are named 'a'"),
    "a truncated gzip": Bad("a.csv.gz", gzip.compress(b"a,b\n" + ROWS)[:-2000], "end-of-stream"),
    "a gzip with a flipped byte": Bad(
        "a.csv.gz", gzip.compress(b"a,b\n" + ROWS)[:-8] + b"\0" * 8, "CRC"
    ),
    "a label that is no column": Bad(
        "a.csv", b"age,income\n1,x\n", "Did you mean 'income'", {"label": "incom"}
    ),
    "an option that is not known": Bad(
        "a.csv", b"a,b\n1,2\n", "Did you mean 'delimiter'", {"delimeter": ";"}
    ),
    "a frame that is not known": Bad("a.csv", b"a,b\n1,2\n", "frame='dask'", {"frame": "dask"}),
    "a wrong encoding": Bad(
        "a.csv", "a,b\né,2\n".encode("latin-1"), "utf-8", {"encoding": "utf-8"}
    ),
    "a spreadsheet": Bad("a.xlsx", packed({"xl/a.xml": b""}), "save the sheet as CSV"),
    "JSON": Bad("a.json", b'{"a": 1}', "read_json"),
    "a pickle": Bad("a.pkl", b"\x80\x04N.", "may run code"),
    "one image": Bad("a.png", png(), "the folder of the images"),
    "Parquet named .csv": Bad(
        "a.csv", parquet(pa.table({"a": [1]})), "inside it is Parquet: rename it .parquet"
    ),
    "CSV named .parquet": Bad("a.parquet", b"a,b\n1,2\n", "is named as Parquet"),
    "NPZ named .zip": Bad("a.zip", npz(X=np.eye(3)), "rename it .npz"),
    "images named .npz": Bad("a.npz", packed({"a.png": png()}), "rename it .zip"),
    "a truncated Parquet file": Bad(
        "a.parquet", parquet(pa.table({"a": range(9999)}))[:-500], "Parquet"
    ),
    "a Parquet file of lists": Bad("a.parquet", parquet(pa.table({"a": [[1], [2]]})), "Column 'a'"),
    "a Parquet file without rows": Bad(
        "a.parquet", parquet(pa.table({"a": pa.nulls(0)})), "no rows"
    ),
    "a truncated Arrow file": Bad("a.arrow", b"ARROW1\0\0" + bytes(50), "Arrow|arrow"),
    "a Parquet file in a gzip": Bad(
        "a.parquet.gz", gzip.compress(parquet(pa.table({"a": [1]}))), "gunzip"
    ),
    "a truncated IDX file": Bad("a-images-idx3-ubyte", IDX + bytes(1000), "60000 x 28 x 28 values"),
    "a truncated IDX.gz file": Bad(
        "a-images-idx3-ubyte.gz", gzip.compress(IDX + NOISE * 2000), "only 10,000,000"
    ),
    "an IDX file cut in its header": Bad("a-images-idx3-ubyte", IDX[:9], "inside its header"),
    "an IDX file with more than it says": Bad(
        "a.idx", bytes((0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6)), "there is more"
    ),
    "an IDX file of absurd size": Bad(
        "a.idx", bytes((0, 0, 8, 3)) + b"\xff" * 12 + bytes(99), "has only 115 bytes"
    ),
    "an IDX.gz file of absurd size": Bad(
        "a.idx.gz", gzip.compress(bytes((0, 0, 8, 3)) + b"\xff" * 12), "truncated or damaged"
    ),
    "an IDX file without rows": Bad(
        "a.idx", bytes((0, 0, 8, 3)) + struct.pack(">III", 0, 28, 28), "no rows"
    ),
    "labels alone": Bad(
        "a-labels-idx1-ubyte", bytes((0, 0, 8, 1, 0, 0, 0, 2, 5, 6)), "these are labels"
    ),
    "NPZ with Python objects": Bad("a.npz", npz(X=np.array([{}, 1])), "may run code"),
    "NPY with Python objects": Bad("a.npy", npy(np.array([{}, 1])), "may run code"),
    "NPZ without data": Bad("a.npz", npz(one=np.eye(2), two=np.eye(2)), "say which are the data"),
    "NPZ of texts": Bad("a.npz", npz(X=np.array([["a", "b"]])), "holds no numbers"),
    "NPZ of one dimension": Bad("a.npz", npz(X=np.arange(5)), "Reshape your data"),
    "NPZ with too few labels": Bad(
        "a.npz", npz(X=np.eye(3), y=np.arange(2)), "3 rows and y has 2 labels"
    ),
    "NPZ of floats in three dimensions": Bad(
        "a.npz", npz(X=np.zeros((2, 3, 4))), "kind='image' or kind='sequence'"
    ),
    "a truncated NPZ file": Bad(
        "a.npz", npz(X=np.random.default_rng(0).normal(size=(99, 9)))[:-300], "zip"
    ),
    "an NPY file of absurd size": Bad("a.npy", huge_npy(), "cannot be read"),
    "a truncated NPY file": Bad(
        "a.npy", npy(np.arange(99.0).reshape(11, 9))[:-50], "cannot be read"
    ),
    "an empty folder": Bad("pile", pile(), "no PNG or JPEG images \\(it is empty\\)"),
    "a folder without images": Bad("pile", pile(notes_txt=b"x", table_csv=b"a\n1\n"), ".txt x 1"),
    "images of several sizes": Bad(
        "pile",
        pile(a_png=png((4, 5)), b_png=png((8, 8)), c_png=png((8, 8))),
        "8 x 8 \\(2\\), 4 x 5 \\(1\\)",
    ),
    "images at several depths": Bad(
        "pile", pile(a_png=png(), x__y__b_png=png()), "one folder deep, as x/y/b.png"
    ),
    "a truncated image": Bad(
        "pile", pile(a_png=png((99, 99)), b_png=png((99, 99))[:-900]), "b.png .*truncated"
    ),
    "a file that is no image": Bad("pile", pile(a_png=b"hello"), "a.png .*no PNG or JPEG"),
    "an image of 10 gigapixels": Bad("pile", pile(a_png=huge_png()), "a.png .*absurdly large"),
    "an image of 16 bits": Bad("pile", pile(a_png=png(mode="I;16")), "8 bits a channel"),
    "images without all labels": Bad(
        "pile",
        pile(a_png=png(), b_png=png(), labels_csv=b"file,label\na.png,1\n"),
        "no label for 1 of 2 images, as b.png",
    ),
    "labels.csv of other images": Bad(
        "pile", pile(a_png=png(), labels_csv=b"file,label\nz.png,1\n"), "names of the images"
    ),
    "a ragged labels.csv": Bad(
        "pile", pile(a_png=png(), labels_csv=b"file,label\na.png,1\nb.png\n"), "line 3 has 1 cells"
    ),
    "a label column without labels.csv": Bad(
        "pile", pile(a_png=png()), "has no such file", {"label": "class"}
    ),
    "a zip that leads out": Bad("a.zip", packed({"../../a.png": png()}), "leads out of the zip"),
    "a zip from the root": Bad("a.zip", packed({"/etc/a.png": png()}), "leads out of the zip"),
    "a zip from a drive": Bad("a.zip", packed({"C:\\a.png": png()}), "leads out of the zip"),
    "a zip with a password": Bad("a.zip", locked(), "password"),
    "a zip bomb": Bad("a.zip", packed({"a.png": bytes(300 << 20)}), "unpacks to more than 256 MiB"),
    "a truncated zip": Bad("a.zip", packed({"a.png": png((99, 99))})[:-30], "not a zip file"),
    "a zip without images": Bad("a.zip", packed({"a.wav": b"x"}), ".wav x 1"),
}
