#pragma once
#include <cstdint>

/// Reads that go wrong: the test program defines read and pread itself, in front of the C library's. Unarmed they do
/// what they always do; standard streams are left alone.
namespace faulty_reads {
/// A read gives at most `bytes` bytes; 0 for no limit. Two of three are refused with EINTR and EAGAIN.
void short_reads(long bytes);
/// Reading the byte at `offset` or any after it (seekable files only) gives EIO.
void fail_at(std::int64_t offset);
/// Ends all faults.
void reset();
}
