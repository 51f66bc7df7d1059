"""The layers of a Transformer in PyTorch, as ours are: layers that normalise their input, and the stack its output;
sinusoidal positions; dropout of the input and of the output of every attention and feed-forward layer (Vaswani et al.
2017, 5.4). PyTorch's own nn.TransformerEncoderLayer also drops attention weights and inner values, and keeps no keys
and values for decoding.

Written for speed: queries, keys and values come from one product, and attention is scaled_dot_product_attention, which
on a CPU is a kernel that stores no weights. Sequences are [B, T]. Import it after `start_torch`.
"""
import math

import torch
from torch import nn
from torch.nn import functional


def affine(inputs, outputs, together=None):
    """Uniform weights (Glorot & Bengio 2010); `together` are the outputs of one of several matrices side by side."""
    made = nn.Linear(inputs, outputs)
    bound = math.sqrt(6 / (inputs + (together or outputs)))
    nn.init.uniform_(made.weight, -bound, bound)
    nn.init.zeros_(made.bias)
    return made


def drawn_embedding(words, size):
    made = nn.Embedding(words, size)
    nn.init.normal_(made.weight, std=size**-0.5)
    return made


def drawn_projection(size, words):
    made = nn.Linear(size, words)
    nn.init.normal_(made.weight, std=size**-0.5)
    nn.init.zeros_(made.bias)
    return made


def sines(positions, size):
    angles = torch.arange(positions)[:, None] * 10000.0 ** (-torch.arange(0, size, 2) / size)
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)


