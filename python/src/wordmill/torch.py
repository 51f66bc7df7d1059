"""Batches of a corpus as datasets of PyTorch.

This module imports PyTorch; `import wordmill` does not. Batches are made on threads of the library without the GIL, so
a `DataLoader` has ``num_workers=0`` and ``batch_size=None``.
"""

from __future__ import annotations

import torch
from torch.utils.data import IterableDataset

from . import _wordmill
from ._errors import make

__all__ = ["BpttBatches", "ContextWindows", "Pairs"]


def _one_process():
    if torch.utils.data.get_worker_info() is not None:
        raise make("usage", "batches are made on threads of the library", hint="give the DataLoader num_workers=0")


def _check(state, options):
    for name, value in options.items():
        if state.get(name) != value:
            raise make("usage", f"a state of other batches: expected {name} {value}, found {state.get(name)}")


class BpttBatches(IterableDataset):
    """What a recurrent language model learns from: some steps of several lanes of text side by side.

    Each element is a pair of tensors [steps, lanes], int64: the inputs, and the token after each; -100, which
    `torch.nn.functional.cross_entropy` leaves out, after the end of a lane. A pass contains each pair of consecutive
    tokens once; the last batch may have fewer steps. The hidden state begins anew with each pass.

    Parameters
    ----------
    corpus
        Anything that `wordmill.train_skip_gram` takes.
    vocabulary : wordmill.Vocabulary
        The ids of words; other words are left out, or are the vocabulary's unknown word.
    lanes, steps : int
        Texts side by side, and tokens of each in a batch.
    tokenizer, column : str, optional
        As in `wordmill.Corpus`.
    threads : int
        For encoding the text, once, into a temporary file.

    Examples
    --------
    >>> import wordmill as wm
    >>> from wordmill.torch import BpttBatches
    >>> text = [["a", "b", "c"]] * 3
    >>> batches = BpttBatches(text, wm.Vocabulary.count(text, min_count=1), lanes=2, steps=3)
    >>> [tuple(inputs.shape) for inputs, targets in batches]
    [(3, 2), (1, 2)]
    """

    def __init__(self, corpus, vocabulary, *, lanes=20, steps=35, tokenizer=None, column=None, threads=0):
        super().__init__()
        self._ids = _wordmill._store_ids(corpus, vocabulary, tokenizer, column, threads)
        self.lanes, self.steps = lanes, steps
        self._next = ""
        self._resumes = False

    def __iter__(self):
        _one_process()
        if not self._resumes:
            self._next = ""
        self._resumes = False
        for inputs, targets, _, after in _wordmill._BpttBatches(self._ids, self.lanes, self.steps, self._next):
            self._next = after
            yield torch.from_numpy(inputs), torch.from_numpy(targets)

    def state_dict(self) -> dict:
        """Where the pass stands. `load_state_dict` makes the next pass go on there."""
        return {"next": self._next, "corpus": self._ids.fingerprint, "lanes": self.lanes, "steps": self.steps}

    def load_state_dict(self, state: dict) -> None:
        _check(state, {"corpus": self._ids.fingerprint, "lanes": self.lanes, "steps": self.steps})
        self._next, self._resumes = state["next"], True


class _Windows(IterableDataset):
    """What `ContextWindows` and `Pairs` have in common: passes over a corpus that are drawn anew, and their state."""

    def __init__(
        self, corpus, vocabulary, radius, shrink, sample, seed, batch_size, tokenizer, column, threads,
    ):
        super().__init__()
        if batch_size is not None and batch_size < 1:
            raise make("usage", f"batch_size: expected 1 or more, or None, found {batch_size}")
        self._corpus, self._vocabulary = corpus, vocabulary
        self.radius, self.shrink, self.sample, self.seed = radius, shrink, sample, seed
        self.batch_size = batch_size
        self._more = (tokenizer, column, threads)
        self._epoch = self._batch = self._skip = 0

    def _arrays(self, source):
        raise NotImplementedError

    def __iter__(self):
        _one_process()
        skip, self._skip, self._batch = self._skip, 0, 0
        source = _wordmill._windows_of(
            self._corpus, self._vocabulary, self.radius, self.shrink, self.sample, self.seed, self._epoch, *self._more
        )
        batches = (tuple(map(torch.from_numpy, arrays)) for arrays in self._arrays(source))
        for batch in batches if self.batch_size is None else _regrouped(batches, self.batch_size):
            self._batch += 1
            if self._batch > skip:
                yield batch
        self._epoch, self._batch = self._epoch + 1, 0

    def _options(self) -> dict:
        return {
            "vocabulary": self._vocabulary.fingerprint, "radius": self.radius, "shrink": self.shrink,
            "sample": self.sample, "seed": self.seed, "batch_size": self.batch_size,
        }

    def state_dict(self) -> dict:
        """Where the pass stands. After `load_state_dict` the next pass goes on there, and skips what came before."""
        return {"epoch": self._epoch, "batch": self._batch or self._skip, **self._options()}

    def load_state_dict(self, state: dict) -> None:
        _check(state, self._options())
        self._epoch, self._skip, self._batch = state["epoch"], state["batch"], 0


