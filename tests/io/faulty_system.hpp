#pragma once

/// System calls that fail on request: the test program defines write, fsync, close, openat, renameat(2) and unlinkat
/// itself, in front of the C library's. Unarmed they do what they always do.
namespace faulty {
enum class call { write, fsync, close, open, rename, unlink, any };

/// The `nth` matching call from now on (1 = the next) fails with `error_number`; later ones work again.
void fail(call which, long nth, int error_number);
/// The process kills itself (SIGKILL) in front of the `nth` call of any kind; a write writes half of its bytes first.
void die(long nth);
/// Every write takes at most `bytes` bytes; 0 for no limit. Every second one fails with EINTR.
void short_writes(long bytes);
/// Ends all faults.
void reset();
/// Calls of any kind since the last `reset`.
long calls();
}
