"""Sequence-to-sequence models: sources of pairs, training, translation, attention, scores, folders."""

import doctest
import json
import threading

import numpy as np
import pytest

import wordmill as wm

# Two of three numbers of three digits are for training; a third is never seen.
PAIRS = [(f"{i:03}", f"{i:03}"[::-1]) for i in range(1000) if i % 3]
UNSEEN = [(f"{i:03}", f"{i:03}"[::-1]) for i in range(0, 1000, 3)]
OPTIONS = dict(size=32, embedding_size=16, attention="dot", batch=16, lr=0.01, epochs=1, threads=1)


@pytest.fixture(scope="module")
def model():
    return wm.train_seq2seq(PAIRS, **dict(OPTIONS, epochs=12))


def weights(model, folder):
    model.save(folder)
    return (folder / "model.safetensors").read_bytes()


def lines_of(pairs, separator="\t"):
    return "".join(f"{source}{separator}{target}\n" for source, target in pairs)


def test_numbers_that_were_never_seen_are_reversed(model):
    sources = [source for source, _ in UNSEEN]
    assert model.translate(sources) == [source[::-1] for source in sources]
    assert model.translate("123") == "321"
    assert model.translate([]) == [] and model.translate("") == ""
    assert model.translate(sources, beam=3, batch=7) == [source[::-1] for source in sources]


def test_scores_of_a_model_without_errors(model):
    scores = model.evaluate(UNSEEN)
    assert scores.pairs == scores.sources == len(UNSEEN) and scores.tokens == 4 * len(UNSEEN)
    assert scores.exact_match == scores.token_accuracy == 1
    assert scores.token_error_rate == scores.sequence_error_rate == 0
    assert 1 <= scores.perplexity < 1.1 and scores.chrf == pytest.approx(100)
    assert scores.unended == scores.empty_sources == 0


# Counted by hand: the model says 321 and 654; of the targets' 6 tokens one differs from it, in one of two sources.
def test_scores_of_wrong_targets(model):
    scores = model.evaluate([("123", "321"), ("456", "754")])
    assert scores.exact_match == 0.5 and scores.sequence_error_rate == 0.5
    assert scores.token_error_rate == pytest.approx(1 / 6) and scores.token_accuracy == pytest.approx(5 / 6)
    # the same source twice: the closest target counts
    grouped = model.evaluate([("456", "754"), ("456", "654")], group_sources=True)
    assert grouped.pairs == 2 and grouped.sources == 1 and grouped.exact_match == 1


def test_bleu_is_that_of_the_texts(model):
    assert model.evaluate(UNSEEN, bleu_tokenizer="char").bleu == 0  # texts of 3 characters have no 4-gram
    long = wm.train_seq2seq([("a b c d e", "a b c d e")] * 50, **dict(OPTIONS, epochs=10), tokenizer="whitespace")
    assert long.translate("a b c d e") == "a b c d e"
    assert long.evaluate([("a b c d e", "a b c d e")]).bleu == pytest.approx(100)


def test_translations_are_ordered_and_the_first_is_that_of_translate(model):
    found = model.translations("123", n_best=4)
    assert len(found) == 4 and all(isinstance(each, wm.Translation) for each in found)
    assert found[0].text == "321" == model.translate("123") and found[0].tokens == ["3", "2", "1"] and found[0].ended
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len({each.text for each in found}) == 4
    # Wu et al. 2016, equation 14: of 4 tokens with the one that ends the target
    assert found[0].score == pytest.approx(found[0].log_probability / ((5 + 4) / 6) ** 0.6, rel=1e-6)
    many = model.translations(["123", "456"], n_best=2, beam=3, length_alpha=0)
    assert [len(each) for each in many] == [2, 2] and many[1][0].text == "654"
    assert many[0][0].score == many[0][0].log_probability
    assert not model.translations("123", n_best=1, max_length=2)[0].ended
    with pytest.raises(wm.UsageError, match="beam"):
        model.translations("123", n_best=3, beam=2)


