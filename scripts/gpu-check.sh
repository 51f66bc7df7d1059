#!/usr/bin/env bash
# Checks and measures Wordmill on a machine with a GPU: tests, compute-sanitizer, speed. Needs the CUDA Toolkit and g++;
# no clang, CMake or network. Takes at most 9 minutes. docs/gpu.md explains the results.
#   scripts/gpu-check.sh [--packed FOLDER] [OUT.json]   default: build/gpu-check/gpu-check.json
#   scripts/gpu-check.sh --pack FOLDER                  on the machine that built preset release: programs to carry along
#   scripts/gpu-check.sh --dry-run [OUT.json]           builds for compute capability 9.0 and runs what needs no GPU
# FOLDER (default build/gpu-pack) holds gpu-pack.tar.gz: programs that only clang builds, their libraries, Boost.Test.
# Environment: WORDMILL_NVCC, CXX (g++), WORDMILL_CUDA_ARCH (sm_90; default: that of the first GPU), WORDMILL_GPU_SECONDS.
# Exit status: 0 every step passed, 1 a step did not, 2 usage, 69 no GPU, or no nvcc or g++ that works.
set -uo pipefail
started=${EPOCHREALTIME/[.,]/}
say() { printf 'gpu-check: %s\n' "$1" >&2; }
usage() {
  say "$1"
  sed -n '4,6s/^# *//p' "$script" >&2
  exit 2
}
script=$(realpath "$0")
mode=check out='' folder=build/gpu-pack
while (($#)); do
  case $1 in
  --pack | --packed)
    if (($# < 2)); then usage "$1: expected a folder"; fi
    if [[ $1 == --pack ]]; then mode=pack; fi
    folder=$(realpath -m -- "$2")
    shift
    ;;
  --dry-run) mode=dry ;;
  -*) usage "expected --pack FOLDER, --packed FOLDER or --dry-run; found '$1'" ;;
  *)
    if [[ -n $out ]]; then usage "expected one output, found '$out' and '$1'"; fi
    out=$(realpath -m -- "$1")
    ;;
  esac
  shift
done
cd "$(dirname "$script")/.." || exit 1
programs=(tests/nn/nn_tests tests/language_model/language_model_tests tests/seq2seq/seq2seq_tests
  tests/word2vec/word2vec_tests tests/stats/stats_tests tests/recipes/recipes_tests modules/command/wordmill)
main_of_tests='#define BOOST_TEST_MODULE wordmill_gpu
#include <boost/test/included/unit_test.hpp>'

# --- the pack

pack() {
  local into program library count=0
  into=$(mktemp -d) || return 1
  trap 'rm -rf "$into"' RETURN
  mkdir -p "$into/bin" "$into/lib" "$into/include" "$folder" || return 1
  for program in "${programs[@]}"; do
    if [[ ! -x build/release/$program ]]; then
      say "build/release/$program is missing: build preset release first"
      return 1
    fi
    strip -o "$into/bin/${program##*/}" "build/release/$program" || return 1
  done
  # Everything but the C library, which the other machine has in a version of its own.
  while read -r library; do
    case ${library##*/} in
    libc.so.* | libm.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libresolv.so.*) continue ;;
    esac
    cp -L "$library" "$into/lib/" || return 1
    count=$((count + 1))
  done < <(ldd "${programs[@]/#/build/release/}" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u)
  if ldd "${programs[@]/#/build/release/}" | grep 'not found'; then
    say "a program lacks these libraries"
    return 1
  fi
  # The headers of Boost.Test that the tests need.
  "${CXX:-g++}" -std=c++20 -M -Icuda/include -Itests/cuda -include boost/test/included/unit_test.hpp \
    tests/cuda/word2vec_on_device_test.cpp | grep -o '/[^ ]*/boost/[^ ]*' | sort -u |
    while read -r header; do
      install -D -m 644 "$header" "$into/include/boost/${header#*/boost/}" || exit 1
    done || return 1
  tar -C "$into" -czf "$folder/gpu-pack.tar.gz" . || return 1
  local bytes
  bytes=$(stat -c %s "$folder/gpu-pack.tar.gz")
  printf 'gpu-check: %s: %d programs, %d libraries, %d headers, %d.%d MiB\n' "$folder/gpu-pack.tar.gz" \
    "${#programs[@]}" "$count" "$(find "$into/include" -type f | wc -l)" $((bytes >> 20)) $(((bytes >> 10) % 1024 * 10 / 1024))
  if ((bytes > 64 << 20)); then
    say "the pack must stay below 64 MiB"
    return 1
  fi
}
if [[ $mode == pack ]]; then
  pack
  exit
