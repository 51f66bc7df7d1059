"""KeyedVectors: looking up, asking, saving."""

import copy
import html
import pickle
from pathlib import Path

import numpy as np
import pytest

import wordmill as wm

WORDS = ["king", "queen", "man", "woman", "new york", "\u00e9t\u00e9"]
ROWS = np.array([[1, 1, 0], [1, -1, 0.5], [0, 1, 0], [0, -1, 0], [0.1, 0, 1], [0, 0, 2]], np.float32)


@pytest.fixture
def vectors():
    return wm.KeyedVectors(WORDS, ROWS, np.arange(6, 0, -1).astype(np.uint64))


def test_lookups(vectors):
    assert len(vectors) == 6 and vectors.vector_size == 3
    assert "king" in vectors and "emperor" not in vectors and 3 not in vectors
    assert (vectors["new york"] == ROWS[4]).all()
    assert (vectors[["man", "king"]] == ROWS[[2, 0]]).all()
    assert list(vectors.index_to_key) == WORDS == list(vectors)
    assert vectors.index_to_key[-1] == WORDS[-1] and vectors.index_to_key[1:3] == WORDS[1:3]
    assert vectors.key_to_index["man"] == 2 and dict(vectors.key_to_index)["woman"] == 3
    assert list(vectors.counts) == [6, 5, 4, 3, 2, 1]
    assert np.allclose(np.linalg.norm(vectors.get_vector("été", norm=True)), 1)
    with pytest.raises(KeyError, match="Key 'emperor' not present") as caught:
        vectors["emperor"]
    assert isinstance(caught.value, wm.Error) and caught.value.kind == "unknown_word"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_arrays_are_read_only_views_that_keep_their_memory(vectors):
    table = vectors.vectors
    assert not table.flags.writeable and table.dtype == np.float32
    row = vectors["king"]
    assert np.shares_memory(row, table)
    with pytest.raises(ValueError):
        row[0] = 3
    del vectors
    assert (table == ROWS).all() and (row == ROWS[0]).all()


def test_questions_agree_with_numpy(vectors):
    unit = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    cosines = unit @ unit[0]
    expected = [(WORDS[i], cosines[i]) for i in np.argsort(-cosines, kind="stable") if i != 0]
    found = vectors.most_similar("king", topn=3)
    assert [w for w, _ in found] == [w for w, _ in expected[:3]]
    assert np.allclose([c for _, c in found], [c for _, c in expected[:3]], atol=1e-6)
    assert vectors.most_similar(["king"], topn=2) == vectors.most_similar("king", topn=2)
    assert vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0][0] == "queen"
    assert vectors.most_similar(ROWS[5], topn=1)[0][0] == "été"
    assert vectors.most_similar([("king", 1.0), ("man", 0.0)], topn=1)[0][0] != "king"
    assert vectors.most_similar_many(["king", "man"], topn=2)[0] == vectors.most_similar("king", topn=2)
    assert np.isclose(vectors.similarity("king", "queen"), cosines[1])
    assert vectors.doesnt_match(["new york", "man", "été"]) == "man"
    with pytest.raises(KeyError):
        vectors.most_similar("emperor")
    with pytest.raises(ValueError):
        vectors.most_similar()
    with pytest.raises(ValueError, match="3"):
        vectors.most_similar(np.zeros(5, np.float32))


@pytest.mark.parametrize("name", ["v.safetensors", "v.npy", "v.safetensors.zst"])
def test_save_and_load(vectors, tmp_path, name):
    vectors.save(tmp_path / name)
    again = wm.KeyedVectors.load(tmp_path / name)
    assert (again.vectors == ROWS).all() and list(again) == WORDS
    assert len(wm.KeyedVectors.load(str(tmp_path / name), max_words=2)) == 2


def test_text_formats(tmp_path):
    plain = wm.KeyedVectors(["a", "b"], ROWS[:2].copy())
    for name, format in [("v.txt.gz", "auto"), ("v.bin", "auto"), ("v.glove", "glove-text")]:
        plain.save(tmp_path / name, format=format)
        assert (wm.KeyedVectors.load(tmp_path / name).vectors == ROWS[:2]).all()
    with pytest.raises(ValueError):
        plain.save(tmp_path / "v.unknown")
    with pytest.raises(OSError):
        plain.save(tmp_path / "nowhere" / "v.npy")
    with pytest.raises(wm.FileError):
        plain.save(tmp_path / "v.bin", overwrite=False)
    with pytest.raises(FileNotFoundError):
        wm.KeyedVectors.load(tmp_path / "missing")
    (tmp_path / "bad.txt").write_text("3 2\na 1 2\nb 1\n")
    with pytest.raises(wm.DataError) as caught:
        wm.KeyedVectors.load(tmp_path / "bad.txt")
    assert caught.value.line == 3 and caught.value.file.endswith("bad.txt")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_pickle(vectors, protocol):
    again = pickle.loads(pickle.dumps(vectors, protocol))
    assert (again.vectors == ROWS).all() and list(again) == WORDS and list(again.counts) == list(vectors.counts)


def test_pickle_out_of_band(vectors):
    buffers = []
    data = pickle.dumps(vectors, 5, buffer_callback=buffers.append)
    assert any(b.raw().nbytes == ROWS.nbytes for b in buffers)
    assert (pickle.loads(data, buffers=buffers).vectors == ROWS).all()
    assert (copy.deepcopy(vectors).vectors == ROWS).all()


