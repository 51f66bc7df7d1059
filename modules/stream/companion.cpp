module;
#include <memory>
#include <system_error>
#include <thread>
module wordmill.stream;

namespace wordmill::detail {
struct companion_thread::state {
    std::jthread thread;
};

companion_thread::companion_thread() = default;
companion_thread::~companion_thread() = default;

bool companion_thread::start(void* context, void (*work)(void*) noexcept) {
    state_ = std::make_unique<state>();
    try {
        state_->thread = std::jthread(work, context);
    } catch (std::system_error const&) {
        return false;
    }
    return true;
}
}
