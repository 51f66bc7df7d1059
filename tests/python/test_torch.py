"""Batches for PyTorch, with tensors worked out by hand."""

import pytest

torch = pytest.importorskip("torch")
import wordmill as wm  # noqa: E402
from wordmill.torch import BpttBatches, ContextWindows  # noqa: E402

TEXT = [["a", "b", "c", "d", "e", "f", "g"]]


@pytest.fixture
def words():
    return wm.Vocabulary.count([["a"] * 7, ["b"] * 6, ["c"] * 5, ["d"] * 4, ["e"] * 3, ["f"] * 2, ["g"]], min_count=1)


def test_lanes_lie_side_by_side(words):
    batches = list(BpttBatches(TEXT, words, lanes=2, steps=2))
    # 7 tokens are 6 pairs: lane 0 has a b c, lane 1 has d e f
    assert batches[0][0].tolist() == [[0, 3], [1, 4]] and batches[0][1].tolist() == [[1, 4], [2, 5]]
    assert batches[1][0].tolist() == [[2, 5]] and batches[1][1].tolist() == [[3, 6]]
    assert batches[0][0].dtype == torch.int64 and len(batches) == 2


def test_a_pass_goes_on_from_its_state(words):
    text = [["a", "b", "c", "d", "e", "f", "g"] * 9]
    whole = [inputs.tolist() for inputs, _ in BpttBatches(text, words, lanes=3, steps=4)]
    begun = BpttBatches(text, words, lanes=3, steps=4)
    passing = iter(begun)
    seen = [next(passing)[0].tolist() for _ in range(2)]
    other = BpttBatches(text, words, lanes=3, steps=4)
    other.load_state_dict(begun.state_dict())
    assert seen + [inputs.tolist() for inputs, _ in other] == whole
    assert [inputs.tolist() for inputs, _ in other] == whole  # and the next pass is a whole one
    with pytest.raises(wm.UsageError, match="lanes"):
        BpttBatches(text, words, lanes=2, steps=4).load_state_dict(begun.state_dict())


def test_windows_are_those_of_the_text(words):
    targets, contexts = next(iter(ContextWindows(TEXT, words, radius=2, shrink=False, sample=0)))
    assert targets.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert contexts[0].tolist() == [1, 2, -100, -100] and contexts[3].tolist() == [1, 2, 4, 5]


def test_windows_are_drawn_anew_in_each_pass_and_go_on_from_a_state(words):
    def numbers(windows):
        return [(t.tolist(), c.tolist()) for t, c in windows]

    text = TEXT * 300
    windows = ContextWindows(text, words, radius=3, sample=0, threads=1)
    first, second = numbers(windows), numbers(windows)
    assert first != second
    again = ContextWindows(text, words, radius=3, sample=0, threads=1)
    again.load_state_dict({"epoch": 1, "batch": 0, "seed": 1})
    assert numbers(again) == second


def test_a_data_loader_takes_them(words):
    loader = torch.utils.data.DataLoader(BpttBatches(TEXT, words, lanes=2, steps=2), batch_size=None)
    assert [tuple(inputs.shape) for inputs, _ in loader] == [(2, 2), (1, 2)]


def test_vectors_become_an_embedding():
    import numpy as np

    rows = np.array([[1, 2], [3, 4]], dtype=np.float32)
    table = wm.KeyedVectors(["x", "y"], rows).to_torch()
    table += 1  # is a copy
    embedding = torch.nn.Embedding.from_pretrained(table, freeze=False)
    assert embedding(torch.tensor([1])).tolist() == [[4, 5]]
