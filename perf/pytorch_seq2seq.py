#!/usr/bin/env python3
"""Sequence-to-sequence models in PyTorch, beside ours (the wheel of PyPI; `translate` also needs its sacrebleu).

  speed [--only CASE] [--threads 1 2] [--rounds R] [--steps N] [--data FOLDER]
      the book's models: a line with samples per second, seconds and peak memory for each case and number of threads;
      medians of rounds, each in its own process. FOLDER holds addition.txt and date.txt in the book's format. The
      cases `transformer` and `transformer_decode` need no data: batches are like those that seq2seq_perf makes.
  compare --only transformer|transformer_decode [--threads 1] [--rounds R] [--program build/release/perf/seq2seq_perf]
      the same case of seq2seq_perf and of PyTorch in turn: medians, their ratios, processor time and peak memory
  train --case CASE --data FOLDER [--reverse] [--epochs E] [--threads N] [--seed S]
      exact match of the last tenth of the pairs after each epoch
  translate --data FOLDER [--model recurrent|transformer] [--size H] [--layers L] [--epochs E | --steps N]
            [--beam K] ...
      a translator, trained on train.SOURCE and train.TARGET (texts that are already tokenized), measured
      on val.* after each epoch and on test_2016_flickr.* at the end; --steps only times training steps

The book's models: an LSTM of 128 (addition) or 256 (dates) over embeddings of 16 encodes, another one decodes, from the
encoder's hidden state alone; peeky shows that state to the decoder and the projection at every step; attention is dot
product, between decoder and projection. Minibatches of 128, Adam, clipping at 5. Of an LSTM's two biases one stays 0, as
the book has one. The translator: bidirectional LSTM (each direction half of the size), decoder LSTM from both final
states, general attention with tanh(W [c; h]) (Luong et al. 2015), dropout, label smoothing, Adam, clipping. The
Transformer is that of pytorch_transformer.py. It decodes with the keys and values of earlier steps kept, or with
--recompute as tutorials do: each step computes all steps so far.

All are written for speed: nn.LSTM over all steps, teacher forcing and attention in one call for all steps (bmm). The
threads of the pool wait for work without sleeping, which is faster here by up to 2.7 times.
"""
import argparse
import collections
import json
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import time

from pytorch_language_models import start_torch

BATCH, CLIP = 128, 5.0
CASES = {"addition": dict(file="addition.txt", size=128, peeky=False, attention=False),
         "addition_peeky": dict(file="addition.txt", size=128, peeky=True, attention=False),
         "date_attention": dict(file="date.txt", size=256, peeky=False, attention=True)}
PAD, UNKNOWN, BEGIN, END = range(4)
# Batches of random tokens, as seq2seq_perf makes them: batch n has pairs of 8 + n % 12 tokens on each side, half of
# them one shorter. About the vocabularies and lengths of Multi30k.
MADE = dict(pairs=64, source_words=8000, target_words=6000, layers=3, size=256, heads=8, inner=1024, dropout=0.1)
FUSED = dict(eps=1e-7, fused=True)  # Adam in one pass over each parameter, with our epsilon
MADE_STEPS = 20  # tokens of each target that transformer_decode makes


def one_bias(torch, lstm):
    for name, p in lstm.named_parameters():
        if "bias_hh" in name:
            torch.nn.init.zeros_(p)
            p.requires_grad = False
    return lstm


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# The book's models.

