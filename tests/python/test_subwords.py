"""Unseen words by their n-grams: worked out here in Python, and compared with gensim's reader of fastText models."""

import pickle
from functools import reduce

import numpy as np
import pytest

import wordmill as wm
import wordmill.compat.fasttext as fasttext
from wordmill.compat import gensim as compat

TEXT = [["walking", "talking", "le", "été"], ["walked", "talked", "la", "été"]] * 60
UNSEEN = ["walker", "étés", "xyzzy", "日本語", "l", "talk ing"]


def ngrams(word, fewest, most):
    text = f"<{word}>"
    every = [text[i:j] for i in range(len(text)) for j in range(i + fewest, min(i + most, len(text)) + 1)]
    return [gram for gram in every if gram not in ("<", ">")]


def bucket(gram, buckets):
    """FNV-1a; bytes of 128 and more count as negative numbers, as in fastText."""
    signed = [b if b < 128 else b + 0xFFFFFF00 for b in gram.encode()]
    return reduce(lambda h, c: (h ^ c) * 16777619 % 2**32, signed, 2166136261) % buckets


@pytest.fixture(params=["skip-gram", "cbow"])
def vectors(request):
    train = wm.train_skip_gram if request.param == "skip-gram" else wm.train_cbow
    return train(TEXT, size=6, min_count=1, sample=0, epochs=2, threads=1, minn=2, maxn=4, bucket=500)


def test_an_unseen_word_is_the_mean_of_its_n_grams(vectors):
    subwords = vectors.subwords
    assert (subwords.minn, subwords.maxn, subwords.vectors.shape) == (2, 4, (500, 6))
    assert subwords.bucket("<wa") == bucket("<wa", 500)
    for word in UNSEEN:
        buckets = [bucket(gram, 500) for gram in ngrams(word, 2, 4)]
        assert subwords.buckets(word).tolist() == buckets
        assert np.allclose(vectors[word], subwords.vectors[buckets].mean(0), atol=1e-6)
        assert word not in vectors and word not in vectors.key_to_index
    assert np.allclose(vectors[["walker", "le"]], [vectors["walker"], vectors["le"]])
    assert np.isclose(np.linalg.norm(vectors.get_vector("walker", norm=True)), 1)
    with pytest.raises(KeyError, match="Key '</s>' not present"):
        vectors["</s>"]  # fastText's end of a sentence has no n-grams
    assert wm.KeyedVectors(["a"], np.ones((1, 2), np.float32)).subwords is None


def test_unseen_words_are_asked_like_others(vectors):
    unit = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    unseen = vectors.get_vector("walker", norm=True)
    order = np.argsort(-(unit @ unseen), kind="stable")
    found = vectors.most_similar("walker", topn=3)
    assert [word for word, _ in found] == [vectors.index_to_key[i] for i in order[:3]]
    assert np.allclose([score for _, score in found], (unit @ unseen)[order[:3]], atol=1e-6)
    assert np.isclose(vectors.similarity("walker", "walked"), unit[vectors.key_to_index["walked"]] @ unseen, atol=1e-6)
    assert np.isclose(vectors.similarity("walker", "walker"), 1, atol=1e-6)
    both = vectors.most_similar_many(["le", "walker", "la"], topn=3)
    for found, word in zip(both, ["le", "walker", "la"]):
        expected = vectors.most_similar(word, topn=3)
        assert [w for w, _ in found] == [w for w, _ in expected]
        assert np.allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)


def test_n_grams_are_saved_loaded_and_pickled(vectors, tmp_path):
    vectors.save(tmp_path / "v.safetensors")
    vectors.save(tmp_path / "v.bin", format="fasttext")
    again = [
        wm.KeyedVectors.load(tmp_path / "v.safetensors"), wm.KeyedVectors.load(tmp_path / "v.safetensors", mmap=True),
        wm.KeyedVectors.load(tmp_path / "v.bin"), pickle.loads(pickle.dumps(vectors, protocol=5)),
        pickle.loads(pickle.dumps(vectors, protocol=2)),
    ]
    for each in again:
        assert np.allclose(each.vectors, vectors.vectors, atol=1e-6) and repr(each.subwords) == repr(vectors.subwords)
        assert np.allclose(each["walker"], vectors["walker"], atol=1e-6)
    for name in ("v.safetensors", "v.bin"):
        plain = wm.KeyedVectors.load(tmp_path / name, subwords=False)
        assert plain.subwords is None
        with pytest.raises(KeyError):
            plain["walker"]
    with pytest.raises(ValueError, match="vectors only"):
        again[2].save(tmp_path / "w.bin", format="fasttext")


