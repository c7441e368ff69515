import numpy as np
import pandas as pd
import torch

from drawlike.codecs import TableCodec
from drawlike.events import Emitter, History
from drawlike.statistics.coding import Coding


def encoded(rng, **options):
    size = rng.integers(0, 6, 3000)
    table = pd.DataFrame(
        {
            "size": size,
            "name": np.array(list("fbdace"))[size],
            "other": rng.integers(0, 6, 3000),
            "length": rng.normal(size=3000),
        }
    )
    codec = TableCodec(numbers="bins").fit(table)
    return codec, codec.encode(table, **options)


def test_a_column_in_other_words_is_a_twin(rng):
    codec, rows = encoded(rng)
    coding = Coding.of(codec.layout_).with_twins(torch.from_numpy(rows))
    assert [(twin.column, twin.of) for twin in coding.twins] == [(1, 0)]


def test_columns_that_differ_late_are_no_twins(rng):
    codec, rows = encoded(rng)
    rows[-1, 1] = (rows[-1, 1] + 1) % 6
    assert not Coding.of(codec.layout_).with_twins(torch.from_numpy(rows)).twins


def test_narrow_codes_are_the_codes_and_rows_restore_them(rng):
    codec, rows = encoded(rng)
    x = torch.from_numpy(rows)
    coding = Coding.of(codec.layout_).with_twins(x)
    codes = coding.narrow_codes(x)
    assert codes.dtype == torch.int16
    assert torch.equal(codes.long(), coding.codes(x))
    restored = coding.rows(codes.long(), torch.full_like(x, torch.nan), torch.Generator())
    assert torch.equal(restored[:, :3], x[:, :3])


def test_rows_are_encoded_in_half_the_memory_and_progress_is_told(rng):
    history = History()
    _, whole = encoded(rng)
    _, rows = encoded(np.random.default_rng(0), single=True, events=Emitter(history))
    assert rows.dtype == np.float32
    assert rows.shape == whole.shape
    assert [event.step for event in history] == [1, 2, 3, 4]


def test_groups_of_codes_take_two_bytes_a_cell(rng):
    words = np.array([f"w{i:05}" for i in range(40_000)])
    table = pd.DataFrame({"word": np.repeat(words, 2), "side": rng.integers(0, 2, 80_000)})
    codec = TableCodec(schema={"rare": "keep"}, numbers="bins").fit(table)
    x = torch.from_numpy(codec.encode(table))
    coding = Coding.of(codec.layout_)
    groups = coding.narrow_groups(x)
    codes = coding.narrow_codes(x)
    assert groups.dtype == torch.int16
    assert codes.dtype == torch.int32
    assert torch.equal(coding.groups_of(codes), groups)
    assert torch.equal(groups[:, 0].long(), coding.choices[0].digits(x[:, 0].long())[0])
