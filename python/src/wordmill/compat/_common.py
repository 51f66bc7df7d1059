"""What the stand-ins for gensim have in common."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable

import wordmill as wm


def refuse(what: str, instead: str) -> None:
    raise NotImplementedError(f"{what} is not supported: {instead}")


def ignore(name: str, value, default) -> None:
    if value is not default and value != default:
        warnings.warn(f"{name} has no effect in wordmill.compat.gensim", stacklevel=3)


def refuse_pickle(path, instead: str) -> None:
    with open(path, "rb") as file:
        if file.read(2)[:1] == b"\x80":
            raise ValueError(f"{os.fspath(path)}: a pickle of gensim, which is not loaded: {instead}")


class LineSentence:
    """The lines of a file, or of an open file, as lists of words; any compression."""

    def __init__(self, source, max_sentence_length=10000, limit=None):
        self.source = source
        self.limit = limit

    def __iter__(self):
        if hasattr(self.source, "read"):
            self.source.seek(0)
            lines = self.source
        else:
            lines = wm.Corpus(os.fspath(self.source))
        for number, line in enumerate(lines):
            if self.limit is not None and number >= self.limit:
                return
            words = line.split() if isinstance(line, str) else line
            if words:
                yield words


def source_of(given):
    """The source that Wordmill reads for what gensim takes as sentences or as a file."""
    if isinstance(given, LineSentence):
        return os.fspath(given.source) if not hasattr(given.source, "read") and given.limit is None else given
    if given is None:
        raise TypeError("expected sentences or a file, found neither")
    if isinstance(given, (str, os.PathLike)):
        return os.fspath(given)
    if isinstance(given, Iterable):
        return given
    raise TypeError(f"expected an iterable of lists of words, found {type(given).__name__}")
