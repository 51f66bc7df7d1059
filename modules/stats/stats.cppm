/// Statistics of a corpus: word co-occurrence counts, PPMI, and files of sparse matrices.
export module wordmill.stats;
export import :cooccurrence;
export import :counting;
export import :matrix_files;
export import :ppmi;
export import :radix_sort;
