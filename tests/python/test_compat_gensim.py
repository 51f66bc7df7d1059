"""gensim's calls, with results worked out by hand or with NumPy; run beside gensim itself where it is installed."""

import math

import numpy as np
import pytest

import wordmill as wm
from wordmill.compat.gensim import FastText, KeyedVectors, LineSentence, Word2Vec

WORDS = ["king", "queen", "man", "woman", "apple"]
ROWS = np.array([[3, 1, 0], [3, -1, 0], [1, 1, 0], [1, -1, 0], [0, 0, 2]], dtype=np.float32)
UNITS = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)


@pytest.fixture
def kv():
    return KeyedVectors(native=wm.KeyedVectors(WORDS, ROWS, counts=np.array([50, 40, 30, 20, 10], dtype=np.uint64)))


def test_lookup_gives_rows(kv):
    assert (kv["king"] == ROWS[0]).all() and kv[["man", "apple"]].shape == (2, 3)
    assert "king" in kv and "duke" not in kv and len(kv) == 5
    assert kv.key_to_index["man"] == 2 and kv.index_to_key[3] == "woman" and list(kv.index_to_key) == WORDS
    assert kv.get_vecattr("queen", "count") == 40
    assert np.allclose(kv.get_vector("king", norm=True), UNITS[0])
    with pytest.raises(KeyError, match="Key 'duke' not present"):
        kv["duke"]


def test_most_similar_is_the_cosine_with_the_mean_of_unit_vectors(kv):
    mean = UNITS[0] - UNITS[2] + UNITS[3]
    cosines = UNITS @ (mean / np.linalg.norm(mean))
    word, score = kv.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0]
    assert word == "queen" and math.isclose(score, cosines[1], abs_tol=1e-6)
    best = kv.most_similar("king")
    expected = sorted(((float(UNITS[i] @ UNITS[0]), WORDS[i]) for i in range(1, 5)), reverse=True)
    assert [w for w, _ in best] == [w for _, w in expected]
    assert np.allclose([s for _, s in best], [s for s, _ in expected], atol=1e-6)
    assert np.allclose(kv.most_similar("king", topn=None), UNITS @ UNITS[0], atol=1e-6)
    weighted = kv.most_similar(positive=[("king", 2.0), ROWS[4]], topn=1)
    assert weighted[0][0] in WORDS
    assert kv.most_similar("king", topn=0) == []
    assert len(kv.most_similar("king", topn=10, restrict_vocab=3)) == 2
    with pytest.raises(ValueError):
        kv.most_similar()


def test_similarities(kv):
    assert math.isclose(kv.similarity("king", "man"), float(UNITS[0] @ UNITS[2]), abs_tol=1e-6)
    assert math.isclose(kv.distance("king", "man"), 1 - float(UNITS[0] @ UNITS[2]), abs_tol=1e-6)
    assert np.allclose(kv.distances("king", ["man", "apple"]), [1 - UNITS[0] @ UNITS[2], 1], atol=1e-6)
    a, b = ROWS[:2].mean(0), ROWS[2:4].mean(0)
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert math.isclose(kv.n_similarity(["king", "queen"], ["man", "woman"]), expected, abs_tol=1e-6)
    assert kv.doesnt_match(["king", "queen", "apple", "unknown"]) == "apple"
    assert kv.rank("king", "apple") == 4 and "man" in kv.closer_than("king", "apple")
    assert kv.similar_by_vector(ROWS[4], topn=1)[0][0] == "apple"
    word, score = kv.most_similar_cosmul(positive=["king", "woman"], negative=["man"], topn=1)[0]
    shifted = (1 + UNITS @ UNITS.T) / 2
    scores = shifted[0] * shifted[3] / (shifted[2] + 1e-6)
    scores[[0, 2, 3]] = -1
    assert word == WORDS[int(scores.argmax())] and math.isclose(score, scores.max(), rel_tol=1e-5)


def test_means(kv):
    assert np.allclose(kv.get_mean_vector(["king", "nobody", "man"]), (UNITS[0] + UNITS[2]) / 2, atol=1e-6)
    assert np.allclose(
        kv.get_mean_vector(["king", "man"], weights=[1, 3], pre_normalize=False), (ROWS[0] + 3 * ROWS[2]) / 4, atol=1e-6
    )
    with pytest.raises(KeyError):
        kv.get_mean_vector(["nobody"], ignore_missing=False)


@pytest.mark.parametrize("binary", [False, True])
def test_files_come_back(kv, tmp_path, binary):
    path = tmp_path / "v.txt"
    kv.save_word2vec_format(path, binary=binary)
    back = KeyedVectors.load_word2vec_format(path, binary=binary)
    assert list(back.index_to_key) == WORDS and np.allclose(back.vectors, ROWS)
    assert len(KeyedVectors.load_word2vec_format(path, binary=binary, limit=2)) == 2
    kv.save(tmp_path / "model.kv")
    assert np.array_equal(KeyedVectors.load(tmp_path / "model.kv", mmap="r").vectors, ROWS)


