"""Means of word vectors as features, by hand and by scikit-learn's own checks."""

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.utils import estimator_checks  # noqa: E402
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: E402

import wordmill as wm  # noqa: E402
from wordmill.sklearn import EmbeddingVectorizer  # noqa: E402

KV = wm.KeyedVectors(["red", "blue", "deep"], np.array([[1, 0], [0, 2], [2, 2]], dtype=np.float32))


def test_texts_become_means_of_their_words():
    found = EmbeddingVectorizer(KV, normalize=False).fit_transform(["red blue", "deep", "unknown", ""])
    assert found.dtype == np.float32
    assert np.allclose(found, [[0.5, 1], [2, 2], [0, 0], [0, 0]])
    unit = EmbeddingVectorizer(KV).fit_transform(["red blue", ""])
    assert np.allclose(unit, [[1 / np.sqrt(5), 2 / np.sqrt(5)], [0, 0]])


def test_rare_words_weigh_more_with_idf():
    texts = ["red blue", "red", "red"]  # red is in 3 of 3 texts, blue in 1
    model = EmbeddingVectorizer(KV, weighting="idf", normalize=False).fit(texts)
    red, blue = np.log(4 / 4) + 1, np.log(4 / 2) + 1
    assert np.allclose(model.transform(["red blue"]), [[red / (red + blue), 2 * blue / (red + blue)]], atol=1e-6)


def test_sif_takes_the_first_direction_away():
    texts = ["red blue", "red deep", "blue deep", "red red"]
    model = EmbeddingVectorizer(KV, weighting="sif", normalize=False).fit(texts)
    assert np.allclose(model.transform(texts) @ model.component_, 0, atol=1e-6)


def test_vectors_are_trained_on_the_texts():
    texts = ["the cat sat on the mat", "the dog sat on the rug"] * 50
    model = EmbeddingVectorizer(size=8, min_count=1, epochs=1, threads=1).fit(texts)
    assert model.transform(texts).shape == (100, 8)
    assert list(model.get_feature_names_out())[:2] == ["embedding0", "embedding1"]


def test_it_is_an_estimator():
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, labels = ["red", "blue", "red red", "blue blue"] * 5, [0, 1, 0, 1] * 5
    pipeline = make_pipeline(clone(EmbeddingVectorizer(KV)), LogisticRegression()).fit(texts, labels)
    assert (pipeline.predict(["red", "blue"]) == [0, 1]).all()
    assert EmbeddingVectorizer(size=7).get_params()["size"] == 7
    with pytest.raises(ValueError, match="weighting"):
        EmbeddingVectorizer(KV, weighting="best").fit(texts)
    with pytest.raises(ValueError, match="give \\[text\\]"):
        EmbeddingVectorizer(KV).fit("red")
    with pytest.raises(ValueError, match="index 1"):
        EmbeddingVectorizer(KV).fit(["red", 5])


class OfNumbers(EmbeddingVectorizer):
    """Takes the arrays of scikit-learn's checks: a row becomes a text with a word for each number."""

    def _texts(self, X, reset):
        rows = validate_data(self, X, reset=reset, dtype="numeric")
        return [" ".join(f"{column}is{round(float(number))}" for column, number in enumerate(row)) for row in rows]

    def fit(self, X, y=None):
        return super().fit(self._texts(X, reset=True), y)

    def transform(self, X):
        check_is_fitted(self, "vectors_")
        return super().transform(self._texts(X, reset=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = False, True
        return tags


EXPECTED_FAILURES = {"check_fit2d_1feature": "texts of one word each have no neighbours to learn from"}


@pytest.mark.parametrize("weighting", ["mean", "idf", "sif"])
def test_it_passes_the_checks_of_scikit_learn(weighting):
    options = dict(size=4, min_count=1, sample=0, epochs=1, threads=1, weighting=weighting)
    found = estimator_checks.check_estimator(
        OfNumbers(**options), on_skip=None, expected_failed_checks=EXPECTED_FAILURES
    )
    assert sum(each["status"] == "passed" for each in found) > 40
    assert [each["check_name"] for each in found if each["status"] == "xfail"] == list(EXPECTED_FAILURES)


def test_tags_tell_what_decides_the_result():
    from sklearn.utils import get_tags

    assert not get_tags(EmbeddingVectorizer(KV)).non_deterministic
    assert not get_tags(EmbeddingVectorizer(threads=1)).non_deterministic
    assert get_tags(EmbeddingVectorizer(threads=2)).non_deterministic


def test_frequent_words_are_kept_where_sample_is_0():
    texts = ["red blue"] * 20
    with pytest.raises(wm.DataError, match="sample 0 keeps every token"):
        EmbeddingVectorizer(min_count=1, threads=1).fit(texts)
    assert EmbeddingVectorizer(size=3, min_count=1, threads=1, sample=0).fit(texts).transform(texts).shape == (20, 3)
