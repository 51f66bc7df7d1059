#!/usr/bin/env bash
# scripts/setup.sh against fake apt, dpkg and sudo: what it would install, from where, and when it refuses.
set -euo pipefail
setup=$(cd "$(dirname "$0")/../.." && pwd)/scripts/setup.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/apt/sources.list.d"

fail() {
  echo "FAILED: $1"
  shift
  if (($#)); then cat "$@"; fi
  exit 1
}
expect_line() { grep -qE -- "$1" "$2" || fail "expected '$1' in $2:" "$2"; }

fake() { # fake NAME: a command whose body is on stdin
  { printf '#!/bin/bash\n'; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
cmake_version() { echo "$1" >"$work/cmake"; }
# shellcheck disable=SC2016 # expanded by the fakes
{
  fake cmake <<<'echo "cmake version $(cat "$WORK/cmake")"'
  fake id <<<'cat "$WORK/uid"'
  fake sudo <<<'exit 1'
  fake dpkg-query <<<'for p in "${@:3}"; do grep -qx "$p" "$WORK/absent" || echo "$p installed"; done'
  fake apt-get <<<'echo "$*" >>"$WORK/apt.log"
for a; do case $a in Dir::Etc::SourceParts=*) cat "${a#*=}"/wordmill-backports.* >"$WORK/stanza.log" ;; esac; done
case " $* " in *" -t bookworm-backports cmake "*) echo 3.31.6 >"$WORK/cmake" ;; *" libtbb-dev "*cmake*) echo 3.31.6 >"$WORK/cmake" ;; esac'
}
run_setup() {
  : >"$work/apt.log"
  rm -f "$work/stanza.log"
  status=0
  env -u WORDMILL_SKIP_SETUP PATH="$work/bin:$PATH" WORK="$work" WORDMILL_APT_ETC="$work/apt" \
    WORDMILL_OS_RELEASE="$work/os-release" "$setup" "$@" >"$work/out" 2>"$work/err" || status=$?
}
release() { echo "VERSION_CODENAME=$1" >"$work/os-release"; }

release bookworm
cmake_version 3.31.6
echo 0 >"$work/uid"
# Commands of the build machine count as installed; packages are the fakes' word.
: >"$work/absent"
run_setup
[[ $status == 0 && ! -s $work/apt.log ]] || fail "with nothing missing apt is not called" "$work/apt.log" "$work/err"

echo libtbb-dev >"$work/absent"
run_setup --missing
[[ $status == 0 && $(cat "$work/out") == libtbb-dev ]] || fail "--missing names the missing package" "$work/out"
run_setup
expect_line 'install -y --no-install-recommends libtbb-dev$' "$work/apt.log"
[[ ! -e $work/stanza.log ]] || fail "no temporary source is made when cmake is new enough"

echo 1000 >"$work/uid"
cmake_version 3.25.1
run_setup
[[ $status == 69 && ! -s $work/apt.log ]] || fail "without root it refuses with 69, found $status" "$work/err"
expect_line 'apt-get install --no-install-recommends libtbb-dev' "$work/err"
expect_line 'cmake >= 3.28 .*bookworm-backports' "$work/err"

echo 0 >"$work/uid"
: >"$work/absent"
cat >"$work/apt/sources.list.d/debian.sources" <<'SOURCES'
Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

# the main archive
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg
SOURCES
run_setup
[[ $status == 0 ]] || fail "backports from a deb822 source: exit $status" "$work/err" "$work/apt.log"
expect_line '^URIs: http://mirror.example/debian$' "$work/stanza.log"
expect_line '^Suites: bookworm-backports$' "$work/stanza.log"
expect_line '^Signed-By: /usr/share/keyrings/archive.gpg$' "$work/stanza.log"
! grep -q security "$work/stanza.log" || fail "only the main archive is rewritten" "$work/stanza.log"

rm "$work/apt/sources.list.d/debian.sources"
cmake_version 3.25.1
cat >"$work/apt/sources.list" <<'SOURCES'
deb-src http://mirror.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [signed-by=/usr/share/keyrings/archive.gpg] http://mirror.example/debian bookworm main contrib
SOURCES
run_setup
[[ $status == 0 ]] || fail "backports from a one-line source: exit $status" "$work/err" "$work/apt.log"
expect_line '^deb \[signed-by=/usr/share/keyrings/archive.gpg\] http://mirror.example/debian bookworm-backports main contrib$' \
  "$work/stanza.log"

rm "$work/apt/sources.list"
cmake_version 3.25.1
run_setup
[[ $status == 69 ]] || fail "no usable source: 69, found $status" "$work/err"
expect_line 'no apt source' "$work/err"

release noble
echo libtbb-dev >"$work/absent"
run_setup
[[ $status == 0 ]] || fail "elsewhere cmake comes with the rest: exit $status" "$work/err"
expect_line 'install -y --no-install-recommends libtbb-dev cmake$' "$work/apt.log"

# --parquet: a Python that has pyarrow, one that gets it from PyPI, PyPI out of reach, and no venv.
: >"$work/absent"
cmake_version 3.31.6
export WORDMILL_PYARROW_FOLDER="$work/build/pyarrow"
# shellcheck disable=SC2016 # expanded by the fakes
{
  fake pkg-config <<<'exit 1'
  fake python3 <<<'echo "${0#"$WORK/"} $*" >>"$WORK/python.log"
case "$*" in
*"import pyarrow"*) [[ -e $WORK/has-pyarrow ]] ;;
*"import ensurepip"*) [[ ! -e $WORK/no-venv ]] ;;
*"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python3" ;;
*"-m pip"*) [[ ! -e $WORK/offline ]] && touch "$WORK/has-pyarrow" ;;
esac'
}
run_setup --parquet
[[ $status == 0 ]] || fail "--parquet with PyPI: exit $status" "$work/err"
expect_line 'build/pyarrow/bin/python3 -m pip .*install .*pyarrow==[0-9.]+$' "$work/python.log"
expect_line "into $work/build/pyarrow" "$work/err"
: >"$work/python.log"
run_setup --parquet
[[ $status == 0 && ! -s $work/err ]] || fail "--parquet where pyarrow is: exit $status" "$work/err"
! grep -q 'pip' "$work/python.log" || fail "pyarrow is installed once" "$work/python.log"
rm "$work/has-pyarrow"
touch "$work/offline"
run_setup --parquet
[[ $status == 69 ]] || fail "--parquet without PyPI: 69, found $status" "$work/err"
expect_line 'built without its Parquet reader' "$work/err"
[[ ! -e $work/build/pyarrow ]] || fail "half an installation is removed"
rm "$work/offline"
touch "$work/no-venv"
run_setup --parquet
[[ $status == 0 ]] || fail "--parquet without venv: exit $status" "$work/err"
expect_line 'install -y --no-install-recommends python3-venv$' "$work/apt.log"

