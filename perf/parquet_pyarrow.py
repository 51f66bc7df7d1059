"""PyArrow's side of parquet_perf.

parquet_pyarrow.py make TEXT FILE CODEC ROWS    writes a text as Parquet: 20 lines a row, ROWS rows a row group
parquet_pyarrow.py arrays FILE THREADS          prints the seconds that iter_batches takes over the
                                                column "text", and the CPU seconds
parquet_pyarrow.py strings FILE THREADS         the same, and each row made a Python string
parquet_pyarrow.py tokens FILE THREADS          the same, and each string split at blanks
"""
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

what, name = sys.argv[1:3]
if what == "make":
    lines = open(name, encoding="utf-8").read().splitlines()
    rows = ["\n".join(lines[i:i + 20]) for i in range(0, len(lines), 20)]
    pq.write_table(pa.table({"id": range(len(rows)), "text": rows}), sys.argv[3], compression=sys.argv[4],
                   row_group_size=int(sys.argv[5]))
else:
    threads = int(sys.argv[3])
    pa.set_cpu_count(threads)
    begin = time.perf_counter(), time.process_time()
    for batch in pq.ParquetFile(name).iter_batches(columns=["text"], use_threads=threads > 1):
        if what == "arrays":
            continue
        strings = batch.column(0).to_pylist()
        if what == "tokens":
            for string in strings:
                string.split()
    print(time.perf_counter() - begin[0], time.process_time() - begin[1])
