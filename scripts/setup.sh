#!/usr/bin/env bash
# Installs what is missing to build, test and measure wordmill, on Debian 12, Debian 13 and Ubuntu 24.04.
# Does nothing, and needs neither root nor a network, when nothing is missing. Changes no apt configuration.
#   scripts/setup.sh                 install what is missing
#   scripts/setup.sh --missing       only print the missing packages
#   scripts/setup.sh --parquet       also get Apache Arrow, to read Parquet, unless there is one: it is part of the Python
#                                    package pyarrow, which pip installs from PyPI into build/pyarrow (200 MB)
#   scripts/setup.sh --cuda-headers  also get the headers of CUDA 13, to test kernels on an emulator, unless there is a
#                                    toolkit: pip installs them from PyPI into build/cuda-headers (7 MB to download)
# WORDMILL_SKIP_SETUP=1 skips it (other distributions: see the list below). Exit codes: 2 usage, 69 cannot install.
set -euo pipefail

# package, or package:command where any provider of the command will do.
wanted=(clang-19:clang++-19 clang-tools-19:clang-scan-deps-19 lld-19:ld.lld-19 clang-format-19:clang-format-19
  libclang-rt-19-dev ninja-build:ninja pkg-config:pkg-config zstd:zstd bzip2:bzip2 xz-utils:xz gzip:gzip
  libtbb-dev librange-v3-dev libboost-test-dev libboost-context-dev zlib1g-dev libzstd-dev libbz2-dev liblzma-dev libsimdjson-dev
  libexpat1-dev libicu-dev libcli11-dev libxxhash-dev libhwy-dev libdnnl-dev libeigen3-dev libhnswlib-dev
  libthrust-dev libarchive-dev libspectra-dev libsentencepiece-dev sentencepiece:spm_encode)
least_cmake=3.28
pyarrow_version=26.0.1
pyarrow_folder=${WORDMILL_PYARROW_FOLDER:-$(cd "$(dirname "$0")/.." && pwd)/build/pyarrow} # tests put theirs elsewhere
cuda_packages=(nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88 nvidia-cuda-cccl==13.0.85)
cuda_headers_folder=${WORDMILL_CUDA_HEADERS_FOLDER:-$(cd "$(dirname "$0")/.." && pwd)/build/cuda-headers}
cuda_toolkits=${WORDMILL_CUDA_TOOLKITS:-${CUDA_PATH:-} ${CUDA_HOME:-} /usr/local/cuda} # tests name their own
etc_apt=${WORDMILL_APT_ETC:-/etc/apt}       # tests put their own here
os_release=${WORDMILL_OS_RELEASE:-/etc/os-release}

say() { printf 'setup: %s\n' "$*" >&2; }

cmake_is_new_enough() {
  local version
  version=$(cmake --version 2>/dev/null | awk 'NR == 1 { print $3 }')
  [[ -n $version && $(printf '%s\n' "$least_cmake" "$version" | sort -V | head -n 1) == "$least_cmake" ]]
}

missing_packages() {
  local entry installed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]%%:*}" 2>/dev/null || true)
  for entry in "${wanted[@]}"; do
    if [[ $entry == *:* ]] && command -v "${entry#*:}" >/dev/null; then continue; fi
    grep -qx "${entry%%:*} installed" <<<"$installed" || printf '%s\n' "${entry%%:*}"
  done
}

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }

# The machine's package lists are refreshed only when they do not serve.
install_packages() {
  if ! apt -qq --simulate install "$@" >/dev/null 2>&1 || ! apt install -y --no-install-recommends "$@"; then
    apt update
    apt install -y --no-install-recommends "$@"
  fi
}

# The configured source of suite $1, rewritten to $1-backports; deb822 on stdin of one file, one-line of another.
backports_stanza() {
  awk -v suite="$1" 'BEGIN { RS = ""; FS = "\n" } {
    types = suites = off = 0; text = ""
    for (i = 1; i <= NF; ++i) {
      if ($i ~ /^#/) continue
      field = tolower($i)
      if (field ~ /^types:/ && (" " field " ") ~ /[: \t]deb[ \t]/) types = 1
      if (field ~ /^enabled:[ \t]*no/) off = 1
      if (field ~ /^suites:/) {
        n = split($i, word, /[: \t]+/)
        for (j = 2; j <= n; ++j) if (word[j] == suite) suites = 1
        $i = "Suites: " suite "-backports"
      }
      text = text $i "\n"
    }
    if (types && suites && !off) { print text; exit }
  }'
}
backports_line() {
  awk -v suite="$1" '$1 == "deb" { for (i = 2; i <= NF; ++i) if ($i == suite) { $i = suite "-backports"; print; exit } }'
}