def test_words_that_are_not_utf8(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"2 1\n\xff\xfe 1\nb 2\n")
    vectors = wm.KeyedVectors.load(tmp_path / "v.txt")
    word = vectors.index_to_key[0]
    assert word == "\udcff\udcfe" and vectors[word] == 1


def test_evaluations(vectors, tmp_path):
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t8\nking\tman\t6\nking\tété\t1\nking\temperor\t9\n")
    score = vectors.evaluate_word_pairs(tmp_path / "pairs.tsv")
    assert score.covered == 3 and score.pairs == 4 and score.unknown == ["emperor"] and -1 <= score.spearman <= 1
    (tmp_path / "questions.txt").write_text(": family\nman king woman queen\n")
    score = vectors.evaluate_word_analogies(tmp_path / "questions.txt")
    assert score.accuracy == 1 and score.sections[0].name == "family"


def test_shown_in_notebooks(vectors):
    assert "6 words" in vectors._repr_html_() and "KeyedVectors(6 words, 3 dimensions)" == repr(vectors)


def test_a_vocabulary(tmp_path):
    words = wm.Vocabulary.count([["b", "a", "a"]], min_count=1)
    assert list(words) == ["a", "b"] and words["b"] == 1 and words.get_count("a") == 2 and words.word(0) == "a"
    assert list(words.counts) == [2, 1] and words.tokens == 3 and "c" not in words
    words.save(tmp_path / "v.tsv.gz")
    assert wm.Vocabulary.load(tmp_path / "v.tsv.gz").fingerprint == words.fingerprint
    with pytest.raises(KeyError):
        words["c"]


def test_sparse_matrices():
    pytest.importorskip("scipy")
    words, counts = wm.cooccurrences([["a", "b"], ["a", "b", "c"]], window=1, min_count=1)
    a, b, c = (words[w] for w in "abc")
    assert counts.toarray()[a, b] == 2 and counts.toarray()[b, c] == 1 and counts.toarray()[a, c] == 0
    _, values = wm.ppmi([["a", "b"], ["c", "d"]], window=1, min_count=1)
    assert values.max() == 2  # each pair is all that its words occur in: log2 of (1/4) / (1/4 * 1/4)


def test_vectors_can_be_mapped_from_a_file(vectors, tmp_path):
    vectors.save(tmp_path / "v.safetensors")
    mapped = wm.KeyedVectors.load(tmp_path / "v.safetensors", mmap=True)
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(tmp_path / "v.safetensors") in maps.read_text()
    assert (mapped.vectors == ROWS).all() and list(mapped) == WORDS and list(mapped.counts) == [6, 5, 4, 3, 2, 1]
    assert mapped.most_similar("king") == vectors.most_similar("king")
    assert len(wm.KeyedVectors.load(tmp_path / "v.safetensors", mmap=True, max_words=2)) == 2
    again = pickle.loads(pickle.dumps(mapped))
    vectors.save(tmp_path / "v.safetensors")  # takes the place of the file, and does not write into it
    assert (again.vectors == ROWS).all() and (mapped.vectors == ROWS).all()
    table = mapped.vectors
    del mapped
    assert (table == ROWS).all()
    if maps.exists():
        del table
        assert "v.safetensors" not in maps.read_text()


@pytest.mark.parametrize(
    "name, options, found",
    [("v.npy", {}, "npy"), ("v.safetensors.gz", {}, "compressed"), ("h.safetensors", {"half": True}, "F16")],
)
def test_what_cannot_be_mapped_says_why(vectors, tmp_path, name, options, found):
    vectors.save(tmp_path / name, **options)
    with pytest.raises(ValueError, match=found):
        wm.KeyedVectors.load(tmp_path / name, mmap=True)


def test_neighbours_are_a_list_that_notebooks_show(vectors):
    odd = wm.KeyedVectors(["a", "<b>&"], np.array([[1, 0], [1, 1]], np.float32))
    found = odd.most_similar("a")
    assert isinstance(found, list) and found == [("<b>&", pytest.approx(2**-0.5))]
    page = found._repr_html_()
    assert "&lt;b&gt;&amp;" in page and "<b>" not in page and "0.707" in page
    assert pickle.loads(pickle.dumps(found)) == found and type(found[:1]) is list
    opposite = wm.KeyedVectors(["a", "b"], np.array([[1.0], [-1.0]], np.float32)).most_similar("a")
    assert "width: 0.00em" in opposite._repr_html_()


def test_a_map_is_a_page_that_loads_nothing(tmp_path):
    names = ["plain", "</script><b>", "last", "far"]
    rows = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)
    odd = wm.KeyedVectors(names, rows)
    page = odd.map(words=3, highlight=["far"], title="A <map>")
    assert "plain" in page.html and "far" in page.html and "</script><b>" not in page.html
    assert "A &lt;map&gt;" in page.html and "http://" not in page.html.replace("http://www.w3.org/", "")
    shown = page._repr_html_()
    inside = shown.split('srcdoc="')[1].split('" sandbox')[0]
    assert shown.startswith("<iframe") and '"' not in inside and "<" not in inside and html.unescape(inside) == page.html
    page.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == page.html
    with pytest.raises(FileExistsError):
        page.save(tmp_path / "map.html", overwrite=False)
    for words in (1, 20001):
        with pytest.raises(ValueError, match="expected 2 to 20,000"):
            odd.map(words=words)
    with pytest.raises(KeyError, match="nobody"):
        odd.map(highlight=["nobody"])
