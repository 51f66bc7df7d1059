"""Views of word vectors that Python's own protocols describe best."""

from __future__ import annotations

import html as _html
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ._wordmill import _restored, _restored_phrases


class IndexToKey(Sequence):
    """The words of vectors in the order of their rows."""

    def __init__(self, vectors):
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self._vectors._word(i) for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        return self._vectors._word(index)

    def __iter__(self) -> Iterator[str]:
        word = self._vectors._word
        return (word(i) for i in range(len(self)))

    def __contains__(self, word) -> bool:
        return word in self._vectors

    def index(self, word, *bounds) -> int:
        found = self._vectors._find(word)
        if found is None or (bounds and found not in range(len(self))[slice(*bounds)]):
            raise ValueError(f"{word!r} is not in the vocabulary")
        return found

    def __eq__(self, other) -> bool:
        return isinstance(other, (IndexToKey, list, tuple)) and list(self) == list(other)

    __hash__ = None

    def __repr__(self) -> str:
        words = ", ".join(repr(word) for word in self[:10])
        return f"<{len(self)} words: {words}{', ...' if len(self) > 10 else ''}>"


class KeyToIndex(Mapping):
    """The row numbers of words."""

    def __init__(self, vectors):
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, word: str) -> int:
        found = self._vectors._find(word)
        if found is None:
            raise KeyError(word)
        return found

    def __contains__(self, word) -> bool:
        return word in self._vectors

    def __iter__(self) -> Iterator[str]:
        return iter(IndexToKey(self._vectors))

    def __repr__(self) -> str:
        return f"<row numbers of {len(self)} words>"


def restore(words, sizes, rows, dimension, counts, notes):
    """Makes word vectors from a pickle."""
    return _restored(words, sizes, np.frombuffer(rows, np.float32).reshape(-1, dimension), counts, notes)


def restore_phrases(text):
    """Makes phrases from a pickle."""
    return _restored_phrases(text)


def html(vectors) -> str:
    """Shows word vectors in a notebook: sizes, the most frequent words, and the notes of the training."""
    counts = vectors.counts
    rows = "".join(
        f"<tr><td>{i}</td><td>{_html.escape(word)}</td><td>{'' if counts is None else format(int(counts[i]), ',')}</td></tr>"
        for i, word in enumerate(vectors.index_to_key[:10])
    )
    notes = ", ".join(f"{_html.escape(k)} {_html.escape(v)}" for k, v in sorted(vectors.notes.items()))
    return (
        f"<b>KeyedVectors</b>: {len(vectors):,} words, {vectors.vector_size} dimensions"
        f"<table><tr><th></th><th>word</th><th>count</th></tr>{rows}</table>"
        f"<details><summary>notes</summary>{notes}</details>"
    )
