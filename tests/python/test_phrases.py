"""Phrases: Wordmill's own, and those of gensim's formulas."""

import json
import pickle

import pytest

import wordmill as wm
from wordmill.compat import gensim as compat

# new york: 4 together, new 5, york 4; a b: 2 together, a 3, b 3. 21 words.
TEXT = [
    ["new", "york", "is", "large"], ["new", "york", "and", "x"], ["new", "york"], ["new", "york"], ["new", "a", "b"],
    ["a", "b", "large"], ["a", "is"], ["b"],
]


def test_scores_are_those_of_the_formulas():
    tokens = sum(len(sentence) for sentence in TEXT)
    phrases = wm.Phrases.learn(TEXT, min_count=1, threshold=1.0, threads=2)
    found = {(p.first, p.second): p for p in phrases}
    assert found["new", "york"].score == pytest.approx((4 - 1) * tokens / (5 * 4))
    assert found["a", "b"].score == pytest.approx((2 - 1) * tokens / (3 * 3))
    assert (found["new", "york"].count, found["new", "york"].first_count, found["new", "york"].second_count) == (4, 5, 4)
    assert [p.score for p in phrases] == sorted((p.score for p in phrases), reverse=True)
    assert len(phrases) == len(found) == 2 and repr(phrases) == "Phrases(2 phrases)"


def test_phrases_are_joined_from_left_to_right_and_pass_after_pass():
    text = [["a", "b", "c", "d"]] * 5 + [["a"], ["d"]]
    once = wm.Phrases.learn(text, min_count=1, threshold=0, delimiter="+")
    assert once.apply(["x", "a", "b", "b", "c", "d", "a"]) == ["x", "a+b", "b+c", "d", "a"]
    twice = wm.Phrases.learn(text, min_count=1, threshold=0, passes=2, delimiter="+")
    assert twice.apply(["a", "b", "c", "d"]) == ["a+b+c+d"] and {p.found_in_pass for p in twice} == {1, 2}
    assert once.apply([]) == [] and once.apply(iter(["a", "b"])) == ["a+b"]
    with pytest.raises(TypeError, match="list of words, found str"):
        once.apply("a b")


def test_phrases_can_be_saved_loaded_and_pickled(tmp_path):
    text = [["new\tyork", "ci ty", "été"]] * 5
    phrases = wm.Phrases.learn(text, min_count=1, threshold=0)
    phrases.save(tmp_path / "p.tsv.gz")
    for again in (wm.Phrases.load(tmp_path / "p.tsv.gz"), pickle.loads(pickle.dumps(phrases))):
        assert [(p.first, p.second, p.count) for p in again] == [(p.first, p.second, p.count) for p in phrases]
        assert again.apply(["new\tyork", "ci ty"]) == ["new\tyork_ci ty"] and again.delimiter == "_"
    with pytest.raises(wm.DataError):
        (tmp_path / "q.tsv").write_text("no phrases\n")
        wm.Phrases.load(tmp_path / "q.tsv")


def test_a_corpus_with_phrases_is_trained_on_like_any_other(options, tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(" ".join(sentence) for sentence in TEXT))
    phrases = wm.Phrases.learn(tmp_path / "text.txt", min_count=1, threshold=1.0)
    for source in (TEXT, str(tmp_path / "text.txt"), wm.Corpus(TEXT)):
        joined = phrases.join(source)
        words = dict(wm.Vocabulary.count(joined, min_count=1).most_common())
        assert words["new_york"] == 4 and words["new"] == 1 and "york" not in words
        assert next(iter(joined)) == ["new_york", "is", "large"]
    assert "a_b" in wm.train_skip_gram(joined, **options)


def test_bad_options_are_refused():
    for bad in ({"score": "best"}, {"passes": 0}, {"threshold": float("nan")}):
        with pytest.raises(ValueError):
            wm.Phrases.learn(TEXT, **bad)


def test_texts_are_tokenized_by_name():
    assert wm.tokenize("Two  words\nthere ") == ["Two", "words", "there"]
    assert wm.tokenize("Straße, 3 Äpfel!", "unicode") == ["straße", "3", "äpfel"]
    assert wm.tokenize("日本", tokenizer="characters") == ["日", "本"]
    assert wm.tokenize("") == []
    with pytest.raises(ValueError, match="whitespace"):
        wm.tokenize("a", "nothing")
    with pytest.raises(TypeError, match="a text \\(str\\), found bytes"):
        wm.tokenize(b"a")


