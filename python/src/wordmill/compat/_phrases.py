"""gensim's `Phrases`, counted by Wordmill."""

from __future__ import annotations

import itertools
import json
import math
import os
from inspect import signature

from .. import _wordmill
from ._common import ignore, refuse, refuse_pickle, source_of

ENGLISH_CONNECTOR_WORDS = frozenset("a an the for of with without at from to in on by and or".split())

_ARGUMENTS = ("worda_count", "wordb_count", "bigram_count", "len_vocab", "min_count", "corpus_word_count")


def original_scorer(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    """(count(ab) - min_count) / (count(a) count(b)) * len_vocab; candidates count as words of the vocabulary."""
    pairs = worda_count * wordb_count
    return (bigram_count - min_count) / pairs * len_vocab if pairs else -math.inf


def npmi_scorer(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    """Normalized pointwise mutual information (Bouma 2009): from -1 to 1."""
    if bigram_count < min_count:
        return -math.inf
    pa, pb, pab = (count / corpus_word_count for count in (worda_count, wordb_count, bigram_count))
    return math.log(pab / (pa * pb)) / -math.log(pab) if pa and pb and pab else -math.inf


_SCORERS = {"default": original_scorer, "npmi": npmi_scorer}


class _Joined:
    """The sentences of a corpus with phrases joined; as often as the corpus can be iterated."""

    def __init__(self, phrases, sentences):
        self._phrases, self._sentences = phrases, sentences

    def __iter__(self):
        return (self._phrases._join(sentence) for sentence in self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)


class _Transformation:
    """What `Phrases` and `FrozenPhrases` have in common: how phrases are joined."""

    def score_candidate(self, word_a, word_b, in_between):
        """(phrase, score) for a phrase, (None, None) for other words."""
        raise NotImplementedError

    def analyze_sentence(self, sentence):
        """Yield (phrase, score) for phrases, and (word, None) for other words."""
        start, between = None, []
        for word in sentence:
            if word in self.connector_words:
                if start is None:
                    yield word, None
                else:
                    between.append(word)
                continue
            if start is not None:
                phrase, score = self.score_candidate(start, word, between)
                if score is not None:
                    yield phrase, score
                    start, between = None, []
                    continue
                yield start, None
                yield from ((each, None) for each in between)
            start, between = word, []
        if start is not None:
            yield start, None
            yield from ((each, None) for each in between)

    def _join(self, sentence):
        return [word for word, _ in self.analyze_sentence(sentence)]

    def __getitem__(self, sentence):
        """A sentence as a list with phrases joined; for an iterable of sentences an iterable of such lists."""
        items = iter(sentence)
        first = next(items, None)
        once = items is sentence
        if first is None or isinstance(first, str):
            return self._join(sentence if not once else itertools.chain([] if first is None else [first], items))
        return _Joined(self, itertools.chain([first], items) if once else sentence)

    def find_phrases(self, sentences) -> dict:
        """The phrases that occur in sentences, with their scores."""
        found = {}
        for sentence in sentences:
            found.update((phrase, score) for phrase, score in self.analyze_sentence(sentence) if score is not None)
        return found

    def _settings(self) -> dict:
        names = [name for name, scorer in _SCORERS.items() if scorer is self.scoring]
        if not names:
            refuse("saving a scoring function", "save what freeze() exports, a dict, with json or pickle")
        return {
            "kind": type(self).__name__, "min_count": self.min_count, "threshold": self.threshold,
            "delimiter": self.delimiter, "scoring": names[0], "connector_words": sorted(self.connector_words),
        }

    def _restore(self, state) -> None:
        self.min_count, self.threshold, self.delimiter = state["min_count"], state["threshold"], state["delimiter"]
        self.scoring = _SCORERS[state["scoring"]]
        self.connector_words = frozenset(state["connector_words"])

    def save(self, fname, *_, **__) -> None:
        """Write a JSON file, which `load` reads; gensim does not."""
        text = json.dumps(self._settings() | self._counts())
        with open(fname, "w", encoding="ascii") as file:  # json escapes what is not ASCII, lone surrogates too
            file.write(text)

    @classmethod
    def load(cls, fname, *_, **__):
        """Read what `save` wrote."""
        refuse_pickle(fname, "learn the phrases again from the text")
        with open(fname, encoding="ascii") as file:
            try:
                state = json.load(file)
                kind = state["kind"]
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{os.fspath(fname)}: expected phrases that {cls.__name__}.save wrote") from None
        made = {"Phrases": Phrases, "FrozenPhrases": FrozenPhrases}[kind].__new__(
            Phrases if kind == "Phrases" else FrozenPhrases
        )
        made._restore(state)
        return made


class Phrases(_Transformation):
    """Phrases found by how often words follow each other, with gensim's formulas, options and defaults.

    Wordmill counts words and candidates, on all cores; `vocab` is the dict of them that gensim has. For corpora whose
    pairs of words do not fit into memory use `wordmill.Phrases`.

    Examples
    --------
    >>> from wordmill.compat.gensim import Phrases
    >>> text = [["the", "bank", "of", "america"], ["bank", "of", "america"], ["a", "bank"]] * 5
    >>> phrases = Phrases(text, min_count=1, threshold=0.1, connector_words={"of", "the", "a"})
    >>> phrases[["a", "bank", "of", "america"]]
    ['a', 'bank_of_america']
    >>> list(phrases.freeze().phrasegrams)
    ['bank_of_america']
    """

    def __init__(
        self, sentences=None, min_count=5, threshold=10.0, max_vocab_size=40000000, delimiter="_",
        progress_per=10000, scoring="default", connector_words=frozenset(),
    ):
        ignore("max_vocab_size", max_vocab_size, 40000000)
        ignore("progress_per", progress_per, 10000)
        if min_count <= 0:
            raise ValueError("min_count should be at least 1")
        if threshold <= 0 and scoring == "default":
            raise ValueError("threshold should be positive for default scoring")
        if scoring == "npmi" and not -1 <= threshold <= 1:
            raise ValueError("threshold should be between -1 and 1 for npmi scoring")
        if isinstance(scoring, str):
            if scoring not in _SCORERS:
                raise ValueError(f"scoring: expected default, npmi or a function, found {scoring!r}")
            scoring = _SCORERS[scoring]
        elif missing := [name for name in _ARGUMENTS if name not in signature(scoring).parameters]:
            raise ValueError(f"scoring function missing expected parameters {missing}")
        self.min_count, self.threshold, self.delimiter, self.scoring = min_count, threshold, delimiter, scoring
        self.connector_words = frozenset(connector_words)
        self.vocab, self.corpus_word_count = {}, 0
        if sentences is not None:
            self.add_vocab(sentences)

    def add_vocab(self, sentences) -> None:
        """Count more sentences."""
        counted, words = _wordmill._count_candidates(source_of(sentences), self.delimiter, self.connector_words)
        self.corpus_word_count += words
        if not self.vocab:
            self.vocab = dict(counted.most_common())
            return
        for word, count in counted.most_common():
            self.vocab[word] = self.vocab.get(word, 0) + count

    def score_candidate(self, word_a, word_b, in_between):
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        counts = [self.vocab.get(word, 0) for word in (word_a, word_b, phrase)]
        if not all(counts):
            return None, None
        score = self.scoring(
            worda_count=counts[0], wordb_count=counts[1], bigram_count=counts[2], len_vocab=len(self.vocab),
            min_count=self.min_count, corpus_word_count=self.corpus_word_count,
        )
        return (phrase, score) if score > self.threshold else (None, None)

    def export_phrases(self) -> dict:
        """All phrases, with their scores."""
        found = {}
        for candidate in self.vocab:
            words = candidate.split(self.delimiter)
            if len(words) > 1:
                phrase, score = self.score_candidate(words[0], words[-1], words[1:-1])
                if score is not None:
                    found[phrase] = score
        return found

    def freeze(self) -> FrozenPhrases:
        """The phrases without the counts."""
        return FrozenPhrases(self)

    def _counts(self) -> dict:
        return {"vocab": self.vocab, "corpus_word_count": self.corpus_word_count}

    def _restore(self, state) -> None:
        super()._restore(state)
        self.vocab, self.corpus_word_count = state["vocab"], state["corpus_word_count"]

    def __str__(self) -> str:
        return f"Phrases<{len(self.vocab)} vocab, min_count={self.min_count}, threshold={self.threshold}>"


class FrozenPhrases(_Transformation):
    """The phrases of a `Phrases`, without its counts: `phrasegrams` is the dict of their scores."""

    def __init__(self, phrases_model):
        self.min_count, self.threshold = phrases_model.min_count, phrases_model.threshold
        self.delimiter, self.scoring = phrases_model.delimiter, phrases_model.scoring
        self.connector_words = phrases_model.connector_words
        self.phrasegrams = phrases_model.export_phrases()

    def score_candidate(self, word_a, word_b, in_between):
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        score = self.phrasegrams.get(phrase, -math.inf)
        return (phrase, score) if score > self.threshold else (None, None)

    def _counts(self) -> dict:
        return {"phrasegrams": self.phrasegrams}

    def _restore(self, state) -> None:
        super()._restore(state)
        self.phrasegrams = state["phrasegrams"]

    def __str__(self) -> str:
        return f"FrozenPhrases<{len(self.phrasegrams)} phrases, min_count={self.min_count}, threshold={self.threshold}>"


Phraser = FrozenPhrases
