"""Batches for PyTorch, with tensors worked out by hand."""

import pytest

torch = pytest.importorskip("torch")
import wordmill as wm  # noqa: E402
from wordmill.torch import BpttBatches, ContextWindows, Pairs  # noqa: E402

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


def numbers(batches):
    return [tuple(part.tolist() for part in batch) for batch in batches]


def test_pairs_are_targets_with_each_of_their_contexts(words):
    (targets, contexts), = Pairs([["a", "b", "c"], ["d"], ["e", "f"]], words, radius=2, shrink=False, sample=0)
    pairs = list(zip(targets.tolist(), contexts.tolist()))
    assert pairs == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (4, 5), (5, 4)]
    assert targets.dtype == contexts.dtype == torch.int64


def test_negatives_follow_the_counts_and_are_never_the_target():
    text = [["a", "b", "c"]] * 3000
    words = wm.Vocabulary.count([["a"] * 8, ["b"] * 4, ["c"] * 4], min_count=1)
    (targets, _, negatives), = numbers(Pairs(text, words, radius=1, shrink=False, sample=0, negative=4, ns_exponent=1.0))
    drawn = [sample for target, row in zip(targets, negatives) for sample in row if target == 2]
    assert all(target not in row for target, row in zip(targets, negatives)) and {len(row) for row in negatives} == {4}
    # for c are left a with 8 of 12, and b; 12,000 draws: a deviation of 0.0043
    assert len(drawn) == 12000 and abs(drawn.count(0) / len(drawn) - 2 / 3) < 0.02


def test_batches_have_the_size_that_is_asked_for(words):
    text = TEXT * 10000  # more than one block
    whole = numbers(Pairs(text, words, radius=2, sample=0, negative=2, threads=1))
    parts = numbers(Pairs(text, words, radius=2, sample=0, negative=2, batch_size=1000, threads=2))
    assert len(whole) > 1 and {len(targets) for targets, _, _ in parts[:-1]} == {1000} and len(parts[-1][0]) <= 1000
    for part in range(3):
        assert sum((batch[part] for batch in parts), []) == sum((batch[part] for batch in whole), [])
    windows = list(ContextWindows(TEXT, words, radius=2, sample=0, batch_size=4))
    assert [tuple(contexts.shape) for _, contexts in windows] == [(4, 4), (3, 4)]
    for bad in ({"batch_size": 0}, {"negative": -1}):
        with pytest.raises(wm.UsageError, match=f"found {list(bad.values())[0]}"):
            Pairs(TEXT, words, **bad)


@pytest.mark.parametrize("kind", [ContextWindows, Pairs])
def test_passes_are_drawn_anew_and_go_on_from_a_state(words, kind):
    def new(**more):
        return kind(TEXT * 300, words, radius=3, sample=0, batch_size=500, threads=1, **more)

    batches = new()
    first, second = numbers(batches), numbers(batches)
    assert first != second and numbers(new()) == first
    begun = new()
    list(begun)
    passing = iter(begun)
    seen = numbers([next(passing), next(passing)])
    again = new()
    again.load_state_dict(begun.state_dict())
    assert again.state_dict() == begun.state_dict()
    assert seen + numbers(again) == second
    assert again.state_dict()["epoch"] == 2
    with pytest.raises(wm.UsageError, match="expected seed 2, found 1"):
        new(seed=2).load_state_dict(begun.state_dict())


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