def book_model(torch, vocabulary, size, peeky, attention, embedding=16, **_):
    nn = torch.nn
    wider = size if peeky else 0

    class BookModel(nn.Module):
        def __init__(self):
            super().__init__()
            self.source = nn.Embedding(vocabulary, embedding)
            self.encoder = one_bias(torch, nn.LSTM(embedding, size))
            self.target = nn.Embedding(vocabulary, embedding)
            self.decoder = one_bias(torch, nn.LSTM(embedding + wider, size))
            self.projection = nn.Linear(size + (size if attention else wider), vocabulary)

        def encode(self, source):  # [S, B] -> hidden states [S, B, H], state
            hidden, (last, cell) = self.encoder(self.source(source))
            return hidden, (last, torch.zeros_like(cell))

        def decode(self, target, encoded, first, state):  # [T, B] -> logits [T, B, V]
            x = self.target(target)
            if peeky:
                seen = first.expand(len(target), -1, -1)
                x = torch.cat([seen, x], 2)
            y, state = self.decoder(x, state)
            if peeky:
                y = torch.cat([seen, y], 2)
            if attention:
                queries, values = y.transpose(0, 1), encoded.transpose(0, 1)
                weights = torch.bmm(queries, values.transpose(1, 2)).softmax(2)
                y = torch.cat([torch.bmm(weights, values).transpose(0, 1), y], 2)
            return self.projection(y), state

        def loss(self, source, target):
            encoded, state = self.encode(source)
            logits, _ = self.decode(target[:-1], encoded, state[0], state)
            return nn.functional.cross_entropy(logits.flatten(0, 1), target[1:].flatten())

        @torch.inference_mode()
        def greedy(self, source, begin, length):
            encoded, state = self.encode(source)
            first, word, words = state[0], torch.full_like(source[:1], begin), []
            for _ in range(length):
                logits, state = self.decode(word, encoded, first, state)
                word = logits.argmax(2)
                words.append(word)
            return torch.cat(words)

    return BookModel()


def book_pairs(torch, path, reverse):
    lines = [line.rstrip("\n") for line in open(path, encoding="utf-8")]
    characters = sorted(set("".join(lines)))
    ids = {c: i for i, c in enumerate(characters)}
    cut = lines[0].index("_")
    table = torch.tensor([[ids[c] for c in line] for line in lines])
    source, target = table[:, :cut], table[:, cut:]
    return (source.flip(1) if reverse else source), target, ids


class Learner:
    """With a warm-up the learning rate rises to `rate` and then falls with the square root of the step."""

    def __init__(self, torch, model, rate=0.001, clip=CLIP, warmup=0, **adam):
        self.torch, self.model, self.clip = torch, model, clip
        self.rate, self.warmup, self.steps = rate, warmup, 0
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.adam = torch.optim.Adam(self.parameters, lr=rate, **adam)

    def step(self, *batch):
        self.steps += 1
        if self.warmup:
            self.adam.param_groups[0]["lr"] = self.rate * min(self.steps / self.warmup,
                                                              math.sqrt(self.warmup / self.steps))
        self.adam.zero_grad()
        loss = self.model.loss(*batch)
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.adam.step()
        return loss.item()


