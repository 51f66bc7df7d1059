#!/usr/bin/env bash
# The main job in one command: streams a corpus from a compressed file into word vectors, and prints neighbours,
# scores, a map and the speed of each stage. Then a sequence-to-sequence model learns to rewrite dates.
#   scripts/demo.sh             on a corpus of an artificial language, made here, whose truth is known; no download
#   scripts/demo.sh FILE...     on these files
# WORDMILL_DEMO_TOKENS sets the size of the made corpus (default 5M).
set -euo pipefail
files=()
for file in "$@"; do files+=("$(realpath -- "$file")"); done
cd "$(dirname "$0")/.."
tokens=${WORDMILL_DEMO_TOKENS:-5M}
out=build/demo

run() {
  printf '\n$ wordmill %s\n' "$*"
  build/release/modules/command/wordmill "$@"
}

scripts/setup.sh
cmake --preset release
cmake --build --preset release --target wordmill perf_programs
rm -rf "$out"
mkdir -p "$out"
if [ $# -eq 0 ]; then
  files=("$out/corpus.txt.zst")
  run synth --tokens "$tokens" --seed 1 --output "${files[0]}" --truth "$out/truth/"
fi
run info "${files[@]}"
run count "${files[@]}" --tokenizer whitespace --min-count 5 --threads "$(nproc)" --memory 256M \
  --output "$out/vocabulary.tsv"
run encode "${files[@]}" --vocabulary "$out/vocabulary.tsv" --output "$out/corpus.ids"
run train skipgram "${files[@]}" --vocabulary "$out/vocabulary.tsv" --size 100 --epochs 3 --threads "$(nproc)" \
  --metrics "$out/run.jsonl" --metrics-every 0.25 --output "$out/vectors.txt"
run plot "$out/vectors.txt" --metrics "$out/run.jsonl" --output "$out/map.html"
word=$(sed -n 200p "$out/vocabulary.tsv" | cut -f1)
[ -z "$word" ] || run nearest "$out/vectors.txt" "$word" --top 5
run train ppmi-svd "${files[@]}" --vocabulary "$out/vocabulary.tsv" --size 100 --smoothing 0.75 --threads "$(nproc)" \
  --output "$out/count-vectors.txt"
printf '\n'
scripts/perf.sh --short
printf '\nA model with attention learns to rewrite dates from examples:\n'
run synth dates --pairs 20K --output "$out/dates.txt"
run synth dates --pairs 2K --seed 2 --output "$out/other-dates.txt"
run seq2seq train "$out/dates.txt" --separator _ --bidirectional --attention general --attention-output combined \
  --size 64 --embedding-size 16 --batch 64 --lr 0.004 --epochs 2 --valid-share 5% --threads "$(nproc)" \
  --output "$out/dates"
run seq2seq evaluate "$out/dates" "$out/other-dates.txt" --separator _ --show 3
head -n 20 "$out/other-dates.txt" | cut -d_ -f1 >"$out/some-dates.txt"
run seq2seq attention "$out/dates" "$out/some-dates.txt" --output "$out/attention.html"
if [ $# -eq 0 ]; then
  printf '\nThe same words by prediction (skip-gram) and by counting (PPMI and SVD), against the truth:\n'
  for vectors in vectors count-vectors; do
    run evaluate "$out/$vectors.txt" --similarity "$out/truth/similarity.tsv" --analogy "$out/truth/analogies.txt"
  done
fi
printf '\ndemo.sh: done; the files are in %s\nThe map of words and the curves of their training: %s\nWhat the model of dates attends to: %s\n' \
  "$out" "$PWD/$out/map.html" "$PWD/$out/attention.html"
