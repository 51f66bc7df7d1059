"""Language models: training, perplexity, generation, folders, and threads."""

import doctest
import threading

import numpy as np
import pytest

import wordmill as wm

OPTIONS = dict(size=16, batch=4, bptt=6, optimizer="adam", lr=0.02, clip=5, epochs=8, threads=1)
TEXT = ["one two three four five", "six seven eight nine ten"] * 60


@pytest.fixture(scope="module")
def model():
    return wm.train_language_model(TEXT, **OPTIONS)


def weights(model, folder):
    model.save(folder)
    return (folder / "model.safetensors").read_bytes()


def tokens_of(sentences):
    return [token for sentence in sentences for token in (*sentence.split(), "<eos>")]


# The definition of perplexity, with NumPy.
def test_perplexity_is_that_of_the_probabilities_of_the_next_words(model):
    text = ["one two three seven", "five", "two eight"]
    tokens = tokens_of(text)
    logs = [model.next_log_probabilities(tokens[:i])[model.vocabulary[tokens[i]]] for i in range(1, len(tokens))]
    assert model.perplexity(text, lanes=1) == pytest.approx(np.exp(-np.mean(logs)), rel=1e-5)


def test_probabilities_sum_to_one_and_a_context_may_be_text_or_tokens(model):
    found = model.next_log_probabilities("one two")
    assert found.dtype == np.float64 and found.shape == (len(model.vocabulary),)
    assert np.exp(found).sum() == pytest.approx(1, rel=1e-9)
    assert (found == model.next_log_probabilities(["one", "two"])).all()
    assert (model.next_log_probabilities("") == model.next_log_probabilities(["<eos>"])).all()


@pytest.mark.parametrize("softmax", [dict(softmax="sampled", samples=4), dict(softmax="adaptive", cutoffs=[4, 8])])
def test_softmaxes_for_large_vocabularies_have_probabilities_too(softmax):
    model = wm.train_language_model(TEXT, **OPTIONS, **softmax)
    assert np.exp(model.next_log_probabilities("one")).sum() == pytest.approx(1, rel=1e-5)
    assert model.notes["softmax"] == softmax["softmax"]


def test_a_text_that_repeats_is_learnt_and_continued(model):
    assert model.perplexity(TEXT) < 1.5
    assert model.generate("one two", length=3, temperature=0) == "one two three four five"
    sentence = model.generate(["<eos>", "six"], length=5, temperature=0)
    assert sentence == ["<eos>", "six", "seven", "eight", "nine", "ten", "<eos>"]
    assert model.generate("four", length=2, temperature=0) == "four five.\n"


