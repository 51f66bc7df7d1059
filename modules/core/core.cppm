/// Ids, views, errors with their place, notes, numbers as text, losses, random keys, budgets and counters. Imports only
/// `wordmill.standard`.
export module wordmill.core;
export import :budget;
export import :error;
export import :escapes;
export import :ids;
export import :loss;
export import :mapped_memory;
export import :monitor;
export import :names;
export import :notes;
export import :numbers;
export import :random;
export import :tally;
export import :units;
export import :version;
export import :views;
