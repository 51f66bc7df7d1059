#!/usr/bin/env bash
# Makes libicudata.so with the part of the installed ICU's data that the tokenizers use, in FOLDER.
# usage: scripts/small-icu-data.sh FOLDER
set -euo pipefail
folder=$1
PATH="$PATH:/usr/sbin"
command -v icupkg > /dev/null
installed=$({ ls /usr/lib/*/libicudata.so.[0-9]* /usr/lib/libicudata.so.[0-9]* 2> /dev/null || true; } | grep -E 'so\.[0-9]+$' | head -1)
major=${installed##*.so.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The archive is the symbol icudtNN_dat of the library.
read -r address size < <(readelf -Ws --dyn-syms "$installed" | awk -v name="icudt${major}_dat" '$8 ~ name {print $2, $3; exit}')
python3 - "$installed" "$address" "$size" "$work/icudt${major}l.dat" "$(readelf -WlS "$installed" | awk '$2 == ".rodata" || $3 == ".rodata" {for (i = 1; i <= NF; ++i) if ($i == ".rodata") print $(i + 2) ":" $(i + 3)}' | head -1)" << 'END'
import sys
library, address, _, out, section = sys.argv[1:]
begin, offset = (int(part, 16) for part in section.split(":"))
data = open(library, "rb").read()[int(address, 16) - begin + offset :]
open(out, "wb").write(data)
END
icupkg -l "$work/icudt${major}l.dat" > "$work/all"
# Kept: break iterators with their dictionaries, normalisation, and the tables that they name.
grep -vE '^(brkitr/|nfkc|uemoji|root\.res|pool\.res|res_index|keyTypeData|supplementalData|ulayout)' "$work/all" > "$work/left_out.txt" || true
mkdir "$work/small" # icupkg names the archive after its file
icupkg -r "$work/left_out.txt" "$work/icudt${major}l.dat" "$work/small/icudt${major}l.dat"
cat > "$work/data.s" << END
.section .rodata
.globl icudt${major}_dat
.type icudt${major}_dat, @object
.balign 16
icudt${major}_dat:
.incbin "$work/small/icudt${major}l.dat"
.size icudt${major}_dat, . - icudt${major}_dat
.section .note.GNU-stack, "", @progbits
END
cc -shared -nostdlib -Wl,-soname,"libicudata.so.$major" -o "$folder/libicudata.so.$major" "$work/data.s"
echo "ICU's data: $(stat -Lc %s "$installed") bytes, here $(stat -c %s "$folder/libicudata.so.$major")"
