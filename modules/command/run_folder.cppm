module wordmill.command:run_folder;
import :progress;
import wordmill.core;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
/// Where a training run stands: everything before it has been learnt from.
struct standing {
    std::uint64_t epoch = 0; ///< the one going on, from 0
    position at{};           ///< of its next block
    border_state border{};
    training_loss loss{}; ///< of the epoch so far
};

/// A folder with what a run needs to go on: "vocabulary.tsv", "checkpoint" and, in case of damage, the one before it,
/// "checkpoint.previous". Each is replaced atomically.
class run_folder {
public:
    /// Makes the folder when it is not there. `failure::cannot_create` with a hint when it holds a checkpoint already
    /// and `overwrite` is false.
    static run_folder begin(std::string path, vocabulary const& words, bool overwrite);
    /// `failure::no_input` when there is no checkpoint.
    static run_folder resume(std::string path);

    /// What `write` makes of a path becomes the checkpoint; the one there was is kept as the previous one.
    void save(std::function<void(std::string const& path)> const& write) const;
    /// Has `read` read the checkpoint. When that is a `failure::bad_data` and the previous one can be read, that
    /// takes its place, with a warning; otherwise the first error is thrown on.
    void load(std::function<void(std::string const& path)> const& read, log_options const& log) const;

    [[nodiscard]] vocabulary words() const;
    /// Weights and standing. `options` tells runs apart: a difference is a `failure::bad_data` that shows both.
    void save(word2vec_model const& model, standing const& at, std::string const& options) const;
    [[nodiscard]] standing load(word2vec_model& model, std::string const& options, log_options const& log) const;
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    explicit run_folder(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] std::string file(char const* name) const { return path_ + "/" + name; }
    [[nodiscard]] std::string newest() const { return file("checkpoint"); }
    [[nodiscard]] std::string previous() const { return file("checkpoint.previous"); }
    std::string path_;
};
}
