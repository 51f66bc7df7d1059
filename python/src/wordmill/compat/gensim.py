"""The parts of gensim 4 that most programs use, on Wordmill.

Change the import and keep the rest::

    from wordmill.compat.gensim import KeyedVectors, LineSentence, Phrases, Word2Vec

Models train several times as fast, from any iterable, also a generator. Files are Wordmill's own, or those of
`load_word2vec_format`; gensim's pickles are not read.
"""

from __future__ import annotations

import logging
import math
import os

import numpy as np

import wordmill as wm

from ._common import LineSentence, ignore, refuse, refuse_pickle, source_of
from ._phrases import ENGLISH_CONNECTOR_WORDS, FrozenPhrases, Phraser, Phrases

__all__ = [
    "ENGLISH_CONNECTOR_WORDS", "FastText", "FastTextKeyedVectors", "FrozenPhrases", "KeyedVectors", "LineSentence",
    "Phraser", "Phrases", "Word2Vec", "load_facebook_model", "load_facebook_vectors",
]

logger = logging.getLogger("wordmill")


class KeyedVectors:
    """Vectors of words, with the methods and return types of gensim's class of this name.

    `native` is the `wordmill.KeyedVectors` behind it.
    """

    def __init__(self, vector_size=None, count=0, dtype=np.float32, mapfile_path=None, *, native=None):
        if native is None:
            refuse("an empty KeyedVectors", "make one with load, load_word2vec_format or wordmill.KeyedVectors")
        self.native = native
        self._units = None

    # Files

    @classmethod
    def load_word2vec_format(
        cls, fname, fvocab=None, binary=False, encoding="utf8", unicode_errors="strict", limit=None,
        datatype=np.float32, no_header=False,
    ):
        """Read vectors in word2vec's or GloVe's format, with any compression; the format is found by content."""
        ignore("datatype", datatype, np.float32)
        if encoding.lower().replace("-", "") != "utf8":
            refuse(f"the encoding {encoding}", "convert the file to UTF-8")
        native = wm.KeyedVectors.load(fname, max_words=limit or 0)
        return cls(native=native)

    def save_word2vec_format(
        self, fname, fvocab=None, binary=False, total_vec=None, write_header=True, prefix="", append=False,
        sort_attr="count",
    ):
        """Write vectors in word2vec's format, or without a header as GloVe does."""
        if append or prefix or fvocab:
            refuse("append, prefix or fvocab", "write the whole file, and the vocabulary with wordmill.Vocabulary.save")
        form = "word2vec-binary" if binary else "word2vec-text" if write_header else "glove-text"
        self.native.save(fname, format=form)

    def save(self, fname, *_, **__):
        """Write vectors to a file of Wordmill's own (safetensors), whatever its name."""
        self.native.save(fname, format="safetensors")

    @classmethod
    def load(cls, fname, mmap=None):
        """Read what `save` wrote, or vectors of any other format that Wordmill reads.

        With ``mmap="r"`` vectors are mapped, not copied: of files that `save` wrote.
        """
        if mmap not in (None, "r"):
            refuse(f"mmap={mmap!r}", "vectors are read-only: use mmap='r'")
        refuse_pickle(
            fname, "convert it where gensim is installed: vectors = gensim.models.KeyedVectors.load(path); "
            "vectors.save_word2vec_format('vectors.bin', binary=True)",
        )
        return cls(native=wm.KeyedVectors.load(fname, mmap=mmap is not None))

    # Words and rows

    @property
    def key_to_index(self):
        return self.native.key_to_index

    @property
    def index_to_key(self):
        return self.native.index_to_key

    @property
    def vectors(self) -> np.ndarray:
        """[V, D], read-only."""
        return self.native.vectors

    @property
    def vector_size(self) -> int:
        return self.native.vector_size

    def __len__(self) -> int:
        return len(self.native)

    def __contains__(self, key) -> bool:
        return key in self.native

    def has_index_for(self, key) -> bool:
        return key in self.native

    def get_index(self, key, default=None) -> int:
        found = self.key_to_index.get(key)
        if found is not None:
            return found
        if default is not None:
            return default
        raise KeyError(f"Key '{key}' not present")

    def get_vector(self, key, norm=False) -> np.ndarray:
        return self.native.get_vector(key, norm=norm)

    word_vec = get_vector

    def __getitem__(self, key_or_keys):
        if isinstance(key_or_keys, (str, int, np.integer)):
            return self.get_vector(key_or_keys)
        return np.vstack([self.get_vector(key) for key in key_or_keys])

    def get_vecattr(self, key, attr):
        if attr != "count":
            raise KeyError(f"attribute {attr} is not there; expected count")
        return int(self.native.counts[self.get_index(key)])

    def get_normed_vectors(self) -> np.ndarray:
        if self._units is None:
            norms = self.native.norms[:, None]
            self._units = self.vectors / np.where(norms > 0, norms, 1)
        return self._units

    def fill_norms(self, force=False) -> None:
        """Nothing to do: lengths are always there."""

    init_sims = fill_norms

    def get_mean_vector(
        self, keys, weights=None, pre_normalize=True, post_normalize=False, ignore_missing=True,
    ) -> np.ndarray:
        """The weighted mean of vectors; keys may be words, rows or vectors."""
        keys = list(keys)
        if not keys:
            raise ValueError("cannot compute mean with no input")
        weights = np.ones(len(keys)) if weights is None else np.asarray(weights, dtype=float)
        if len(weights) != len(keys):
            raise ValueError("keys and weights must have equal number of elements")
        total = np.zeros(self.vector_size)
        divisor = 0.0
        for key, weight in zip(keys, weights):
            if isinstance(key, np.ndarray):
                row = key
            elif key in self if isinstance(key, str) else True:
                row = self.get_vector(key)
            elif ignore_missing:
                continue
            else:
                raise KeyError(f"Key '{key}' not present in vocabulary")
            length = np.linalg.norm(row) if pre_normalize else 1.0
            total += weight * row / (length if length > 0 else 1.0)
            divisor += abs(weight)
        mean = total / divisor if divisor > 0 else total
        if post_normalize and np.linalg.norm(mean) > 0:
            mean = mean / np.linalg.norm(mean)
        return mean.astype(np.float32)

    # Similarity

    def similarity(self, w1, w2) -> np.float32:
        return np.float32(self.native.similarity(w1, w2))

    def distance(self, w1, w2) -> np.float32:
        return np.float32(1) - self.similarity(w1, w2)

    def distances(self, word_or_vector, other_words=()) -> np.ndarray:
        row = word_or_vector if isinstance(word_or_vector, np.ndarray) else self.get_vector(word_or_vector)
        units = self.get_normed_vectors()
        if other_words:
            units = units[[self.get_index(word) for word in other_words]]
        return 1 - units @ (row / np.linalg.norm(row)).astype(np.float32)

    def n_similarity(self, ws1, ws2) -> np.float32:
        if not (len(ws1) and len(ws2)):
            raise ZeroDivisionError("At least one of the passed list is empty.")
        a = self.get_mean_vector(ws1, pre_normalize=False, ignore_missing=False)
        b = self.get_mean_vector(ws2, pre_normalize=False, ignore_missing=False)
        return np.float32(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    @staticmethod
    def cosine_similarities(vector_1, vectors_all) -> np.ndarray:
        lengths = np.linalg.norm(vectors_all, axis=1) * np.linalg.norm(vector_1)
        return vectors_all @ vector_1 / lengths

    def _questions(self, positive, negative):
        def items(given):
            if given is None:
                return []
            if isinstance(given, (str, int, np.integer)) or (isinstance(given, np.ndarray) and given.ndim == 1):
                return [given]
            return list(given)

        positive, negative = items(positive), items(negative)
        if not positive and not negative:
            raise ValueError("cannot compute similarity with no input")
        keys, weights = [], []
        for given, sign in ((positive, 1.0), (negative, -1.0)):
            for item in given:
                key, weight = item if isinstance(item, tuple) else (item, sign)
                if isinstance(key, str):
                    self.get_vector(key)  # a KeyError where there is none
                keys.append(key)
                weights.append(weight)
        return keys, weights

    def most_similar(
        self, positive=None, negative=None, topn=10, clip_start=0, clip_end=None, restrict_vocab=None, indexer=None,
    ):
        """The nearest words of the mean of unit vectors, without those of the question: [(word, cosine), ...]."""
        if indexer is not None:
            refuse("indexer", "wordmill.KeyedVectors searches exactly, on all cores")
        keys, weights = self._questions(positive, negative)
        if topn is not None and topn < 1:
            return []
        end = clip_end if clip_end is not None else restrict_vocab if restrict_vocab is not None else len(self)
        plain = all(isinstance(key, str) for key in keys) and set(weights) <= {1.0, -1.0}
        if plain and topn is not None and clip_start == 0:
            return self.native.most_similar(
                positive=[key for key, weight in zip(keys, weights) if weight > 0],
                negative=[key for key, weight in zip(keys, weights) if weight < 0],
                topn=topn,
                restrict_vocab=end,
            )
        mean = self.get_mean_vector(keys, weights, pre_normalize=True, post_normalize=True, ignore_missing=False)
        similarities = self.get_normed_vectors()[clip_start:end] @ mean
        if topn is None:
            return similarities
        return self._best(similarities, topn, self._rows_of(keys), clip_start)

    def _rows_of(self, keys) -> set:
        """The rows of the words among keys; unseen words have none."""
        return {self.key_to_index.get(key) if isinstance(key, str) else int(key)
                for key in keys if not isinstance(key, np.ndarray)}

    def _best(self, scores, topn, besides, first=0):
        count = min(len(scores), topn + len(besides))
        rows = np.argpartition(-scores, count - 1)[:count] if count < len(scores) else np.arange(len(scores))
        rows = rows[np.lexsort((rows, -scores[rows]))] + first
        found = [(self.index_to_key[int(row)], float(scores[row - first])) for row in rows if int(row) not in besides]
        return found[:topn]

    def similar_by_word(self, word, topn=10, restrict_vocab=None):
        return self.most_similar(positive=[word], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(self, vector, topn=10, restrict_vocab=None):
        return self.most_similar(positive=[np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_cosmul(self, positive=None, negative=None, topn=10, restrict_vocab=None):
        """The nearest words by 3CosMul (Levy and Goldberg 2014)."""
        keys, weights = self._questions(positive, negative)
        units = self.get_normed_vectors()[:restrict_vocab]
        products = np.ones(len(units))
        quotients = np.ones(len(units))
        for key, weight in zip(keys, weights):
            row = key / np.linalg.norm(key) if isinstance(key, np.ndarray) else self.get_vector(key, norm=True)
            shifted = (1 + units @ row) / 2
            if weight > 0:
                products = products * shifted
            else:
                quotients = quotients * shifted
        scores = products / (quotients + 0.000001)
        if topn is None:
            return scores
        return self._best(scores, topn, self._rows_of(keys))

    def doesnt_match(self, words) -> str:
        known = [word for word in words if word in self]
        if not known:
            raise ValueError("cannot select a word from an empty list")
        if len(known) < len(list(words)):
            logger.warning("vectors for words %s are not present, ignoring these words", set(words) - set(known))
        units = np.vstack([self.get_vector(word, norm=True) for word in known])
        return known[int(np.argmin(units @ self.get_mean_vector(units, post_normalize=True)))]

    def rank(self, key1, key2) -> int:
        return len(self.closer_than(key1, key2)) + 1

    def closer_than(self, key1, key2) -> list:
        distances = self.distances(key1)
        limit = distances[self.get_index(key2)]
        me = self.key_to_index.get(key1)
        return [self.index_to_key[int(row)] for row in np.flatnonzero(distances < limit) if row != me]

    # Evaluation

    def evaluate_word_pairs(
        self, pairs, delimiter="\t", encoding="utf8", restrict_vocab=300000, case_insensitive=True,
        dummy4unknown=False,
    ):
        """((Pearson, p), (Spearman, p), percentage of pairs with unknown words); p is NaN without SciPy."""
        if dummy4unknown:
            refuse("dummy4unknown", "pairs with unknown words are left out")
        known = {}
        for row, word in enumerate(self.index_to_key):
            if row >= restrict_vocab:
                break
            known.setdefault(word.upper() if case_insensitive else word, row)
        units = self.get_normed_vectors()
        ours, theirs, unknown = [], [], 0
        with open(pairs, encoding=encoding) as lines:
            for line in lines:
                if line.startswith("#") or not line.strip():
                    continue
                try:
                    a, b, score = line.rstrip("\n").split(delimiter)[:3]
                    score = float(score)
                except ValueError:
                    logger.info("skipping invalid line: %s", line.strip())
                    continue
                if case_insensitive:
                    a, b = a.upper(), b.upper()
                if a not in known or b not in known:
                    unknown += 1
                    continue
                ours.append(float(units[known[a]] @ units[known[b]]))
                theirs.append(score)
        if len(ours) + unknown == 0:
            raise ValueError(f"{pairs}: expected two words and a score per line, found none")
        return (
            _correlation(ours, theirs), _correlation(_ranks(ours), _ranks(theirs)),
            100.0 * unknown / (len(ours) + unknown),
        )

    def evaluate_word_analogies(
        self, analogies, restrict_vocab=300000, case_insensitive=True, dummy4unknown=False,
        similarity_function="most_similar",
    ):
        """(accuracy, sections), each section with its "correct" and "incorrect" questions counted by Wordmill."""
        if dummy4unknown:
            refuse("dummy4unknown", "questions with unknown words are left out")
        found = self.native.evaluate_word_analogies(
            analogies, restrict_vocab=min(restrict_vocab, len(self)), lower_case=case_insensitive
        )
        sections = [
            {"section": part.name, "correct": part.correct, "incorrect": part.covered - part.correct}
            for part in [*found.sections, found.total]
        ]
        return found.accuracy or 0.0, sections


def _ranks(values):
    values = np.asarray(values)
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    for value in np.unique(values):  # equal values share the mean of their ranks
        same = values == value
        ranks[same] = ranks[same].mean()
    return ranks


def _correlation(a, b):
    if len(a) < 2:
        return math.nan, math.nan
    r = float(np.corrcoef(a, b)[0, 1])
    try:
        from scipy.stats import t
    except ImportError:
        return r, math.nan
    freedom = len(a) - 2
    if freedom < 1 or abs(r) >= 1:
        return r, 0.0 if freedom >= 1 else math.nan
    return r, float(2 * t.sf(abs(r) * math.sqrt(freedom / (1 - r * r)), freedom))


class Word2Vec:
    """Skip-gram and CBOW with gensim's options and defaults.

    `wv` has the vectors. `save` and `load` keep the vectors, not what is needed to train further.
    """

    _vectors = KeyedVectors

    def __init__(
        self, sentences=None, corpus_file=None, vector_size=100, alpha=0.025, window=5, min_count=5,
        max_vocab_size=None, sample=1e-3, seed=1, workers=3, min_alpha=0.0001, sg=0, hs=0, negative=5,
        ns_exponent=0.75, cbow_mean=1, hashfxn=hash, epochs=5, null_word=0, trim_rule=None, sorted_vocab=1,
        batch_words=10000, compute_loss=False, callbacks=(), comment=None, max_final_vocab=None,
        shrink_windows=True, **more,
    ):
        if more:
            raise TypeError(f"{type(self).__name__}() got unexpected options: {', '.join(sorted(more))}")
        for name, value, default in (
            ("hashfxn", hashfxn, hash), ("null_word", null_word, 0), ("sorted_vocab", sorted_vocab, 1),
            ("batch_words", batch_words, 10000), ("max_vocab_size", max_vocab_size, None),
        ):
            ignore(name, value, default)
        if trim_rule is not None:
            refuse("trim_rule", "count with wordmill.Vocabulary, and pass min_count or max_final_vocab")
        if callbacks:
            refuse("callbacks", "wordmill.train_skip_gram and train_cbow have progress=")
        if hs and negative:
            negative = 0  # as in gensim's own documentation, where hs=1 goes with negative=0
        if not hs and not negative:
            refuse("training with neither hs nor negative", "choose one of them")
        self.vector_size, self.alpha, self.window, self.min_count = vector_size, alpha, window, min_count
        self.sample, self.seed, self.workers, self.min_alpha = sample, seed, workers, min_alpha
        self.sg, self.hs, self.negative, self.ns_exponent = sg, hs, negative, ns_exponent
        self.cbow_mean, self.epochs, self.comment = cbow_mean, epochs, comment
        self.max_final_vocab, self.shrink_windows, self.compute_loss = max_final_vocab, shrink_windows, compute_loss
        self.corpus_count = self.corpus_total_words = 0
        self.running_training_loss = 0.0
        self._vocabulary = None
        self.wv = None
        source = corpus_file if corpus_file is not None else sentences
        if source is not None:
            if sentences is not None and corpus_file is not None:
                raise TypeError("both sentences and corpus_file were given; expected one of them")
            self._train(source_of(source), epochs, alpha, min_alpha)

    def build_vocab(
        self, corpus_iterable=None, corpus_file=None, update=False, progress_per=10000, keep_raw_vocab=False,
        trim_rule=None,
    ):
        """Count the words."""
        if update:
            refuse("update", "a model is trained once, on all of its text")
        if trim_rule is not None:
            refuse("trim_rule", "use min_count or max_final_vocab")
        source = source_of(corpus_file if corpus_file is not None else corpus_iterable)
        self._vocabulary = wm.Vocabulary.count(
            source, min_count=self.min_count, max_size=self.max_final_vocab or 0, threads=self.workers
        )
        self.corpus_total_words = self._vocabulary.tokens
        self.corpus_count = _length(source)

    def train(
        self, corpus_iterable=None, corpus_file=None, total_examples=None, total_words=None, epochs=None,
        start_alpha=None, end_alpha=None, word_count=0, queue_factor=2, report_delay=1.0, compute_loss=False,
        callbacks=(), **_,
    ):
        """Train on the words that `build_vocab` counted. Returns (trained words, all words)."""
        if self.wv is not None:
            refuse("training a trained model further", "train once, with all epochs and all of the text")
        if self._vocabulary is None:
            raise RuntimeError("you must first build vocabulary before training the model")
        if total_examples is None and total_words is None:
            raise ValueError("you must specify either total_examples or total_words, for alpha to fall")
        if epochs is None:
            raise ValueError("you must specify an explicit epochs count")
        source = source_of(corpus_file if corpus_file is not None else corpus_iterable)
        self._train(source, epochs, start_alpha or self.alpha, end_alpha or self.min_alpha)
        words = self.corpus_total_words * epochs
        return words, words

    def _train(self, source, epochs, alpha, min_alpha):
        options = {
            "size": self.vector_size, "window": self.window, "epochs": epochs, "sample": self.sample, "alpha": alpha,
            "min_alpha": min(min_alpha, alpha), "ns_exponent": self.ns_exponent,
            "fixed_window": not self.shrink_windows, "first_values": 1.0, "share_negatives": "pair",
            "threads": self.workers, "seed": self.seed, **self._subwords_of(),
        }
        if self.hs:
            options.update(hs=True)
            options.pop("share_negatives")
        else:
            options["negative"] = self.negative
        if self._vocabulary is not None:
            options["vocabulary"] = self._vocabulary
        else:
            options.update(min_count=self.min_count, max_size=self.max_final_vocab or 0)
        if self.sg:
            native = wm.train_skip_gram(source, **options)
        else:
            options["cbow_input"] = "mean-whole" if self.cbow_mean else "sum"
            options["share_negatives"] = "window"
            if self.hs:
                options.pop("share_negatives")
            native = wm.train_cbow(source, **options)
        self.wv = self._vectors(native=native)
        if not self.corpus_total_words:
            self.corpus_total_words = int(np.sum(native.counts))
        self.running_training_loss = float(native.notes.get("loss", "nan"))

    def _subwords_of(self) -> dict:
        return {}

    def get_latest_training_loss(self) -> float:
        """The mean loss of an example in the last epoch; gensim adds up instead."""
        return self.running_training_loss

    def save(self, fname, *_, **__):
        self.wv.save(fname)

    @classmethod
    def load(cls, fname, *_, **__):
        return cls._of(cls._vectors.load(fname))

    @classmethod
    def _of(cls, vectors):
        model = cls.__new__(cls)
        model.wv = vectors
        model.vector_size = vectors.vector_size
        model._vocabulary = None
        return model

    def __str__(self) -> str:
        size = len(self.wv) if self.wv is not None else 0
        return f"{type(self).__name__}<vocab={size}, vector_size={self.vector_size}, alpha={self.alpha}>"


class FastTextKeyedVectors(KeyedVectors):
    """Vectors of words, and of n-grams that unseen words are made of.

    Examples
    --------
    >>> from wordmill.compat.gensim import FastText
    >>> text = [["walking", "talking"], ["walked", "talked"]] * 20
    >>> model = FastText(text, vector_size=10, min_count=1, sample=0, bucket=1000, workers=1)
    >>> "walker" in model.wv.key_to_index, model.wv["walker"].shape
    (False, (10,))
    """

    @property
    def _subwords(self):
        return self.native.subwords

    min_n = property(lambda self: self._subwords.minn if self._subwords else 0)
    max_n = property(lambda self: self._subwords.maxn if self._subwords else 0)
    bucket = property(lambda self: len(self.vectors_ngrams))

    @property
    def vectors_ngrams(self) -> np.ndarray:
        """[buckets, D], read-only."""
        return self._subwords.vectors if self._subwords else np.empty((0, self.vector_size), np.float32)

    def __contains__(self, key) -> bool:
        return self._subwords is not None or key in self.native

    def get_vector(self, key, norm=False) -> np.ndarray:
        """The vector of a word; of an unseen word the mean of its n-grams, and 0 when it has none."""
        if isinstance(key, str) and key not in self.native and self._subwords and not len(self._subwords.buckets(key)):
            logger.warning("could not extract any ngrams from %r, returning origin vector", key)
            return np.zeros(self.vector_size, np.float32)
        return self.native.get_vector(key, norm=norm)

    word_vec = get_vector

    def get_sentence_vector(self, sentence) -> np.ndarray:
        """The mean of the words' vectors of length 1."""
        return self.get_mean_vector(sentence)


class FastText(Word2Vec):
    """Word2Vec with subwords: `wv` has vectors for unseen words too."""

    _vectors = FastTextKeyedVectors

    def __init__(self, sentences=None, corpus_file=None, sg=0, hs=0, vector_size=100, alpha=0.025, window=5,
                 min_count=5, max_vocab_size=None, word_ngrams=1, sample=1e-3, seed=1, workers=3, min_alpha=0.0001,
                 negative=5, ns_exponent=0.75, cbow_mean=1, hashfxn=hash, epochs=5, null_word=0, min_n=3, max_n=6,
                 sorted_vocab=1, bucket=2000000, trim_rule=None, batch_words=10000, callbacks=(),
                 max_final_vocab=None, shrink_windows=True):
        self.min_n, self.max_n, self.bucket = min_n, (max_n if word_ngrams else 0), bucket
        super().__init__(
            sentences=sentences, corpus_file=corpus_file, vector_size=vector_size, alpha=alpha, window=window,
            min_count=min_count, max_vocab_size=max_vocab_size, sample=sample, seed=seed, workers=workers,
            min_alpha=min_alpha, sg=sg, hs=hs, negative=negative, ns_exponent=ns_exponent, cbow_mean=cbow_mean,
            hashfxn=hashfxn, epochs=epochs, null_word=null_word, trim_rule=trim_rule, sorted_vocab=sorted_vocab,
            batch_words=batch_words, callbacks=callbacks, max_final_vocab=max_final_vocab,
            shrink_windows=shrink_windows,
        )

    def _subwords_of(self) -> dict:
        return {"minn": self.min_n, "maxn": self.max_n, "bucket": self.bucket}


def load_facebook_vectors(path, encoding="utf-8") -> FastTextKeyedVectors:
    """Read the vectors of a fastText model (.bin)."""
    if encoding.lower().replace("-", "") != "utf8":
        refuse(f"the encoding {encoding}", "words are UTF-8")
    return FastTextKeyedVectors(native=wm.KeyedVectors.load(path, format="fasttext"))


def load_facebook_model(path, encoding="utf-8") -> FastText:
    """Read a fastText model (.bin) to use its vectors; it cannot be trained further."""
    return FastText._of(load_facebook_vectors(path, encoding))


def _length(source) -> int:
    if hasattr(source, "__len__") and not isinstance(source, str):
        return len(source)
    return sum(1 for _ in (wm.Corpus(source) if isinstance(source, str) else source))