# Against gensim: the counts of a small corpus with connector words, tokens that hold the delimiter, and repetitions.
CORPUS = [
    "the bank of america is the bank of the west".split(), "bank of america and bank of america".split(),
    "new york new york new_york a b a b".split(), "of the".split(), [], "a of b a of b".split(), "new york".split(),
] * 3
SETTINGS = [
    {"min_count": 1, "threshold": 0.1},
    {"min_count": 2, "threshold": 0.5, "delimiter": "~"},
    {"min_count": 1, "threshold": 0.1, "connector_words": frozenset(["of", "the", "and"])},
    {"min_count": 1, "threshold": -0.5, "scoring": "npmi"},
    {"min_count": 3, "threshold": 0.2, "scoring": "npmi", "connector_words": compat.ENGLISH_CONNECTOR_WORDS},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_compat_counts_scores_and_joins_as_gensim_does(settings, tmp_path):
    real = pytest.importorskip("gensim.models.phrases")
    theirs, ours = real.Phrases(CORPUS, **settings), compat.Phrases(CORPUS, **settings)
    assert ours.vocab == theirs.vocab and ours.corpus_word_count == theirs.corpus_word_count
    assert ours.export_phrases() == theirs.export_phrases() and ours.export_phrases()
    assert ours.find_phrases(CORPUS) == theirs.find_phrases(CORPUS)
    assert ours[CORPUS[0]] == theirs[CORPUS[0]]
    assert list(ours[CORPUS]) == list(theirs[CORPUS])
    assert [list(ours.analyze_sentence(s)) for s in CORPUS] == [list(theirs.analyze_sentence(s)) for s in CORPUS]
    assert ours.freeze().phrasegrams == theirs.freeze().phrasegrams
    assert list(ours.freeze()[CORPUS]) == list(theirs.freeze()[CORPUS])
    more = [["bank", "of", "england"], ["new", "york"]] * 4
    theirs.add_vocab(more), ours.add_vocab(more)
    assert ours.vocab == theirs.vocab and ours.export_phrases() == theirs.export_phrases()
    for mine in (ours, ours.freeze()):
        mine.save(tmp_path / "phrases")
        again = type(mine).load(tmp_path / "phrases")
        assert type(again) is type(mine) and list(again[CORPUS]) == list(mine[CORPUS]) and str(again) == str(mine)


def test_the_words_to_connect_are_those_of_gensim():
    real = pytest.importorskip("gensim.models.phrases")
    assert compat.ENGLISH_CONNECTOR_WORDS == real.ENGLISH_CONNECTOR_WORDS


# (4 - 1) / (5 * 4) * types, with 8 words and 9 pairs of them: new york, york is, is large, york and, and x, new a,
# a b, b large, a is.
def test_compat_scores_by_hand():
    phrases = compat.Phrases(TEXT, min_count=1, threshold=0.5)
    assert len(phrases.vocab) == 8 + 9 and phrases.vocab["new_york"] == 4
    assert phrases.export_phrases()["new_york"] == pytest.approx(3 / 20 * 17)
    assert phrases[["to", "new", "york"]] == ["to", "new_york"]


def test_compat_joins_whatever_can_be_iterated(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(" ".join(sentence) for sentence in TEXT))
    phrases = compat.Phrases(compat.LineSentence(tmp_path / "text.txt"), min_count=1, threshold=1)
    assert phrases.vocab == compat.Phrases((s for s in TEXT), min_count=1, threshold=1).vocab
    joined = phrases[TEXT]
    assert len(joined) == len(TEXT) and list(joined) == list(joined) and list(joined)[2] == ["new_york"]
    assert list(phrases[(s for s in TEXT)]) == list(joined)
    assert phrases[iter(["new", "york"])] == ["new_york"] and phrases[[]] == []
    model = compat.Word2Vec(joined, vector_size=4, min_count=1, sample=0, epochs=1, workers=1)
    assert "new_york" in model.wv and "york" not in model.wv


def total(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    return bigram_count / corpus_word_count


def test_compat_takes_a_function_as_scoring(tmp_path):
    phrases = compat.Phrases(TEXT, min_count=1, threshold=0.15, scoring=total)
    assert phrases.export_phrases() == {"new_york": 4 / 21}
    with pytest.raises(NotImplementedError, match="freeze"):
        phrases.save(tmp_path / "p")
    with pytest.raises(ValueError, match="bigram_count"):
        compat.Phrases(TEXT, scoring=lambda worda_count: 0)


def test_compat_refuses_what_gensim_refuses(tmp_path):
    for bad in ({"min_count": 0}, {"threshold": 0}, {"threshold": 2, "scoring": "npmi"}, {"scoring": "best"}):
        with pytest.raises(ValueError):
            compat.Phrases(TEXT, **bad)
    (tmp_path / "pickle").write_bytes(pickle.dumps({}))
    with pytest.raises(ValueError, match="a pickle of gensim"):
        compat.Phrases.load(tmp_path / "pickle")
    (tmp_path / "other.json").write_text(json.dumps([1]))
    with pytest.raises(ValueError, match="expected phrases"):
        compat.Phrases.load(tmp_path / "other.json")
