#pragma once

/// While it lives, the `nth` call of operator new in the process throws std::bad_alloc (failing_memory.cpp replaces
/// it).
struct failing_memory {
    explicit failing_memory(long nth);
    failing_memory(failing_memory const&) = delete;
    failing_memory& operator=(failing_memory const&) = delete;
    ~failing_memory();
};
