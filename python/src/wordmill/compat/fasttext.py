"""The unsupervised half of fastText's Python module, on Wordmill.

::

    import wordmill.compat.fasttext as fasttext
    model = fasttext.train_unsupervised("text.txt", model="skipgram")
    model.get_nearest_neighbors("king")
"""

from __future__ import annotations

import os
import re

import numpy as np

import wordmill as wm

__all__ = ["load_model", "train_supervised", "train_unsupervised"]

_BLANKS = re.compile("[ \t\v\f\r\n]+")


_ONLY_VECTORS = (
    "only the vectors of words and n-grams are known here, not the whole model: that is kept after training with "
    "maxn > 0. Vectors are saved with native.save"
)


class _FastText:
    """What `train_unsupervised` and `load_model` return. `native` is the `wordmill.KeyedVectors` behind it."""

    def __init__(self, native):
        self.native = native

    def get_dimension(self) -> int:
        return self.native.vector_size

    dim = property(get_dimension)

    def get_word_vector(self, word) -> np.ndarray:
        """The vector of a word; of an unseen word the mean of its n-grams, and 0 when it has none."""
        if word not in self.native and not self._buckets(word):
            return np.zeros(self.native.vector_size, np.float32)
        return np.array(self.native[word])

    __getitem__ = get_word_vector

    def _buckets(self, word) -> list:
        return self.native.subwords.buckets(word).tolist() if self.native.subwords else []

    def get_subwords(self, word, on_unicode_error="strict"):
        """The word itself when it is known, and its n-grams; and their ids, as rows of the input matrix."""
        names, ids = ([word], [self.get_word_id(word)]) if word in self.native else ([], [])
        buckets = self._buckets(word)
        if buckets:
            text, subwords = f"<{word}>", self.native.subwords
            names += [
                text[begin:end]
                for begin in range(len(text))
                for end in range(begin + max(subwords.minn, 1), min(begin + subwords.maxn, len(text)) + 1)
                if end - begin > 1 or (begin > 0 and end < len(text))
            ]
            ids += [len(self.native) + bucket for bucket in buckets]
        return names, np.array(ids, dtype=np.int64)

    def get_subword_id(self, subword) -> int:
        """The id of an n-gram, as a row of the input matrix."""
        if not self.native.subwords:
            raise ValueError("the model has no n-grams: it was trained with maxn=0, or loaded from a file of vectors")
        return len(self.native) + self.native.subwords.bucket(subword)

    def _matrix(self, name) -> np.ndarray:
        matrix = self.native.subwords._matrix(name) if self.native.subwords else None
        if matrix is None:
            raise NotImplementedError(_ONLY_VECTORS)
        return matrix

    def get_input_matrix(self) -> np.ndarray:
        """[words + buckets, D]: a row for each word and each bucket of n-grams, read-only."""
        return self._matrix("input")

    def get_output_matrix(self) -> np.ndarray:
        """[words, D], read-only."""
        return self._matrix("output")

    def get_input_vector(self, ind) -> np.ndarray:
        """A row of the input matrix."""
        words = len(self.native)
        if ind >= words and self.native.subwords:
            return np.array(self.native.subwords.vectors[ind - words])
        return np.array(self.get_input_matrix()[ind])

    def __contains__(self, word) -> bool:
        return word in self.native

    def get_word_id(self, word) -> int:
        return self.native.key_to_index.get(word, -1)

    def get_words(self, include_freq=False, on_unicode_error="strict"):
        words = list(self.native.index_to_key)
        return (words, np.asarray(self.native.counts, dtype=np.int64)) if include_freq else words

    words = property(get_words)

    def get_sentence_vector(self, text) -> np.ndarray:
        """The mean of the words' vectors of length 1."""
        if "\n" in text:
            raise ValueError("predict processes one line at a time (remove '\\n')")
        total, count = np.zeros(self.native.vector_size, np.float32), 0
        for word in filter(None, _BLANKS.split(text)):
            row = self.get_word_vector(word)
            length = np.linalg.norm(row)
            if length > 0:
                total, count = total + row / length, count + 1
        return total / count if count else total

    def get_nearest_neighbors(self, word, k=10, on_unicode_error="strict"):
        """[(score, word), ...], in the order of fastText's pairs."""
        return [(score, found) for found, score in self.native.most_similar(word, topn=k)]

    def get_analogies(self, wordA, wordB, wordC, k=10, on_unicode_error="strict"):
        """A is to B as C is to ...: the nearest words of A - B + C."""
        found = self.native.most_similar(positive=[wordA, wordC], negative=[wordB], topn=k)
        return [(score, word) for word, score in found]

    def save_model(self, path) -> None:
        """Write a .bin file of fastText, after training with subwords; `load_model`, fastText and gensim read it."""
        self._matrix("input")
        self.native.save(path, format="fasttext")

    def is_quantized(self) -> bool:
        return False

    def quantize(self, *_, **__):
        raise NotImplementedError("quantize is not supported: save half-precision vectors with native.save(half=True)")

    def predict(self, *_, **__):
        raise ValueError("model needs to be supervised for prediction, and supervised models are not supported")

    test = predict


def train_unsupervised(
    input, model="skipgram", lr=0.05, dim=100, ws=5, epoch=5, minCount=5, minCountLabel=0, minn=3, maxn=6, neg=5,
    wordNgrams=1, loss="ns", bucket=2000000, thread=0, lrUpdateRate=100, t=1e-4, label="__label__", verbose=2,
    pretrainedVectors="", seed=1, autotuneValidationFile="", **more,
):
    """Train on a file, or on any other source that `wordmill.train_skip_gram` takes."""
    if more:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(more))}")
    if model not in ("skipgram", "cbow"):
        raise ValueError(f"model: expected skipgram or cbow, found {model!r}")
    if loss not in ("ns", "hs"):
        raise NotImplementedError(f"loss={loss!r} is not supported: use ns or hs")
    if pretrainedVectors or autotuneValidationFile or wordNgrams != 1:
        raise NotImplementedError("pretrainedVectors, autotune and wordNgrams are for supervised models")
    options = dict(
        size=dim, window=ws, epochs=epoch, min_count=minCount, sample=t, alpha=lr, seed=seed, threads=thread,
        minn=minn, maxn=maxn if minn <= maxn else 0, bucket=bucket,
    )
    options.update({"hs": True} if loss == "hs" else {"negative": neg})
    source = os.fspath(input) if isinstance(input, (str, os.PathLike)) else input
    train = wm.train_skip_gram if model == "skipgram" else wm.train_cbow
    return _FastText(train(source, **options))


def load_model(path):
    """Read a fastText model (.bin), or vectors of any other format. N-grams give vectors to unseen words."""
    return _FastText(wm.KeyedVectors.load(path))


def train_supervised(*_, **__):
    """Refused: supervised models are not there."""
    raise NotImplementedError("train_supervised is not supported: use wordmill.sklearn.EmbeddingVectorizer "
                              "before a classifier of scikit-learn")


def tokenize(text):
    """The words of a line, as fastText splits them."""
    return text.split()
