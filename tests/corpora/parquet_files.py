"""Writes the Parquet files of parquet_test.cpp into a folder: parquet_files.py FOLDER. Needs pyarrow."""
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1] + "/"
texts = ["the cat sat", "on the mat", None, "", "über\nzwei"]


def write(name, table, **options):
    pq.write_table(table, folder + name + ".parquet", **options)


def two_columns(strings):
    return pa.table({"id": range(len(strings)), "text": strings})


for name in ["string", "large_string", "string_view"]:
    write(name, two_columns(pa.array(texts, getattr(pa, name)())))
write("dictionary", two_columns(pa.array(texts).dictionary_encode()))
for name in ["binary", "large_binary", "binary_view"]:
    write(name, two_columns(pa.array([t if t is None else t.encode() for t in texts], getattr(pa, name)())))
for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
    for page in ["1.0", "2.0"]:
        write(f"{codec}-{page}", two_columns(texts), compression=codec, data_page_version=page, row_group_size=2)
for encoding in ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]:
    write(encoding, two_columns(texts), use_dictionary=False, column_encoding={"text": encoding})

pairs = pa.map_(pa.string(), pa.string())
write("nested", pa.table({
    "list": [["a b", "c"], None, [], [None, "d"], ["e"]],
    "lists": [[["a"], ["b", "c"]], [[]], None, [None], [["x", None]]],
    "meta": [{"text": "t1", "in": {"deep": "d1"}}, None, {"text": None, "in": None},
             {"text": "t4", "in": {"deep": None}}, {"text": "t5", "in": {"deep": "d5"}}],
    "turns": [[{"who": "u", "text": "hi"}, {"who": "a", "text": "yo"}], [], None, [{"who": "u", "text": None}],
              [{"who": "u", "text": "end"}]],
    "map": pa.array([[("k", "v")], None, [], [("a", "b"), ("c", None)], []], pairs),
    "pair": pa.array([["p", "q"], None, ["r", "s"], ["t", None], ["u", "v"]], pa.list_(pa.string(), 2)),
    "number": [1, 2, 3, 4, 5],
    "time": pa.array([1, 2, 3, 4, 5], pa.timestamp("us")),
}))

write("no-rows", two_columns(pa.array([], pa.string())))
pq.ParquetWriter(folder + "no-groups.parquet", two_columns(pa.array([], pa.string())).schema).close()

# 40 row groups of 25 rows, in two files.
for part in range(2):
    rows = [f"row {i} of file {part}\nits second line" for i in range(1000)]
    write(f"part-{part}", two_columns(rows), row_group_size=25, compression="zstd")

# 4 MB that nobody asks for beside a short text.
long = [str(i) * 1000 for i in range(1000)]
write("wide", pa.table({"before": long, "text": [f"row {i}" for i in range(1000)], "after": long}),
      compression="none", use_dictionary=False, row_group_size=250)

# One page of a million bytes, and row groups whose pages have checksums.
write("big-page", pa.table({"text": ["x" * 1000000]}), compression="none", use_dictionary=False)
write("checked", pa.table({"text": [f"row number {i}" for i in range(6)]}), compression="none", row_group_size=3,
      use_dictionary=False, write_page_checksum=True)
