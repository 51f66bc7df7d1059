export module wordmill.metrics:metrics_log;
import :training_point;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// The points of a run as JSON lines. The first line of a run has its options, the others a point each:
///   {"started":1700000000.25,"options":{"alpha":"0.025"}}
///   {"seconds":1.002,"epoch":1,"tokens":3700000,"tokens_per_second":3692615.2,"loss":1.62,"learning_rate":0.0241,
///    "limited_by":"training"}
/// "loss" is null where nothing was learnt; the last point of an epoch has its "epoch_loss" too. Lines are whole, also
/// when the process dies. A run that goes on (`append`) begins with a line of options again.
export class metrics_log {
public:
    /// Errors are those of `growing_file`; `record_end` is set here.
    explicit metrics_log(std::string path, growing_file_options options = {});
    /// `started` in seconds since 1970.
    void begin(std::map<std::string, std::string> const& options, double started);
    void add(training_point const& point);

private:
    growing_file file_;
};

/// A run as it was written.
export struct metrics_run {
    std::map<std::string, std::string> options{}; ///< those it was last begun with
    std::vector<training_point> points{};         ///< by rising tokens
};

/// Reads what `metrics_log` wrote, of any codec. Where a run went on from a checkpoint, the points behind the
/// checkpoint are left out, since the text was learnt from again. A last line without its end is of a run that goes on,
/// and is left out. `failure::bad_data` with the line for anything else.
export [[nodiscard]] metrics_run load_metrics(std::string const& path);
}
