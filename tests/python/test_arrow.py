"""Arrow data from other packages, and broken data."""

import ctypes

import pytest

import wordmill as wm

pa = pytest.importorskip("pyarrow")
TEXTS = ["the cat sat", None, "the dog sat", "a text of more than twelve bytes"]


def words_of(source, **how):
    return dict(wm.Vocabulary.count(wm.Corpus(source, **how), min_count=1).most_common())


EXPECTED = words_of([text for text in TEXTS if text])


@pytest.mark.parametrize("type", ["string", "large_string", "string_view"])
def test_string_types(type):
    array = pa.array(TEXTS, getattr(pa, type)())
    assert words_of(array) == EXPECTED
    assert words_of(pa.chunked_array([array[:2], array[2:]])) == EXPECTED
    assert words_of(array[2:]) == words_of([text for text in TEXTS[2:] if text])
    assert words_of(pa.table({"text": array}).slice(2)) == words_of([text for text in TEXTS[2:] if text])
    assert words_of(pa.record_batch({"text": array})) == EXPECTED


def test_dictionaries():
    assert words_of(pa.array(TEXTS).dictionary_encode()) == EXPECTED


def test_a_reader_is_read_once():
    table = pa.table({"text": TEXTS})
    assert words_of(table.to_reader(1)) == EXPECTED
    kept = wm.Corpus(table.to_reader(1))
    assert words_of(kept) == words_of(kept) == EXPECTED


def test_nulls_are_counted(caplog, options):
    with caplog.at_level("INFO", "wordmill"):
        wm.train_skip_gram(pa.array(TEXTS * 10), **options)
    assert "left out: null" in caplog.text


def test_the_column_is_named():
    table = pa.table({"text": TEXTS, "title": TEXTS, "n": [1, 2, 3, 4]})
    with pytest.raises(wm.UsageError, match="text, title, n"):
        wm.Corpus(table)
    assert words_of(table, column="title") == EXPECTED
    with pytest.raises(ValueError, match="'none'"):
        wm.Corpus(table, column="none")
    with pytest.raises(ValueError, match="expected strings"):
        wm.Corpus(table, column="n")
    with pytest.raises(ValueError, match="expected strings"):
        wm.Corpus(pa.array([1, 2]))


class Raw:
    """Hands out an array without the checks of PyArrow's own objects."""

    def __init__(self, array):
        self.array = array

    def __arrow_c_array__(self, requested_schema=None):
        return self.array.__arrow_c_array__()


def strings(offsets, text=b"abcdef", validity=None):
    numbers = (ctypes.c_int32 * len(offsets))(*offsets)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(bytes(numbers)), pa.py_buffer(text), validity)


@pytest.mark.parametrize("offsets", [[0, 5, 2, 6], [-4, 2, 3], [3, 1], [0, 1 << 30, 3], [0, -1, 3]])
def test_broken_offsets_are_refused(offsets):
    with pytest.raises(ValueError, match="broken Arrow array|offset|Offset|Negative"):
        words_of(Raw(strings(offsets)))
    with pytest.raises(ValueError):
        words_of(strings(offsets))


def test_broken_indices_and_text_are_refused():
    words = pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), pa.array(["a", "b"]), safe=False)
    with pytest.raises(ValueError, match="index 7 is outside the dictionary"):
        words_of(Raw(words))
    with pytest.raises(ValueError, match="UTF-8"):
        words_of(Raw(strings([0, 2], b"\xff\xfe")))
    assert words_of(Raw(strings([0, 2], b"\xffb")), utf8="replace") == {"\ufffdb": 1}


def test_an_array_that_changes_between_passes():
    """Memory of another package may change while it is read: an error or other words, never a crash."""
    numbers = bytearray((ctypes.c_int32 * 5)(0, 2, 4, 6, 8))
    array = pa.StringArray.from_buffers(4, pa.py_buffer(numbers), pa.py_buffer(b"a b c d "))
    corpus = wm.Corpus(Raw(array))
    assert words_of(corpus)["a"] == 1
    numbers[4:8] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(ValueError, match="broken Arrow array"):
        words_of(corpus)


def test_an_error_of_the_producer():
    def batches():
        yield pa.record_batch({"text": ["a"]})
        raise RuntimeError("out of data")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"text": pa.string()}), batches())
    with pytest.raises(OSError, match="out of data"):
        words_of(reader)


def test_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"text": TEXTS, "n": [1, 2, 3, 4]})
    assert words_of(frame["text"]) == words_of(frame) == EXPECTED


def test_pandas():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"text": [text for text in TEXTS if text], "n": [1, 2, 3]})
    assert words_of(frame["text"]) == words_of(frame, column="text") == EXPECTED
    with pytest.raises(TypeError, match="item 1"):
        words_of(pd.Series(["a", 3.5]))


def test_datasets():
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"text": TEXTS, "n": [1, 2, 3, 4]})
    assert words_of(data) == words_of(data.to_iterable_dataset()) == EXPECTED
