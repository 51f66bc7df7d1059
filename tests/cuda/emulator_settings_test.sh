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
expect 'memory: out of memory \(cudaErrorMemoryAllocation\)' WORDMILL_EMULATOR_MEMORY=1000 "$warp"
expect 'launch: .* unavailable \(cudaErrorDevicesUnavailable\)' WORDMILL_EMULATOR_LOSE_DEVICE_AFTER=1 "$warp"
expect "WORDMILL_EMULATOR_SEED: expected a number, found 'odd'" WORDMILL_EMULATOR_SEED=odd "$warp"
echo "emulator_settings_test: passed"
