/// Statistics of a corpus: which types occur near which, and how much that says; files of sparse matrices.
export module wordmill.stats;
export import :cooccurrence;
export import :counting;
export import :matrix_files;
export import :ppmi;
export import :radix_sort;
