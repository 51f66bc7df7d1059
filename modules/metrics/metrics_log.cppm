export module wordmill.metrics:metrics_log;
import :training_point;
import wordmill.io;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The points of a run as JSON lines. The first line of a run has its options, the others a point each:
///   {"started":1700000000.25,"options":{"alpha":"0.025"}}
///   {"seconds":1.002,"epoch":1,"tokens":3700000,"tokens_per_second":3692615.2,"loss":1.62,"learning_rate":0.0241,
///    "limited_by":"training"}
/// "loss" is null if nothing was trained since the point before. The last point of an epoch also has its "epoch_loss",
/// and "epoch_scores" if there are any, an object of numbers.
/// Lines are whole even if the process dies. A resumed run (`append`) begins with another line of options.
export class metrics_log {
public:
    /// Errors are those of `growing_file`; sets `record_end`.
    explicit metrics_log(std::string path, growing_file_options options = {});
    /// `started` in seconds since 1970.
    void begin(note_map const& options, double started);
    void add(training_point const& point);

private:
    growing_file file_;
};

/// A run as read from a file.
export struct metrics_run {
    note_map options{};                   ///< of the last start or resume
    std::vector<training_point> points{}; ///< by rising tokens
};

/// Reads what `metrics_log` wrote, of any codec. Where a run resumed from a checkpoint, the earlier points after the
/// checkpoint are dropped, since that text was trained on again. An incomplete last line belongs to a run in progress
/// and is dropped. `failure::bad_data` with the line for anything else.
export [[nodiscard]] metrics_run load_metrics(std::string const& path);
}