def test_attention_is_a_distribution_over_the_source(model):
    found = model.attention("123")
    assert found.source == ["1", "2", "3"] and found.target == ["3", "2", "1", "</s>"]
    assert found.weights.shape == (4, 3) and found.weights.dtype == np.float32
    assert found.weights.sum(axis=1) == pytest.approx(1, abs=1e-5) and (found.weights >= 0).all()
    assert model.attention("123", "99").target == ["9", "9", "</s>"]
    assert found._repr_html_().startswith("<svg") and "a title" in found.to_svg("a title")
    weights = found.weights
    del found
    assert weights.sum() == pytest.approx(4, abs=1e-4)  # the array keeps its owner
    with pytest.raises(wm.DataError, match="a source with tokens"):
        model.attention("")


def test_attention_without_attention():
    plain = wm.train_seq2seq(PAIRS[:50], **dict(OPTIONS, attention=None))
    with pytest.raises(wm.UsageError, match="a model with attention"):
        plain.attention("12")


def test_all_sources_of_pairs_give_the_same_model(tmp_path):
    (tmp_path / "pairs.tsv").write_text(lines_of(PAIRS))
    (tmp_path / "sources").write_text("".join(source + "\n" for source, _ in PAIRS))
    (tmp_path / "targets").write_text("".join(target + "\n" for _, target in PAIRS))
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps({"s": s, "t": t}) + "\n" for s, t in PAIRS))
    first = weights(wm.train_seq2seq(PAIRS, **OPTIONS, valid_share=0.1), tmp_path / "a")

    def same(pairs, **options):
        model = wm.train_seq2seq(pairs, **(OPTIONS | dict(valid_share=0.1) | options))
        return weights(model, tmp_path / "b") == first

    assert same(tmp_path / "pairs.tsv")
    assert same(str(tmp_path / "pairs.tsv"))
    assert same([tmp_path / "sources", tmp_path / "targets"])
    assert same(tmp_path / "pairs.jsonl", source_field="s", target_field="t")
    assert same(iter(PAIRS))
    assert same([list(pair) for pair in PAIRS])
    assert same(pair for pair in PAIRS)
    assert same(PAIRS, threads=2)
    assert not same(PAIRS, seed=2)


# 20,000 pairs of 12 bytes and more are several blocks of 64 KiB.
def test_many_pairs_are_all_read(tmp_path):
    class Pairs:
        def __iter__(self):
            return ((f"{i:08}", f"{i % 10}") for i in range(20_000))

    model = wm.train_seq2seq(PAIRS[:30], **OPTIONS)
    for pairs in (Pairs(), iter(Pairs())):
        assert model.evaluate(pairs, max_length=1).pairs == 20_000
    (tmp_path / "pairs").write_text(lines_of(Pairs()))
    options = dict(OPTIONS, size=4, embedding_size=4, batch=1000)
    assert weights(wm.train_seq2seq(Pairs(), **options), tmp_path / "a") == \
        weights(wm.train_seq2seq(tmp_path / "pairs", **options), tmp_path / "b")


@pytest.mark.parametrize(
    "pairs, message",
    [
        (["ab"], "cannot|no file|not exist|No such"),
        ([("a", "b"), ("a",)], r"item 1: expected a pair \(source, target\), found a tuple of 1"),
        ([("a", "b"), "ab"], r"item 1: expected a pair \(source, target\), found str"),
        ([("a", 1)], "item 0: expected str as its target, found int"),
        ([(None, "b")], "item 0: expected str as its source, found NoneType"),
        ({"a": "b"}, "expected a path, or an iterable of pairs"),
        (3, "expected a path, or an iterable of pairs"),
        ([], "has no items"),
        ([("a\ud800", "b")], "item 0: expected text, found a lone surrogate"),
    ],
)
def test_what_is_no_pair_is_refused(pairs, message):
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match=message):
        wm.train_seq2seq(pairs, **OPTIONS)


def test_lone_surrogates_and_line_breaks_in_pairs():
    pairs = [("a\ud800", "b\nc")] * 20
    model = wm.train_seq2seq(pairs, **OPTIONS, utf8="replace")
    assert "\ufffd" in model.source_vocabulary and " " in model.target_vocabulary


def test_an_exception_of_the_iterable_arrives_as_itself():
    class Broken:
        def __iter__(self):
            yield from PAIRS[:20]
            raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        wm.train_seq2seq(Broken(), **OPTIONS)


