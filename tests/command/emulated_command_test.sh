#!/usr/bin/env bash
# emulated_command_test.sh PROGRAM: the wordmill command linked with the emulated GPU gives the results of the CPU, and says
# what is wrong when the device is too small or gets lost.
set -euo pipefail
wordmill=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { printf 'FAILED: %s\n' "$1"; cat log; exit 1; }

for i in {1..200}; do echo "the cat $((i % 7)) sat on the mat $((i % 5)) and the dog $((i % 3)) ate the rat"; done >corpus.txt
"$wordmill" count corpus.txt --output v.tsv --quiet
for device in cpu cuda; do
  "$wordmill" cooccur corpus.txt --vocabulary v.tsv --device $device --output $device.wm 2>>log || fail "cooccur on $device"
  "$wordmill" ppmi $device.wm --device $device --output $device.ppmi 2>>log || fail "ppmi on $device"
done
cmp cpu.wm cuda.wm >>log || fail "co-occurrences of the GPU are those of the CPU"
grep -q 'device: .*emulator' log || fail "the device is named"

refused() { # refused VARIABLE=VALUE STATUS TEXT: PPMI fails, says why, and leaves no output
  local status=0
  env "$1" "$wordmill" ppmi cpu.wm --device cuda --output x.ppmi 2>log || status=$?
  [[ $status == "$2" ]] || fail "expected status $2 with $1, found $status"
  grep -q -- "$3" log || fail "expected '$3' with $1"
  [[ ! -e x.ppmi ]] || fail "output remains with $1"
}
refused WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=1 69 cudaErrorDevicesUnavailable
refused WORDMILL_EMULATOR_MEMORY=1000 71 cudaErrorMemoryAllocation

# Word vectors: trained on the device, refused without one, resumed on the other device, kept when the device is lost.
train=("$wordmill" train skipgram corpus.txt --size 8 --epochs 2 --min-count 1)
"${train[@]}" --device cuda --in-flight 8 --output there.txt --metrics metrics.jsonl 2>log || fail "skip-gram on the GPU"
grep -q 'on the GPU: .* 8 windows at a time' log || fail "the plan of the GPU is told"
grep -q '"device":"emulator' metrics.jsonl || fail "the metrics name the device"
[[ $(wc -l <there.txt) -gt 10 ]] || fail "vectors are written"
"$wordmill" train cbow corpus.txt --size 8 --epochs 1 --device cuda --output cbow.txt 2>log || fail "CBOW on the GPU"
"$wordmill" info corpus.txt >log || fail "info"
grep -q '^device: emulator, .* free; blocks on their way .*word2vec of 100 dimensions .* types at most' log ||
  fail "info has the plan of the GPU"
grep -q '; a language model of 2 layers of 650 and 10,000 types .* types at most$' log || fail "and that of language models"

fails() { # fails STATUS TEXT COMMAND...: and leaves no output x.txt
  local expected=$1 text=$2 status=0
  shift 2
  "$@" --output x.txt 2>log || status=$?
  [[ $status == "$expected" ]] || fail "expected status $expected, found $status: $*"
  grep -q -- "$text" log || fail "expected '$text': $*"
  [[ ! -e x.txt ]] || fail "output remains: $*"
}
fails 69 'no CUDA device 3; there is 1' "${train[@]}" --device cuda:3
fails 2 'found subwords' "${train[@]}" --device cuda --maxn 4
fails 2 'expected 1 or a multiple of 4' "${train[@]}" --device cuda --in-flight 6
fails 69 'expected a GPU with .* of its memory for blocks on their way, found .* free' \
  env WORDMILL_EMULATOR_MEMORY=1000000 "${train[@]}" --device cuda
fails 69 'expected a GPU with .* for 16 types of 1000000 dimensions' \
  env WORDMILL_EMULATOR_MEMORY=250000000 "$wordmill" train skipgram corpus.txt --min-count 1 --size 1000000 --device cuda
WORDMILL_EMULATOR_MEMORY=1000000 "${train[@]}" --device auto --output x.txt 2>log || fail "the CPU trains"
grep -q 'the CPU trains: a GPU needs' log || fail "why the CPU trains is told"
rm x.txt
fails 69 'ck: .*the run can go on from its last checkpoint, also on the CPU' \
  env WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=4 "${train[@]}" --device cuda --checkpoint ck
"${train[@]}" --device cpu --resume ck --output x.txt 2>log || fail "a run of the GPU resumes on the CPU"
grep -q 'resuming in epoch' log || fail "the run resumed"

# Language models and sequence-to-sequence models: trained there, evaluated here and there, resumed on the other device.
head -20 corpus.txt >lines.txt
lm=("$wordmill" lm train lines.txt --size 8 --batch 4 --bptt 6 --epochs 2 --lr 1 --dropout 0.2)
"${lm[@]}" --device cuda --output there --metrics lm.jsonl 2>log || fail "a language model on the GPU"
grep -q 'on the GPU: ' log || fail "the plan of the GPU for a language model is told"
grep -q '"device":"emulator' lm.jsonl || fail "the metrics of a language model name the device"
"${lm[@]}" --device cpu --output here 2>log || fail "a language model on the CPU"
perplexity() { "$wordmill" lm evaluate "$1" lines.txt --device "$2" --quiet || fail "lm evaluate of $1 on $2"; }
[[ $(perplexity there cuda) == "$(perplexity there cpu)" ]] || fail "both devices find the same perplexity"
[[ $(perplexity there cuda) == "$(perplexity here cuda)" ]] || fail "both devices train to the same perplexity"
generate() { "$wordmill" lm generate there --device "$1" --temperature 0 --length 10 --quiet || fail "generate on $1"; }
[[ $(generate cuda) == "$(generate cpu)" ]] || fail "both devices generate the same text"

