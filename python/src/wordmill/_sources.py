"""Glue to optional packages; each is imported only where its objects are used."""

from __future__ import annotations

from ._errors import make


class _DatasetStream:
    """A Hugging Face dataset as an Arrow stream that can be read again."""

    def __init__(self, dataset):
        self._dataset = dataset

    def __arrow_c_stream__(self, requested_schema=None):
        import pyarrow

        tables = self._dataset.with_format("arrow").iter(batch_size=1000)
        first = next(iter(tables), None)
        if first is None:
            return pyarrow.table({}).__arrow_c_stream__()
        schema = first.schema

        def batches():
            yield from first.to_batches()
            for table in tables:
                yield from table.cast(schema).to_batches()

        return pyarrow.RecordBatchReader.from_batches(schema, batches()).__arrow_c_stream__()


def arrow_of_dataset(dataset):
    """Wraps `datasets.Dataset` and `IterableDataset`; returns other objects as they are."""
    if hasattr(dataset, "with_format") and hasattr(dataset, "iter"):
        return _DatasetStream(dataset)
    if isinstance(dataset, dict):
        raise make("usage", "expected one split of a dataset, found all", hint='choose one, such as dataset["train"]')
    return dataset


def sparse_matrix(arrays, types):
    """A SciPy matrix of values, columns and row offsets."""
    try:
        from scipy.sparse import csr_array
    except ImportError:
        raise make("unavailable", "SciPy is needed for sparse matrices", hint="pip install scipy") from None
    return csr_array(arrays, shape=(types, types))