def _regrouped(batches, size):
    """Batches of `size` rows; the last may have fewer."""
    left = None
    for batch in batches:
        if left is not None:
            batch = tuple(torch.cat(both) for both in zip(left, batch))
        whole = len(batch[0]) // size * size
        for begin in range(0, whole, size):
            yield tuple(part[begin : begin + size] for part in batch)
        left = tuple(part[whole:] for part in batch)
    if left is not None and len(left[0]):
        yield left


class ContextWindows(_Windows):
    """What CBOW learns from: targets and the words around them.

    Each element is a pair of tensors, int64: targets [N], and contexts [N, 2 radius] from left to right, filled up with
    -100. The order is that of the text; each pass draws windows and dropped words anew, from the seed.

    Parameters
    ----------
    corpus, vocabulary, tokenizer, column, threads
        As for `BpttBatches`; the corpus is read in every pass.
    radius : int
        Words on each side, at most.
    shrink : bool
        Whether each target draws its radius from 1 .. radius, as word2vec does.
    sample : float
        Threshold for dropping frequent words at random; 0 drops none.
    seed : int
        Of all draws.
    batch_size : int, optional
        N; the last batch of a pass may be smaller. By default N is what a block of text gives, some ten thousand words.

    Examples
    --------
    >>> import wordmill as wm
    >>> from wordmill.torch import ContextWindows
    >>> text = [["a", "b", "c"]]
    >>> windows = ContextWindows(text, wm.Vocabulary.count(text, min_count=1), radius=1, sample=0)
    >>> [(targets.tolist(), contexts.tolist()) for targets, contexts in windows]
    [([0, 1, 2], [[1, -100], [0, 2], [1, -100]])]
    """

    def __init__(
        self, corpus, vocabulary, *, radius=5, shrink=True, sample=1e-4, seed=1, batch_size=None, tokenizer=None,
        column=None, threads=0,
    ):
        super().__init__(corpus, vocabulary, radius, shrink, sample, seed, batch_size, tokenizer, column, threads)

    def _arrays(self, source):
        return _wordmill._ContextWindows(source)


class Pairs(_Windows):
    """What skip-gram learns from: pairs of a target and a word near it, with negative samples where they are asked for.

    Each element is a tuple of tensors, int64: targets [N], contexts [N] and, with `negative`, samples [N, negative].
    Samples are drawn by the counts of the vocabulary, and none equals the target of its pair: as in word2vec, the
    context predicts the target. Everything else is as for `ContextWindows`.

    Parameters
    ----------
    corpus, vocabulary, radius, shrink, sample, seed, tokenizer, column, threads
        As for `ContextWindows`.
    negative : int
        Negative samples of each pair.
    ns_exponent : float
        Power of the counts that negative samples are drawn by.
    batch_size : int, optional
        N; the last batch of a pass may be smaller. By default N is what a block of text gives.

    Examples
    --------
    >>> import wordmill as wm
    >>> from wordmill.torch import Pairs
    >>> text = [["a", "b", "c"]]
    >>> pairs = Pairs(text, wm.Vocabulary.count(text, min_count=1), radius=1, sample=0, negative=2)
    >>> targets, contexts, negatives = next(iter(pairs))
    >>> targets.tolist(), contexts.tolist(), tuple(negatives.shape)
    ([0, 1, 1, 2], [1, 0, 2, 1], (4, 2))
    """

    def __init__(
        self, corpus, vocabulary, *, radius=5, shrink=True, sample=1e-4, negative=0, ns_exponent=0.75, seed=1,
        batch_size=None, tokenizer=None, column=None, threads=0,
    ):
        super().__init__(corpus, vocabulary, radius, shrink, sample, seed, batch_size, tokenizer, column, threads)
        if negative < 0:
            raise make("usage", f"negative: expected 0 or more, found {negative}")
        self.negative, self.ns_exponent = negative, ns_exponent

    def _arrays(self, source):
        return _wordmill._Pairs(source, self.negative, self.ns_exponent)

    def _options(self) -> dict:
        return {**super()._options(), "negative": self.negative, "ns_exponent": self.ns_exponent}
