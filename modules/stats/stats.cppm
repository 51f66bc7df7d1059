/// Statistics of a corpus: which types occur near which, how much that says, and vectors made of it.
export module wordmill.stats;
export import :cooccurrence;
export import :counting;
export import :dense_check;
export import :dense_svd;
export import :matrix_files;
export import :ppmi;
export import :radix_sort;
export import :sparse_product;
export import :truncated_svd;
