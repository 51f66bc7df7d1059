"""Batches of a corpus as datasets of PyTorch.

This module imports PyTorch; `import wordmill` does not. Batches are made on threads of the library without the GIL, so
a `DataLoader` has ``num_workers=0`` and ``batch_size=None``.
"""

from __future__ import annotations

import torch
from torch.utils.data import IterableDataset

from . import _wordmill
from ._errors import make

__all__ = ["BpttBatches", "ContextWindows"]


def _one_process():
    if torch.utils.data.get_worker_info() is not None:
        raise make("usage", "batches are made on threads of the library", hint="give the DataLoader num_workers=0")


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
        for name, value in (("corpus", self._ids.fingerprint), ("lanes", self.lanes), ("steps", self.steps)):
            if state[name] != value:
                raise make("usage", f"a state of other batches: expected {name} {value}, found {state[name]}")
        self._next, self._resumes = state["next"], True


class ContextWindows(IterableDataset):
    """What skip-gram and CBOW learn from: targets and the words around them.

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
    """

    def __init__(
        self, corpus, vocabulary, *, radius=5, shrink=True, sample=1e-4, seed=1, tokenizer=None, column=None, threads=0,
    ):
        super().__init__()
        self._corpus, self._vocabulary = corpus, vocabulary
        self.radius, self.shrink, self.sample, self.seed = radius, shrink, sample, seed
        self._more = (tokenizer, column, threads)
        self._epoch = self._batch = 0
        self._skip = 0

    def __iter__(self):
        _one_process()
        skip, self._skip, self._batch = self._skip, 0, 0
        for targets, contexts in _wordmill._ContextWindows(
            self._corpus, self._vocabulary, self.radius, self.shrink, self.sample, self.seed, self._epoch, *self._more
        ):
            self._batch += 1
            if self._batch > skip:
                yield torch.from_numpy(targets), torch.from_numpy(contexts)
        self._epoch, self._batch = self._epoch + 1, 0

    def state_dict(self) -> dict:
        """Where the pass stands. After `load_state_dict` the next pass goes on there: it reads again what came before."""
        return {"epoch": self._epoch, "batch": self._batch, "seed": self.seed}

    def load_state_dict(self, state: dict) -> None:
        if state["seed"] != self.seed:
            raise make("usage", f"a state of other batches: expected seed {self.seed}, found {state['seed']}")
        self._epoch, self._skip = state["epoch"], state["batch"]
