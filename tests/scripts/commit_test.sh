#!/usr/bin/env bash
# scripts/cmake/write_commit.cmake names the commit of a repository, and none elsewhere.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v git >/dev/null || { echo "skipped: git is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CEILING_DIRECTORIES=$work GIT_CONFIG_GLOBAL=/dev/null
mkdir -p "$work/repository/inner" "$work/plain"
git -C "$work/repository" init -q
git -C "$work/repository" -c user.name=a -c user.email=a commit -q --allow-empty -m first
echo '@WORDMILL_COMMIT@' >"$work/in"

expect() { # expect FOLDER COMMIT
  cmake -DSOURCE="$work/$1" -DTEMPLATE="$work/in" -DOUTPUT="$work/out" -P "$root/scripts/cmake/write_commit.cmake"
  [[ $(cat "$work/out") == "$2" ]] || { echo "FAILED: expected $2 in $1, found $(cat "$work/out")"; exit 1; }
}
expect repository "$(git -C "$work/repository" rev-parse --short=12 HEAD)"
expect repository/inner unknown
expect plain unknown
echo "commit_test: passed"
