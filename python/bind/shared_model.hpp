#pragma once
// The including file includes binding.hpp, imports wordmill.core and includes run.hpp first.

/// A model, which computes for one thread at a time, for any number of Python threads.
template <class Model> class shared_model {
public:
    explicit shared_model(Model model) : model_(std::move(model)) {}

    /// Calls `work` without the GIL, after the calls of other threads have ended. Ctrl-C ends the wait, and asks the
    /// work to stop.
    void use(std::function<void(Model&, wordmill::monitor const&)> const& work) {
        run_progress const progress;
        run_watched(progress, [&] {
            std::unique_lock turn(mutex_, std::defer_lock);
            while (!turn.try_lock_for(std::chrono::milliseconds(50))) progress.watch.check();
            work(model_, progress.watch);
        });
    }
    /// For what never changes: vocabularies, notes, options. Any thread may read it.
    [[nodiscard]] Model const& fixed() const noexcept { return model_; }

private:
    std::timed_mutex mutex_{};
    Model model_;
};
