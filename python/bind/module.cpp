#include "binding.hpp"
import wordmill.core;

NB_MODULE(_wordmill, m) {
    m.doc() = "The compiled part of wordmill. Import wordmill instead.";
    m.attr("__version__") = std::string(wordmill::library_version());
    bind_errors(m);
    bind_run(m);
    bind_sources(m);
    bind_phrases(m);
    bind_vocabulary(m);
    bind_vectors(m);
    bind_training(m);
    bind_language_model(m);
    bind_seq2seq(m);
    bind_batches(m);
}
