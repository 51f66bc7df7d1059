#!/usr/bin/env bash
# run_emulated_gpu_cases.sh PROGRAM: runs the cases with the label "gpu" of a program that is linked with the emulator,
# once for each kind of schedule: odd seeds run any thread next, even ones bursts of a warp. A skipped case is a failure.
set -euo pipefail
for seed in 1 2; do
  echo "seed $seed"
  status=0
  WORDMILL_EMULATOR_SEED=$seed "$(dirname "$0")/run_gpu_cases.sh" "$1" || status=$?
  if [[ $status == 77 ]]; then echo "a case was skipped, although there is an emulated GPU"; fi
  if [[ $status != 0 ]]; then exit 1; fi
done
