#!/usr/bin/env python3
"""Language models in PyTorch, beside ours: the book's, and a small Transformer (the wheel of PyPI is faster than the
package of Debian; nothing else needs it).

  speed [--model rnnlm|better|transformer] [--threads N] [--rounds R] [--program build/release/perf/nn_perf]
      steps of PyTorch and of nn_perf in turn; medians, their ratio, and peak memory of both; and of the quickest
      step of each the processor time of all threads, which says more where a machine has other work
  train --train FILE --valid FILE [--test FILE] [--model ...] [--threads N] [--epochs E] [--seed S]
      perplexity of the validation text after each epoch, with the book's settings: 20 lanes, 35 steps, SGD with a
      learning rate of 20 that is quartered when validation gets worse, clipping at 0.25. A Transformer has 64 steps,
      and Adam with a learning rate of 0.001 that rises for 400 steps and then falls with the square root of the step;
      --size, --heads, --inner, --layers and --dropout change its sizes

The Transformer is that of pytorch_transformer.py. The others are built from PyTorch's own layers (Embedding, LSTM,
Linear, Dropout, cross_entropy, SGD, clip_grad_norm_). Of the LSTM's two biases one stays 0, as the book has one. The
pool of threads sleeps between products, or it would spin against that of the products' library.
"""
import argparse
import json
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import time

LANES, STEPS, VOCABULARY = 20, 35, 10000
SIZES = {"rnnlm": dict(size=100, layers=1, dropout=0.0, tied=False),
         "better": dict(size=650, layers=2, dropout=0.5, tied=True),
         "transformer": dict(size=256, layers=2, dropout=0.1, heads=4, inner=1024)}
SEGMENT, WARMUP = 64, 400
IGNORED = -100  # as a target, by cross_entropy


def transformer_of(vocabulary, sizes):
    from pytorch_transformer import LanguageModel
    return LanguageModel(vocabulary, **sizes)


def model_of(torch, vocabulary, size, layers, dropout, tied):
    nn = torch.nn

    class LanguageModel(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, size)
            self.lstm = nn.LSTM(size, size, layers, dropout=dropout if layers > 1 else 0.0)
            self.projection = nn.Linear(size, vocabulary)
            self.dropout = nn.Dropout(dropout)
            nn.init.normal_(self.embedding.weight, std=0.01)
            nn.init.normal_(self.projection.weight, std=size**-0.5)
            nn.init.zeros_(self.projection.bias)
            for name, p in self.lstm.named_parameters():
                if "weight" in name:
                    nn.init.normal_(p, std=size**-0.5)
                else:
                    nn.init.zeros_(p)
                    p.requires_grad = "bias_ih" in name
            if tied:
                self.projection.weight = self.embedding.weight

        def forward(self, words, state):
            y, state = self.lstm(self.dropout(self.embedding(words)), state)
            return self.projection(self.dropout(y)).flatten(0, 1), tuple(s.detach() for s in state)

    return LanguageModel()


class Learner:
    def __init__(self, torch, model, sizes):
        self.torch, self.model, self.state, self.steps = torch, model, None, 0
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.adam = "heads" in sizes
        self.optimizer = (torch.optim.Adam(self.parameters, lr=0.001, eps=1e-7, fused=True) if self.adam else
                          torch.optim.SGD(self.parameters, lr=20))

    def step(self, words, targets):
        self.steps += 1
        if self.adam:
            self.set_rate(0.001 * min(self.steps / WARMUP, math.sqrt(WARMUP / self.steps)))
        self.optimizer.zero_grad()
        logits, self.state = self.model(words, self.state)
        loss = self.torch.nn.functional.cross_entropy(logits, targets.flatten(), ignore_index=IGNORED)
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.parameters, 0.25)
        self.optimizer.step()
        return loss.item()

    def rate(self):
        return self.optimizer.param_groups[0]["lr"]

    def set_rate(self, rate):
        self.optimizer.param_groups[0]["lr"] = rate


def sizes_of(a):
    """Of the model, with what the command line changes, and the steps of a batch."""
    sizes = dict(SIZES[a.model])
    changed = {name: getattr(a, name) for name in sizes if getattr(a, name, None) is not None}
    if changed and a.model != "transformer":
        sys.exit(f"--{next(iter(changed))}: expected --model transformer beside it, found {a.model}")
    return sizes | changed, SEGMENT if a.model == "transformer" else STEPS


def made_model(torch, vocabulary, sizes):
    return transformer_of(vocabulary, sizes) if "heads" in sizes else model_of(torch, vocabulary, **sizes)


def start_torch(threads, passive=True):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    if passive:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    import torch
    torch.set_num_threads(threads)
    return torch


def memory():
    """Peak of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-6


def steps(a):
    """A child's work: times of steps after one that does not count, and the memory they took."""
    torch = start_torch(a.threads)
    torch.manual_seed(1)
    sizes, length = sizes_of(a)
    learner = Learner(torch, made_model(torch, VOCABULARY, sizes), sizes)
    draw = lambda: (VOCABULARY * torch.rand(length, LANES)**2).long()
    words, targets = draw(), draw()
    seconds, busy = [], []
    for _ in range(a.steps + 1):
        before, before_busy = time.perf_counter(), time.process_time()
        learner.step(words, targets)
        seconds.append(time.perf_counter() - before)
        busy.append(time.process_time() - before_busy)
    print(json.dumps({"seconds": statistics.median(seconds[1:]), "busy": min(busy[1:]),
                      "memory": memory() * 1e6}))


