module;
#include <algorithm>
#include <atomic>
#include <compare>
#include <cstddef>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>
#include <vector>
module wordmill.nn;
import :bf16;
import :cpu_operands;
import :operations;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
bool has_bf16_units() {
    auto const wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16); // AMX includes it
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

namespace detail {
namespace {
using type = dnnl::memory::data_type;
using form = dnnl::memory::format_tag;

/// oneDNN distributes work through OpenMP, but we already have a pool of threads. While an object of this class lives,
/// oneDNN uses only the calling thread. The OpenMP runtime is the one that oneDNN loaded, whichever that is; if there
/// is none, nothing has to be limited.
class one_thread {
public:
    one_thread() : before_(known().ask ? known().ask() : 0) {
        if (known().tell) known().tell(1);
    }
    one_thread(one_thread const&) = delete;
    one_thread& operator=(one_thread const&) = delete;
    ~one_thread() {
        if (known().tell) known().tell(before_);
    }

private:
    struct functions {
        int (*ask)();
        void (*tell)(int);
    };
    static functions const& known() {
        static functions const found{reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads")),
                                     reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))};
        return found;
    }
    int before_;
};

dnnl::memory::desc matrix_of(std::size_t rows, std::size_t columns, type t, form f) {
    return {{static_cast<dnnl::memory::dim>(rows), static_cast<dnnl::memory::dim>(columns)}, t, f};
}

dnnl::matmul::primitive_desc product_of(dnnl::engine const& engine, std::size_t m, std::size_t k, std::size_t n,
                                        form right) {
    dnnl::primitive_attr how;
    how.set_scratchpad_mode(dnnl::scratchpad_mode::user); // otherwise threads could not share the code
    auto const a = matrix_of(m, k, type::bf16, form::ab), b = matrix_of(k, n, type::bf16, right);
    auto const c = matrix_of(m, n, type::f32, form::ab);
#if DNNL_VERSION_MAJOR >= 3
    return {engine, a, b, c, how};
#else
    return {dnnl::matmul::desc(a, b, c), how, engine};
#endif
}
}

struct bf16_block {
    /// The arguments with which a member of the team calls the code.
    struct arguments {
        dnnl::memory a, b, c, pad, plain;
    };
    dnnl::matmul code;
    dnnl::reorder packing;
    std::size_t right_values = 0;
    std::size_t last_used = 0; ///< number of the look-up
    std::vector<arguments> of_members{};
};

struct bf16_products::library {
    struct shape {
        std::size_t m, k, n;
        bool packed;
        auto operator<=>(shape const&) const = default;
    };
    static constexpr std::size_t most_blocks = 512; // a run uses a few dozen; texts of any length may follow it
    static constexpr std::size_t still_used = 256;  // look-ups; one operation makes fewer than 50
    static constexpr std::size_t line = 64;

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    std::vector<dnnl::stream> streams{}; // of members
    std::map<shape, std::unique_ptr<bf16_block>> blocks{};
    std::size_t look_ups = 0;
    std::size_t pad_bytes = 0; // of a member
    scratch_memory<std::byte> pads{};
    std::atomic<bool> failed = false;

    [[nodiscard]] std::unique_ptr<bf16_block> make(shape const& s) {
        auto const plan = product_of(engine, s.m, s.k, s.n, s.packed ? form::any : form::ab);
        auto const plain = matrix_of(s.k, s.n, type::bf16, form::ab);
        auto made = std::make_unique<bf16_block>();
        made->code = dnnl::matmul(plan);
        if (s.packed) made->packing = dnnl::reorder({engine, plain, engine, plan.weights_desc()});
        auto const bytes = plan.weights_desc().get_size();
        made->right_values = s.packed ? (bytes + line - 1) / line * line / sizeof(bf16) : s.k * s.n;
        auto const none = [&](dnnl::memory::desc const& what) { return dnnl::memory(what, engine, DNNL_MEMORY_NONE); };
        for (std::size_t i = 0; i < streams.size(); ++i)
            made->of_members.push_back({none(plan.src_desc()), none(plan.weights_desc()), none(plan.dst_desc()),
                                        none(plan.scratchpad_desc()), none(plain)});
        pad_bytes = std::max(pad_bytes, (plan.scratchpad_desc().get_size() + line - 1) / line * line);
        (void)pads.take(checked_product(pad_bytes, streams.size()));
        return made;
    }
};

bf16_products::bf16_products(task_team& team) : team_(team), library_(std::make_unique<library>()) {
    for (std::size_t i = 0; i < team.members(); ++i) library_->streams.emplace_back(library_->engine);
    try {
        (void)block_of(32, 32, 32, false);
    } catch (dnnl::error const&) {
        throw error(failure::unavailable, "oneDNN has no products of bf16 for this processor", {},
                    "use fp32; on x86, bf16 takes AVX-512");
    }
}
bf16_products::~bf16_products() = default;

bf16_block& bf16_products::block_of(std::size_t m, std::size_t k, std::size_t n, bool packed) {
    auto& blocks = library_->blocks;
    library::shape const shape{m, k, n, packed};
    auto const now = ++library_->look_ups;
    auto found = blocks.find(shape);
    if (found == blocks.end()) {
        one_thread const alone;
        auto made = library_->make(shape);
        if (blocks.size() >= library::most_blocks)
            std::erase_if(blocks, [&](auto const& one) { return one.second->last_used + library::still_used < now; });
        found = blocks.emplace(shape, std::move(made)).first;
    }
    found->second->last_used = now;
    return *found->second;
}

std::size_t bf16_products::right_size(bf16_block const& one) { return one.right_values; }

void bf16_products::pack_block(bf16_block& one, std::size_t member, bf16* from, bf16* to) noexcept {
    try {
        one_thread const alone;
        auto& with = one.of_members[member];
        with.plain.set_data_handle(from);
        with.b.set_data_handle(to);
        dnnl_exec_arg_t const all[] = {{DNNL_ARG_FROM, with.plain.get()}, {DNNL_ARG_TO, with.b.get()}};
        auto const& stream = library_->streams[member];
        if (dnnl_primitive_execute(one.packing.get(), stream.get(), 2, all) != dnnl_success) library_->failed = true;
    } catch (dnnl::error const&) {
        library_->failed = true;
    }
}

void bf16_products::call(bf16_block& one, std::size_t member, bf16 const* a, bf16 const* b, float* c) noexcept {
    try {
        one_thread const alone;
        auto& with = one.of_members[member];
        with.a.set_data_handle(const_cast<bf16*>(a)); // oneDNN only reads it
        with.b.set_data_handle(const_cast<bf16*>(b));
        with.c.set_data_handle(c);
        with.pad.set_data_handle(library_->pads.take(0) + member * library_->pad_bytes);
        dnnl_exec_arg_t const all[] = {{DNNL_ARG_SRC, with.a.get()},
                                       {DNNL_ARG_WEIGHTS, with.b.get()},
                                       {DNNL_ARG_DST, with.c.get()},
                                       {DNNL_ARG_SCRATCHPAD, with.pad.get()}};
        auto const& stream = library_->streams[member];
        if (dnnl_primitive_execute(one.code.get(), stream.get(), 4, all) != dnnl_success) library_->failed = true;
    } catch (dnnl::error const&) {
        library_->failed = true;
    }
}

void bf16_products::check() {
    if (library_->failed.exchange(false)) throw error(failure::resource, "oneDNN: no memory for a product");
}
}
}