def test_a_model_that_was_saved_is_the_same_model(model, tmp_path):
    first = weights(model, tmp_path / "first")
    loaded = wm.Translator.load(tmp_path / "first", threads=1)
    assert weights(loaded, tmp_path / "second") == first
    assert loaded.translate(["123", "77"]) == model.translate(["123", "77"])
    assert loaded.notes == model.notes and list(loaded.source_vocabulary) == list(model.source_vocabulary)
    assert sorted(loaded.target_vocabulary) == sorted([*"0123456789", "<pad>", "<s>", "</s>"])
    with pytest.raises(wm.FileError, match="holds a model already"):
        loaded.save(tmp_path / "first", overwrite=False)
    with pytest.raises(FileNotFoundError):
        wm.Translator.load(tmp_path / "nothing")
    with pytest.raises(RuntimeError, match="built without CUDA"):
        wm.Translator.load(tmp_path / "first", device="cuda")
    assert repr(model) == "Translator(13 source and 13 target types, 1 layer of 32 lstm units, dot attention)"


def test_the_command_reads_the_model_and_finds_the_same(command, model, tmp_path):
    model.save(tmp_path / "model")
    (tmp_path / "sources").write_text("123\n45\n9876\n")
    lines = command("seq2seq", "translate", tmp_path / "model", tmp_path / "sources", "--quiet", "--beam", "2")
    assert lines.split("\n") == [*model.translate(["123", "45", "9876"], beam=2), ""]
    pairs = [("123", "321"), ("45", "55"), ("9876", "6789")]
    (tmp_path / "pairs").write_text(lines_of(pairs))
    theirs = json.loads(command("seq2seq", "evaluate", tmp_path / "model", tmp_path / "pairs", "--quiet",
                                "--output-format", "json"))
    ours = model.evaluate(pairs)
    for name, value in theirs.items():
        assert getattr(ours, name) == pytest.approx(value, rel=1e-6), name


def test_the_command_trains_the_same_model(command, tmp_path):
    (tmp_path / "pairs").write_text(lines_of(PAIRS))
    command("seq2seq", "train", tmp_path / "pairs", "--size", "32", "--embedding-size", "16", "--attention", "dot",
            "--batch", "16", "--lr", "0.01", "--epochs", "2", "--threads", "1", "--valid-share", "10%", "--quiet",
            "--output", tmp_path / "by command")
    ours = wm.train_seq2seq(tmp_path / "pairs", **dict(OPTIONS, epochs=2), valid_share=0.1)
    assert weights(ours, tmp_path / "ours") == (tmp_path / "by command" / "model.safetensors").read_bytes()


# The 60 pairs are learnt by heart, after which the perplexity of others rises.
def test_the_model_that_validates_best_is_the_result():
    valid = PAIRS[-30:]
    model = wm.train_seq2seq(PAIRS[:60], valid=valid, **dict(OPTIONS, epochs=40, patience=4))
    best = int(model.notes["epoch"])
    assert 1 <= best < 36
    assert model.evaluate(valid).perplexity == pytest.approx(float(model.notes["validation-perplexity"]), rel=1e-3)
    same = wm.train_seq2seq(PAIRS[:60], **dict(OPTIONS, epochs=best))
    assert same.evaluate(valid).perplexity == model.evaluate(valid).perplexity


def test_a_run_resumes_and_leaves_its_best_model(tmp_path):
    options = dict(OPTIONS, epochs=15, checkpoint_tokens=500, dropout=0.1)
    whole = weights(wm.train_seq2seq(PAIRS, **options), tmp_path / "whole")
    folder = tmp_path / "run"

    def stop(progress):
        if (folder / "best" / "card.json").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wm.train_seq2seq(PAIRS, **options, checkpoint=folder, progress=stop)
    assert (folder / "checkpoint").exists()
    assert len(wm.Translator.load(folder / "best", device="auto").target_vocabulary) == 13
    with pytest.raises(wm.DataError, match="size"):
        wm.train_seq2seq(PAIRS, **dict(options, size=34), checkpoint=folder, resume=True)
    resumed = wm.train_seq2seq(PAIRS, **options, checkpoint=folder, resume=True)
    assert weights(resumed, tmp_path / "resumed") == whole
    assert weights(wm.train_seq2seq(PAIRS, **options, checkpoint=folder), tmp_path / "again") == whole


