/// The quality of word vectors (word similarity and analogies, compared with human judgement, a known truth or a
/// thesaurus) and of predicted sequences (accuracy, BLEU, chrF, error rates, compared with references).
export module wordmill.eval;
export import :analogies;
export import :bleu;
export import :chrf;
export import :correlation;
export import :error_rate;
export import :sequence_accuracy;
export import :similarities;
export import :thesaurus_agreement;
