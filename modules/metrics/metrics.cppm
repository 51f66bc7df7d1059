/// The progress of training runs: points, and the files that they are written to.
export module wordmill.metrics;
export import :event_file;
export import :metrics_log;
export import :training_point;
export import :training_recorder;