fi

# --- what is there

card='' driver='' capability=''
if [[ $mode == check ]]; then
  if ! command -v nvidia-smi >/dev/null; then
    say "no GPU: there is no nvidia-smi"
    exit 69
  fi
  if ! found=$(nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader 2>&1) || [[ -z $found ]]; then
    say "no GPU: nvidia-smi says: ${found%%$'\n'*}"
    exit 69
  fi
  IFS=, read -r card driver capability <<<"${found%%$'\n'*}"
  driver=${driver# } capability=${capability# }
fi
nvcc=${WORDMILL_NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
cxx=${CXX:-g++}
if ! [[ -x $nvcc ]]; then
  say "no nvcc on PATH or in /usr/local/cuda: install the CUDA Toolkit (13.0 or later), or set WORDMILL_NVCC"
  exit 69
fi
if ! command -v "$cxx" >/dev/null; then
  say "no $cxx: install g++ 12 or later, or set CXX"
  exit 69
fi
if [[ -n ${WORDMILL_CUDA_ARCH:-} ]]; then
  arch=$WORDMILL_CUDA_ARCH
elif [[ $mode == dry ]]; then
  arch=sm_90
elif [[ $capability =~ ^[0-9]+\.[0-9]+$ ]]; then
  arch=sm_${capability/./}
else
  arch=native
fi

work=build/gpu-check
out=${out:-$PWD/$work/gpu-check.json}
rm -rf "$work"
mkdir -p "$work/objects" "$work/logs" "$(dirname "$out")" || exit 1

packed=''
if [[ -f $folder/gpu-pack.tar.gz ]]; then
  mkdir "$work/pack"
  if tar -C "$work/pack" -xzf "$folder/gpu-pack.tar.gz"; then packed=$PWD/$work/pack; fi
fi
compile_flags="-std=c++20 -O2 -Icuda/include"
boost=''
for include in '' ${packed:+"$packed/include"}; do
  if "$cxx" -std=c++20 ${include:+-isystem "$include"} -x c++ -M - <<<"$main_of_tests" >/dev/null 2>&1; then
    boost=yes
    compile_flags+=${include:+ -isystem $include}
    break
  fi
done
cuda_include=$(dirname "$(dirname "$(realpath "$nvcc")")")/include
nvcc_flags="-std=c++20 -O3 -arch=$arch -ccbin $cxx -Icuda/include -Icuda/src"
if ! [[ -f $cuda_include/cublas_api.h && -f $cuda_include/cusparse.h ]]; then
  nvcc_flags+=" -Itests/cuda/stand-ins/headers" # the declarations are enough: the libraries are opened at run time
fi
sanitizer=''
for candidate in "$(command -v compute-sanitizer)" "$(dirname "$nvcc")/compute-sanitizer" \
  "$cuda_include/../compute-sanitizer/compute-sanitizer"; do
  if [[ -z $sanitizer && -x $candidate ]]; then sanitizer=$candidate; fi
done

# --- steps

patience=1 # with a GPU, time is short
if [[ $mode == dry ]]; then patience=10; fi
end=$((started + ${WORDMILL_GPU_SECONDS:-530} * patience * 1000000))
steps='' all_passed=true
quoted() { # a JSON string
  local text
  text=$(printf '%s' "$1" | tr '\000-\037' ' ')
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}
in_seconds() { printf '%d.%03d' $(($1 / 1000000)) $(($1 / 1000 % 1000)); }
record() { # record NAME STATUS MICROSECONDS NOTE
  printf '%-34s %-10s %9s s  %s\n' "$1" "$2" "$(in_seconds "$3")" "$4"
  case $2 in passed | skipped) ;; *) all_passed=false ;; esac
  steps+=${steps:+,$'\n'}"  {\"name\": $(quoted "$1"), \"status\": $(quoted "$2"), \"seconds\": $(in_seconds "$3"), \"note\": $(quoted "$4")}"
}
skip() { record "$1" skipped 0 "$2"; }
# step NAME SECONDS COMMAND...: runs a command, at most so long. Its output goes to a file; the end of it is shown when
# the command fails. A failure stops nothing.
step() {
  local name=$1 limit=$(($2 * patience)) begin=${EPOCHREALTIME/[.,]/} status=0 log left outcome=passed note=''
  shift 2
  log=$work/logs/${name//[^a-zA-Z0-9]/_}.log
  left=$(((end - begin) / 1000000))
  if ((left < 2)); then
    record "$name" 'no time' 0 'the time was used up before'
    return 1
  fi
  timeout -k 5 "$((limit < left ? limit : left))" "$@" >"$log" 2>&1 || status=$?
  case $status in
  0)
    if grep -q 'is skipped because precondition failed' "$log"; then
      outcome=incomplete
      note="$(grep -c 'is skipped because precondition failed' "$log") cases were skipped: $log"
    fi
    ;;
  124 | 137) outcome='timed out' note="$log" ;;
  *) outcome=failed note="exit status $status: $log" ;;
  esac
  record "$name" "$outcome" $((${EPOCHREALTIME/[.,]/} - begin)) "$note"
  if [[ $outcome != passed ]]; then tail -n 20 "$log" | sed 's/^/    | /'; fi
  [[ $outcome == passed ]]
}

