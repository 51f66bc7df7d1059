export module wordmill.compute:queue;
import :view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A place in the order of a queue: after all that was asked for until then.
export enum class queue_mark : std::uint64_t {};

/// The work of one device, in the order in which it is asked for, and the device's memory. A call returns before its
/// work is done; only `wait` waits. The processor's queue works at once. Calls come from one thread at a time.
export class compute_queue : protected device_code {
    template <class T> using host_values = typename std::type_identity<std::span<T>>::type; // not what T comes from
public:
    compute_queue() = default;
    compute_queue(compute_queue const&) = delete;
    compute_queue& operator=(compute_queue const&) = delete;
    virtual ~compute_queue() = default;

    /// Copies to the device. `from` may change as soon as the call returns. Matrices are row-major without gaps.
    template <class T> void upload(host_values<T const> from, device_span<T> to) {
        expect(from.size() == to.size(), "upload: as many values as there is room for");
        if (!from.empty()) copy_in({from.data(), from.size_bytes()}, memory_of(to).data(), from.size_bytes());
    }
    template <class T> void upload(host_values<T const> from, device_view<T> to) {
        expect(from.size() == to.rows * to.columns, "upload: as many values as the matrix has");
        if (!from.empty())
            copy_in({from.data(), to.columns * sizeof(T), to.rows}, memory_of(to).data, to.stride * sizeof(T));
    }
    /// Copies to the host. `to` must stay, and must not be read, until `wait` has returned for a mark after this.
    template <class T> void download(device_span<T> from, host_values<std::remove_cvref_t<T>> to) {
        expect(from.size() == to.size(), "download: as many values as there is room for");
        if (!to.empty()) copy_out(memory_of(from).data(), to.size_bytes(), {to.data(), to.size_bytes()});
    }
    template <class T> void download(device_view<T> from, host_values<std::remove_cvref_t<T>> to) {
        expect(to.size() == from.rows * from.columns, "download: as many values as the matrix has");
        if (!to.empty())
            copy_out(memory_of(from).data, from.stride * sizeof(T), {to.data(), from.columns * sizeof(T), from.rows});
    }

    /// After all that was asked for until now.
    [[nodiscard]] virtual queue_mark mark() = 0;
    /// Whether the work before a mark is done; asking does not wait.
    [[nodiscard]] virtual bool done(queue_mark at) = 0;
    /// Returns when the work before a mark is done, and throws what went wrong in it.
    virtual void wait(queue_mark at) = 0;
    inline void wait() { wait(mark()); }

protected:
    template <class> friend class buffer;
    /// Rows on the host, without gaps.
    template <class Pointer> struct host_rows {
        Pointer data;
        std::size_t bytes; ///< of a row
        std::size_t rows = 1;
    };
    /// Memory for work that comes later, zero at first, aligned to 64 bytes. `failure::resource` when there is none.
    [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
    /// Free for others when the work that was asked for until now is done.
    virtual void release(void* memory) noexcept = 0;
    virtual void copy_in(host_rows<void const*> from, void* to, std::size_t stride) = 0; ///< `stride` in bytes
    virtual void copy_out(void const* from, std::size_t stride, host_rows<void*> to) = 0;
};

extern "C++" {
namespace cuda {
class device_queue; // of the GPU side: wordmill/cuda/device_queue.hpp
}
}

/// The first usable GPU. Errors of it come as `on_cuda` says; `failure::unavailable` where there is none.
export [[nodiscard]] std::shared_ptr<compute_queue> cuda_queue();
/// What the code of the GPU side works in; of a queue that `cuda_queue` made.
export [[nodiscard]] cuda::device_queue& device_queue_of(compute_queue& queue);

/// Waits before memory of the host goes that the queue writes to. What went wrong there is told by the next wait.
export void wait_quietly(compute_queue& queue, queue_mark at) noexcept;

/// The processor as a device: its memory is the host's, and every call is done when it returns.
export [[nodiscard]] std::shared_ptr<compute_queue> processor_queue();
}
