export module wordmill.compute:buffer;
import :queue;
import :view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Owns values in the memory of a device. Movable. Releases its memory in the order of the queue, so that work queued
/// before can still use it.
export template <class T> class buffer : device_code {
public:
    buffer() = default;
    explicit buffer(std::shared_ptr<compute_queue> queue, std::size_t count = 0) : queue_(std::move(queue)) {
        (void)grow_to(count);
    }
    buffer(buffer&& other) noexcept { swap(other); }
    buffer& operator=(buffer&& other) noexcept {
        swap(other);
        return *this;
    }
    ~buffer() {
        if (memory_ != nullptr) queue_->release(memory_);
    }

    [[nodiscard]] std::shared_ptr<compute_queue> const& queue() const noexcept { return queue_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Makes room for at least `count` values and returns the first `count`. New memory is zero; growing loses the
    /// previous values.
    device_span<T> grow_to(std::size_t count) {
        if (count > size_) {
            buffer larger;
            larger.queue_ = queue_;
            larger.memory_ = static_cast<T*>(queue_->allocate(checked_product(count, sizeof(T))));
            larger.size_ = count;
            swap(larger);
        }
        return span(count);
    }
    /// The first `count` values.
    [[nodiscard]] device_span<T> span(std::size_t count) {
        expect(count <= size_, "buffer: as many values as it has");
        return span_at(memory_, count);
    }
    [[nodiscard]] device_span<T const> span(std::size_t count) const {
        expect(count <= size_, "buffer: as many values as it has");
        return span_at<T const>(memory_, count);
    }
    /// The first rows * columns values as a matrix without gaps.
    [[nodiscard]] device_view<T> matrix(std::size_t rows, std::size_t columns) noexcept {
        return view_at(memory_, rows, columns);
    }
    [[nodiscard]] device_view<T const> matrix(std::size_t rows, std::size_t columns) const noexcept {
        return view_at<T const>(memory_, rows, columns);
    }

private:
    void swap(buffer& other) noexcept {
        std::swap(queue_, other.queue_);
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
    }
    std::shared_ptr<compute_queue> queue_;
    T* memory_ = nullptr;
    std::size_t size_ = 0;
};

/// Values on the host, such as row numbers or labels, and a copy of them in the memory of a device.
export template <class T> class mirrored {
public:
    explicit mirrored(std::shared_ptr<compute_queue> queue) : copy_(std::move(queue)) {}

    /// Replaces the values on the host and on the device.
    device_span<T const> assign(std::span<T const> values) {
        host_.assign(values.begin(), values.end());
        return upload();
    }
    /// The values on the host. They may be changed; `upload` then copies them to the device.
    [[nodiscard]] std::vector<T>& host() noexcept { return host_; }
    [[nodiscard]] std::vector<T> const& host() const noexcept { return host_; }
    device_span<T const> upload() {
        copy_.queue()->upload(std::span<T const>(host_), copy_.grow_to(host_.size()));
        return device();
    }
    /// The copy on the device, with as many values as the host has now.
    [[nodiscard]] device_span<T const> device() const { return std::as_const(copy_).span(host_.size()); }

private:
    std::vector<T> host_{};
    buffer<T> copy_;
};
}