printf '%s\n' "${card:-no GPU: dry run}${driver:+, driver $driver}, $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/nvcc \1/p'), $arch, $(nproc) cores"

objects=$work/objects
commands() { # one a line; the slow ones first
  local source
  for source in cuda/src/pairs_on_device.cu cuda/src/ppmi_on_device.cu cuda/src/sparse_on_device.cu cuda/src/svd_on_device.cu \
    $(ls cuda/src/*.cu tests/cuda/kernels/*.cu perf/gpu/*.cu); do
    echo "$nvcc $nvcc_flags -c $source -o $objects/$(tr / _ <<<"$source").o"
  done | awk '!seen[$0]++'
  for source in cuda/src/error.cpp cuda/src/library.cpp perf/gpu/gpu_perf.cpp perf/gpu/layers.cpp \
    ${boost:+"$objects/main.cpp" tests/cuda/*_test.cpp}; do
    if [[ $source != tests/cuda/faults_test.cpp ]]; then # which is of the emulator
      echo "$cxx $compile_flags -Icuda/src -c $source -o $objects/$(tr / _ <<<"${source#"$objects"/}").o"
    fi
  done
}
printf '%s\n' "$main_of_tests" >"$objects/main.cpp"
commands >"$work/commands"
# shellcheck disable=SC2016 # expanded by the shell that runs a command
step "build: compile" 240 xargs -P "$(nproc)" -d '\n' -n 1 bash -c '$0 || { echo "failed: $0"; exit 1; }' <"$work/commands"
step "build: link gpu_perf" 60 "$nvcc" -arch="$arch" -ccbin "$cxx" "$objects"/cuda_src_*.o "$objects"/perf_gpu_*.o -o "$work/gpu_perf" -ldl
if [[ -n $boost ]]; then
  step "build: link gpu_tests" 60 "$nvcc" -arch="$arch" -ccbin "$cxx" "$objects"/cuda_src_*.o "$objects"/tests_*.o "$objects/main.cpp.o" -o "$work/gpu_tests" -ldl
else
  record "build: gpu_tests" failed 0 \
    "no <boost/test/included/unit_test.hpp>: install Boost's headers, or bring the folder of --pack along"
fi

tests() { # tests NAME SECONDS FILTER
  if [[ $mode == dry && $3 != '!@gpu' ]]; then
    skip "$1" "dry run"
  elif [[ -x $work/gpu_tests ]]; then
    step "$1" "$2" "$work/gpu_tests" "--run_test=$3" --log_level=test_suite --color_output=no
  else
    record "$1" failed 0 "gpu_tests was not built"
  fi
}
tests_without_gpu() { # cases that are skipped here need a machine without a driver
  if [[ ! -x $work/gpu_tests ]]; then
    record "tests: without a GPU" failed 0 "gpu_tests was not built"
  else
    step "tests: without a GPU" 30 "$work/gpu_tests" '--run_test=!@gpu' --color_output=no
  fi
}
tests "tests: warp functions" 30 cuda_warp_functions
tests_without_gpu
tests "tests: all on the GPU" 90 @gpu
for tool in memcheck racecheck synccheck initcheck; do
  if [[ $mode == dry ]]; then
    skip "sanitizer: $tool" "dry run"
  elif [[ -z $sanitizer ]]; then
    skip "sanitizer: $tool" "there is no compute-sanitizer"
  elif [[ -x $work/gpu_tests ]]; then
    step "sanitizer: $tool" 50 "$sanitizer" --tool "$tool" --error-exitcode 9 "$work/gpu_tests" --run_test=@gpu \
      --catch_system_errors=no --color_output=no
  else
    record "sanitizer: $tool" failed 0 "gpu_tests was not built"
  fi
done
if [[ $mode == check && -n $sanitizer && -x $work/gpu_perf ]]; then
  step "sanitizer: memcheck of gpu_perf" 40 "$sanitizer" --tool memcheck --error-exitcode 9 "$work/gpu_perf" --small
fi
tests "tests: primitives and their twins" 30 cuda_device_functions
if [[ ! -x $work/gpu_perf ]]; then
  record "gpu_perf" failed 0 "gpu_perf was not built"
elif [[ $mode == dry ]]; then
  skip gpu_perf "dry run"
else
  step gpu_perf 150 "$work/gpu_perf" --json "$work/gpu_perf.json"
  cat "$work/logs/gpu_perf.log" 2>/dev/null
fi

# --- what only clang builds

bin() { # where a program is, or nothing
  if [[ -n $packed && -x $packed/bin/${1##*/} ]]; then
    echo "$packed/bin/${1##*/}"
  elif [[ -z $packed && -x build/release/$1 ]]; then
    echo "build/release/$1"
  fi
}
with_libraries=(env ${packed:+"LD_LIBRARY_PATH=$packed/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"})
for program in "${programs[@]}"; do
  name=${program##*/}
  path=$(bin "$program")
  if [[ -z $path ]]; then
    skip "modules: $name" "not carried along: see --pack"
  elif [[ $name == wordmill ]]; then
    step "modules: generate text" 30 "${with_libraries[@]}" "$path" synth --tokens 4M --seed 1 --output "$work/text.txt" \
      --overwrite --quiet
    for device in cpu cuda; do
      if [[ $mode == dry && $device == cuda ]]; then
        skip "modules: skip-gram on $device" "dry run"
      elif [[ $("${with_libraries[@]}" "$path" train skipgram --help 2>&1) != *--device* ]]; then
        skip "modules: skip-gram on $device" "this program trains word vectors on the CPU only"
      else
        step "modules: skip-gram on $device" 60 "${with_libraries[@]}" "$path" train skipgram "$work/text.txt" \
          --device "$device" --epochs 1 --overwrite --output "$work/$device.txt"
        tail -n 3 "$work/logs/modules__skip_gram_on_$device.log" 2>/dev/null
      fi
    done
    for i in {1..3000}; do
      echo "the cat $((i % 7)) sat on the mat $((i % 5)) and the dog $((i % 3)) ate the rat"
    done >"$work/lm.txt"
    for device in cpu cuda; do
      if [[ $mode == dry && $device == cuda ]]; then
        skip "modules: language model on $device" "dry run"
      else
        step "modules: language model on $device" 60 "${with_libraries[@]}" "$path" lm train "$work/lm.txt" \
          --device "$device" --size 64 --optimizer adam --lr 0.01 --epochs 3 --overwrite --output "$work/lm-$device"
      fi
    done
    if [[ $mode == dry ]]; then
      skip "modules: perplexities of both devices" "dry run"
    else
      # shellcheck disable=SC2016 # expanded by the shell that runs the step
      step "modules: perplexities of both devices" 30 "${with_libraries[@]}" bash -c '
        for model in lm-cpu lm-cuda; do "$0" lm evaluate "$1/$model" "$1/lm.txt" --device cpu --quiet || exit 1; done |
          awk "{ print; p[NR] = \$2 } END { exit !(NR == 2 && p[1] < 2 && p[2] < 1.01 * p[1] && p[1] < 1.01 * p[2]) }"' \
        "$path" "$work"
      cat "$work/logs/modules__perplexities_of_both_devices.log" 2>/dev/null
    fi
  elif [[ $mode == dry ]]; then
    skip "modules: $name" "dry run"
  else
    step "modules: $name" 60 "${with_libraries[@]}" "$path" --run_test=@gpu --log_level=test_suite \
      --color_output=no
  fi
done

# --- the result

perf=null
if [[ -s $work/gpu_perf.json ]]; then perf=$(<"$work/gpu_perf.json"); fi
total=$((${EPOCHREALTIME/[.,]/} - started))
{
  printf '{"card": %s, "driver": %s, "compute_capability": %s, "nvcc": %s, "arch": %s, "commit": %s,\n' "$(quoted "$card")" \
    "$(quoted "$driver")" "$(quoted "$capability")" "$(quoted "$("$nvcc" --version | tail -n 1)")" "$(quoted "$arch")" \
    "$(quoted "$(git rev-parse HEAD 2>/dev/null)")"
  printf ' "dry_run": %s, "passed": %s, "seconds": %s,\n "steps": [\n%s],\n "gpu_perf": %s}\n' \
    "$([[ $mode == dry ]] && echo true || echo false)" "$all_passed" "$(in_seconds "$total")" "$steps" "$perf"
} >"$out" || exit 1
printf '%s s in all; %s\n' "$(in_seconds "$total")" "$out"
$all_passed
