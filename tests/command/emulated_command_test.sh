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
echo "emulated_command_test: passed"
