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


class Neighbours(list):
    """Words and their cosines, best first: a list of pairs, which notebooks show as a table with bars."""

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align: left'>{_html.escape(word)}</td><td>{score:.3f}</td>"
            "<td style='text-align: left'><div style='display: inline-block; height: 0.7em; background: #4c78a8; "
            f"width: {max(0.0, min(score, 1.0)) * 12:.2f}em'></div></td></tr>"
            for word, score in self
        )
        return f"<table><tr><th style='text-align: left'>word</th><th>cosine</th><th></th></tr>{rows}</table>"


class Page:
    """A page in HTML that loads nothing else. Notebooks show it.

    Attributes
    ----------
    html : str
    """

    def __init__(self, html: str):
        self.html = html

    def save(self, path, *, overwrite: bool = True) -> None:
        """Write the page to a file."""
        with open(path, "w" if overwrite else "x", encoding="utf-8") as file:
            file.write(self.html)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{_html.escape(self.html)}" sandbox="allow-scripts" '
            'style="width: 100%; height: 640px; border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Page of {len(self.html):,} characters>"


def restore(words, sizes, rows, dimension, counts, notes, subwords):
    """Makes word vectors from a pickle."""

    def table(buffer):
        return np.frombuffer(buffer, np.float32).reshape(-1, dimension)

    if subwords is not None:
        fewest, most, buckets = subwords
        subwords = (fewest, most, table(buckets))
    return _restored(words, sizes, table(rows), counts, notes, subwords)


def to_torch(vectors):
    """The vectors as a tensor of PyTorch, which is imported only now."""
    import torch

    return torch.tensor(vectors.vectors)


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
