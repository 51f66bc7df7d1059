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
echo "emulated_command_test: passed"
