#!/usr/bin/env python3
"""The book's language models in PyTorch, beside ours (the wheel of PyPI is faster than the package of Debian; nothing else needs it).

  speed [--model rnnlm|better] [--threads N] [--rounds R] [--program build/release/perf/nn_perf]
      steps of PyTorch and of nn_perf in turn; medians, their ratio, and peak memory of both; and of the quickest
      step of each the processor time of all threads, which says more where a machine has other work
  train --train FILE --valid FILE [--model ...] [--threads N] [--epochs E] [--seed S]
      perplexity of the validation text after each epoch, with the book's settings: 20 lanes, 35 steps, SGD with a
      learning rate of 20 that is quartered when validation gets worse, clipping at 0.25

Both are built from PyTorch's own layers (Embedding, LSTM, Linear, Dropout, cross_entropy, SGD, clip_grad_norm_). Of the
LSTM's two biases one stays 0, as the book has one. The pool of threads sleeps between products, or it would spin
against that of the products' library.
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
         "better": dict(size=650, layers=2, dropout=0.5, tied=True)}


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
    def __init__(self, torch, model):
        self.torch, self.model, self.state = torch, model, None
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.sgd = torch.optim.SGD(self.parameters, lr=20)

    def step(self, words, targets):
        self.sgd.zero_grad()
        logits, self.state = self.model(words, self.state)
        loss = self.torch.nn.functional.cross_entropy(logits, targets.flatten())
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.parameters, 0.25)
        self.sgd.step()
        return loss.item()


def start_torch(threads, passive=True):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    if passive:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    import torch
    torch.set_num_threads(threads)
    return torch


def steps(a):
    """A child's work: times of steps after one that does not count, and the memory they took."""
    torch = start_torch(a.threads)
    torch.manual_seed(1)
    learner = Learner(torch, model_of(torch, VOCABULARY, **SIZES[a.model]))
    draw = lambda: (VOCABULARY * torch.rand(STEPS, LANES)**2).long()
    words, targets = draw(), draw()
    seconds, busy = [], []
    for _ in range(a.steps + 1):
        before, before_busy = time.perf_counter(), time.process_time()
        learner.step(words, targets)
        seconds.append(time.perf_counter() - before)
        busy.append(time.process_time() - before_busy)
    print(json.dumps({"seconds": statistics.median(seconds[1:]), "busy": min(busy[1:]),
                      "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def speed(a):
    repeats = 9 if a.model == "rnnlm" else 3
    ours, theirs, busy = [], [], ([], [])
    for _ in range(a.rounds):
        found = subprocess.run([a.program, "--only", a.model, "--threads", str(a.threads), "--repeats", str(repeats)],
                               check=True, capture_output=True, text=True).stdout
        row = re.search(r"Rnnlm, a step +\d+ +[0-9.]+ +([0-9.]+)", found)
        memory = float(re.search(r"peak memory (\d+) MB", found).group(1))
        ours.append((LANES * STEPS / float(row.group(1)), memory))
        busy[0].append(float(re.search(r"([0-9.]+) ms busy", found).group(1)))
        found = json.loads(subprocess.run([sys.executable, __file__, "steps", "--model", a.model, "--threads",
                                           str(a.threads), "--steps", str(repeats)],
                                          check=True, capture_output=True, text=True).stdout)
        theirs.append((LANES * STEPS / found["seconds"], found["memory"] * 1e-6))
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


def perplexity(torch, model, ids):
    words, targets = lanes_of(torch, ids, 10)
    model.eval()
    total, state = 0.0, None
    with torch.no_grad():
        for t in range(0, len(words), STEPS):
            logits, state = model(words[t:t + STEPS], state)
            total += torch.nn.functional.cross_entropy(logits, targets[t:t + STEPS].flatten(), reduction="sum").item()
    model.train()
    return math.exp(total / words.numel())


def train(a):
    torch = start_torch(a.threads)
    torch.manual_seed(a.seed)
    words = {}
    text = ids_of(a.train, words, True)
    valid = ids_of(a.valid, words, False)
    learner = Learner(torch, model_of(torch, len(words), **SIZES[a.model]))
    inputs, targets = lanes_of(torch, text, LANES)
    best = math.inf
    for epoch in range(1, a.epochs + 1):
        before, total, learner.state = time.perf_counter(), 0.0, None
        for t in range(0, len(inputs), STEPS):
            part = inputs[t:t + STEPS]
            total += learner.step(part, targets[t:t + STEPS]) * part.numel()
        seconds = time.perf_counter() - before
        found = perplexity(torch, learner.model, valid)
        print(f"epoch {epoch}: perplexity {math.exp(total / inputs.numel()):.2f}, of the validation text {found:.2f}; "
              f"{inputs.numel() / seconds:.0f} tokens/s", flush=True)
        if found < best:
            best = found
        else:
            learner.sgd.param_groups[0]["lr"] /= 4


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
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    {"speed": speed, "train": train, "steps": steps}[a.task](a)


if __name__ == "__main__":
    main()
