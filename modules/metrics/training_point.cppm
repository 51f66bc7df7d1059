export module wordmill.metrics:training_point;
import wordmill.standard;

namespace wordmill {
/// How a training run stands at one moment.
export struct training_point {
    double seconds = 0;           ///< since this process began to train
    std::uint64_t epoch = 1;      ///< from 1
    std::uint64_t tokens = 0;     ///< learnt from, in all epochs
    double tokens_per_second = 0; ///< of late
    std::optional<double> loss{}; ///< mean of the examples since the point before; nothing when there were none
    double learning_rate = 0;
    std::string limited_by{};           ///< the stage that the others wait for
    std::optional<double> epoch_loss{}; ///< mean of the epoch, at its end only
};
}
