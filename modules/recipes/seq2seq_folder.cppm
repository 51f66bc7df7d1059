export module wordmill.recipes:seq2seq_folder;
import :model_folder;
import :sequence_text;
import wordmill.core;
import wordmill.nn;
import wordmill.seq2seq;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// What belongs to a sequence-to-sequence model: the vocabularies of both sides, how their text is split, and whether
/// the model reads sources from their ends.
export struct sequence_setup {
    vocabulary source{};
    vocabulary target{}; ///< the same one when they are shared
    sequence_text source_text{};
    sequence_text target_text{};
    bool reverse_source = false;
};

/// A sequence-to-sequence model in a folder: its vocabularies are "source.tsv" and "target.tsv". Models of
/// SentencePiece are copied into it as "source.sentencepiece" and "target.sentencepiece", so that the folder can be
/// moved. The model, written last before the card, names the vocabularies that it belongs to, and the begin, end,
/// padding and unknown tokens.
export struct seq2seq_folder : model_folder {
    /// `half`: weights of 16 bits. Errors are those of `save_seq2seq`.
    void save(seq2seq_model<float>& model, sequence_setup const& setup, note_map notes = {}, bool half = false) const;
    /// Bytes of a GPU that the saved model needs, at most, for a batch of so many pairs of texts of so many tokens.
    /// Errors are those of `load_seq2seq_options`.
    [[nodiscard]] std::uint64_t device_bytes(std::size_t pairs, std::size_t tokens) const;
};

export struct folder_seq2seq {
    seq2seq_model<float> model;
    sequence_setup setup{};
    note_map notes{};
};
/// `failure::bad_data` with both fingerprints when a vocabulary or a SentencePiece model is that of another model;
/// `memory_bytes` (0 = any) bounds weights and gradients. Other errors are those of `load_seq2seq`.
export [[nodiscard]] folder_seq2seq load_seq2seq_folder(std::string const& path, std::shared_ptr<operations<float>> ops,
                                                        std::uint64_t memory_bytes = 0);
}