def speed(a):
    repeats = 3 if a.model == "better" else 9
    sizes, length = sizes_of(a)
    if sizes != SIZES[a.model]:
        sys.exit("speed: expected the sizes of nn_perf, found others")
    only = "transformer_lm" if a.model == "transformer" else a.model
    ours, theirs, busy = [], [], ([], [])
    for _ in range(a.rounds):
        found = subprocess.run([a.program, "--only", only, "--threads", str(a.threads), "--repeats", str(repeats)],
                               check=True, capture_output=True, text=True).stdout
        row = re.search(r", a step +\d+ +[0-9.]+ +([0-9.]+)", found)
        memory = float(re.search(r"peak memory (\d+) MB", found).group(1))
        ours.append((LANES * length / float(row.group(1)), memory))
        busy[0].append(float(re.search(r"([0-9.]+) ms busy", found).group(1)))
        found = json.loads(subprocess.run([sys.executable, __file__, "steps", "--model", a.model, "--threads",
                                           str(a.threads), "--steps", str(repeats)],
                                          check=True, capture_output=True, text=True).stdout)
        theirs.append((LANES * length / found["seconds"], found["memory"] * 1e-6))
        busy[1].append(1e3 * found["busy"])
        print(f"  wordmill {ours[-1][0]:8.0f}   PyTorch {theirs[-1][0]:8.0f} tokens/s", flush=True)
    ratios = [o[0] / t[0] for o, t in zip(ours, theirs)]
    middle = lambda pairs, i: statistics.median(p[i] for p in pairs)
    print(f"{a.model}, threads {a.threads}: wordmill {middle(ours, 0):.0f} tokens/s, {middle(ours, 1):.0f} MB; "
          f"PyTorch {middle(theirs, 0):.0f} tokens/s, {middle(theirs, 1):.0f} MB; "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); the quickest step takes "
          f"{min(busy[0]):.0f} and {min(busy[1]):.0f} ms of processor time, ratio {min(busy[1]) / min(busy[0]):.2f}")


def ids_of(path, words, grow):
    ids = []
    for line in open(path, encoding="utf-8"):
        for word in line.split() + ["<eos>"]:
            if grow:
                words.setdefault(word, len(words))
            ids.append(words[word] if word in words else words["<unk>"])
    return ids


def lanes_of(torch, ids, lanes):
    length = (len(ids) - 1) // lanes
    part = lambda first: torch.tensor(ids[first:first + length * lanes]).view(lanes, length).t().contiguous()
    return part(0), part(1)


def parts_of(torch, ids, lanes):
    """The layout "parts" of lm train: each pair of consecutive tokens once, in lanes whose lengths differ by at most
    one. The last target of a shorter lane is ignored."""
    pairs = len(ids) - 1
    each, longer = divmod(pairs, lanes)
    words = torch.zeros(each + (longer > 0), lanes, dtype=torch.long)
    targets = torch.full_like(words, IGNORED)
    first = 0
    for lane in range(lanes):
        size = each + (lane < longer)
        words[:size, lane] = torch.tensor(ids[first:first + size])
        targets[:size, lane] = torch.tensor(ids[first + 1:first + size + 1])
        first += size
    return words, targets


def perplexity(torch, model, words, targets, length):
    model.eval()
    total, state = 0.0, None
    with torch.no_grad():
        for t in range(0, len(words), length):
            logits, state = model(words[t:t + length], state)
            total += torch.nn.functional.cross_entropy(logits, targets[t:t + length].flatten(), reduction="sum",
                                                       ignore_index=IGNORED).item()
    model.train()
    return math.exp(total / (targets != IGNORED).sum().item())


def train(a):
    torch = start_torch(a.threads)
    torch.manual_seed(a.seed)
    words = {}
    text = ids_of(a.train, words, True)
    valid = ids_of(a.valid, words, False)
    sizes, length = sizes_of(a)
    learner = Learner(torch, made_model(torch, len(words), sizes), sizes)
    layout = parts_of if a.model == "transformer" else lanes_of
    inputs, targets = layout(torch, text, LANES)
    valid = layout(torch, valid, 10)
    best = math.inf
    for epoch in range(1, a.epochs + 1):
        before, busy, total, learner.state = time.perf_counter(), time.process_time(), 0.0, None
        for t in range(0, len(inputs), length):
            part = targets[t:t + length]
            total += learner.step(inputs[t:t + length], part) * (part != IGNORED).sum().item()
        seconds, busy = time.perf_counter() - before, time.process_time() - busy
        found = perplexity(torch, learner.model, *valid, length)
        counted = (targets != IGNORED).sum().item()
        print(f"epoch {epoch}: perplexity {math.exp(total / counted):.2f}, of the validation text {found:.2f}; "
              f"{counted / seconds:.0f} tokens/s, {counted / busy:.0f} per second of processor time, {memory():.0f} MB",
              flush=True)
        if found < best:
            best = found
        elif not learner.adam:
            learner.set_rate(learner.rate() / 4)
    if a.test:
        test = layout(torch, ids_of(a.test, words, False), 10)
        print(f"perplexity of the test text {perplexity(torch, learner.model, *test, length):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["speed", "train", "steps"])
    parser.add_argument("--model", choices=SIZES, default="rnnlm")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--program", default="build/release/perf/nn_perf")
    parser.add_argument("--train")
    parser.add_argument("--valid")
    parser.add_argument("--test")
    for name in ("size", "heads", "inner", "layers"):
        parser.add_argument("--" + name, type=int)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    {"speed": speed, "train": train, "steps": steps}[a.task](a)


if __name__ == "__main__":
    main()
