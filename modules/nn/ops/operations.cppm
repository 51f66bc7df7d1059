export module wordmill.nn:operations;
export import :addressing_operations;
export import :attention_operations;
export import :element_operations;
export import :loss_operations;
export import :memory_operations;
export import :product_operations;
export import :recurrent_operations;
export import :row_operations;
export import :transformer_operations;
export import :update_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The operations that a device can compute, for floats or doubles, in families. Layers are written once against these
/// families and never access the memory of a matrix. All inputs and outputs of an operation are in the memory of the
/// device. A call puts work in the device's queue and does not wait for it; results are read as `deferred` values or
/// with `on_host`. Unless stated otherwise, an output may not overlap an input. For one thread at a time.
export template <class T> class operations : public virtual memory_operations<T>,
                                             public virtual product_operations<T>,
                                             public virtual element_operations<T>,
                                             public virtual loss_operations<T>,
                                             public virtual row_operations<T>,
                                             public virtual recurrent_operations<T>,
                                             public virtual attention_operations<T>,
                                             public virtual transformer_operations<T>,
                                             public virtual addressing_operations<T>,
                                             public virtual update_operations<T> {
public:
    explicit operations(std::shared_ptr<compute_queue> queue) : queue_(std::move(queue)) {}
    operations(operations const&) = delete;
    operations& operator=(operations const&) = delete;

    // What several families do together. A device that can do it in one pass overrides it.

    /// y = x w + b for each row of x, with w transposed as `form` says; b is [1, n].
    virtual void affine(device_view<T const> x, transposed form, device_view<T const> w, device_view<T const> b,
                        device_view<T> y) {
        this->multiply(transposed::no, x, form, w, T(0), y);
        this->add_row(b, y);
    }
    /// Until the matching `release_weights` no matrix w that `affine` is given changes, so that what is made of it can
    /// be kept. Calls nest.
    virtual void hold_weights() {}
    virtual void release_weights() noexcept {}
    virtual void sum(device_view<T const> a, device_view<T const> b, device_view<T> y) { ///< y = a + b
        this->copy(a, y);
        this->add(b, T(1), y);
    }
    /// y = a + b, with some values of b dropped.
    virtual void sum_dropped(dropout_mask const& mask, device_view<T const> a, device_view<T const> b,
                             device_view<T> y) {
        this->drop(mask, b, y);
        this->add(a, T(1), y);
    }

    /// For reports: "reference", "cpu, 2 threads", "cpu, 1 thread, bf16".
    [[nodiscard]] virtual std::string name() const = 0;
    /// The queue that runs the operations and owns their memory.
    [[nodiscard]] std::shared_ptr<compute_queue> const& queue() const noexcept { return queue_; }

private:
    std::shared_ptr<compute_queue> queue_;
};

/// While it lives, parameters of layers that run on `ops` must keep their values and their memory. Layers are then
/// faster where they multiply by the same weights again and again, as in decoding; on a processor, what is kept for
/// that takes as much memory as the weights. Results are the same.
export template <class T> class constant_weights {
public:
    explicit constant_weights(std::shared_ptr<operations<T>> ops) : ops_(std::move(ops)) { ops_->hold_weights(); }
    constant_weights(constant_weights const&) = delete;
    constant_weights& operator=(constant_weights const&) = delete;
    ~constant_weights() { ops_->release_weights(); }

private:
    std::shared_ptr<operations<T>> ops_;
};

/// Returns a copy on the host of a matrix of the device, [rows columns]. Waits for all work queued before.
export template <class T> [[nodiscard]] std::vector<T>
on_host(operations<T> const& ops, typename std::type_identity<device_view<T const>>::type x) {
    std::vector<T> out(x.rows * x.columns);
    ops.queue()->download(x, std::span<T>(out));
    ops.queue()->wait();
    return out;
}

/// Plain loops over single values. The other implementations are compared with these; gradients are checked in double.
export template <class T> [[nodiscard]] std::shared_ptr<operations<T>> reference_operations();
extern template std::shared_ptr<operations<float>> reference_operations();
extern template std::shared_ptr<operations<double>> reference_operations();

/// The type that the operands of large products are rounded to. Sums and all stored values are fp32 in both cases.
export enum class precision : std::uint8_t {
    fp32,
    tf32, ///< 11 significant bits, not 24, exponents of fp32; for GPUs only
    bf16, ///< 8 significant bits, exponents of fp32: products of two are exact, and fast with units for it
};
/// Whether the processor has units for bf16 that can be used: AVX-512 BF16 or AMX.
export [[nodiscard]] bool has_bf16_units();

/// Vectorised operations on the processor. 0 threads: as many as the machine allows; results do not depend on the
/// number. With `precision::bf16`, small products stay in fp32, because rounding would cost more than it saves. A
/// processor without units for bf16 emulates it with AVX-512, which is slower than fp32. `failure::unavailable` where
/// bf16 cannot be emulated either; `failure::usage` for `precision::tf32`.
export [[nodiscard]] std::shared_ptr<operations<float>> cpu_operations(unsigned threads = 1,
                                                                       precision products = precision::fp32);

export struct cuda_options {
    /// Products are computed by cuBLAS and recurrent layers by cuDNN, where they are found and, for a recurrent layer,
    /// where they are faster. Else both are computed by kernels of Wordmill.
    bool libraries = true;
    /// The operands of all products but those of attention are rounded to this type, and their sums are in fp32.
    precision products = precision::fp32;
    /// From its second time on, a training step of a shape is launched as one CUDA graph.
    bool graphs = true;
    /// The softmax loss of a projection has this many logits in memory at a time, but at least those of 64 rows: as
    /// many as stay in the second-level cache.
    std::size_t logits_at_once = std::size_t{1} << 24;
};
/// The most bytes of a GPU that a training step takes, besides the model: `numbers` that its layers keep in about
/// `buffers` buffers, a softmax loss of `rows` rows and `columns` columns, and what libraries take for themselves.
export [[nodiscard]] std::uint64_t cuda_step_bytes(std::uint64_t numbers, std::size_t buffers, std::uint64_t rows,
                                                   std::uint64_t columns);
/// Operations on the first usable GPU. With products in fp32 results are close to those of the processor. Without
/// libraries they are the same on every run. With them, what computes a recurrent layer is decided by time, so two runs
/// may differ by rounding. `failure::unavailable` where there is no GPU; errors are those of `on_cuda`.
export [[nodiscard]] std::shared_ptr<operations<float>> cuda_operations(cuda_options const& options = {});
}
