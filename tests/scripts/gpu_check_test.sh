#!/usr/bin/env bash
# gpu_check_test.sh CMAKE [CUDA_TESTS GPU_PERF]: scripts/gpu-check.sh with a fake GPU, fake compilers and fake programs: what
# it runs, what it writes, and that a failure stops nothing. CUDA_TESTS and GPU_PERF are linked with the emulator: they
# then take the place of the fakes, so that the script meets the options and the output of the real ones.
set -euo pipefail
cmake=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$work/bin" "$tree/scripts" "$tree/cuda/src" "$tree/tests/cuda/kernels" "$tree/perf/gpu"
cp "$source/scripts/gpu-check.sh" "$tree/scripts/"
touch "$tree"/cuda/src/{a.cu,error.cpp,library.cpp} "$tree"/perf/gpu/{ceilings.cu,gpu_perf.cpp} \
  "$tree"/tests/cuda/{a_test.cpp,faults_test.cpp} "$tree/tests/cuda/kernels/k.cu"

fail() {
  echo "FAILED: $1"
  cat "$work/log"
  exit 1
}
fake() { # fake NAME: a command whose body is on stdin
  { printf '#!/bin/bash\n'; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
# shellcheck disable=SC2016 # expanded by the fakes
{
  fake nvidia-smi <<<'if [[ -n ${NO_GPU:-} ]]; then echo "NVIDIA-SMI has failed"; exit 9; fi; echo "Fake \"GPU\", 1.2.3, 9.0"'
  fake compiler <<<'echo "$*" >>"$WORK/compiled"
case "$*" in *--version*) echo "Cuda compilation tools, release 13.0, V13.0.88"; exit ;; *" -M "*) [[ -z ${NO_BOOST:-} ]]; exit ;; esac
if [[ -n ${FAIL_TO_BUILD:-} && "$*" == *$FAIL_TO_BUILD* ]]; then echo "error: $FAIL_TO_BUILD"; exit 1; fi
while [[ $1 != -o ]]; do shift; done
case $2 in */gpu_tests | */gpu_perf) cp "$WORK/bin/${2##*/}" "$2" ;; *) touch "$2" ;; esac'
  fake gpu_tests <<<'echo "$*" >>"$WORK/tested"
