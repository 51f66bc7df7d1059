export module wordmill.compute:queue;
import :view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A position in the order of a queue: after all work queued before it.
export enum class queue_mark : std::uint64_t {};

/// A queue runs the work of one device in the order of the calls, and owns the memory of the device. A call may return
/// before its work is done; only `wait` waits. The processor's queue does its work before a call returns. For one
/// thread at a time.
export class compute_queue : protected device_code {
    template <class T> using host_values = typename std::type_identity<std::span<T>>::type; // T is not deduced from it
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
    /// Copies to the host. `to` must stay valid, and must not be read, until `wait` has returned for a mark made after
    /// this call.
    template <class T> void download(device_span<T> from, host_values<std::remove_cvref_t<T>> to) {
        expect(from.size() == to.size(), "download: as many values as there is room for");
        if (!to.empty()) copy_out(memory_of(from).data(), to.size_bytes(), {to.data(), to.size_bytes()});
    }
    template <class T> void download(device_view<T> from, host_values<std::remove_cvref_t<T>> to) {
        expect(to.size() == from.rows * from.columns, "download: as many values as the matrix has");
        if (!to.empty())
            copy_out(memory_of(from).data, from.stride * sizeof(T), {to.data(), from.columns * sizeof(T), from.rows});
    }

    /// The position after all work queued until now.
    [[nodiscard]] virtual queue_mark mark() = 0;
    /// Whether the work before a mark is done. Does not wait.
    [[nodiscard]] virtual bool done(queue_mark at) = 0;
    /// Waits until the work before a mark is done. Throws the error if that work failed.
    virtual void wait(queue_mark at) = 0;
    inline void wait() { wait(mark()); }

    /// Does `work`, which asks for the operations of one step of many alike. Their order may then be launched as a
    /// whole; until then nothing of it may have begun. `shape` is the same number for steps of the same shapes.
    template <class Work> void run_step(std::uint64_t shape, Work const& work) {
        begin_step(shape);
        try {
            work();
        } catch (...) {
            end_step_quietly();
            throw;
        }
        end_step();
    }

protected:
    virtual void begin_step(std::uint64_t shape) { (void)shape; }
    virtual void end_step() {}
    template <class> friend class buffer;
    /// Rows on the host, without gaps.
    template <class Pointer> struct host_rows {
        Pointer data;
        std::size_t bytes; ///< of a row
        std::size_t rows = 1;
    };
    /// Allocates memory for work queued later, zeroed and aligned to 64 bytes. `failure::resource` when it cannot be
    /// allocated.
    [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
    /// Releases memory; it is reused only after the work queued until now is done.
    virtual void release(void* memory) noexcept = 0;
    virtual void copy_in(host_rows<void const*> from, void* to, std::size_t stride) = 0; ///< `stride` in bytes
    virtual void copy_out(void const* from, std::size_t stride, host_rows<void*> to) = 0;

private:
    inline void end_step_quietly() noexcept {
        try {
            end_step();
        } catch (error const&) {
            // the step has failed already
        }
    }
};

extern "C++" {
namespace cuda {
class device_queue; // defined in wordmill/cuda/device_queue.hpp
}
}

/// A queue on the first usable GPU. GPU errors are thrown as by `on_cuda`; `failure::unavailable` where there is no
/// GPU.
export [[nodiscard]] std::shared_ptr<compute_queue> cuda_queue();
/// The queue that the CUDA code uses. `queue` must come from `cuda_queue`.
export [[nodiscard]] cuda::device_queue& device_queue_of(compute_queue& queue);

/// Waits without throwing. Call it before freeing host memory that the queue writes to. The next wait reports any
/// error.
export void wait_quietly(compute_queue& queue, queue_mark at) noexcept;

/// The processor as a device. Its memory is the host's, and all work of a call is done when the call returns.
export [[nodiscard]] std::shared_ptr<compute_queue> processor_queue();
}
