import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from drawlike.datasets import read
from drawlike.errors import DataError, SettingError
from drawlike.events import Emitter, History


def zipped(folder):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, f"{folder.name}/{file.relative_to(folder)}")
    return path


@pytest.mark.parametrize("pack", [lambda folder: folder, zipped], ids=["folder", "zip"])
def test_grey_images_of_any_shape(pictures, grey, pack):
    folder = pictures({f"{i}.png": grey[i] for i in range(5)})
    data = read(pack(folder))
    assert (data.kind, data.y) == ("image", None)
    assert data.X.dtype == np.uint8
    assert np.array_equal(data.X, grey)


@pytest.mark.parametrize("pack", [lambda folder: folder, zipped], ids=["folder", "zip"])
def test_folders_are_classes(pictures, colour, pack):
    names = ["cat/1.png", "cat/2.png", "dog/1.PNG", "dog/3.png", "emu/0.png"]
    data = read(pack(pictures(dict(zip(names, colour, strict=True)))))
    assert np.array_equal(data.X, colour)
    assert data.y.tolist() == ["cat", "cat", "dog", "dog", "emu"]


def test_folders_named_by_numbers_are_numbers(pictures, grey):
    data = read(pictures({f"{i % 2}/{i}.png": grey[i] for i in range(4)}))
    assert data.y.tolist() == [0, 0, 1, 1]
    assert np.array_equal(data.X, grey[[0, 2, 1, 3]])


def test_hidden_files_are_not_there(pictures, grey):
    folder = pictures({"a.png": grey[0], "__MACOSX/a.png": grey[1], ".trash/a.png": grey[2]})
    (folder / ".DS_Store").write_bytes(b"x")
    assert len(read(folder)) == 1


def test_jpeg_and_progress(pictures, grey):
    heard = History()
    data = read(
        pictures({f"{i}.jpg": np.full((8, 12), 60 * i, np.uint8) for i in range(5)}),
        events=Emitter(heard),
    )
    assert data.X.shape == (5, 8, 12)
    assert np.abs(data.X[:, 0, 0].astype(int) - 60 * np.arange(5)).max() <= 2
    assert [e.step for e in heard if e.stage == "read"] == [1, 2, 3, 4, 5]


def test_a_photograph_on_its_side_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "pile").mkdir()
    Image.new("L", (16, 8)).save(tmp_path / "pile/a.jpg", exif=exif)
    assert read(tmp_path / "pile").X.shape == (1, 16, 8)


def test_mixed_colours_become_the_widest(pictures, grey, colour):
    heard = History()
    data = read(pictures({"a.png": grey[0], "b.png": colour[0]}), events=Emitter(heard))
    assert data.X.shape == (2, 6, 9, 3)
    assert np.array_equal(data.X[0], np.repeat(grey[0][..., None], 3, axis=2))
    assert any("differ in colour" in (event.message or "") for event in heard)


def test_a_mode_that_is_asked_for(pictures, colour):
    folder = pictures({"a.png": colour[0]})
    assert read(folder, mode="L").X.shape == (1, 6, 9)
    assert read(folder, mode="RGBA").X.shape == (1, 6, 9, 4)
    with pytest.raises(SettingError, match="mode='CMYK'"):
        read(folder, mode="CMYK")


def test_palettes_and_bits(tmp_path):
    folder = tmp_path / "pile"
    folder.mkdir()
    Image.new("P", (3, 2), 1).save(folder / "a.png")
    assert read(folder).X.shape == (1, 2, 3, 3)
    Image.new("1", (3, 2), 1).save(folder / "a.png")
    assert read(folder).X.tolist() == [[[255] * 3] * 2]


def test_sizes_must_agree_unless_told(pictures):
    folder = pictures({"a.png": np.zeros((4, 6), np.uint8), "b.png": np.ones((8, 8), np.uint8)})
    with pytest.raises(DataError, match=r"2 sizes.*4 x 6 \(1\), 8 x 8 \(1\).*size=\(4, 6\)"):
        read(folder)
    assert read(folder, size=(3, 5)).X.shape == (2, 3, 5)
    with pytest.raises(SettingError, match=r"size=\(3,\)"):
        read(folder, size=(3,))


def test_a_table_of_labels(pictures, grey):
    folder = pictures({f"{i}.png": grey[i] for i in range(5)})
    (folder / "labels.csv").write_text(
        "file,label\n" + "".join(f"{i}.png,{i * i}\n" for i in range(5))
    )
    assert read(folder).y.tolist() == [0, 1, 4, 9, 16]
    assert read(zipped(folder)).y.tolist() == [0, 1, 4, 9, 16]
    assert read(folder, labels=False).y is None


def test_a_table_of_labels_elsewhere(pictures, grey, csv):
    folder = pictures({f"im{i}.png": grey[i] for i in range(3)})
    path = csv("kind;age;image\ncat;3;im0\ndog;4;im1\ncat;5;im2\nemu;6;im9\n")
    assert read(folder, labels=path, label="kind").y.tolist() == ["cat", "dog", "cat"]
    with pytest.raises(DataError, match="say which one is the label"):
        read(folder, labels=path)
    with pytest.raises(DataError, match="no column 'knd'. Did you mean 'kind'"):
        read(folder, labels=path, label="knd")


def test_an_image_without_a_label(pictures, grey, csv):
    folder = pictures({f"{i}.png": grey[i] for i in range(3)})
    with pytest.raises(DataError, match=r"no label for 1 of 3 images, as 2\.png"):
        read(folder, labels=csv("file,label\n0.png,a\n1.png,b\n"))


def test_the_same_name_in_two_folders_needs_its_path(pictures, grey, csv):
    folder = pictures({"a/0.png": grey[0], "b/0.png": grey[1]})
    assert read(folder, labels=csv("file,label\na/0.png,x\nb/0.png,y\n")).y.tolist() == ["x", "y"]
    with pytest.raises(DataError, match="holds the names of the images"):
        read(folder, labels=csv("file,label\n0.png,x\n"))


def test_other_files_are_told(pictures, grey):
    folder = pictures({"a.png": grey[0]})
    (folder / "notes.txt").write_text("x")
    heard = History()
    assert len(read(folder, events=Emitter(heard))) == 1
    assert any(".txt x 1" in (event.message or "") for event in heard)


def test_no_png_is_read_by_another_decoder(tmp_path):
    stream = io.BytesIO()
    Image.new("L", (3, 2)).save(stream, "BMP")
    (tmp_path / "pile").mkdir()
    (tmp_path / "pile/a.png").write_bytes(stream.getvalue())
    with pytest.raises(DataError, match=r"a\.png.*no PNG or JPEG"):
        read(tmp_path / "pile")