if [[ -n ${HANG:-} && "$*" == *$HANG* ]]; then sleep 60; fi
[[ -z ${FAIL_TO_RUN:-} || "$*" != *$FAIL_TO_RUN* ]]'
  fake gpu_perf <<<'while (($#)); do if [[ $1 == --json ]]; then echo "{\"figures\": [1]}" >"$2"; fi; shift; done; echo a table'
  fake compute-sanitizer <<<'echo "$*" >>"$WORK/sanitized"; [[ -z ${FAIL_TO_RUN:-} || "$*" != *$FAIL_TO_RUN* ]]'
}
cp "$work/bin/compiler" "$work/bin/nvcc"
cp "$work/bin/compiler" "$work/bin/g++"
check() { # check EXPECTED_STATUS [VARIABLE=VALUE ...] [-- OPTION ...]
  local expected=$1 status=0 variables=()
  shift
  while (($#)) && [[ $1 != -- ]]; do variables+=("$1") && shift; done
  if (($#)); then shift; fi
  rm -f "$work"/{compiled,tested,sanitized,out.json}
  env -u CXX -u WORDMILL_CUDA_ARCH PATH="$work/bin:$PATH" WORK="$work" WORDMILL_NVCC="$work/bin/nvcc" "${variables[@]}" \
    "$tree/scripts/gpu-check.sh" "$@" >"$work/log" 2>&1 || status=$?
  [[ $status == "$expected" ]] || fail "expected status $expected, found $status: ${variables[*]} $*"
}
expect() { grep -qF -- "$1" "$work/${2:-log}" || fail "expected '$1' in ${2:-the output}"; }
expect_step() { # expect_step NAME STATUS: as CMake reads the JSON
  [[ -s $work/out.json ]] || fail "no JSON"
  "$cmake" -P "$work/steps.cmake" >"$work/steps" 2>&1 || { cat "$work/steps" && fail "the JSON is not valid"; }
  expect "[$1]=[$2]" steps
}
cat >"$work/steps.cmake" <<EOF
file(READ $work/out.json json)
string(JSON passed GET "\${json}" passed)
string(JSON card GET "\${json}" card)
string(JSON perf TYPE "\${json}" gpu_perf)
message("[passed]=[\${passed}] [card]=[\${card}] [gpu_perf]=[\${perf}]")
string(JSON count LENGTH "\${json}" steps)
math(EXPR last "\${count} - 1")
foreach(i RANGE \${last})
  string(JSON name GET "\${json}" steps \${i} name)
  string(JSON status GET "\${json}" steps \${i} status)
  string(JSON seconds GET "\${json}" steps \${i} seconds)
  message("[\${name}]=[\${status}]")
endforeach()
EOF

check 69 NO_GPU=1
expect 'no GPU: nvidia-smi says: NVIDIA-SMI has failed'
[[ ! -e $tree/build ]] || fail "without a GPU nothing is made"
check 2 -- --fast
expect "found '--fast'"
check 2 -- --pack
check 69 WORDMILL_NVCC=/no/such/nvcc
expect 'no nvcc'
check 69 CXX=no-such-compiler
expect 'no no-such-compiler'

check 0 -- "$work/out.json"
expect '-arch=sm_90' compiled
if grep -q faults_test "$work/compiled"; then fail "a test of the emulator is compiled"; fi
[[ $(head -n 1 "$work/tested") == *--run_test=cuda_warp_functions* ]] || fail "warp functions come first"
for tool in memcheck racecheck synccheck initcheck; do
  expect "--tool $tool" sanitized
  expect_step "sanitizer: $tool" passed
done
expect_step "tests: all on the GPU" passed
expect_step gpu_perf passed
expect_step "modules: word2vec_tests" skipped
expect '[passed]=[ON] [card]=[Fake "GPU"] [gpu_perf]=[OBJECT]' steps
expect 'a table'

check 1 FAIL_TO_RUN==@gpu -- "$work/out.json"
expect_step "tests: warp functions" passed
expect_step "tests: all on the GPU" failed
expect_step "sanitizer: memcheck" failed
expect_step "tests: primitives and their twins" passed
expect_step gpu_perf passed
expect '[passed]=[OFF]' steps
check 1 FAIL_TO_BUILD=/k.cu -- "$work/out.json"
expect_step "build: compile" failed
expect 'error: /k.cu'
check 1 FAIL_TO_BUILD=/gpu_perf -- "$work/out.json"
expect_step gpu_perf failed
expect '[gpu_perf]=[NULL]' steps
check 1 NO_BOOST=1 -- "$work/out.json"
expect 'bring the folder of --pack along'
expect_step "tests: all on the GPU" failed
expect_step gpu_perf passed
check 1 HANG==@gpu WORDMILL_GPU_SECONDS=6 -- "$work/out.json"
expect_step "tests: all on the GPU" 'timed out'
expect_step gpu_perf 'no time'
check 0 NO_GPU=1 -- --dry-run "$work/out.json"
expect_step "build: compile" passed
expect_step "tests: all on the GPU" skipped
expect_step gpu_perf skipped

# A pack that is there is used.
mkdir -p "$work/pack/bin" "$tree/build/gpu-pack"
cp "$work/bin/gpu_tests" "$work/pack/bin/word2vec_tests"
# shellcheck disable=SC2016 # expanded by the program
printf '#!/bin/bash\ncase "$*" in *--help*) echo --device ;; *evaluate*) echo "perplexity 1.50 of 9 tokens" ;; esac\necho "$* $LD_LIBRARY_PATH" >>"$WORK/trained"\n' >"$work/pack/bin/wordmill"
chmod +x "$work/pack/bin/wordmill"
tar -C "$work/pack" -czf "$tree/build/gpu-pack/gpu-pack.tar.gz" .
check 0 -- "$work/out.json"
expect_step "modules: word2vec_tests" passed
expect_step "modules: recipes_tests" skipped
expect_step "modules: skip-gram on cuda" passed
expect '--device cuda' trained
expect "build/gpu-check/pack/lib" trained
rm -r "$tree/build/gpu-pack"

if (($# > 2)); then
  cp "$2" "$work/bin/cuda_tests_emulated"
  cp "$3" "$work/bin/gpu_perf_emulated"
  # What an emulator cannot do as a GPU: sizes of a GPU, and the driver that cases without a GPU look for.
  # shellcheck disable=SC2016 # expanded by the fakes
  {
    fake gpu_tests <<<'case "$*" in *=!@gpu*) ;; *) exec "$WORK/bin/cuda_tests_emulated" "$@" ;; esac'
    fake gpu_perf <<<'exec "$WORK/bin/gpu_perf_emulated" --small "$@"'
  }
  check 0 -- "$work/out.json"
  for name in "tests: warp functions" "tests: all on the GPU" "tests: primitives and their twins" gpu_perf; do
    expect_step "$name" passed
  done
  expect '[gpu_perf]=[OBJECT]' steps
fi
echo "gpu_check_test: passed"
