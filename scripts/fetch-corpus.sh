#!/usr/bin/env bash
# Downloads a public corpus, resuming where an earlier run stopped, and checks it.
#   scripts/fetch-corpus.sh NAME [FOLDER]     NAME: ptb text8 enwik9 wikitext-2 wikitext-103 wikipedia wikipedia-LANG
# FOLDER defaults to .cache/corpora/NAME beside this script's folder. Run it again to continue or to check.
# Exit codes: 0 complete and checked, 2 usage, 65 a checksum differs, 69 no network or no tool, 73 no such folder,
# 74 the disk. What is fetched from where, and its checksums: corpora.list.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
catalog=${WORDMILL_CORPUS_CATALOG:-$here/corpora.list}
mirror=${WORDMILL_CORPUS_MIRROR:-} # put before host/path in place of the scheme: file:///mnt/mirror/ (tests, mirrors)

say() { printf 'fetch-corpus: %s\n' "$*" >&2; }
die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}
need() { command -v "$1" >/dev/null || die 69 "$1 is not installed${2:+ (apt-get install $2)}"; }

# matches FILE ALGORITHM:HEX
matches() { [[ $("${2%%:*}sum" <"$1" | cut -d ' ' -f 1) == "${2#*:}" ]]; }

# check FILE CHECKSUM WHERE: exits with 65 when FILE has another checksum.
check() {
  local file=$1 sum=$2
  if [[ $sum == - ]]; then
    [[ -f $3.sha256 ]] || return 0
    sum=sha256:$(cut -d ' ' -f 1 "$3.sha256")
  fi
  matches "$file" "$sum" && return
  local found
  found=$("${sum%%:*}sum" <"$file" | cut -d ' ' -f 1)
  if [[ $file == *.part ]]; then
    rm -f "$file"
    die 65 "$3: expected $sum, found $found; the download was removed, run this again to start afresh"
  fi
  die 65 "$3: expected $sum, found $found; remove it and run this again"
}

# download FILE URL...: leaves FILE.part whole, or stops. The caller's `sum` is its checksum.
download() {
  local file=$1 url code=0 progress=(--silent --show-error)
  shift
  if [[ -t 2 ]]; then progress=(--progress-bar); fi
  for url; do
    if [[ -n $mirror ]]; then url=$mirror${url#*://}; fi
    say "$file from $url$([[ ! -s $file.part ]] || printf ', from byte %d on' "$(stat -c %s "$file.part")")"
    code=0
    curl --fail --location --continue-at - --retry 2 --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
      "${progress[@]}" --output "$file.part" "$url" && return
    code=$?
    case $code in
    22 | 33 | 36) # the server has nothing beyond what is here: whole already, or its checksum will tell
      if [[ -s $file.part && $sum != - ]] && matches "$file.part" "$sum"; then return; fi ;;
    23) die 74 "$file.part cannot be written (disk full?); free some room and run this again to continue" ;;
    esac
  done
  case $code in
  5 | 6 | 7 | 28 | 35) die 69 "no network: $url cannot be reached; run this again where there is one" ;;
  *) die 69 "$file: download failed (curl $code); run this again to continue" ;;
  esac
}

# fetch FILE CHECKSUM URL...
fetch() {
  local file=$1 sum=$2
  shift 2
  if [[ -f $file ]]; then
    check "$file" "$sum" "$file"
    say "$file: already here, checksum right"
    return
  fi
  need curl curl
  download "$file" "$@"
  check "$file.part" "$sum" "$file"
  mv "$file.part" "$file"
  if [[ $sum == - && ! -f $file.sha256 ]]; then
    sha256sum "$file" >"$file.sha256"
    say "$file: no published checksum; this download's is kept in $file.sha256 for next time"
  fi
}

# extract ARCHIVE MEMBER CHECKSUM
extract() {
  local archive=$1 out=${2##*/} sum=$3
  if [[ -f $out && ! $archive -nt $out ]]; then
    if [[ $sum != - ]]; then check "$out" "$sum" "$out"; fi
    return
  fi
  need unzip unzip
  unzip -p "$archive" "$2" >"$out.part" || die 65 "$archive: $2 cannot be unpacked"
  if [[ $sum != - ]]; then check "$out.part" "$sum" "$out"; fi
  mv "$out.part" "$out"
}

# The newest complete dump, by its dated name, so that a resumed download cannot mix two dumps. Wikimedia publishes
# the checksums beside it; the list stays until the dump is complete. Remove it to move to a newer dump.
fetch_wikipedia() {
  local wiki=${1}wiki list sum name date
  list=$wiki-sha1sums.txt
  if [[ ! -f $list ]]; then fetch_list "$list" "https://dumps.wikimedia.org/$wiki/latest/$wiki-latest-sha1sums.txt"; fi
  read -r sum name < <(grep -E "^[0-9a-f]{40}  $wiki-[0-9]{8}-pages-articles-multistream\.xml\.bz2\$" "$list") \
    || die 65 "$list: no line for $wiki-DATE-pages-articles-multistream.xml.bz2; remove it and run this again"
  date=${name#"$wiki"-}
  fetch "$name" "sha1:$sum" "https://dumps.wikimedia.org/$wiki/${date%%-*}/$name"
}
fetch_list() {
  local sum=-
  need curl curl
  rm -f "$1.part"
  download "$1" "$2"
  mv "$1.part" "$1"
}

name=${1:-}
if [[ $# -lt 1 || $# -gt 2 || $name == -* ]]; then
  die 2 "usage: scripts/fetch-corpus.sh NAME [FOLDER]; NAME is one of" \
    "$(awk '$1 == "file" { print $2 }' "$catalog" | uniq | tr '\n' ' ')wikipedia wikipedia-LANG (simple, ko, ...)"
fi
case $name in
wikipedia) language=en ;;
wikipedia-*) language=${name#wikipedia-} ;;
*) language= ;;
esac
if [[ ! $language =~ ^[a-z_]*$ ]]; then die 2 "'$language' is no Wikipedia language code such as en, ko or simple"; fi
if [[ -z $language ]] && ! awk -v name="$name" '$1 == "file" && $2 == name { found = 1 } END { exit !found }' "$catalog"; then
  die 2 "unknown corpus '$name'; known: $(awk '$1 == "file" { print $2 }' "$catalog" | uniq | tr '\n' ' ')wikipedia wikipedia-LANG"
fi

folder=${2:-$here/../.cache/corpora/$name}
if ! mkdir -p "$folder" || ! cd "$folder"; then die 73 "cannot create or enter $folder"; fi
if [[ -n $language ]]; then
  fetch_wikipedia "$language"
else
  while read -r kind corpus file rest; do
    if [[ $corpus != "$name" ]]; then continue; fi
    case $kind in
    file)
      read -r sum urls <<<"$rest"
      # shellcheck disable=SC2086 # the URLs are words
      fetch "$file" "$sum" $urls
      ;;
    unzip)
      read -r member sum <<<"$rest"
      extract "$file" "$member" "$sum"
      ;;
    note) say "$file $rest" ;;
    esac
  done <"$catalog"
fi
say "$name: complete, in $PWD"
