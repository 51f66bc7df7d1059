"""Word vectors from corpora larger than memory.

>>> import wordmill as wm
>>> sentences = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 50
>>> vectors = wm.train_skip_gram(sentences, size=10, min_count=1, sample=0)
>>> len(vectors)
4
"""

from ._errors import (
    DataError,
    Error,
    FileError,
    InputNotFoundError,
    InternalError,
    ResourceError,
    StoppedError,
    UnavailableError,
    UnknownWordError,
    UsageError,
)
from ._progress import Progress
from ._views import Page
from ._wordmill import (
    AnalogyScore,
    Attention,
    Corpus,
    KeyedVectors,
    LanguageModel,
    Phrase,
    Phrases,
    SectionScore,
    SequenceScores,
    SimilarityScore,
    Subwords,
    Translation,
    Translator,
    Vocabulary,
    __version__,
    cooccurrences,
    ppmi,
    synthetic_corpus,
    tokenize,
    tokenizer_names,
    train_cbow,
    train_glove,
    train_language_model,
    train_ppmi_svd,
    train_seq2seq,
    train_skip_gram,
)

__all__ = [
    "AnalogyScore",
    "Attention",
    "Corpus",
    "DataError",
    "Error",
    "FileError",
    "InputNotFoundError",
    "InternalError",
    "KeyedVectors",
    "LanguageModel",
    "Page",
    "Phrase",
    "Phrases",
    "Progress",
    "ResourceError",
    "SectionScore",
    "SequenceScores",
    "SimilarityScore",
    "StoppedError",
    "Subwords",
    "Translation",
    "Translator",
    "UnavailableError",
    "UnknownWordError",
    "UsageError",
    "Vocabulary",
    "__version__",
    "cooccurrences",
    "ppmi",
    "synthetic_corpus",
    "tokenize",
    "tokenizer_names",
    "train_cbow",
    "train_glove",
    "train_language_model",
    "train_ppmi_svd",
    "train_seq2seq",
    "train_skip_gram",
]
