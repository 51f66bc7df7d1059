#!/usr/bin/env bash
# run_emulated_gpu_cases.sh PROGRAM SEED: runs the cases with the label "gpu" of a program that is linked with the emulator,
# under one schedule: an odd seed runs any thread next, an even one bursts of a warp. A skipped case is a failure.
set -euo pipefail
status=0
WORDMILL_EMULATOR_SEED=$2 "$(dirname "$0")/run_gpu_cases.sh" "$1" || status=$?
if [[ $status == 77 ]]; then
  echo "a case was skipped, although there is an emulated GPU"
  exit 1
fi
exit "$status"
