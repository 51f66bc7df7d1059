#!/usr/bin/env bash
# scripts/fetch-corpus.sh against a mirror of file:// URLs: no network is used or needed.
set -euo pipefail
fetch=$(cd "$(dirname "$0")/../.." && pwd)/scripts/fetch-corpus.sh
if ! command -v curl >/dev/null; then
  echo "skipped: curl is not installed"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/mirror/example.org" "$work/mirror/dumps.wikimedia.org/simplewiki/"{latest,20240501}

fail() {
  echo "FAILED: $1"
  cat "$work/err"
  exit 1
}
run() { # run EXPECTED_STATUS ARGUMENTS...
  local expected=$1 status=0
  shift
  WORDMILL_CORPUS_CATALOG="$work/list" WORDMILL_CORPUS_MIRROR="${MIRROR-file://$work/mirror/}" \
    "$fetch" "$@" 2>"$work/err" || status=$?
  [[ $status == "$expected" ]] || fail "'$*' should exit with $expected, found $status"
}
says() { grep -qE -- "$1" "$work/err" || fail "expected a message with '$1'"; }

head -c 100000 /dev/zero | tr '\0' 'a' >"$work/mirror/example.org/a.txt"
sum=$(sha256sum "$work/mirror/example.org/a.txt" | cut -d ' ' -f 1)
cat >"$work/list" <<LIST
# a comment
file small a.txt sha256:$sum https://missing.example/a.txt https://example.org/a.txt
note small For tests.
file wrong a.txt md5:00000000000000000000000000000000 https://example.org/a.txt
file unpublished a.txt - https://example.org/a.txt
LIST

run 2
says 'usage'
run 2 no-such-corpus
says "unknown corpus 'no-such-corpus'; known: small wrong unpublished wikipedia"
run 2 wikipedia-../x

run 0 small "$work/small"
says 'For tests'
cmp -s "$work/small/a.txt" "$work/mirror/example.org/a.txt" || fail "the file arrives whole, from the second address"
run 0 small "$work/small"
says 'already here'

# A run that was cut after 40,000 bytes goes on from there and keeps them.
mkdir "$work/cut"
head -c 40000 "$work/mirror/example.org/a.txt" >"$work/cut/a.txt.part"
run 0 small "$work/cut"
says 'from byte 40000 on'
cmp -s "$work/cut/a.txt" "$work/mirror/example.org/a.txt" || fail "a resumed file is whole"
# One that was cut after the last byte is complete.
mkdir "$work/end"
cp "$work/mirror/example.org/a.txt" "$work/end/a.txt.part"
run 0 small "$work/end"
# One with other bytes at its start is found out and started afresh the next time.
mkdir "$work/stale"
head -c 40000 /dev/zero >"$work/stale/a.txt.part"
run 65 small "$work/stale"
says "expected sha256:$sum, found"
run 0 small "$work/stale"

run 65 wrong "$work/wrong"
says 'expected md5:0000'
[[ ! -e $work/wrong/a.txt ]] || fail "a file with the wrong checksum is not left as if it were right"
echo changed >>"$work/small/a.txt"
run 65 small "$work/small"

run 0 unpublished "$work/unpublished"
says 'no published checksum'
echo changed >>"$work/mirror/example.org/a.txt"
rm "$work/unpublished/a.txt"
run 65 unpublished "$work/unpublished"

# Nothing listens on port 1 of this machine: what a user without a network sees.
MIRROR=http://127.0.0.1:1/ run 69 small "$work/offline"
says 'no network: http://127.0.0.1:1/example.org/a.txt cannot be reached'

dump=simplewiki-20240501-pages-articles-multistream.xml.bz2
echo dump >"$work/mirror/dumps.wikimedia.org/simplewiki/20240501/$dump"
{
  echo "0000000000000000000000000000000000000000  simplewiki-20240501-pages-articles-multistream-index.txt.bz2"
  echo "$(sha1sum <"$work/mirror/dumps.wikimedia.org/simplewiki/20240501/$dump" | cut -d ' ' -f 1)  $dump"
} >"$work/mirror/dumps.wikimedia.org/simplewiki/latest/simplewiki-latest-sha1sums.txt"
run 0 wikipedia-simple "$work/dump"
[[ -s $work/dump/$dump ]] || fail "the dump arrives under its dated name"

if command -v unzip >/dev/null && command -v python3 >/dev/null; then
  (cd "$work/mirror/example.org" && python3 -m zipfile -c in.zip a.txt)
  echo "file zipped in.zip - https://example.org/in.zip" >>"$work/list"
  echo "unzip zipped in.zip a.txt md5:$(md5sum <"$work/mirror/example.org/a.txt" | cut -d ' ' -f 1)" >>"$work/list"
  run 0 zipped "$work/zipped"
  cmp -s "$work/zipped/a.txt" "$work/mirror/example.org/a.txt" || fail "the member is unpacked"
fi
echo "fetch_corpus_test: passed"