lm_fails() { # lm_fails STATUS TEXT COMMAND...: and leaves no model
  local expected=$1 text=$2 status=0
  shift 2
  "$@" --output failed 2>log || status=$?
  [[ $status == "$expected" ]] || fail "expected status $expected, found $status: $*"
  grep -q -- "$text" log || fail "expected '$text': $*"
  [[ ! -e failed/model.safetensors ]] || fail "a model remains: $*"
  rm -rf failed
}
lm_fails 69 'CUDA: .*run on the CPU' env WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=500 \
  "${lm[@]}" --device cuda --checkpoint ck-lm --checkpoint-every 50
"${lm[@]}" --device cpu --resume ck-lm --output resumed 2>log || fail "a language model of the GPU resumes on the CPU"
grep -q 'resuming in epoch' log || fail "the language model resumed"
[[ $(perplexity resumed cpu) == "$(perplexity here cpu)" ]] || fail "a resumed run ends as an uninterrupted one"
lm_fails 69 'expected a GPU with .* of its memory for the model' \
  env WORDMILL_EMULATOR_MEMORY=50000 "${lm[@]}" --device cuda
lm_fails 2 'expected fp32 with --device cuda, found bf16' "${lm[@]}" --device cuda --precision bf16
WORDMILL_EMULATOR_MEMORY=50000 "${lm[@]}" --device auto --output by-cpu 2>log || fail "the CPU trains a language model"
grep -q 'the CPU is used: a GPU needs' log || fail "why the CPU trains a language model is told"
large=("$wordmill" lm train lines.txt --size 64 --layers 2 --batch 4 --epochs 1 --dropout 0.2 --device cuda --overwrite)
"${large[@]}" --output planned 2>log || fail "a larger language model"
plan=$(sed -n 's/.*on the GPU: \([0-9.]*\) MiB$/\1/p' log | awk '{ print int(($1 + 0.05) * 1048576) }')
((plan > 1000000)) || fail "a plan in MiB"
WORDMILL_EMULATOR_MEMORY=$plan "${large[@]}" --output planned 2>log || fail "training takes no more than its plan of $plan"

# The same of a transformer, with and without a memory.
transformer=("$wordmill" lm train lines.txt --model transformer --size 8 --batch 4 --epochs 1 --lr 0.01 --dropout 0.1)
for device in cpu cuda; do
  "${transformer[@]}" --bptt 6 --position rotary --memory-length 4 --device $device --output transformer-$device 2>log ||
    fail "a transformer on $device"
done
[[ $(perplexity transformer-cuda cuda) == "$(perplexity transformer-cuda cpu)" ]] || fail "both devices find the same of a transformer"
[[ $(perplexity transformer-cuda cuda) == "$(perplexity transformer-cpu cuda)" ]] || fail "both devices train the same transformer"
large=("$wordmill" lm train lines.txt --model transformer --size 64 --layers 2 --batch 4 --epochs 1 --dropout 0.2 --bptt 12
  --position rotary --memory-length 20 --device cuda --overwrite)
"${large[@]}" --output planned 2>log || fail "a larger transformer"
plan=$(sed -n 's/.*on the GPU: \([0-9.]*\) MiB$/\1/p' log | awk '{ print int(($1 + 0.05) * 1048576) }')
((plan > 1000000)) || fail "a plan of a transformer in MiB"
WORDMILL_EMULATOR_MEMORY=$plan "${large[@]}" --output planned 2>log ||
  fail "training a transformer takes no more than its plan of $plan"

counted() { # counted FILE launches|waits: of training on a file
  WORDMILL_EMULATOR_COUNTS=1 "$wordmill" lm train "$1" --size 8 --batch 4 --bptt 7 --epochs 1 --device cuda --overwrite \
    --output counted 2>log || fail "counting $2"
  grep -o "[0-9]* $2" log | cut -d' ' -f1
}
# 40 more lines of 15 words and a sentence end are 23 more batches of 4 x 7 tokens. A step waits once, for its loss and norm
# together. It launches 51 kernels, 4 of them for each time step, of which the last batch has one fewer.
head -40 corpus.txt >40.txt
head -80 corpus.txt >80.txt
for what in "waits 23" "launches $((23 * 51 - 4))"; do
  more=$(($(counted 80.txt "${what% *}") - $(counted 40.txt "${what% *}")))
  [[ $more == "${what#* }" ]] || fail "expected $what in 23 steps, found $more"
done

for i in {1..12}; do printf 'a%d b%d\tB%d A%d\n' $((i % 4)) $((i % 3)) $((i % 3)) $((i % 4)); done >pairs.tsv
cut -f1 pairs.tsv >sources.txt
for device in cpu cuda; do
  "$wordmill" seq2seq train pairs.tsv --size 8 --attention general --epochs 2 --batch 6 --device $device \
    --output s2s-$device 2>log || fail "a sequence-to-sequence model on $device"
done
for device in cpu cuda; do
  "$wordmill" seq2seq train pairs.tsv --model transformer --size 8 --epochs 2 --batch 6 --device $device \
    --output transformer-s2s-$device 2>log || fail "a transformer of pairs on $device"
done
for kind in s2s transformer-s2s; do
  for device in cpu cuda; do
    "$wordmill" seq2seq translate $kind-cuda sources.txt --device $device --beam 2 --overwrite --output $device.out 2>log ||
      fail "translate on $device"
    "$wordmill" seq2seq evaluate $kind-cpu pairs.tsv --device $device --quiet >$device.score || fail "evaluate on $device"
  done
  cmp cpu.out cuda.out >>log || fail "both devices translate the same with $kind"
  cmp cpu.score cuda.score >>log || fail "both devices find the same scores with $kind"
done
echo "emulated_command_test: passed"