# --cuda-headers: from PyPI once, not where a toolkit is, and PyPI out of reach.
rm "$work/no-venv"
export WORDMILL_CUDA_HEADERS_FOLDER="$work/build/cuda-headers" WORDMILL_CUDA_TOOLKITS="$work/toolkit"
# shellcheck disable=SC2016 # expanded by the fake
fake python3 <<<'echo "${0#"$WORK/"} $*" >>"$WORK/python.log"
headers() { mkdir -p "$1/crt" && touch "$1/crt/host_defines.h" && echo "#define CUDART_VERSION  13000" >"$1/cuda_runtime_api.h"; }
case "$*" in
*"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python3" ;;
*"-m pip"*) [[ ! -e $WORK/offline ]] && headers "${0%/bin/python3}/lib/python3.11/site-packages/nvidia/cu13/include" ;;
esac'
touch "$work/offline"
run_setup --cuda-headers
[[ $status == 69 ]] || fail "--cuda-headers without PyPI: 69, found $status" "$work/err"
expect_line 'no test runs CUDA kernels on the emulator' "$work/err"
[[ ! -e $work/build/cuda-headers ]] || fail "half an installation is removed"
rm "$work/offline"
run_setup --cuda-headers
[[ $status == 0 ]] || fail "--cuda-headers with PyPI: exit $status" "$work/err"
expect_line 'pip .*install .*nvidia-cuda-runtime==13[0-9.]+ nvidia-cuda-crt==13[0-9.]+ nvidia-cuda-cccl==13[0-9.]+$' \
  "$work/python.log"
: >"$work/python.log"
run_setup --cuda-headers
[[ $status == 0 && ! -s $work/python.log ]] || fail "headers are installed once" "$work/python.log"
rm -r "$work/build/cuda-headers"
mkdir -p "$work/toolkit/include/crt"
touch "$work/toolkit/include/crt/host_defines.h"
echo '#define CUDART_VERSION  12080' >"$work/toolkit/include/cuda_runtime_api.h"
run_setup --cuda-headers
[[ -s $work/python.log ]] || fail "a toolkit of CUDA 12 does not serve"
rm -r "$work/build/cuda-headers"
: >"$work/python.log"
echo '#define CUDART_VERSION  13000' >"$work/toolkit/include/cuda_runtime_api.h"
run_setup --cuda-headers
[[ $status == 0 && ! -s $work/python.log ]] || fail "a toolkit serves" "$work/python.log"

run_setup --bogus
[[ $status == 2 ]] || fail "an unknown argument is a usage error, found $status"
echo "setup_test: passed"
