"""Runs: their results, progress, stopping, and what happens to processes around them."""

import logging
import os
import threading
import time

import pytest

import wordmill as wm


@pytest.mark.parametrize("train", [wm.train_skip_gram, wm.train_cbow, wm.train_glove, wm.train_ppmi_svd])
def test_every_model_trains(train, sentences):
    vectors = train(sentences, size=4, min_count=1, sample=0, threads=2)
    assert len(vectors) == 8 and vectors.vector_size == 4 and "new york" in vectors
    assert list(vectors.counts)[0] == 120


def test_vectors_are_those_of_a_file(sentences, options, tmp_path):
    (tmp_path / "text").write_text("".join(" ".join(w.replace(" ", "_") for w in s) + "\n" for s in sentences))
    a = wm.train_skip_gram(tmp_path / "text", **options)
    b = wm.train_skip_gram([[w.replace(" ", "_") for w in s] for s in sentences], **options)
    assert list(a) == list(b) and (a.vectors == b.vectors).all()


@pytest.mark.parametrize(
    "option",
    [
        dict(size=0),
        dict(epochs=0),
        dict(negative=0),
        dict(sample=-1),
        dict(alpha=float("nan")),
        dict(share_negatives="all"),
        dict(device="tpu"),
        dict(memory="much"),
        dict(resume=True),
        dict(min_count=10**9),
    ],
)
def test_options_out_of_range(sentences, option):
    with pytest.raises(ValueError) as caught:
        wm.train_skip_gram(sentences, **option)
    assert isinstance(caught.value, wm.Error) and "--" not in str(caught.value)


def test_unknown_options_and_types(sentences):
    with pytest.raises(TypeError):
        wm.train_skip_gram(sentences, vector_size=3)
    with pytest.raises(TypeError):
        wm.train_skip_gram(sentences, progress=3)


def test_a_small_budget(sentences):
    with pytest.raises(MemoryError):
        wm.train_skip_gram(sentences, min_count=1, size=100_000, memory="1MiB")


def test_cuda_is_explained(sentences):
    with pytest.raises(RuntimeError, match="built without CUDA") as caught:
        wm.train_skip_gram(sentences, device="cuda")
    assert caught.value.kind == "unavailable"


def test_progress(long_sentences):
    seen = []
    wm.train_skip_gram(long_sentences, size=20, epochs=1, progress=seen.append)
    assert seen[-1].stage == "training"
    assert seen[-1].tokens == seen[-1].total == 800_000 and any(p.loss for p in seen)


def test_an_exception_of_the_progress_callback_arrives_as_itself(long_sentences):
    class Stop(Exception):
        pass

    def tell(progress):
        if progress.tokens:
            raise Stop("enough")

    start = time.monotonic()
    with pytest.raises(Stop, match="enough"):
        wm.train_skip_gram(long_sentences, size=20, epochs=100, progress=tell)
    assert time.monotonic() - start < 60


def test_the_log(sentences, options, caplog, capfd):
    with caplog.at_level(logging.INFO, "wordmill"):
        wm.train_skip_gram(sentences, **options)
    assert "epoch 1 of 1" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_a_run_resumes(long_sentences, options, tmp_path):
    options = dict(options, epochs=4, min_count=5, checkpoint_tokens=100_000)
    whole = wm.train_skip_gram(long_sentences, **options)

    def tell(progress):
        if progress.tokens > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wm.train_skip_gram(long_sentences, **options, checkpoint=tmp_path / "run", progress=tell)
    assert (tmp_path / "run" / "checkpoint").exists()
    with pytest.raises(wm.DataError, match="size"):
        wm.train_skip_gram(long_sentences, **dict(options, size=9), checkpoint=tmp_path / "run", resume=True)
    again = wm.train_skip_gram(long_sentences, **options, checkpoint=tmp_path / "run", resume=True)
    assert (again.vectors == whole.vectors).all()


def test_two_threads_train_and_ask(sentences, options):
    expected = wm.train_skip_gram(sentences, **options)
    results, errors = [], []

    def work():
        try:
            mine = wm.train_skip_gram(sentences, **options)
            results.append((mine.vectors == expected.vectors).all() and expected.most_similar("cat") is not None)
        except Exception as e:
            errors.append(e)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors and results == [True, True]


CORPUS = """
    import os, sys, threading, time
    import wordmill as wm
    class Corpus:
        def __iter__(self):
            while True:
                yield ["a", "b", "c", "d", "e"] * 20
    words = wm.Vocabulary.count([["a", "b", "c", "d", "e"] * 1000])
"""
LONG = CORPUS + """
    def train(**how):
        def tell(p):
            if p.tokens: print("training", flush=True)
        wm.train_skip_gram(Corpus(), vocabulary=words, epochs=1, size=20, progress=tell, **how)
"""


def test_control_c_stops_soon_with_a_checkpoint(control_c):
    control_c(CORPUS, "wm.train_skip_gram(Corpus(), vocabulary=words, epochs=1, size=20, progress=tell, checkpoint=folder)")


def test_the_interpreter_may_end_during_training(run):
    child = run(LONG + """
    threading.Thread(target=train, daemon=True).start()
    time.sleep(1.5)
    """)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "training" in out and "Fatal" not in err, (child.returncode, err)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_is_told(run):
    child = run("""
    import os
    import wordmill as wm
    s = [["a", "b", "c"]] * 50
    v = wm.train_skip_gram(s, size=4, min_count=1, sample=0)
    pid = os.fork()
    if pid == 0:
        assert v.most_similar("a")  # asking needs no threads
        try:
            wm.train_skip_gram(s, size=4, min_count=1, sample=0)
        except RuntimeError as e:
            os._exit(0 if "spawn" in str(e) else 1)
        os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0
    wm.train_skip_gram(s, size=4, min_count=1, sample=0)
    """)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err


def test_the_import_is_light(run):
    child = run("""
    import sys, wordmill
    assert not {"scipy", "pandas", "pyarrow", "polars", "torch", "sklearn", "tqdm"} & set(sys.modules)
    """)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