# Debian 12 has cmake 3.25: the newer one comes from backports on the machine's own mirror, through sources and lists
# in a temporary folder that is gone afterwards.
install_cmake_from_backports() {
  local suite=$1 file folder=$2
  local options=(-o "Dir::Etc::SourceParts=$folder/parts" -o Dir::Etc::SourceList=/dev/null
    -o "Dir::State::Lists=$folder/lists")
  mkdir -p "$folder/parts" "$folder/lists/partial"
  chmod -R a+rX "$folder" # apt fetches as its own user
  for file in "$etc_apt"/sources.list "$etc_apt"/sources.list.d/*.{list,sources}; do
    [[ -f $file ]] || continue
    cp "$file" "$folder/parts/"
    if [[ -s $folder/stanza ]]; then continue; fi
    if [[ $file == *.sources ]]; then
      backports_stanza "$suite" <"$file" >"$folder/stanza"
      cp "$folder/stanza" "$folder/parts/wordmill-backports.sources"
    else
      backports_line "$suite" <"$file" >"$folder/stanza"
      cp "$folder/stanza" "$folder/parts/wordmill-backports.list"
    fi
  done
  if [[ ! -s $folder/stanza ]]; then
    say "no apt source for '$suite' in $etc_apt to take cmake from; install cmake >= $least_cmake and run this again"
    exit 69
  fi
  apt "${options[@]}" update
  apt "${options[@]}" install -y --no-install-recommends -t "$suite-backports" cmake
}

# Sets as_root to what makes a command run as root, or ends with the reason given.
as_root=()
become_root() {
  if [[ $(id -u) == 0 ]]; then return; fi
  if sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
    return
  fi
  say "not root, and sudo asks for a password or is not there. Ask for these packages, then run this again:"
  printf 'setup:   %s\n' "$@" >&2
  exit 69
}

# Arrow 21 or later, with headers: known to pkg-config, or inside the pyarrow of python3 or of build/pyarrow.
arrow_is_there() {
  local python
  if pkg-config --atleast-version=21 parquet 2>/dev/null; then return; fi
  for python in "$pyarrow_folder/bin/python3" "${VIRTUAL_ENV:-/nowhere}/bin/python3" python3; do
    "$python" -c 'import pyarrow; raise SystemExit(int(pyarrow.__version__.split(".")[0]) < 21)' 2>/dev/null && return
  done
  return 1
}

# Installs Python packages of PyPI into a virtual environment in folder $1. Fails when that cannot be done.
install_from_pypi() {
  local folder=$1
  shift
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if ! command -v apt-get >/dev/null; then
      say "expected python3 with venv and pip, found none; install them and run this again"
      return 1
    fi
    become_root "apt-get install --no-install-recommends python3-venv"
    install_packages python3-venv
  fi
  say "installing $* into $folder"
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  python3 -m venv "$folder" &&
    "$folder/bin/python3" -m pip --disable-pip-version-check --retries 2 --timeout 30 install --quiet \
      --no-cache-dir --no-compile --only-binary :all: "$@"
}

get_arrow() {
  if arrow_is_there; then return; fi
  if install_from_pypi "$pyarrow_folder" "pyarrow==$pyarrow_version" && arrow_is_there; then return; fi
  rm -rf "$pyarrow_folder"
  say "cannot install pyarrow $pyarrow_version from PyPI (above is why). Without it, or Apache Arrow's C++ library," \
    "wordmill is built without its Parquet reader"
  exit 69
}

# The headers of CUDA 13 or later, of a toolkit or of build/cuda-headers.
cuda_headers_are_there() {
  local folder toolkits
  read -ra toolkits <<<"$cuda_toolkits"
  for folder in "${toolkits[@]/%//include}" \
    "$cuda_headers_folder"/lib/python3*/site-packages/nvidia/cu13/include; do
    [[ -e $folder/crt/host_defines.h ]] || continue
    grep -qE '^#define CUDART_VERSION +(1[3-9]|[2-9][0-9])[0-9]{3}$' "$folder/cuda_runtime_api.h" 2>/dev/null && return
  done
  return 1
}

get_cuda_headers() {
  if cuda_headers_are_there; then return; fi
  if install_from_pypi "$cuda_headers_folder" "${cuda_packages[@]}" && cuda_headers_are_there; then return; fi
  rm -rf "$cuda_headers_folder"
  say "cannot install the headers of CUDA from PyPI (above is why). Without them, or a CUDA Toolkit, no test runs CUDA" \
    "kernels on the emulator"
  exit 69
}

case ${1:-} in
'' | --missing | --parquet | --cuda-headers) ;;
*)
  say "expected no argument, --missing, --parquet or --cuda-headers, found '$1'"
  exit 2
  ;;
esac
if [[ ${WORDMILL_SKIP_SETUP:-} == 1 ]]; then exit 0; fi
if ! command -v dpkg-query >/dev/null; then
  say "no apt here. Install by your own means, then set WORDMILL_SKIP_SETUP=1: cmake >= $least_cmake ${wanted[*]%%:*}"
  exit 69
fi

mapfile -t missing < <(missing_packages)
cmake_missing=false
cmake_is_new_enough || cmake_missing=true
if [[ ${1:-} == --missing ]]; then
  [[ ${#missing[@]} == 0 ]] || printf '%s\n' "${missing[@]}"
  if $cmake_missing; then echo "cmake (>= $least_cmake)"; fi
  exit 0
fi

suite=$(sed -n 's/^VERSION_CODENAME=//p' "$os_release" 2>/dev/null || true)
if [[ ${#missing[@]} -gt 0 ]] || $cmake_missing; then
  wishes=()
  [[ ${#missing[@]} == 0 ]] || wishes+=("apt-get install --no-install-recommends ${missing[*]}")
  if $cmake_missing; then
    wishes+=("cmake >= $least_cmake$([[ $suite != bookworm ]] || echo ' (apt-get install -t bookworm-backports cmake)')")
  fi
  become_root "${wishes[@]}"
  say "installing: ${missing[*]}$($cmake_missing && echo " cmake (>= $least_cmake)")"
fi
if $cmake_missing && [[ $suite != bookworm ]]; then
  missing+=(cmake)
fi
if [[ ${#missing[@]} -gt 0 ]]; then install_packages "${missing[@]}"; fi
if $cmake_missing && [[ $suite == bookworm ]]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  install_cmake_from_backports "$suite" "$folder"
fi
if $cmake_missing && ! cmake_is_new_enough; then
  say "cmake $(cmake --version 2>/dev/null | awk 'NR == 1 { print $3 }') is older than $least_cmake: install a newer one and run this again"
  exit 69
fi
if [[ ${1:-} == --parquet ]]; then get_arrow; fi
if [[ ${1:-} == --cuda-headers ]]; then get_cuda_headers; fi
