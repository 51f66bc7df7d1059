"""Every kind of source, and what is refused."""

import logging
import pathlib

import numpy as np
import pytest

import wordmill as wm


def words_of(source, **how):
    return dict(wm.Vocabulary.count(wm.Corpus(source, **how), min_count=1).most_common())


EXPECTED = {"the": 2, "cat": 1, "dog": 1, "sat": 2}
TEXTS = ["the cat sat", "the dog sat"]
LISTS = [text.split() for text in TEXTS]


class Iterable:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        yield from self.items


@pytest.mark.parametrize(
    "source",
    [
        TEXTS,
        LISTS,
        tuple(TEXTS),
        Iterable(TEXTS),
        Iterable(LISTS),
        ["the cat sat\nthe dog sat"],
        [tuple(words) for words in LISTS],
        [iter(words) for words in LISTS[:0]] + [Iterable(words) for words in LISTS],
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        [np.array(words) for words in LISTS],
    ],
    ids=lambda s: type(s).__name__,
)
def test_iterables_give_their_words(source):
    assert words_of(source) == EXPECTED


def test_one_shot_iterators_are_kept_and_it_is_said(caplog):
    with caplog.at_level(logging.INFO, "wordmill"):
        assert words_of(iter(TEXTS)) == EXPECTED
        assert words_of(words for words in LISTS) == EXPECTED
    assert "read only once" in caplog.text


def test_a_generator_trains_as_the_list_does(sentences, options):
    a = wm.train_skip_gram(sentences, **options)
    b = wm.train_skip_gram((s for s in sentences), **options)
    assert (a.vectors == b.vectors).all()


def test_files_globs_paths_and_codecs(tmp_path):
    import gzip

    (tmp_path / "a.txt").write_text("the cat sat\n")
    with gzip.open(tmp_path / "b.txt", "wt") as f:
        f.write("the dog sat\n")
    assert words_of(str(tmp_path / "*.txt")) == EXPECTED
    assert words_of(tmp_path) == EXPECTED
    assert words_of([tmp_path / "a.txt", tmp_path / "b.txt"]) == EXPECTED
    (tmp_path / "c.jsonl").write_text('{"body": "the cat sat"}\n{"body": "the dog sat"}\n')
    assert words_of(tmp_path / "c.jsonl", column="body") == EXPECTED
    with open(tmp_path / "a.txt") as file:
        assert words_of(file) == {"the": 1, "cat": 1, "sat": 1}


def test_tokens_may_hold_blanks_and_newlines_and_be_empty():
    assert words_of([["new york", "a\nb", "", "c\r", "\ttab "], []]) == {"new york": 1, "a\nb": 1, "c\r": 1, "\ttab ": 1}


def test_a_very_long_sentence_is_whole():
    many = [f"w {i % 1000}" for i in range(600_000)]
    found = words_of([["x"], many, ["y"]])
    assert len(found) == 1002 and found["w 7"] == 600 and found["y"] == 1


def test_tokenizers():
    assert words_of(["Don't STOP."], tokenizer="unicode") == {"don't": 1, "stop": 1}
    assert words_of(["ab"], tokenizer="characters") == {"a": 1, "b": 1}
    with pytest.raises(ValueError, match="whitespace"):
        wm.Corpus(TEXTS, tokenizer="nonsense")
    with pytest.raises(wm.UsageError, match="lists of words"):
        wm.Corpus(LISTS, tokenizer="unicode")


def test_a_string_that_is_no_file():
    with pytest.raises(FileNotFoundError, match="a string is a path; for text give a list") as caught:
        wm.Corpus("some text that is no file")
    assert caught.value.kind == "no_input" and caught.value.hint


@pytest.mark.parametrize("wrong", [b"bytes", {"a": 1}, 3, None, object()])
def test_other_objects_are_refused(wrong):
    with pytest.raises(TypeError, match="expected a path"):
        wm.Corpus(wrong)


def test_mixed_types_name_the_item():
    with pytest.raises(TypeError, match="item 2: expected str, .* found int"):
        words_of(["a", "b", 3])
    with pytest.raises(TypeError, match="item 1: .* found str"):
        words_of([["a"], "b"])
    with pytest.raises(TypeError, match="item 1, token 2: expected str, found float"):
        words_of([["a"], ["a", "b", 1.5]])
    with pytest.raises(TypeError, match="item 0: .* found bytes"):
        words_of([b"a"])


def test_an_empty_corpus():
    with pytest.raises(wm.DataError, match="empty"):
        wm.Corpus([])


def test_lone_surrogates():
    with pytest.raises(ValueError, match="item 1: .*lone surrogate") as caught:
        words_of([["a"], ["b\ud800"]])
    assert caught.value.record == 2 and "utf8" in caught.value.hint
    assert words_of([["a"], ["b\ud800c"]], utf8="replace") == {"a": 1, "b\ufffdc": 1}
    assert words_of(["b\ud800"], utf8="replace") == {"b\ufffd": 1}
    with pytest.raises(ValueError):
        wm.Corpus(TEXTS, utf8="maybe")


class Broken(Exception):
    pass


@pytest.mark.parametrize("at", [0, 1, 100])
@pytest.mark.parametrize("item", ["a b c", ["a", "b", "c"]])
def test_an_exception_of_the_iterator_arrives_as_itself(at, item):
    def items():
        for i in range(at):
            yield item
        raise Broken("here")

    class Again:
        def __iter__(self):
            return items()

    for source in (items(), Again()):
        with pytest.raises(Broken, match="here"):
            words_of(source)


def test_reading_is_exact_for_many_blocks():
    texts = [f"a{i} b" for i in range(50_000)]
    corpus = wm.Corpus(texts)
    assert corpus._read().startswith("50000 sentences")
    assert corpus._read() == corpus._read()
    assert words_of(texts)["b"] == 50_000


class Counted:
    def __init__(self, items):
        self.items = items
        self.times = 0

    def __iter__(self):
        self.times += 1
        yield from self.items


def test_a_small_iterable_is_iterated_once_for_a_run_and_a_larger_one_in_each_pass(options):
    small = Counted([["a", "b", "c"]] * 100)
    vectors = wm.train_skip_gram(small, **dict(options, epochs=3))
    assert small.times == 2  # to see what it holds, and to read it
    large = Counted([[f"{'long ' * 20}{(i * j) % 199}" for j in range(20)] for i in range(1000)])  # 2 MB
    wm.train_skip_gram(large, **dict(options, epochs=3), memory="8M")
    assert large.times == 1 + 1 + 3
    again = wm.train_skip_gram(Counted([["a", "b", "c"]] * 100), **dict(options, epochs=3), memory=2**24)
    assert (again.vectors == vectors.vectors).all()


def test_a_list_that_changes_while_it_is_trained_on_gives_no_other_words(options):
    items = [["a", "b", "c"]] * 100

    def change(_):
        items[:] = [["d"]] * 3

    vectors = wm.train_skip_gram(items, **dict(options, epochs=2), progress=change)
    assert sorted(vectors) == ["a", "b", "c"]
