/// Training runs: learners, minibatches, epochs, evaluations, checkpoints and their folder, early stopping.
export module wordmill.training;
export import :checkpoint;
export import :divergence;
export import :learner;
export import :minibatches;
export import :note_reader;
export import :run_description;
export import :run_folder;
export import :trainer;
export import :transformer_shape;
