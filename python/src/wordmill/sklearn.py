"""Texts as features of scikit-learn: means of word vectors.

This module imports scikit-learn; `import wordmill` does not.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

import wordmill as wm

__all__ = ["EmbeddingVectorizer"]


class EmbeddingVectorizer(TransformerMixin, BaseEstimator):
    """A text becomes the weighted mean of the vectors of its words.

    Parameters
    ----------
    vectors : wordmill.KeyedVectors, str or None
        Word vectors, or a file of them. None: `fit` trains skip-gram on the texts.
    size, window, epochs, min_count, sample
        Options of `wordmill.train_skip_gram`, where vectors are trained. Short texts need ``sample=0``: by default
        frequent words are dropped at random.
    weighting : {"mean", "idf", "sif"}
        How words count: equally; by their inverse document frequency in the texts of `fit`; or by smooth inverse
        frequency, a / (a + p), after which the first principal component of the texts of `fit` is taken away (Arora,
        Liang and Ma 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings").
    sif_a : float
        a of "sif".
    normalize : bool
        Whether texts become vectors of length 1.
    lowercase : bool
        Whether texts are lowered before they are split at blanks.
    threads, seed : int
        As in `wordmill.train_skip_gram`.

    Examples
    --------
    >>> import numpy as np, wordmill as wm
    >>> kv = wm.KeyedVectors(["red", "blue"], np.eye(2, dtype=np.float32))
    >>> from wordmill.sklearn import EmbeddingVectorizer
    >>> EmbeddingVectorizer(kv, normalize=False).fit(["red blue"]).transform(["red blue", "red red", "green"])
    array([[0.5, 0.5],
           [1. , 0. ],
           [0. , 0. ]], dtype=float32)
    """

    def __init__(
        self, vectors=None, *, size=100, window=5, epochs=5, min_count=5, sample=1e-4, weighting="mean",
        sif_a=1e-3, normalize=True, lowercase=False, threads=0, seed=1,
    ):
        self.vectors = vectors
        self.size = size
        self.window = window
        self.epochs = epochs
        self.min_count = min_count
        self.sample = sample
        self.weighting = weighting
        self.sif_a = sif_a
        self.normalize = normalize
        self.lowercase = lowercase
        self.threads = threads
        self.seed = seed

    def fit(self, raw_documents, y=None):
        """Learn weights, and vectors where none were given."""
        if self.weighting not in ("mean", "idf", "sif"):
            raise ValueError(f"weighting: expected mean, idf or sif, found {self.weighting!r}")
        texts = _texts(raw_documents, self.lowercase)
        if self.vectors is None:
            self.vectors_ = wm.train_skip_gram(
                texts, size=self.size, window=self.window, epochs=self.epochs, min_count=self.min_count,
                sample=self.sample, threads=self.threads, seed=self.seed,
            )
        elif isinstance(self.vectors, wm.KeyedVectors):
            self.vectors_ = self.vectors
        else:
            self.vectors_ = wm.KeyedVectors.load(self.vectors)
        self.n_features_out_ = self.vectors_.vector_size
        self.weights_, self.component_ = None, None
        if self.weighting != "mean":
            self._fit_weights(texts)
        return self

    def _fit_weights(self, texts):
        rows, ends = self._rows(texts)
        types = len(self.vectors_)
        if self.weighting == "idf":
            owners = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
            pairs = np.unique(np.stack([owners, rows]), axis=1)
            holding = np.bincount(pairs[1], minlength=types)
            self.weights_ = (np.log((1 + len(texts)) / (1 + holding)) + 1).astype(np.float32)
            return
        counts = np.bincount(rows, minlength=types)
        self.weights_ = (self.sif_a / (self.sif_a + counts / max(len(rows), 1))).astype(np.float32)
        means = self._means(rows, ends)
        if len(means) > 1:
            _, _, directions = np.linalg.svd(means, full_matrices=False)
            self.component_ = directions[0]

    def _rows(self, texts):
        """The rows of all known words of all texts, and where each text ends."""
        index = self.vectors_.key_to_index
        known, rows, ends = {}, [], []
        for text in texts:
            for word in text.split():
                row = known.get(word, -1)
                if row == -1:
                    row = known[word] = index.get(word)
                if row is not None:
                    rows.append(row)
            ends.append(len(rows))
        return np.asarray(rows, dtype=np.int64), np.asarray(ends, dtype=np.int64)

    def _means(self, rows, ends):
        table = self.vectors_.vectors
        out = np.zeros((len(ends), table.shape[1]), dtype=np.float32)
        begin = 0
        for i, end in enumerate(ends):
            if end > begin:
                some = rows[begin:end]
                weights = np.ones(len(some), np.float32) if self.weights_ is None else self.weights_[some]
                divisor = weights.sum() if self.weighting != "sif" else len(some)
                out[i] = weights @ table[some] / (divisor if divisor > 0 else 1)
            begin = end
        return out

    def transform(self, raw_documents):
        """[texts, D], float32; a text without known words becomes 0."""
        check_is_fitted(self, "vectors_")
        means = self._means(*self._rows(_texts(raw_documents, self.lowercase)))
        if self.component_ is not None:
            means -= np.outer(means @ self.component_, self.component_)
        if self.normalize:
            lengths = np.linalg.norm(means, axis=1, keepdims=True)
            means /= np.where(lengths > 0, lengths, 1)
        return means

    def get_feature_names_out(self, input_features=None):
        check_is_fitted(self, "vectors_")
        return np.asarray([f"embedding{i}" for i in range(self.n_features_out_)], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []  # texts have none
        tags.non_deterministic = self.vectors is None and self.threads != 1
        return tags


def _texts(raw_documents, lowercase):
    if isinstance(raw_documents, str):
        raise ValueError("expected an iterable of texts, found one text: give [text]")
    texts = list(raw_documents)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"expected texts, found {type(text).__name__} at index {i}")
    return [text.lower() for text in texts] if lowercase else texts
