export module wordmill.stream:tasks;
import :threads;
import :workers;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Threads that process numbered tasks together and sleep in between. To be used by one thread at a time.
export class task_team {
public:
    /// 0 = as many as the machine allows. There are fewer when the system refuses to start as many.
    explicit task_team(unsigned threads)
        : members_(resolve_threads(threads).count), ring_(members_, members_, this, &take_tasks) {}

    [[nodiscard]] std::size_t members() const noexcept { return members_; }

    /// Calls `work(task, member)` for each task below `count` and returns when all are done; `member` < `members()`,
    /// and no two calls with the same member run at once. Throws the first exception of a call; tasks that have not
    /// begun by then are left out.
    template <class Work> void run(std::size_t count, Work const& work) {
        if (members_ == 1 || count <= 1) {
            for (std::size_t task = 0; task < count; ++task) work(task, std::size_t{0});
            return;
        }
        count_ = count;
        next_ = 0;
        work_ = &work;
        do_task_ = [](void const* self, std::size_t task, std::size_t member) {
            (*static_cast<Work const*>(self))(task, member);
        };
        for (std::size_t i = 0; i < std::min<std::size_t>(members_, count); ++i) ring_.submit();
        for (; !ring_.empty(); ring_.release_head()) ring_.await_head();
        if (failed_) [[unlikely]]
            std::rethrow_exception(std::exchange(failed_, nullptr));
    }

private:
    static void take_tasks(void* self, std::size_t, unsigned member) noexcept {
        auto& all = *static_cast<task_team*>(self);
        try {
            for (auto task = all.next_++; task < all.count_; task = all.next_++) all.do_task_(all.work_, task, member);
        } catch (...) {
            all.next_ = all.count_;
            std::scoped_lock const lock(all.failing_);
            if (!all.failed_) all.failed_ = std::current_exception();
        }
    }

    unsigned members_;
    std::size_t count_ = 0;
    std::atomic<std::size_t> next_{0};
    void const* work_ = nullptr;
    void (*do_task_)(void const*, std::size_t, std::size_t) = nullptr;
    std::mutex failing_{};
    std::exception_ptr failed_{}; ///< the first exception of a task
    worker_ring ring_;            ///< last: its threads use all of the above
};
}