def made_batch(torch, n):
    length, pairs = 8 + n % 12, MADE["pairs"]
    draw = lambda words: (4 + (words - 4) * torch.rand(length, pairs)**2).long()
    source, target = draw(MADE["source_words"]), draw(MADE["target_words"])
    lengths = torch.full((pairs,), length)
    lengths[pairs // 2:] -= 1
    for side in (source, target):
        side[-1, pairs // 2:] = PAD
    ends = torch.full((1, pairs), PAD)
    target = torch.cat([torch.full((1, pairs), BEGIN), target, ends])
    target[lengths + 1, torch.arange(pairs)] = END
    return source, lengths, target


def measure_transformer(torch, a):
    """Training steps, or greedy decoding of a fixed number of tokens: seconds, processor time, pairs."""
    from pytorch_transformer import Translator
    model = Translator(**{name: value for name, value in MADE.items() if name != "pairs"}, padding=PAD)
    made = [made_batch(torch, n) for n in range(a.steps + 3)]
    if a.only == "transformer":
        learner = Learner(torch, model, 0.001, warmup=4000, betas=(0.9, 0.98), **FUSED)
        work = lambda batch: learner.step(*batch, 0.1)
    else:
        model.eval()
        model.projection.bias.data[END] = -1e9  # targets do not end by themselves
        work = lambda batch: greedy(torch, model, *batch[:2], MADE_STEPS, cached=not a.recompute)
    for batch in made[:3]:  # do not count
        work(batch)
    before, busy = time.perf_counter(), time.process_time()
    for batch in made[3:]:
        work(batch)
    seconds, busy = time.perf_counter() - before, time.process_time() - busy
    samples = MADE["pairs"] * a.steps
    print(json.dumps({"seconds": seconds, "busy": busy, "rate": samples / seconds, "samples": samples,
                      "memory": memory()}))


def measure(a):
    """A child's work: one case, as JSON."""
    torch = start_torch(a.threads[0], passive=False)
    torch.manual_seed(1)
    if a.only.startswith("transformer"):
        return measure_transformer(torch, a)
    decoding = a.only == "date_decode"
    case = CASES["date_attention" if decoding else a.only]
    source, target, ids = book_pairs(torch, os.path.join(a.data, case["file"]), not decoding)
    model = book_model(torch, len(ids), **case)
    if decoding:
        model.eval()
        parts = [part.t().contiguous() for part in source[:5000].split(a.decode_batch)]
        model.greedy(parts[0], ids["_"], target.size(1) - 1)  # does not count
        before = time.perf_counter()
        for part in parts:
            model.greedy(part, ids["_"], target.size(1) - 1)
        seconds, samples = time.perf_counter() - before, min(5000, len(source))
    else:
        learner = Learner(torch, model)
        order = torch.randperm(len(source))

        def step(n):
            rows = order[n * BATCH % (len(order) - BATCH):][:BATCH]
            learner.step(source[rows].t().contiguous(), target[rows].t().contiguous())

        for n in range(3):  # do not count
            step(n)
        before = time.perf_counter()
        for n in range(a.steps):
            step(n + 3)
        seconds, samples = time.perf_counter() - before, a.steps * BATCH
    print(json.dumps({"seconds": seconds, "rate": samples / seconds, "memory": memory()}))


def child(a, case, threads):
    """One case in its own process."""
    command = [sys.executable, __file__, "measure", "--only", case, "--threads", str(threads), "--steps",
               str(a.steps or 100), "--decode-batch", str(a.decode_batch)]
    command += ["--data", a.data] * bool(a.data) + ["--recompute"] * a.recompute
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(a):
    if a.only not in ("transformer", "transformer_decode"):
        sys.exit(f"compare: expected --only transformer or transformer_decode, found {a.only}")
    steps, threads = a.steps or 24, a.threads[0]
    a.steps = steps
    found = []
    for _ in range(a.rounds):
        text = subprocess.run([a.program, "--only", a.only, "--threads", str(threads), "--steps", str(steps),
                               "--repeats", "1"], check=True, capture_output=True, text=True).stdout
        rate, busy, peak = (float(n) for n in re.search(
            r"([0-9]+) pairs/s, ([0-9.]+) s busy, peak ([0-9]+) MiB", text).groups())
        theirs = child(a, a.only, threads)
        found.append((rate, theirs["rate"], busy, theirs["busy"], peak, theirs["memory"]))
        print(f"  wordmill {rate:7.0f} pairs/s, {busy:.2f} s busy   PyTorch {theirs['rate']:7.0f} pairs/s, "
              f"{theirs['busy']:.2f} s busy", flush=True)
    middle = lambda values: statistics.median(list(values))
    column = lambda i: middle(f[i] for f in found)
    pairs, best = MADE["pairs"] * steps, lambda i: min(f[i] for f in found)
    print(f"{a.only}, threads {threads}: wordmill {column(0):.0f} pairs/s, PyTorch {column(1):.0f}, ratio "
          f"{middle(f[0] / f[1] for f in found):.2f}; per second of processor time (least of the rounds) "
          f"{pairs / best(2):.0f} and {pairs / best(3):.0f}, ratio {best(3) / best(2):.2f}, median ratio "
          f"{middle(f[3] / f[2] for f in found):.2f}; peak {column(4):.0f} and {column(5):.0f} MiB")


def speed(a):
    print(f"{'case':16} {'threads':>7} {'samples/s':>10} {'seconds':>9} {'peak MiB':>9}", flush=True)
    for case in [a.only] if a.only else [*CASES, "date_decode"]:
        for threads in a.threads:
            found = [child(a, case, threads) for _ in range(a.rounds)]
            rate, seconds, peak = (statistics.median(f[key] for f in found) for key in ("rate", "seconds", "memory"))
            print(f"{case:16} {threads:7} {rate:10.0f} {seconds:9.3f} {peak:9.0f}", flush=True)


def train(a):
    torch = start_torch(a.threads[0], passive=False)
    torch.manual_seed(a.seed)
    case = CASES[a.case]
    source, target, ids = book_pairs(torch, os.path.join(a.data, case["file"]), a.reverse)
    shuffled = torch.randperm(len(source))
    training, held_out = shuffled[:len(source) * 9 // 10], shuffled[len(source) * 9 // 10:]
    model = book_model(torch, len(ids), **case)
    learner = Learner(torch, model)
    for epoch in range(1, a.epochs + 1):
        before, total = time.perf_counter(), 0.0
        order = training[torch.randperm(len(training))]
        for rows in order.split(BATCH):
            total += learner.step(source[rows].t().contiguous(), target[rows].t().contiguous()) * len(rows)
        seconds = time.perf_counter() - before
        found = torch.cat([model.greedy(source[rows].t().contiguous(), ids["_"], target.size(1) - 1).t()
                           for rows in held_out.split(a.decode_batch)])
        right = (found == target[held_out, 1:]).all(1).sum().item()
        print(f"epoch {epoch}: loss {total / len(order):.4f}, exact match {100 * right / len(held_out):.2f} % "
              f"({right} of {len(held_out)}), {len(order) / seconds:.0f} samples/s, {memory():.0f} MiB", flush=True)


# The translator.

def translator(torch, source_words, target_words, a):
    nn = torch.nn

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            drop = a.dropout if a.layers > 1 else 0.0
            self.source = nn.Embedding(source_words, a.embedding_size, padding_idx=PAD)
            self.target = nn.Embedding(target_words, a.embedding_size, padding_idx=PAD)
            self.encoder = nn.LSTM(a.embedding_size, a.size // 2, a.layers, dropout=drop, bidirectional=True)
            self.decoder = nn.LSTM(a.embedding_size, a.size, a.layers, dropout=drop)
            self.score = nn.Linear(a.size, a.size, bias=False)
            self.combine = nn.Linear(2 * a.size, a.size, bias=False)
            self.projection = nn.Linear(a.size, target_words)
            self.dropout = nn.Dropout(a.dropout)

        def encode(self, source, lengths):  # [S, B] -> values [B, S, H], their keys, mask, state
            packed = nn.utils.rnn.pack_padded_sequence(self.dropout(self.source(source)), lengths, enforce_sorted=False)
            packed, states = self.encoder(packed)
            values = nn.utils.rnn.pad_packed_sequence(packed)[0].transpose(0, 1)
            both = lambda s: s.view(a.layers, 2, s.size(1), -1).transpose(1, 2).flatten(2)
            return values, self.score(values), (source == PAD).t()[:, None], tuple(both(s).contiguous() for s in states)

        def decode(self, target, values, keys, mask, state):
            y, state = self.decoder(self.dropout(self.target(target)), state)
            y = y.transpose(0, 1)
            weights = torch.bmm(y, keys.transpose(1, 2)).masked_fill(mask, -math.inf).softmax(2)
            y = torch.tanh(self.combine(torch.cat([torch.bmm(weights, values), y], 2)))
            return self.projection(self.dropout(y)), state  # [B, T, V]

        def loss(self, source, lengths, target, smoothing):
            logits, _ = self.decode(target[:-1], *self.encode(source, lengths))
            return nn.functional.cross_entropy(logits.flatten(0, 1), target[1:].t().flatten(), ignore_index=PAD,
                                               label_smoothing=smoothing)

        def begin(self, source, lengths, copies, limit):
            values, keys, mask, state = self.encode(source, lengths)
            values, keys, mask = (x.repeat_interleave(copies, 0) for x in (values, keys, mask))
            return {"attended": (values, keys, mask), "state": tuple(s.repeat_interleave(copies, 1) for s in state)}

        def next(self, words, state):
            logits, state["state"] = self.decode(words[None], *state["attended"], state["state"])
            return logits[:, 0]

        def reorder(self, state, rows):
            state["state"] = tuple(s[:, rows] for s in state["state"])

    return Translator()


def greedy(torch, model, source, lengths, limit, **how):
    """The likeliest word at each step, [T, B], until all sentences ended."""
    with torch.inference_mode():
        state = model.begin(source, lengths, 1, limit, **how)
        word, words = torch.full((source.size(1),), BEGIN), []
        running = torch.ones(source.size(1), dtype=torch.bool)
        while len(words) < limit and running.any():
            logits = model.next(word, state)
            logits[:, [PAD, BEGIN]] = -math.inf
            word = logits.argmax(1)
            words.append(word)
            running &= word != END
        return torch.stack(words)


def beam_search(torch, model, source, lengths, width, limit, alpha):
    """The words of the best hypothesis for each sentence, by scores with the length penalty of Wu et al. 2016."""
    with torch.inference_mode():
        count = source.size(1)
        state = model.begin(source, lengths, width, limit)
        penalty = lambda length: ((5 + length) / 6) ** alpha
        scores = torch.full((count, width), -math.inf)
        scores[:, 0] = 0  # all hypotheses begin the same
        words = torch.full((1, count * width), BEGIN)
        finished = [(-math.inf, [])] * count
        first = torch.arange(count)[:, None] * width
        for length in range(1, limit + 1):
            logits = model.next(words[-1], state).log_softmax(1)
            logits[:, [PAD, BEGIN]] = -math.inf
            size = logits.size(1)
            scores, best = (scores.view(-1, 1) + logits).view(count, -1).topk(width, 1)
            rows, word = (first + best // size).flatten(), (best % size).flatten()
            words = torch.cat([words[:, rows], word[None]])
            model.reorder(state, rows)
            for n, k in (word.view(count, width) == END).nonzero().tolist():
                score = scores[n, k].item() / penalty(length)
                if score > finished[n][0]:
                    finished[n] = (score, words[1:-1, n * width + k].tolist())
                scores[n, k] = -math.inf
            # No hypothesis can become better than by ending now with the largest penalty.
            hopeless = scores.max(1).values / penalty(limit) <= torch.tensor([f[0] for f in finished])
            if hopeless.all():
                break
        for n, (score, _) in enumerate(finished):
            if score == -math.inf:
                finished[n] = (score, words[1:, n * width + int(scores[n].argmax())].tolist())
        return [f[1] for f in finished]


def read_words(path):
    return [line.split() for line in open(path, encoding="utf-8")]


def ids_of(sentences, least):
    counts = collections.Counter(word for sentence in sentences for word in sentence)
    kept = [word for word, n in counts.most_common() if n >= least]
    return {word: n + 4 for n, word in enumerate(kept)}


def padded(torch, sentences, ids, marks):
    rows = [torch.tensor([BEGIN] * marks + [ids.get(w, UNKNOWN) for w in s] + [END]) for s in sentences]
    return torch.nn.utils.rnn.pad_sequence(rows, padding_value=PAD), torch.tensor([len(r) for r in rows])


def batches(torch, pairs, a):
    """Pairs in random order, sorted by length within 50 minibatches, whose order is random too."""
    order, found = torch.randperm(len(pairs)).tolist(), []
    pool = 50 * a.batch
    for at in range(0, len(order), pool):
        part = sorted(order[at:at + pool], key=lambda n: (len(pairs[n][0]), len(pairs[n][1])))
        found += [part[i:i + a.batch] for i in range(0, len(part), a.batch)]
    return [[pairs[n] for n in found[i]] for i in torch.randperm(len(found)).tolist()]


def translate(a):
    torch = start_torch(a.threads[0], passive=False)
    torch.manual_seed(a.seed)
    read = lambda part: list(zip(*(read_words(os.path.join(a.data, f"{part}.{side}")) for side in (a.source, a.target))))
    pairs, valid, test = read("train"), read("val"), read("test_2016_flickr")
    source_ids, target_ids = ids_of([p[0] for p in pairs], a.min_count), ids_of([p[1] for p in pairs], a.min_count)
    target_words = {n: word for word, n in target_ids.items()} | {UNKNOWN: "<unk>"}
    sizes = len(source_ids) + 4, len(target_ids) + 4
    if a.model == "transformer":
        from pytorch_transformer import Translator
        model = Translator(*sizes, a.layers, a.size, a.heads, a.inner or 4 * a.size, a.dropout, PAD)
    else:
        model = translator(torch, *sizes, a)
    learner = Learner(torch, model, a.rate, a.clip, a.warmup, betas=a.betas,
                      **(FUSED if a.model == "transformer" else {}))
    print(f"vocabularies {len(source_ids) + 4} and {len(target_ids) + 4}, "
          f"{sum(p.numel() for p in learner.parameters) / 1e6:.1f} million parameters", flush=True)

    def tensors(batch):
        source, lengths = padded(torch, [p[0] for p in batch], source_ids, 0)
        return source, lengths, padded(torch, [p[1] for p in batch], target_ids, 1)[0]

    def scored(part, beam, **how):
        import sacrebleu
        model.eval()
        before, found = time.perf_counter(), [None] * len(part)
        order = sorted(range(len(part)), key=lambda n: len(part[n][0]))
        for at in range(0, len(order), a.decode_batch):
            rows = order[at:at + a.decode_batch]
            source, lengths = padded(torch, [part[n][0] for n in rows], source_ids, 0)
            limit = 2 * int(lengths.max()) + 20
            if beam == 1:
                best = [row[:row.index(END)] if END in row else row
                        for row in greedy(torch, model, source, lengths, limit, **how).t().tolist()]
            else:
                best = beam_search(torch, model, source, lengths, beam, limit, a.length_penalty)
            for n, words in zip(rows, best):
                found[n] = " ".join(target_words[w] for w in words)
        seconds = time.perf_counter() - before
        model.train()
        texts = [" ".join(p[1]) for p in part]
        score = lambda tokenizer: sacrebleu.corpus_bleu(found, [texts], tokenize=tokenizer, force=True).score
        return f"BLEU {score('13a'):.2f} (13a), {score('none'):.2f} (none), {seconds:.1f} s"

    def perplexity(part):
        model.eval()
        total = count = 0
        with torch.inference_mode():
            for at in range(0, len(part), a.batch):
                batch = tensors(part[at:at + a.batch])
                tokens = int((batch[2][1:] != PAD).sum())
                total, count = total + model.loss(*batch, 0.0).item() * tokens, count + tokens
        model.train()
        return math.exp(total / count)

    best, steps = math.inf, 0
    for epoch in range(1, a.epochs + 1):
        before, busy, total, tokens, samples = time.perf_counter(), time.process_time(), 0.0, 0, 0
        for batch in batches(torch, pairs, a):
            made = tensors(batch)
            total += learner.step(*made, a.label_smoothing) * len(batch)
            tokens, samples, steps = tokens + int((made[2][1:] != PAD).sum()), samples + len(batch), steps + 1
            if a.steps and steps == a.steps:
                seconds = time.perf_counter() - before
                print(f"{'case':16} {'threads':>7} {'samples/s':>10} {'seconds':>9} {'peak MiB':>9}")
                print(f"{'translate':16} {a.threads[0]:7} {samples / seconds:10.0f} {seconds:9.3f} {memory():9.0f}")
                print(f"{tokens / seconds:.0f} target tokens/s, an epoch in about {len(pairs) * seconds / samples:.0f} s")
                return
        seconds, busy = time.perf_counter() - before, time.process_time() - busy
        found = perplexity(valid)
        print(f"epoch {epoch}: loss {total / len(pairs):.3f}, validation: perplexity {found:.2f}, {scored(valid, 1)}; "
              f"{seconds:.0f} s, {busy:.0f} of the processor, {samples / seconds:.0f} samples/s, {memory():.0f} MiB",
              flush=True)
        if found < best and a.save:
            torch.save(model.state_dict(), a.save)
        if found >= best and not a.warmup:
            learner.adam.param_groups[0]["lr"] /= 2
        best = min(best, found)
    if a.save:
        model.load_state_dict(torch.load(a.save))
    for beam in sorted({1, a.beam}):
        print(f"test_2016_flickr, beam {beam}: {scored(test, beam)}", flush=True)
    if a.recompute:
        print(f"test_2016_flickr, all steps again at each step: {scored(test, 1, cached=False)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["speed", "compare", "train", "translate", "measure"])
    parser.add_argument("--data")
    parser.add_argument("--only", choices=[*CASES, "date_decode", "transformer", "transformer_decode"])
    parser.add_argument("--program", default="build/release/perf/seq2seq_perf")
    parser.add_argument("--case", choices=CASES, default="date_attention")
    parser.add_argument("--reverse", action="store_true")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decode-batch", type=int, default=250)
    parser.add_argument("--source", default="de")
    parser.add_argument("--target", default="en")
    parser.add_argument("--model", choices=["recurrent", "transformer"], default="recurrent")
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--inner", type=int, default=0)
    parser.add_argument("--warmup", type=int, default=0)
    parser.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--save", help="keep the model of the best epoch in this file, and measure it at the end")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--embedding-size", type=int, default=256)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--clip", type=float, default=CLIP)
    parser.add_argument("--min-count", type=int, default=2)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--length-penalty", type=float, default=1.0)
    a = parser.parse_args()
    if not a.data and (a.task in ("train", "translate") or not (a.only or "").startswith("transformer")):
        parser.error("--data: expected a folder, found none")
    {"speed": speed, "compare": compare, "train": train, "translate": translate, "measure": measure}[a.task](a)


if __name__ == "__main__":
    main()