class Attention(nn.Module):
    """`joint` makes queries, keys and values of one sequence, or keys and values of another one."""

    def __init__(self, size, heads, of_itself):
        super().__init__()
        self.heads = heads
        self.query = None if of_itself else affine(size, size)
        self.joint = affine(size, (3 if of_itself else 2) * size, size)
        self.out = affine(size, size)

    def split(self, x):  # [B, T, n H] -> n of [B, heads, T, H / heads]
        return x.unflatten(2, (-1, self.heads, self.out.in_features // self.heads)).permute(2, 0, 3, 1, 4)

    def attend(self, queries, keys, values, mask=None, causal=False):
        y = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)
        return self.out(y.transpose(1, 2).flatten(2))

    def forward(self, x, mask, causal):
        return self.attend(*self.split(self.joint(x)), mask, causal)

    def to(self, x, keys_and_values, mask):
        return self.attend(self.split(self.query(x))[0], *keys_and_values, mask)


class Cache:
    """Keys and values of the steps so far, of one layer."""

    def __init__(self, rows, heads, limit, size):
        self.all = torch.empty(2, rows, heads, limit, size // heads)
        self.steps = 0

    def add(self, keys, values):  # of the next step, [B, heads, 1, H / heads]
        self.all[0, :, :, self.steps] = keys[:, :, 0]
        self.all[1, :, :, self.steps] = values[:, :, 0]
        self.steps += 1
        return self.all[:, :, :, :self.steps]

    def reorder(self, rows):
        self.all[:, :, :, :self.steps] = self.all[:, rows, :, :self.steps]


class Layer(nn.Module):
    def __init__(self, size, heads, inner, dropout, crossed):
        super().__init__()
        self.self_norm, self.attention = nn.LayerNorm(size), Attention(size, heads, True)
        if crossed:
            self.cross_norm, self.cross = nn.LayerNorm(size), Attention(size, heads, False)
        self.inner_norm = nn.LayerNorm(size)
        self.inner = nn.Sequential(affine(size, inner), nn.ReLU(), affine(inner, size))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None, causal=False, source=None, source_mask=None):
        x = x + self.dropout(self.attention(self.self_norm(x), mask, causal))
        return self.rest(x, source and self.cross.split(self.cross.joint(source[0])), source_mask)

    def step(self, x, cache, keys_and_values, source_mask):
        """One step of a sequence, [B, 1, H]."""
        query, key, value = self.attention.split(self.attention.joint(self.self_norm(x)))
        x = x + self.attention.attend(query, *cache.add(key, value))
        return self.rest(x, keys_and_values, source_mask)

    def rest(self, x, keys_and_values, source_mask):
        if keys_and_values is not None:
            x = x + self.dropout(self.cross.to(self.cross_norm(x), keys_and_values, source_mask))
        return x + self.dropout(self.inner(self.inner_norm(x)))


class Stack(nn.Module):
    """Layers over embeddings, [B, T, H] to [B, T, H]; embeddings are scaled here."""

    def __init__(self, layers, size, heads, inner, dropout, crossed=False, positions=2048):
        super().__init__()
        self.register_buffer("positions", sines(positions, size), persistent=False)
        self.layers = nn.ModuleList(Layer(size, heads, inner, dropout, crossed) for _ in range(layers))
        self.norm, self.dropout, self.scale = nn.LayerNorm(size), nn.Dropout(dropout), math.sqrt(size)

    def forward(self, x, mask=None, causal=False, source=None, source_mask=None):
        x = self.dropout(self.positions[:x.size(1)] + self.scale * x)
        for layer in self.layers:
            x = layer(x, mask, causal, source if source is None else (source,), source_mask)
        return self.norm(x)

    def step(self, x, at, caches, keys_and_values, source_mask):
        x = self.positions[at] + self.scale * x
        for layer, cache, keys in zip(self.layers, caches, keys_and_values):
            x = layer.step(x, cache, keys, source_mask)
        return self.norm(x)


class LanguageModel(nn.Module):
    """A decoder over segments of text, without a memory of the segment before; the projection's weights are those of
    the embedding. Its interface is that of the recurrent models: words are [T, B], and there is no state."""

    def __init__(self, words, layers, size, heads, inner, dropout):
        super().__init__()
        self.embedding = drawn_embedding(words, size)
        self.stack = Stack(layers, size, heads, inner, dropout)
        self.projection = nn.Linear(size, words)
        self.projection.weight = self.embedding.weight
        nn.init.zeros_(self.projection.bias)

    def forward(self, words, state=None):
        y = self.stack(self.embedding(words.t()), causal=True)
        return self.projection(y.transpose(0, 1).flatten(0, 1)), None


class Translator(nn.Module):
    """Encoder and decoder; tokens are [T, B], as in the recurrent translator."""

    def __init__(self, source_words, target_words, layers, size, heads, inner, dropout, padding):
        super().__init__()
        self.padding, self.heads, self.size = padding, heads, size
        self.source, self.target = drawn_embedding(source_words, size), drawn_embedding(target_words, size)
        self.encoder = Stack(layers, size, heads, inner, dropout)
        self.decoder = Stack(layers, size, heads, inner, dropout, crossed=True)
        self.projection = drawn_projection(size, target_words)

    def encode(self, source):  # [S, B] -> [B, S, H] and the mask, which is needed where lengths differ
        source = source.t()
        mask = source != self.padding
        mask = None if mask.all() else mask[:, None, None]
        return self.encoder(self.source(source), mask), mask

    def loss(self, source, lengths, target, smoothing):
        values, mask = self.encode(source)
        target = target.t()
        y = self.decoder(self.target(target[:, :-1]), causal=True, source=values, source_mask=mask)
        wanted = target[:, 1:]
        kept = wanted != self.padding  # padding is not projected
        return functional.cross_entropy(self.projection(y[kept]), wanted[kept], label_smoothing=smoothing)

    def begin(self, source, lengths, copies, limit, cached=True):
        """Begins decoding, `copies` targets of each source. Without `cached` each step computes all steps again."""
        values, mask = self.encode(source)
        if copies > 1:
            values = values.repeat_interleave(copies, 0)
            mask = mask if mask is None else mask.repeat_interleave(copies, 0)
        if not cached:
            return {"values": values, "mask": mask, "words": torch.empty(0, len(values), dtype=torch.long)}
        return {"mask": mask, "at": 0,
                "caches": [Cache(len(values), self.heads, limit, self.size) for _ in self.decoder.layers],
                "keys": [layer.cross.split(layer.cross.joint(values)) for layer in self.decoder.layers]}

    def next(self, words, state):  # [B] -> logits [B, V]
        if "words" in state:
            state["words"] = torch.cat([state["words"], words[None]])
            y = self.decoder(self.target(state["words"].t()), causal=True, source=state["values"],
                             source_mask=state["mask"])
        else:
            y = self.decoder.step(self.target(words)[:, None], state["at"], state["caches"], state["keys"],
                                  state["mask"])
            state["at"] += 1
        return self.projection(y[:, -1])

    def reorder(self, state, rows):
        """Rows continue others, of the same source."""
        for cache in state["caches"]:
            cache.reorder(rows)
