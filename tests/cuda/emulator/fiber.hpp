// Functions with stacks of their own, which the sanitizers know about.
#pragma once
#include "sanitizers.hpp"
#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace emulator {
class fiber {
public:
    /// Reuses the stack of a function that is done, if there is one.
    [[nodiscard]] static std::unique_ptr<fiber> make(std::function<void()> work) {
        auto& spare = unused();
        auto made = spare.empty() ? std::make_unique<fiber>() : std::move(spare.back());
        if (!spare.empty()) spare.pop_back();
        made->work_ = std::move(work);
        return made;
    }
    /// Keeps a stack whose work is done, but not for the thread sanitizer: its next owner would race with the last one.
    static void give_back(std::unique_ptr<fiber> used) {
        if (!sanitizers::threads()) unused().push_back(std::move(used));
    }

    fiber() : inside_(std::allocator_arg, stack{this}, [this](context&& caller) { return live(std::move(caller)); }) {}
    fiber(fiber const&) = delete;
    fiber& operator=(fiber const&) = delete;
    ~fiber() {
        last_ = true;
        if (inside_) resume();
    }

    /// Runs the work until it calls leave() or is done.
    void resume() {
        void* fake = nullptr;
        if (__sanitizer_start_switch_fiber != nullptr) __sanitizer_start_switch_fiber(&fake, bottom_, size_);
        inside_ = std::move(inside_).resume();
        if (__sanitizer_finish_switch_fiber != nullptr) __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
    }
    /// Returns to the caller of resume(). For the work to call.
    void leave() {
        void* fake = nullptr;
        if (__sanitizer_start_switch_fiber != nullptr)
            __sanitizer_start_switch_fiber(&fake, outer_bottom_, outer_size_);
        outside_ = std::move(outside_).resume();
        arrive(fake);
    }

private:
    using context = boost::context::fiber;
    struct stack {
        fiber* of;
        boost::context::protected_fixedsize_stack memory{std::size_t{1} << 18};
        boost::context::stack_context allocate() {
            auto const made = memory.allocate();
            of->size_ = made.size;
            of->bottom_ = static_cast<char*>(made.sp) - made.size;
            return made;
        }
        void deallocate(boost::context::stack_context& made) { memory.deallocate(made); }
    };
    static std::vector<std::unique_ptr<fiber>>& unused() {
        static auto* const fibers = new std::vector<std::unique_ptr<fiber>>; // never destroyed: stacks may be in use
        return *fibers;
    }
    void arrive(void* fake) {
        if (__sanitizer_finish_switch_fiber != nullptr)
            __sanitizer_finish_switch_fiber(fake, &outer_bottom_, &outer_size_);
    }
    context live(context&& caller) {
        outside_ = std::move(caller);
        for (arrive(nullptr); !last_; leave()) work_();
        return std::move(outside_);
    }

    void const *bottom_ = nullptr, *outer_bottom_ = nullptr;
    std::size_t size_ = 0, outer_size_ = 0;
    bool last_ = false;
    std::function<void()> work_{};
    context outside_{};
    context inside_;
};
}
