/// GloVe: word vectors by weighted least squares on the logarithms of co-occurrence weights.
export module wordmill.glove;
export import :model;
export import :reference;
export import :shuffled;
export import :training;
