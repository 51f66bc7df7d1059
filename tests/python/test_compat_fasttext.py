"""fastText's calls on a small text."""

import numpy as np
import pytest

import wordmill as wm
import wordmill.compat.fasttext as fasttext

LINES = ["the cat sat on the mat", "the dog sat on the rug"] * 60


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES) + "\n")
    return str(path)


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_a_file_trains(text, model, tmp_path):
    m = fasttext.train_unsupervised(text, model=model, dim=8, minCount=1, epoch=1, bucket=100, thread=1)
    assert m.get_dimension() == 8 and m.dim == 8 and "cat" in m and "cow" not in m
    words, counts = m.get_words(include_freq=True)
    assert words[0] == "the" and counts[0] == 240 and sorted(m.words) == sorted(words)
    assert m.get_word_vector("cat").shape == (8,) and np.array_equal(m["cat"], m.get_word_vector("cat"))
    found = m.get_nearest_neighbors("cat", k=3)
    assert len(found) == 3 and isinstance(found[0][0], float) and isinstance(found[0][1], str)
    assert len(m.get_analogies("cat", "mat", "dog", k=2)) == 2
    assert m.get_word_id("the") == 0 and m.get_word_id("cow") == -1
    m.save_model(tmp_path / "model")
    assert np.allclose(fasttext.load_model(tmp_path / "model")["cat"], m["cat"], atol=1e-6)


def test_a_sentence_is_the_mean_of_unit_vectors():
    native = wm.KeyedVectors(["a", "b", "</s>"], np.array([[3, 0], [0, 4], [1, 0]], dtype=np.float32))
    m = fasttext._FastText(native)
    assert np.allclose(m.get_sentence_vector("a b unknown"), [0.5, 0.5])
    with pytest.raises(ValueError, match="one line"):
        m.get_sentence_vector("a\nb")


def test_what_is_not_supported_says_why(text):
    with pytest.raises(NotImplementedError, match="supervised"):
        fasttext.train_supervised(text)
    with pytest.raises(NotImplementedError, match="softmax"):
        fasttext.train_unsupervised(text, loss="softmax")
    with pytest.raises(ValueError, match="skipgram or cbow"):
        fasttext.train_unsupervised(text, model="bag")
