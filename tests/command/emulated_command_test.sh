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
cmp cpu.wm cuda.wm || fail "co-occurrences of the GPU are those of the CPU"
grep -q 'device: .*emulator' log || fail "the device is named"

status=0
WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=1 "$wordmill" cooccur corpus.txt --vocabulary v.tsv --device cuda --output x.wm \
  2>log || status=$?
[[ $status != 0 && $status -lt 126 ]] || fail "a lost device ends the command with an error, found status $status"
grep -q 'unavailable' log || fail "a lost device is named"
[[ ! -e x.wm ]] || fail "no output remains"
echo "emulated_command_test: passed"
