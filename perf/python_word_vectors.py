#!/usr/bin/env python3
"""The Python package beside gensim, end to end: a vocabulary and one epoch, in one process, in turn.

  speed CORPUS [--words 3M] [--threads 2] [--rounds 3] [--model skip-gram|cbow] [--source iterable|file]
      CORPUS is a text file (a sentence or paragraph a line, words between blanks), also .zst, .gz; its first words are
      used. iterable: `class Corpus` with an `__iter__` that yields `line.split()` of lines in memory, for both. file: a
      path for ours, LineSentence for gensim's.
  arrow CORPUS [--words 3M]
      words per second of an Arrow column into the blocks of text that are counted, and into the counter; one thread
  memory [--sentences 10M] [--budget 1GiB]
      peak memory of training from a generator of so many sentences of ten words
  import
      milliseconds of `import wordmill`, and of `import numpy`

Needs gensim and pyarrow where they are compared, and zstd for .zst. The package is that of the environment, or
WORDMILL_PYTHON_PACKAGE.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import time

if package := os.environ.get("WORDMILL_PYTHON_PACKAGE"):
    sys.path.insert(0, package)


def number(text):
    units = {"k": 1000, "M": 1_000_000, "G": 1_000_000_000}
    return int(float(text[:-1]) * units[text[-1]]) if text[-1] in units else int(text)


def lines_of(path, words):
    command = {".zst": ["zstd", "-dc"], ".gz": ["gzip", "-dc"]}.get(os.path.splitext(path)[1], ["cat"])
    lines, found = [], 0
    with subprocess.Popen([*command, path], stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            found += len(line.split())
            if found >= words:
                break
        process.stdout.close()
        process.kill()
    return lines, found


class Corpus:
    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        for line in self.lines:
            yield line.split()


def speed(a):
    import tempfile

    import gensim
    import wordmill as wm
    from gensim.models.word2vec import LineSentence

    lines, words = lines_of(a.corpus, a.words)
    print(f"{words:,} words in {len(lines):,} lines; {a.model}, 100 dimensions, window 5, 5 negative samples, "
          f"{a.threads} threads; wordmill {wm.__version__}, gensim {gensim.__version__}")
    train = {"skip-gram": wm.train_skip_gram, "cbow": wm.train_cbow}[a.model]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        ours = Corpus(lines) if a.source == "iterable" else file.name
        theirs = Corpus(lines) if a.source == "iterable" else LineSentence(file.name)
        seconds = {"wordmill": [], "gensim": []}
        for _ in range(a.rounds):
            start = time.perf_counter()
            train(ours, epochs=1, threads=a.threads, sample=1e-3)
            seconds["wordmill"].append(time.perf_counter() - start)
            start = time.perf_counter()
            gensim.models.Word2Vec(theirs, vector_size=100, epochs=1, workers=a.threads, sample=1e-3,
                                   sg=int(a.model == "skip-gram"))
            seconds["gensim"].append(time.perf_counter() - start)
    for name, each in seconds.items():
        print(f"{name:9} {statistics.median(each):6.2f} s  {words / statistics.median(each):12,.0f} words/s  "
              f"({', '.join(f'{s:.2f}' for s in each)})")
    ratios = [g / w for w, g in zip(seconds["wordmill"], seconds["gensim"])]
    print(f"{a.source}: {statistics.median(ratios):.1f} times gensim ({', '.join(f'{r:.1f}' for r in ratios)})")


def arrow(a):
    import pyarrow
    import wordmill as wm

    lines, words = lines_of(a.corpus, a.words)
    for kind in (pyarrow.string(), pyarrow.string_view()):
        column = pyarrow.array(lines, kind)
        corpus = wm.Corpus(column)
        for name, work in (("blocks", corpus._read),
                           ("counter", lambda: wm.Vocabulary.count(corpus, min_count=5, threads=1))):
            seconds = []
            for _ in range(5):
                start = time.perf_counter()
                work()
                seconds.append(time.perf_counter() - start)
            print(f"{kind}: {words / statistics.median(seconds) / 1e6:.0f} million words/s into the {name}")


def memory(a):
    import wordmill as wm

    def sentences():
        for i in range(a.sentences):
            yield [f"w{(i * 7 + j * j) % 50021}" for j in range(10)]

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    vectors = wm.train_skip_gram(sentences(), size=50, epochs=1, threads=2, memory=a.budget, min_count=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{a.sentences:,} sentences of a generator, {len(vectors):,} words, a budget of {a.budget}: "
          f"peak {peak / 1024:.0f} MiB, {(peak - before) / 1024:.0f} MiB more than before; "
          f"{time.perf_counter() - start:.0f} s")


def import_time(_):
    def median(what):
        code = f"import time; s = time.perf_counter(); import {what}; print(time.perf_counter() - s)"
        return 1000 * statistics.median(
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                                 env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))).stdout)
            for _ in range(11))

    whole, numpy = median("wordmill"), median("numpy")
    print(f"import wordmill: {whole:.0f} ms; import numpy alone: {numpy:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True)
    p = jobs.add_parser("speed")
    p.add_argument("corpus")
    p.add_argument("--words", type=number, default=3_000_000)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--model", choices=["skip-gram", "cbow"], default="skip-gram")
    p.add_argument("--source", choices=["iterable", "file"], default="iterable")
    p.set_defaults(job=speed)
    p = jobs.add_parser("arrow")
    p.add_argument("corpus")
    p.add_argument("--words", type=number, default=3_000_000)
    p.set_defaults(job=arrow)
    p = jobs.add_parser("memory")
    p.add_argument("--sentences", type=number, default=10_000_000)
    p.add_argument("--budget", default="1GiB")
    p.set_defaults(job=memory)
    p = jobs.add_parser("import")
    p.set_defaults(job=import_time)
    a = parser.parse_args()
    a.job(a)


if __name__ == "__main__":
    main()
