export module wordmill.metrics:training_point;
import wordmill.standard;

namespace wordmill {
/// The progress of a training run at one moment.
export struct training_point {
    double seconds = 0;           ///< since this process began to train
    std::uint64_t epoch = 1;      ///< from 1
    std::uint64_t tokens = 0;     ///< trained on, in all epochs
    double tokens_per_second = 0; ///< current speed
    std::optional<double> loss{}; ///< mean of the examples since the point before; nothing when there were none
    double learning_rate = 0;
    std::string limited_by{};           ///< the stage that limits the speed
    std::optional<double> epoch_loss{}; ///< mean of the epoch, at its end only
    /// Further results of the epoch, at its end only, such as "exact match"; names are in the order of the alphabet.
    std::map<std::string, double> epoch_scores{};
};
}
