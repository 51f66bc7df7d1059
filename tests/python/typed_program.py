"""Uses the package as a program with strict types does. mypy checks it; nothing runs it."""

from collections.abc import Iterator

import numpy as np
import wordmill as wm
from numpy.typing import NDArray


class Sentences:
    def __iter__(self) -> Iterator[list[str]]:
        yield ["a", "b"]


def tell(progress: wm.Progress) -> None:
    print(progress.stage, progress.tokens / max(progress.total, 1), progress.loss)


def train() -> wm.KeyedVectors:
    corpus = wm.Corpus("text/*.zst", tokenizer="unicode")
    for sentence in corpus:
        print(" ".join(sentence))
    words: wm.Vocabulary = wm.Vocabulary.count(Sentences(), min_count=1)
    counts: list[tuple[str, int]] = words.most_common(3)
    print(counts, words["a"], words.counts.sum(), [word.upper() for word in words])
    try:
        return wm.train_skip_gram(corpus, size=50, vocabulary=words, memory="1GiB", progress=tell, checkpoint="run")
    except wm.DataError as error:
        print(error.file, error.line, error.hint)
        raise


def ask(vectors: wm.KeyedVectors) -> NDArray[np.float32]:
    best: list[tuple[str, float]] = vectors.most_similar(positive=["a", "b"], negative=["c"], topn=3)
    similarity: float = vectors.similarity("a", "b")
    odd: str = vectors.doesnt_match(["a", "b", "c"])
    row: int = vectors.key_to_index["a"]
    score: float | None = vectors.evaluate_word_analogies("questions.txt").accuracy
    vectors.save("vectors.safetensors", half=True)
    print(best, similarity, odd, row, score, vectors.index_to_key[:3], wm.tokenize("a b"))
    rare: wm.Phrases = wm.Phrases.learn(Sentences(), min_count=1)
    print(rare.apply(["a", "b"]))
    return vectors["a"]


ask(train())