def test_cuda_is_explained():
    with pytest.raises(RuntimeError, match="built without CUDA") as caught:
        wm.train_seq2seq(PAIRS, **OPTIONS, device="cuda")
    assert caught.value.kind == "unavailable"


@pytest.mark.parametrize(
    "option",
    [
        dict(layers=0),
        dict(dropout=1),
        dict(lr=0),
        dict(clip=-1),
        dict(epochs=0),
        dict(patience=2),
        dict(valid_share=1),
        dict(valid_share=0.1, valid=PAIRS),
        dict(schedule="plateau"),
        dict(decay=0),
        dict(max_ratio=0.5),
        dict(cell="qrnn"),
        dict(heads=4),
        dict(norm="post"),
        dict(max_positions=50),
        dict(model="transformer", embedding_size=None),
        dict(model="transformer", attention=None),
        dict(model="transformer", attention=None, embedding_size=None, peeky=True),
        dict(model="transformer", attention=None, embedding_size=None, start="hidden"),
        dict(attention="sharp"),
        dict(attention="none", input_feeding=True),
        dict(bidirectional=True, size=33),
        dict(batch=0),
        dict(window=0),
        dict(tokenizer="none"),
        dict(letters="upper"),
        dict(layout="columns"),
        dict(device="tpu"),
        dict(resume=True),
    ],
)
def test_options_out_of_range(option):
    with pytest.raises(ValueError) as caught:
        wm.train_seq2seq(PAIRS, **(OPTIONS | option))
    assert isinstance(caught.value, wm.Error) and "--" not in str(caught.value)


def test_the_example_of_the_docstring():
    found = doctest.DocTestParser().get_doctest(wm.train_seq2seq.__doc__, {}, "train_seq2seq", None, 0)
    assert len(found.examples) == 4
    assert doctest.DocTestRunner().run(found).failed == 0


def test_threads_that_share_a_model_wait_for_one_another(model):
    sources = [source for source, _ in UNSEEN]
    maps = [model.attention(source).weights for source in sources[:4]]
    results, errors = [], []

    def work(number):
        try:
            for _ in range(3):
                results.append(model.translate(sources) == [source[::-1] for source in sources])
                results.append((model.attention(sources[number]).weights == maps[number]).all())
        except Exception as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(results) == 24 and all(results)


def test_control_c_stops_training_soon_with_a_checkpoint(control_c):
    control_c("""
    class Pairs:
        def __iter__(self):
            return ((str(i), str(i)[::-1]) for i in range(100_000))
    """, "wm.train_seq2seq(Pairs(), epochs=1000, progress=tell, checkpoint=folder)")


@pytest.fixture(scope="module")
def transformer():
    return wm.train_seq2seq(PAIRS, model="transformer", size=32, layers=2, batch=16, lr=0.002, epochs=25, threads=1)


def test_a_transformer_reverses_numbers_that_were_never_seen(transformer, tmp_path):
    assert "2 layers of 32 transformer units" in repr(transformer)
    never_seen = [(f"{i:03}", f"{i:03}"[::-1]) for i in range(0, 1000, 3)]
    assert transformer.evaluate(never_seen).exact_match > 0.9
    assert transformer.evaluate(never_seen, beam=3).exact_match > 0.9
    weights(transformer, tmp_path / "model")
    again = wm.Translator.load(tmp_path / "model", threads=1)
    assert again.translate(["120", "345"]) == transformer.translate(["120", "345"])


def test_attention_of_heads_and_layers_of_a_transformer(transformer):
    heads = [[transformer.attention("369", layer=l, head=h).weights for h in range(2)] for l in range(2)]
    assert transformer.attention("369").weights == pytest.approx(np.mean(heads, axis=(0, 1)), abs=1e-6)
    assert transformer.attention("369", layer=1).weights == pytest.approx(np.mean(heads[1], axis=0), abs=1e-6)
    assert heads[0][0].shape == (4, 3) and heads[1][1].sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    with pytest.raises(ValueError, match="a head below 2, found 2"):
        transformer.attention("369", head=2)


def test_a_recurrent_model_has_no_heads(model):
    with pytest.raises(ValueError, match="found a recurrent one"):
        model.attention("369", head=0)