def test_gensim_reads_the_model_and_gives_the_same_vectors(vectors, tmp_path):
    reader = pytest.importorskip("gensim.models.fasttext")
    vectors.save(tmp_path / "v.bin", format="fasttext")
    theirs = reader.load_facebook_vectors(str(tmp_path / "v.bin"))
    ours = compat.load_facebook_vectors(tmp_path / "v.bin")
    assert theirs.index_to_key == list(ours.index_to_key)
    assert (theirs.min_n, theirs.max_n, theirs.bucket) == (ours.min_n, ours.max_n, ours.bucket)
    assert np.allclose(theirs.vectors_ngrams, ours.vectors_ngrams)
    for word in [*UNSEEN, "walked", "été"]:
        assert np.allclose(ours[word], theirs[word], atol=1e-6)
        assert np.allclose(ours.get_vector(word, norm=True), theirs.get_vector(word, norm=True), atol=1e-6)
        assert (word in ours) == (word in theirs)
        a, b = ours.most_similar(word, topn=3), theirs.most_similar(word, topn=3)
        assert [w for w, _ in a] == [w for w, _ in b] and np.allclose([s for _, s in a], [s for _, s in b], atol=1e-5)
        assert np.isclose(ours.similarity(word, "talked"), theirs.similarity(word, "talked"), atol=1e-5)
    assert np.allclose(ours[""], theirs[""], atol=1e-6)  # "<>" is an n-gram
    words = ["walker", "walking", "été"]
    assert ours.doesnt_match(words) == theirs.doesnt_match(words)
    assert np.allclose(ours.get_sentence_vector(words), theirs.get_sentence_vector(words), atol=1e-6)
    assert np.allclose(ours.get_mean_vector(words), theirs.get_mean_vector(words), atol=1e-6)
    assert np.allclose(ours.n_similarity(["walker"], ["le", "xyzzy"]), theirs.n_similarity(["walker"], ["le", "xyzzy"]))
    cosmul = [m.most_similar_cosmul(positive=["walker"], negative=["le"], topn=2) for m in (ours, theirs)]
    assert [w for w, _ in cosmul[0]] == [w for w, _ in cosmul[1]]


def test_fasttext_of_gensim_trains_saves_and_loads(tmp_path):
    model = compat.FastText(TEXT, vector_size=6, min_count=1, epochs=1, bucket=300, min_n=2, max_n=4, workers=1)
    assert "walker" in model.wv and "walker" not in model.wv.key_to_index and model.wv.bucket == 300
    assert model.wv.most_similar("walker", topn=2) == model.wv.native.most_similar("walker", topn=2)
    model.save(tmp_path / "model")
    again = compat.FastText.load(tmp_path / "model")
    assert np.allclose(again.wv["walker"], model.wv["walker"])
    model.wv.native.save(tmp_path / "m.bin", format="fasttext")
    assert np.allclose(compat.load_facebook_model(tmp_path / "m.bin").wv["walker"], model.wv["walker"], atol=1e-6)
    long = compat.FastText(TEXT, vector_size=6, min_count=1, epochs=1, min_n=5, max_n=6, bucket=300, workers=1)
    assert "x" in long.wv and not long.wv["x"].any()  # no n-grams: 0, as in gensim
    without = compat.FastText(TEXT, vector_size=6, min_count=1, epochs=1, max_n=0, workers=1)
    assert "walker" not in without.wv and without.wv.bucket == 0
    with pytest.raises(KeyError, match="walker"):
        without.wv["walker"]
    with pytest.raises(KeyError, match="walker"):
        without.wv.most_similar("walker")


@pytest.fixture
def model():
    return fasttext.train_unsupervised(TEXT, dim=6, minCount=1, epoch=1, minn=1, maxn=3, bucket=500, thread=1)


def test_calls_of_fasttext_about_subwords(model):
    names, ids = model.get_subwords("walker")
    assert names == ngrams("walker", 1, 3)
    assert ids.tolist() == [len(model.words) + bucket(gram, 500) for gram in names]
    assert model.get_subword_id("<wa") == len(model.words) + bucket("<wa", 500)
    names, ids = model.get_subwords("été")
    assert names == ["été", *ngrams("été", 1, 3)] and ids[0] == model.get_word_id("été")
    rows = model.get_input_matrix()
    assert rows.shape == (len(model.words) + 500, 6) and model.get_output_matrix().shape == (len(model.words), 6)
    assert np.allclose(model["été"], rows[ids].mean(0), atol=1e-6)
    assert np.allclose(model.get_input_vector(ids[-1]), rows[ids[-1]])
    assert not model.get_word_vector("</s>").any()
    sentence = [model.get_word_vector(word) for word in ("été", "walker")]
    expected = sum(row / np.linalg.norm(row) for row in sentence) / 2
    assert np.allclose(model.get_sentence_vector("été  walker\t"), expected, atol=1e-6)
    assert [word for _, word in model.get_nearest_neighbors("walker", k=2)] == [
        word for word, _ in model.native.most_similar("walker", topn=2)
    ]


def test_a_model_of_fasttext_is_saved_and_loaded(model, tmp_path):
    model.save_model(tmp_path / "m.bin")
    again = fasttext.load_model(tmp_path / "m.bin")
    assert np.allclose(again["walker"], model["walker"], atol=1e-6) and again.words == model.words
    assert again.get_subwords("walker")[0] == model.get_subwords("walker")[0]
    assert np.allclose(again.get_input_vector(len(again.words) + 3), model.get_input_vector(len(model.words) + 3))
    for call in (lambda: again.save_model(tmp_path / "n.bin"), again.get_input_matrix, lambda: again.get_input_vector(0)):
        with pytest.raises(NotImplementedError, match="not the whole model"):
            call()


def test_a_model_without_n_grams_says_so(tmp_path):
    words = fasttext.train_unsupervised(TEXT, dim=4, minCount=1, epoch=1, maxn=0, thread=1)
    assert not words.get_word_vector("walker").any() and words.get_subwords("le")[0] == ["le"]
    with pytest.raises(ValueError, match="no n-grams"):
        words.get_subword_id("<wa")
    with pytest.raises(NotImplementedError, match="maxn > 0"):
        words.save_model(tmp_path / "m.bin")
