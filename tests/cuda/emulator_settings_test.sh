#!/usr/bin/env bash
# emulator_settings_test.sh PROGRAM: cuda_tests linked with the emulator, whose device has little memory or is lost.
set -euo pipefail
program=$1
expect() { # expect TEXT VARIABLE=VALUE CASE: the case fails, and says so
  local output
  if output=$(env "$2" "$program" --run_test="$3" 2>&1); then
    printf 'expected a failure with %s, found success:\n%s\n' "$2" "$output"
    exit 1
  fi
  if ! grep -qE -- "$1" <<<"$output"; then
    printf 'expected "%s" with %s, found:\n%s\n' "$1" "$2" "$output"
    exit 1
  fi
}
warp=cuda_warp_functions/warp_functions_do_as_the_guide_says
"$program" --run_test="$warp" >/dev/null
WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=2 "$program" --run_test="$warp" >/dev/null # it launches one kernel
# Memory that a step releases is used again: two pieces of 40 bytes are all that is ever needed.
WORDMILL_EMULATOR_MEMORY=80 "$program" --run_test=device_queues/a_step_may_release_what_it_reads >/dev/null
expect 'memory: out of memory \(cudaErrorMemoryAllocation\)' WORDMILL_EMULATOR_MEMORY=1000 "$warp"
expect 'launch: .* unavailable \(cudaErrorDevicesUnavailable\)' WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=1 "$warp"
expect "WORDMILL_EMULATOR_SEED: expected a number, found 'odd'" WORDMILL_EMULATOR_SEED=odd "$warp"
# Graphs of steps. Eight shapes come six times: whole steps are launched as graphs from the second time on (5), of shapes
# that are cut short three are tried (6 times 3), and one with fewer copies each time fails to be updated three times
# after the first graph (4). Of 40 shapes that come once, the last 16 are remembered: two of them come again (2).
steps=device_queues/steps_leave_what_the_same_calls_leave_without_steps
counted=$(WORDMILL_EMULATOR_COUNTS=1 "$program" --run_test="$steps" 2>&1 | grep -ao 'emulator: [0-9]* launches')
if [[ $counted != 'emulator: 29 launches' ]]; then
  printf 'expected 29 graphs of steps, found %s\n' "$counted"
  exit 1
fi
echo "emulator_settings_test: passed"
