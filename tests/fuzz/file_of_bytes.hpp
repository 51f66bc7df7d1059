#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

/// A file in memory, for readers that open their input by name.
struct file_of_bytes {
    int descriptor;
    std::string name;

    explicit file_of_bytes(std::string_view bytes)
        : descriptor(::memfd_create("fuzz", 0)), name("/proc/self/fd/" + std::to_string(descriptor)) {
        while (!bytes.empty()) {
            auto const written = ::write(descriptor, bytes.data(), bytes.size());
            if (written <= 0) break;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    file_of_bytes(file_of_bytes const&) = delete;
    file_of_bytes& operator=(file_of_bytes const&) = delete;
    ~file_of_bytes() { ::close(descriptor); }
};