def test_a_pickle_of_gensim_is_refused_with_the_way_out(tmp_path):
    import pickle

    (tmp_path / "old").write_bytes(pickle.dumps({}, protocol=4))
    with pytest.raises(ValueError, match="save_word2vec_format"):
        Word2Vec.load(tmp_path / "old")


def test_pairs_and_analogies_are_scored_as_by_hand(kv, tmp_path):
    (tmp_path / "pairs").write_text("# two words and a score\nKing\tman\t9\nking\tapple\t1\nking\tqueen\t8\nking\tduke\t5\n")
    (pearson, _), (spearman, _), unknown = kv.evaluate_word_pairs(tmp_path / "pairs")
    cosines = [UNITS[0] @ UNITS[2], 0, UNITS[0] @ UNITS[1]]
    assert math.isclose(pearson, np.corrcoef(cosines, [9, 1, 8])[0, 1], rel_tol=1e-5)
    assert math.isclose(spearman, 1.0 if cosines[0] > cosines[2] else 0.5, rel_tol=1e-9) and unknown == 25.0
    (tmp_path / "analogies").write_text(": family\nman woman king queen\nman woman king apple\n")
    score, sections = kv.evaluate_word_analogies(tmp_path / "analogies")
    assert score == 0.5 and sections[0]["section"] == "family"


SENTENCES = [["the", "cat", "sat"], ["the", "dog", "sat"], ["a", "cat", "ran"]] * 60


@pytest.mark.parametrize("sg", [0, 1])
def test_a_model_trains_at_once_or_in_steps(sg):
    at_once = Word2Vec(SENTENCES, vector_size=8, window=2, min_count=1, sg=sg, epochs=2, workers=1)
    assert at_once.wv["cat"].shape == (8,) and len(at_once.wv) == 6
    steps = Word2Vec(vector_size=8, window=2, min_count=1, sg=sg, epochs=2, workers=1)
    steps.build_vocab(SENTENCES)
    steps.train(SENTENCES, total_examples=steps.corpus_count, epochs=steps.epochs)
    assert steps.corpus_count == 180
    assert np.allclose(at_once.wv.vectors, steps.wv.vectors)


def test_generators_hs_and_files_train(tmp_path):
    model = Word2Vec((s for s in SENTENCES), vector_size=8, min_count=1, epochs=2, hs=1, negative=0, workers=1)
    assert len(model.wv) == 6
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(s) for s in SENTENCES) + "\n")
    assert list(LineSentence(path, limit=2)) == SENTENCES[:2]
    for source in ({"corpus_file": path}, {"sentences": LineSentence(path)}):
        assert len(Word2Vec(**source, vector_size=8, min_count=1, epochs=1, workers=1).wv) == 6
    model.save(tmp_path / "model")
    assert np.array_equal(Word2Vec.load(tmp_path / "model").wv.vectors, model.wv.vectors)


def test_subwords_train():
    assert FastText(SENTENCES, vector_size=8, min_count=1, epochs=1, bucket=100, workers=1).wv["cat"].shape == (8,)


def test_what_is_not_supported_says_why():
    with pytest.raises(NotImplementedError, match="trained once"):
        Word2Vec(min_count=1).build_vocab(SENTENCES, update=True)
    with pytest.raises(NotImplementedError, match="callbacks"):
        Word2Vec(SENTENCES, callbacks=[object()])
    with pytest.raises(TypeError, match="size"):
        Word2Vec(SENTENCES, size=5)
    with pytest.warns(UserWarning, match="batch_words"):
        Word2Vec(SENTENCES, min_count=1, vector_size=4, epochs=1, batch_words=5)


def test_results_are_those_of_gensim(kv, tmp_path):
    gensim = pytest.importorskip("gensim")
    kv.save_word2vec_format(tmp_path / "v.bin", binary=True)
    theirs = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    same = [
        lambda m: m.most_similar("king", topn=3), lambda m: m.most_similar(positive=["king", "woman"], negative=["man"]),
        lambda m: m.similar_by_vector(ROWS[2], topn=2), lambda m: m.most_similar_cosmul(positive=["king"], negative=["man"]),
    ]
    for call in same:
        ours_found, theirs_found = call(kv), call(theirs)
        assert [w for w, _ in ours_found] == [w for w, _ in theirs_found]
        assert np.allclose([s for _, s in ours_found], [s for _, s in theirs_found], atol=1e-5)
    numbers = [
        lambda m: m.similarity("king", "man"), lambda m: m.distance("king", "man"), lambda m: m.distances("king"),
        lambda m: m.n_similarity(["king", "queen"], ["man"]), lambda m: m.get_mean_vector(["king", "man"]),
        lambda m: m.get_vector("king", norm=True), lambda m: m.rank("king", "apple"),
    ]
    for call in numbers:
        assert np.allclose(call(kv), call(theirs), atol=1e-6)
    assert kv.doesnt_match(WORDS) == theirs.doesnt_match(WORDS)
