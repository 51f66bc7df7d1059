export module wordmill.nn:operations;
export import :element_operations;
export import :loss_operations;
export import :memory_operations;
export import :product_operations;
export import :recurrent_operations;
export import :row_operations;
export import :update_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// What a device can compute, for floats or doubles: layers are written once, against these families, and never look
/// into the memory of a matrix. All that an operation reads and writes is in the memory of the device. Calls put work
/// in the device's queue and do not wait for it: results are read as `deferred` values or with `on_host`. Unless
/// stated, an output overlaps no input. Calls come from one thread at a time.
export template <class T> class operations : public virtual memory_operations<T>,
                                             public virtual product_operations<T>,
                                             public virtual element_operations<T>,
                                             public virtual loss_operations<T>,
                                             public virtual row_operations<T>,
                                             public virtual recurrent_operations<T>,
                                             public virtual update_operations<T> {
public:
    explicit operations(std::shared_ptr<compute_queue> queue) : queue_(std::move(queue)) {}
    operations(operations const&) = delete;
    operations& operator=(operations const&) = delete;

    /// For reports: "reference", "cpu, 2 threads", "cpu, 1 thread, bf16".
    [[nodiscard]] virtual std::string name() const = 0;
    /// The queue in which the operations work, and whose memory they take.
    [[nodiscard]] std::shared_ptr<compute_queue> const& queue() const noexcept { return queue_; }

private:
    std::shared_ptr<compute_queue> queue_;
};

/// A copy of a matrix of the device on the host, [rows columns]. Waits for all work that was asked for before.
export template <class T> [[nodiscard]] std::vector<T>
on_host(operations<T> const& ops, typename std::type_identity<device_view<T const>>::type x) {
    std::vector<T> out(x.rows * x.columns);
    ops.queue()->download(x, std::span<T>(out));
    ops.queue()->wait();
    return out;
}

/// Plain loops, one value after the other: what the others are compared with, in double for checks of gradients.
export template <class T> [[nodiscard]] std::shared_ptr<operations<T>> reference_operations();
extern template std::shared_ptr<operations<float>> reference_operations();
extern template std::shared_ptr<operations<double>> reference_operations();

/// What the operands of large products are rounded to. Sums, and all that is kept, are fp32 either way.
export enum class precision : std::uint8_t {
    fp32,
    bf16, ///< 8 bits in place of 24, the exponents of fp32: products of such are exact, and with units for them quick
};
/// Whether the processor has units for bf16 that can be used: AVX-512 BF16 or AMX.
export [[nodiscard]] bool has_bf16_units();

/// On the processor, in vector registers. 0 threads: as many as the machine allows; results do not depend on the
/// number. With `precision::bf16`, small products, where rounding would cost more than it saves, stay in fp32; where
/// the processor has no units for it, it is imitated with AVX-512, slower than fp32; `failure::unavailable` where it
/// cannot be.
export [[nodiscard]] std::shared_ptr<operations<float>> cpu_operations(unsigned threads = 1,
                                                                       precision products = precision::fp32);
}
