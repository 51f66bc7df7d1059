/// Products of sparse matrices, singular value decompositions, principal components.
export module wordmill.linear_algebra;
export import :dense_svd;
export import :principal_components;
export import :sparse_product;
export import :truncated_svd;
