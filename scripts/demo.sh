#!/usr/bin/env bash
# The main job in one command: makes a corpus of an artificial language, counts its vocabulary, encodes it, and
# prints the speed of each stage. Needs no download. WORDMILL_DEMO_TOKENS sets the size (default 5M).
set -euo pipefail
cd "$(dirname "$0")/.."
tokens=${WORDMILL_DEMO_TOKENS:-5M}
out=build/demo

run() {
  printf '\n$ wordmill %s\n' "$*"
  build/default/modules/command/wordmill "$@"
}

scripts/setup.sh
cmake --preset default
cmake --build --preset default
rm -rf "$out"
mkdir -p "$out"
run synth --tokens "$tokens" --seed 1 --output "$out/corpus.txt.zst" --truth "$out/truth/"
run info "$out/corpus.txt.zst"
run count "$out/corpus.txt.zst" --tokenizer whitespace --min-count 5 --threads "$(nproc)" --memory 256M \
  --output "$out/vocabulary.tsv"
run encode "$out/corpus.txt.zst" --vocabulary "$out/vocabulary.tsv" --output "$out/corpus.ids"
printf '\nThe most frequent words and their counts:\n'
head -n 5 "$out/vocabulary.tsv"
printf '\n'
scripts/perf.sh --short
printf '\ndemo.sh: done; the files are in %s\n' "$out"