def test_sampling_repeats_with_its_seed_and_obeys_its_options(model):
    free = dict(length=40, temperature=3)
    texts = [model.generate("one", **free, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert model.generate("one", **free, top_k=1) == model.generate("one", length=40, temperature=0)
    assert model.generate("one", **free, top_p=1e-9) == model.generate("one", length=40, temperature=0)
    stopped = model.generate(["one"], length=1000, temperature=3, stop="ten")
    assert stopped.index("ten") == len(stopped) - 1
    assert not {"two", "nine"} & set(model.generate(["one"], **free, skip=["two", "nine"]))
    assert model.generate(length=0) == ""


def test_words_that_the_model_lacks_are_reported(model, caplog):
    with pytest.raises(wm.DataError, match="prompt: expected a word of the model's vocabulary, found none in 'x y'"):
        model.generate("x y")
    with pytest.raises(wm.DataError, match="stop: expected a word"):
        model.generate(stop="x")
    with caplog.at_level("INFO", "wordmill"):
        model.generate("x one", length=1, skip=["z"])
        model.perplexity(["one x two"])
    assert "left out: 'x'" in caplog.text and "skip: 'z'" in caplog.text and "1 tokens left out: unknown" in caplog.text


# "one" and "<eos>" are known; six of the eight words are rare.
def test_rare_words_become_the_unknown_word():
    text = ["one a", "one b", "one c", "one d"] * 3 + ["one e"] * 2
    model = wm.train_language_model(text, **OPTIONS, min_count=4)
    assert sorted(model.vocabulary) == ["<eos>", "<unk>", "one"]
    assert model.generate(["one"], length=1, temperature=0, unknown=True) == ["one", "<unk>"]
    assert "<unk>" not in model.generate(["one"], length=50)


def test_text_is_split_as_in_training():
    model = wm.train_language_model(["Abc", "ABC"] * 100, **OPTIONS, tokenizer="characters", letters="lower")
    assert sorted(model.vocabulary) == ["<eos>", "a", "b", "c"]
    assert model.generate("A", length=2, temperature=0) == "Abc"
    assert model.perplexity(["abc"] * 20) < 1.5
    with pytest.raises(wm.UsageError, match="expected the tokenizer of the model, 'characters', found 'unicode'"):
        model.perplexity(wm.Corpus(["abc"], tokenizer="unicode"))


def test_lists_of_words_keep_their_words():
    model = wm.train_language_model([["new york", "is", "big"]] * 100, **OPTIONS)
    assert model.generate(["new york"], length=2, temperature=0) == ["new york", "is", "big"]
    assert model.perplexity([["new york", "is", "big"]] * 10) < 1.5
    with pytest.raises(wm.UsageError, match="lists of words"):
        wm.train_language_model([["a", "b"]] * 100, **OPTIONS, letters="lower")


def test_all_sources_of_a_text_give_the_same_model(tmp_path):
    (tmp_path / "text").write_text("\n".join(TEXT) + "\n")
    options = dict(OPTIONS, epochs=1)
    of_file = weights(wm.train_language_model(tmp_path / "text", **options), tmp_path / "a")
    assert weights(wm.train_language_model(TEXT, **options), tmp_path / "b") == of_file
    assert weights(wm.train_language_model(iter(TEXT), **options), tmp_path / "c") == of_file
    assert weights(wm.train_language_model([s.split() for s in TEXT], **options), tmp_path / "d") == of_file
    assert weights(wm.train_language_model(TEXT, **dict(options, threads=2)), tmp_path / "e") == of_file
    assert weights(wm.train_language_model(TEXT, **options, seed=2), tmp_path / "f") != of_file


def test_a_model_that_was_saved_is_the_same_model(model, tmp_path):
    first = weights(model, tmp_path / "first")
    loaded = wm.LanguageModel.load(tmp_path / "first", threads=1)
    assert weights(loaded, tmp_path / "second") == first
    assert loaded.generate("one", seed=5) == model.generate("one", seed=5)
    assert loaded.notes == model.notes and list(loaded.vocabulary) == list(model.vocabulary)
    with pytest.raises(wm.FileError, match="holds a model already"):
        loaded.save(tmp_path / "first", overwrite=False)
    loaded.save(tmp_path / "half", half=True)
    assert len((tmp_path / "half" / "model.safetensors").read_bytes()) < 0.8 * len(first)
    assert repr(model) == "LanguageModel(11 words, 1 layer of 16 lstm units)"


def test_embeddings_are_word_vectors(model, tmp_path):
    vectors = model.embeddings
    assert list(vectors) == list(model.vocabulary) and vectors.vector_size == 16
    assert np.isfinite(vectors.vectors).all() and vectors.vectors.any()


def test_the_command_reads_the_model_and_finds_the_same(command, model, tmp_path):
    model.save(tmp_path / "model")
    (tmp_path / "text").write_text("one two three seven\nfive\n")
    found = command("lm", "evaluate", tmp_path / "model", tmp_path / "text", "--quiet")
    assert found.startswith(f"perplexity {model.perplexity(tmp_path / 'text'):.2f} of ")
    text = command("lm", "generate", tmp_path / "model", "--prompt", "one", "--length", "20", "--seed", "3",
                   "--temperature", "2")
    assert text.rstrip("\n") == model.generate("one", length=20, seed=3, temperature=2).rstrip("\n")
    command("lm", "vectors", tmp_path / "model", "--output", tmp_path / "vectors.npy", "--quiet")
    assert (wm.KeyedVectors.load(tmp_path / "vectors.npy").vectors == model.embeddings.vectors).all()


def test_the_command_trains_the_same_model(command, model, tmp_path):
    (tmp_path / "text").write_text("\n".join(TEXT) + "\n")
    command("lm", "train", tmp_path / "text", "--size", "16", "--batch", "4", "--bptt", "6", "--optimizer", "adam",
            "--lr", "0.02", "--clip", "5", "--epochs", "8", "--threads", "1", "--output", tmp_path / "by command",
            "--quiet")
    theirs = wm.LanguageModel.load(tmp_path / "by command", threads=1)
    assert theirs.perplexity(TEXT) == model.perplexity(TEXT)
    assert theirs.notes == model.notes


# The order of words is the opposite of the training text's: its perplexity falls while the words are learnt, and rises
# when their order is.
def test_the_model_that_validates_best_is_the_result():
    options = dict(OPTIONS, schedule="constant")
    valid = ["five four three two one"] * 20
    model = wm.train_language_model(TEXT, valid=valid, **dict(options, epochs=20, patience=3))
    best = int(model.notes["epoch"])
    assert 1 <= best < 17
    assert model.perplexity(valid) == pytest.approx(float(model.notes["validation-perplexity"]), rel=1e-3)
    same = wm.train_language_model(TEXT, **dict(options, epochs=best))
    assert (same.embeddings.vectors == model.embeddings.vectors).all()


def test_a_run_resumes_and_leaves_its_best_model(tmp_path):
    options = dict(OPTIONS, epochs=30, checkpoint_tokens=200, dropout=0.1)
    whole = weights(wm.train_language_model(TEXT, **options), tmp_path / "whole")
    folder = tmp_path / "run"

    def stop(progress):
        if (folder / "best" / "card.json").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wm.train_language_model(TEXT, **options, checkpoint=folder, progress=stop)
    assert (folder / "checkpoint").exists()
    assert len(wm.LanguageModel.load(folder / "best", device="auto").vocabulary) == 11
    with pytest.raises(wm.DataError, match="size"):
        wm.train_language_model(TEXT, **dict(options, size=17), checkpoint=folder, resume=True)
    resumed = wm.train_language_model(TEXT, **options, checkpoint=folder, resume=True)
    assert weights(resumed, tmp_path / "resumed") == whole
    assert weights(wm.train_language_model(TEXT, **options, checkpoint=folder), tmp_path / "again") == whole
    with pytest.raises(wm.FileError, match="overwrite"):
        wm.train_language_model(TEXT, **options, checkpoint=folder, resume=False)


def test_cuda_is_explained():
    with pytest.raises(RuntimeError, match="built without CUDA") as caught:
        wm.train_language_model(TEXT, device="cuda")
    assert caught.value.kind == "unavailable"


@pytest.mark.parametrize(
    "option",
    [
        dict(layers=0),
        dict(dropout=1),
        dict(lr=0),
        dict(lr=float("nan")),
        dict(clip=-1),
        dict(epochs=0),
        dict(patience=2),
        dict(cell="qrnn"),
        dict(tied=True, embedding_size=5),
        dict(softmax="half"),
        dict(samples=5),
        dict(cutoffs=[5]),
        dict(precision="fp16"),
        dict(batch=10_000),
        dict(device="tpu"),
        dict(letters="upper"),
        dict(tokenizer="none"),
        dict(resume=True),
    ],
)
def test_options_out_of_range(option):
    with pytest.raises(ValueError) as caught:
        wm.train_language_model(TEXT, **option)
    assert isinstance(caught.value, wm.Error) and "--" not in str(caught.value)


def test_the_example_of_the_docstring():
    found = doctest.DocTestParser().get_doctest(wm.train_language_model.__doc__, {}, "train_language_model", None, 0)
    assert len(found.examples) == 4
    assert doctest.DocTestRunner().run(found).failed == 0


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="vocabulary.tsv"):
        wm.LanguageModel.load(tmp_path)
    with pytest.raises(RuntimeError, match="built without CUDA"):
        wm.LanguageModel.load(tmp_path, device="cuda")


def test_progress():
    seen = []
    wm.train_language_model(TEXT * 40, **dict(OPTIONS, epochs=1), progress=seen.append)
    assert seen[-1].stage == "training"
    # Every token is predicted but the first.
    assert seen[-1].tokens == seen[-1].total == 40 * len(tokens_of(TEXT)) - 1


def test_threads_that_share_a_model_wait_for_one_another(model):
    expected = [model.generate("one", length=200, temperature=2, seed=seed) for seed in range(4)]
    perplexity = model.perplexity(TEXT)
    results, errors = [], []

    def work(seed):
        try:
            for _ in range(5):
                results.append(model.generate("one", length=200, temperature=2, seed=seed) == expected[seed])
                results.append(model.perplexity(TEXT) == perplexity)
        except Exception as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(results) == 40 and all(results)


def test_control_c_stops_training_soon_with_a_checkpoint(control_c):
    control_c("", 'wm.train_language_model([" ".join(map(str, range(1000)))] * 100, epochs=1000, progress=tell, '
                  "checkpoint=folder)")


TRANSFORMER = dict(OPTIONS, model="transformer", layers=2, size=32, epochs=20, lr=0.005)


def test_a_transformer_learns_generates_and_is_the_same_after_saving(tmp_path):
    model = wm.train_language_model(TEXT, **TRANSFORMER, norm="post", activation="gelu", position="learned")
    assert "2 layers of 32 transformer units" in repr(model)
    assert model.generate("six seven", length=3, temperature=0) == "six seven eight nine ten"
    assert model.perplexity(TEXT) < 2
    model.save(tmp_path / "model")
    again = wm.LanguageModel.load(tmp_path / "model", threads=1)
    assert again.perplexity(TEXT) == model.perplexity(TEXT)
    assert again.notes["kind"] == "transformer" and again.notes["norm"] == "post"


def test_a_transformer_with_a_memory_predicts_from_the_tokens_before_a_batch(tmp_path):
    # Sentences of six letters in a circle: where a sentence ends is not seen in two tokens.
    text = [" ".join("abcdefghij"[(i + k) % 10] for k in range(6)) for i in range(400)]
    options = dict(model="transformer", position="rotary", layers=2, size=32, batch=5, bptt=2, lr=0.004, epochs=8,
                   threads=1)
    plain = wm.train_language_model(text, **options)
    model = wm.train_language_model(text, **options, memory_length=16)
    some = text[:40]
    assert plain.perplexity(some) > 1.2 * model.perplexity(some)
    model.save(tmp_path / "model")
    short = wm.LanguageModel.load(tmp_path / "model", memory_length=0)
    assert short.perplexity(some) > 1.2 * model.perplexity(some)
    assert short.perplexity(some, bptt=18) < short.perplexity(some)


@pytest.mark.parametrize("options, message", [
    (dict(model="perceptron"), "expected one of recurrent, transformer"),
    (dict(model="transformer", heads=3), "3 heads"),
    (dict(model="transformer", norm="middle"), "expected one of pre, post"),
    (dict(model="transformer", memory_length=4), "rotary"),
    (dict(model="transformer", skip_connections=True), 'skip_connections: expected model="recurrent"'),
    (dict(model="transformer", cell="gru"), 'cell: expected model="recurrent", found "transformer"'),
    (dict(model="transformer", embedding_size=16), 'embedding_size: expected model="recurrent"'),
    (dict(model="transformer", variational=True), 'variational: expected model="recurrent"'),
    (dict(model="transformer", forget_bias=1), 'forget_bias: expected model="recurrent"'),
    (dict(heads=4), 'heads: expected model="transformer", found "recurrent"'),
    (dict(position="rotary"), 'position: expected model="transformer"'),
    (dict(memory_length=4), 'expected model="transformer"'),
    (dict(warmup=4), "with a warmup, found quarter"),
])
def test_options_of_transformers_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        wm.train_language_model(TEXT, **dict(OPTIONS, **options))
