#!/usr/bin/env bash
# run_gpu_cases.sh PROGRAM: runs the cases of a Boost.Test program that carry the label "gpu". Exits with 77, which CTest
# shows as skipped, when one of them was skipped; a failure stays a failure.
set -euo pipefail
output=$("$1" --run_test=@gpu --log_level=test_suite 2>&1) || { status=$?; echo "$output"; exit "$status"; }
echo "$output"
if grep -q 'is skipped because precondition failed' <<<"$output"; then exit 77; fi
