/// What goes round a model while it learns: minibatches, epochs, evaluations, checkpoints, early stop.
export module wordmill.training;
export import :checkpoint;
export import :learner;
export import :minibatches;
export import :trainer;
