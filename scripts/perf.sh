#!/usr/bin/env bash
# Measures every stage and prints one table; JSON lines go to build/perf/perf.jsonl.
#   scripts/perf.sh [--short] [--file TEXT]    default: a generated corpus; --short takes about a minute
set -euo pipefail
cd "$(dirname "$0")/.."
tokens=20M bytes=100M text= short=false
while [ $# -gt 0 ]; do
  case $1 in
    --short) tokens=4M bytes=16M short=true ;;
    --file) text=$(realpath "$2") && shift ;;
    *) echo "perf.sh: expected --short or --file TEXT, found '$1'" >&2 && exit 2 ;;
  esac
  shift
done
scripts/setup.sh
cmake --preset release
cmake --build --preset release --target wordmill perf_programs
bin=build/release
out=build/perf
mkdir -p "$out"
rm -f "$out/perf.jsonl"
if [ -z "$text" ]; then
  text=$out/corpus.txt
  "$bin/modules/command/wordmill" synth --tokens "$tokens" --seed 1 --output "$text" --overwrite --quiet
fi
measure() { printf '\n' && "$bin/perf/$1" --json "$out/perf.jsonl" "${@:2}"; }
printf '\n%s, %s cores\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)"
measure stream_perf
measure synthetic_perf --tokens "$tokens"
measure decode_perf --file "$text" --bytes "$bytes"
measure parquet_perf --file "$text" --bytes "$bytes"
measure tokenize_perf --file "$text"
measure count_perf --file "$text"
measure train_perf --file "$text"
measure nearest_perf
if ! $short; then
  measure cooccur_perf --file "$text"
  measure svd_perf
  measure glove_perf
fi
printf '\nThe same as JSON lines: %s\n' "$out/perf.jsonl"
