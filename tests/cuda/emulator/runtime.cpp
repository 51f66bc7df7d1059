// The functions of CUDA's runtime library that are used, for one device in the memory of the host. Compiled without
// sanitizers, like emulator.cpp.
#include "emulator.hpp"
#include "sanitizers.hpp"
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime_api.h>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

struct CUevent_st {
    unsigned long recorded = 0;
    std::shared_ptr<unsigned long> passed = std::make_shared<unsigned long>(0); // queued work may outlive the event
};

namespace {
/// What an update of a graph tells apart. The arguments of copies with gaps cannot be changed.
struct node_kind {
    enum class what : std::uint8_t { kernel, copy, copy_with_gaps, fill, other } is = what::other;
    std::array<std::uintptr_t, 6> fixed{};
    bool operator==(node_kind const&) const = default;
};
/// A piece of work, which may have to wait for an event.
struct task {
    std::function<std::string()> work;
    node_kind kind{};
    std::shared_ptr<unsigned long> after{};
    unsigned long ticket = 0;
    [[nodiscard]] bool possible() const { return after == nullptr || *after >= ticket; }
};
}
struct CUgraph_st {
    std::vector<task> nodes{};
};
struct CUgraphExec_st {
    std::vector<task> nodes{};
};
struct CUstream_st {
    std::deque<task> tasks{};
    std::unique_ptr<CUgraph_st> capture{}; // work goes there instead
    bool waits_for_default = true;         // and is waited for by it
    unsigned at_once = 0;                  // accesses that want its work done
    cudaError_t failed = cudaSuccess;      // of its work, not reported yet
};

struct CUmemPoolHandle_st {};

namespace {
/// Never destroyed: objects with a static lifetime may use the device when the program ends.
struct device {
    std::recursive_mutex calls{};
    CUstream_st default_stream{};
    std::vector<cudaStream_t> streams{&default_stream};
    // Nobody destroys what was on a device that is lost: that is no leak.
    std::set<cudaMemPool_t> pools{};
    std::set<cudaEvent_t> events{};
    std::map<char const*, std::size_t> memory{};
    std::size_t used = 0; // bytes
    std::uint64_t launches = 0;
    std::uint64_t waits = 0;
    bool lost = false;
    std::string failure{};
    unsigned entered = 0; // by device_access
};
device& the() {
    static auto* const it = new device;
    return *it;
}
thread_local cudaError_t last = cudaSuccess;

cudaError_t note(cudaError_t code) {
    if (code != cudaSuccess) last = code;
    return code;
}
/// Every function of the runtime that needs the device does its work in here.
template <class Work> cudaError_t call(Work work) {
    std::scoped_lock const turn(the().calls);
    if (the().lost) return note(cudaErrorDevicesUnavailable);
    return note(work());
}

bool chance() {
    static std::uint64_t seed = 0, state = 0;
    if (seed != emulator::settings.seed) state = seed = emulator::settings.seed;
    state = state * 6364136223846793005 + 1442695040888963407;
    return state >> 63 != 0;
}
void lock(void const* begin, std::size_t size) {
    if (__asan_poison_memory_region == nullptr) return;
    the().entered == 0 ? __asan_poison_memory_region(begin, size) : __asan_unpoison_memory_region(begin, size);
}
void lock_memory() {
    for (auto const& [begin, size] : the().memory) lock(begin, size);
}
bool on_device(void const* begin, std::size_t size) {
    auto const* const at = static_cast<char const*>(begin);
    auto const after = the().memory.upper_bound(at);
    return after != the().memory.begin() && at + size <= std::prev(after)->first + std::prev(after)->second;
}
bool step(CUstream_st& s) {
    if (s.tasks.empty() || !s.tasks.front().possible()) return false;
    auto const now = std::move(s.tasks.front());
    s.tasks.pop_front();
    auto what = now.work();
    if (what.empty()) return true;
    the().failure = std::move(what);
    if (s.failed == cudaSuccess) s.failed = cudaErrorLaunchFailure;
    return true;
}
/// Lets streams go on, in an order that the seed decides, until `finished`.
template <class Finished> cudaError_t work_until(Finished finished) {
    auto& streams = the().streams;
    while (!finished()) {
        bool went_on = false;
        for (auto* s : streams)
            while (chance() && step(*s)) went_on = true;
        if (went_on
            || std::ranges::any_of(streams, [](auto* s) { return !s->tasks.empty() && s->tasks.front().possible(); }))
            continue;
        the().failure = "streams wait for events that are never recorded";
        return cudaErrorLaunchFailure;
    }
    return cudaSuccess;
}
cudaError_t finish(CUstream_st& s) {
    auto const code = work_until([&] { return s.tasks.empty(); });
    auto const failed = std::exchange(s.failed, cudaSuccess);
    return code != cudaSuccess ? code : failed;
}
cudaError_t finish_all() {
    auto code = work_until([] { return std::ranges::all_of(the().streams, [](auto* s) { return s->tasks.empty(); }); });
    for (auto* s : the().streams) {
        auto const failed = std::exchange(s->failed, cudaSuccess);
        if (code == cudaSuccess) code = failed;
    }
    return code;
}
bool captures(cudaStream_t s) { return s != nullptr && s->capture != nullptr; }
cudaError_t add(cudaStream_t to, task t) {
    auto& s = to != nullptr ? *to : the().default_stream;
    if (captures(to)) {
        if (t.after != nullptr) return cudaErrorStreamCaptureUnsupported;
        s.capture->nodes.push_back(std::move(t));
        return cudaSuccess;
    }
    s.tasks.push_back(std::move(t));
    if (to == nullptr) {
        auto const code = work_until([] {
            return std::ranges::all_of(the().streams,
                                       [](auto* other) { return !other->waits_for_default || other->tasks.empty(); });
        });
        auto const failed = std::exchange(s.failed, cudaSuccess);
        return code != cudaSuccess ? code : failed;
    }
    if (s.at_once > 0) return finish(s);
    if (chance())
        while (step(s)) {}
    return cudaSuccess;
}
template <class Work> cudaError_t later(cudaStream_t s, Work work, node_kind kind = {}) {
    return add(s, {[work] { return work(), std::string(); }, kind});
}

/// Copies where one side or both are on the device. Unlocks these bytes only, since all of them can be gigabytes.
void copy(void* to, void const* from, std::size_t bytes) {
    bool const locked_to = on_device(to, bytes), locked_from = on_device(from, bytes);
    ++the().entered;
    if (locked_to) lock(to, bytes);
    if (locked_from) lock(from, bytes);
    std::memcpy(to, from, bytes);
    --the().entered;
    if (locked_to) lock(to, bytes);
    if (locked_from) lock(from, bytes);
}
void fill(void* begin, int value, std::size_t bytes) {
    ++the().entered;
    lock(begin, bytes);
    std::memset(begin, value, bytes);
    --the().entered;
    lock(begin, bytes);
}

cudaError_t allocate(void** to, std::size_t bytes) {
    auto& d = the();
    *to = nullptr;
    if (bytes == 0) return cudaSuccess;
    auto const fits = [&] { return bytes <= emulator::settings.memory && d.used <= emulator::settings.memory - bytes; };
    if (!fits())
        (void)work_until([] { // what was released may still be queued
            return std::ranges::all_of(the().streams, [](auto* s) { return s->tasks.empty(); });
        });
    if (!fits() || posix_memalign(to, 256, bytes) != 0) {
        *to = nullptr;
        return cudaErrorMemoryAllocation;
    }
    std::memset(*to, 0xff, bytes);
    d.memory[static_cast<char*>(*to)] = bytes;
    d.used += bytes;
    lock(*to, bytes);
    return cudaSuccess;
}
cudaError_t release(void* begin, cudaStream_t s) {
    if (begin == nullptr) return cudaSuccess;
    if (captures(s)) return cudaErrorStreamCaptureUnsupported;
    if (!the().memory.contains(static_cast<char*>(begin))) return cudaErrorInvalidValue;
    return later(s, [begin] {
        auto const found = the().memory.find(static_cast<char*>(begin));
        if (found == the().memory.end()) return;
        the().used -= found->second;
        the().memory.erase(found);
        std::free(begin);
    });
}
bool right_sides(void const* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (kind == cudaMemcpyDefault || bytes == 0) return true;
    bool const from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    bool const to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    return on_device(from, bytes) == from_device && on_device(to, bytes) == to_device;
}

void set_from_environment(char const* name, std::uint64_t& value) {
    char const* const text = std::getenv(name);
    if (text == nullptr || *text == 0) return;
    std::string_view const digits = text;
    auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code == std::errc() && end == digits.data() + digits.size()) return;
    std::fprintf(stderr, "%s: expected a number, found '%s'\n", name, text);
    std::exit(2);
}
}

namespace emulator {
options options_from_environment() {
    options out;
    std::uint64_t memory = out.memory, threads = out.threads_in_flight, counts = 0;
    set_from_environment("WORDMILL_EMULATOR_SEED", out.seed);
    set_from_environment("WORDMILL_EMULATOR_MEMORY", memory);
    set_from_environment("WORDMILL_EMULATOR_LOSE_DEVICE_AFTER", out.lose_device_after);
    set_from_environment("WORDMILL_EMULATOR_THREADS", threads);
    set_from_environment("WORDMILL_EMULATOR_COUNTS", counts);
    out.counts = counts != 0;
    if (out.counts)
        std::atexit([] {
            std::fprintf(stderr, "emulator: %llu launches, %llu waits\n",
                         static_cast<unsigned long long>(the().launches), static_cast<unsigned long long>(the().waits));
        });
    out.memory = memory;
    out.threads_in_flight = static_cast<unsigned>(threads);
    return out;
}

device_access::device_access(cudaStream_t stream) : stream_(stream) {
    std::scoped_lock const turn(the().calls);
    if (stream != nullptr && ++stream->at_once == 1)
        (void)work_until([&] { return stream->tasks.empty(); }); // a failure is for who waits
    if (the().entered++ == 0) lock_memory();
}
device_access::~device_access() {
    std::scoped_lock const turn(the().calls);
    if (--the().entered == 0) lock_memory();
    if (stream_ != nullptr) --stream_->at_once;
}

cudaError_t count_launch() {
    std::scoped_lock const turn(the().calls);
    if (++the().launches == settings.lose_device_after) the().lost = true;
    return call([] { return cudaSuccess; });
}
cudaError_t enqueue(cudaStream_t s, std::function<std::string()> work) {
    if (!captures(s))
        if (auto const code = count_launch(); code != cudaSuccess) return code;
    return call([&] {
        return add(s, {[work = std::move(work)] {
                           device_access const scope;
                           return work();
                       },
                       {.is = node_kind::what::kernel}});
    });
}
cudaError_t launch(shape const& is, cudaStream_t s, std::function<void()> body) {
    constexpr std::size_t most_shared = std::size_t{227} * 1024;
    constexpr std::size_t most_blocks = std::size_t{1} << 31; // in x; 65,535 in y and z
    auto const threads = std::size_t{is.threads.x} * is.threads.y * is.threads.z;
    bool const blocks = is.blocks.x > 0 && is.blocks.y > 0 && is.blocks.z > 0 && is.blocks.x < most_blocks
                        && is.blocks.y < 65536 && is.blocks.z < 65536;
    if (threads == 0 || threads > 1024 || is.threads.z > 64 || !blocks || is.shared_bytes > most_shared)
        return note(cudaErrorInvalidConfiguration);
    return enqueue(s, [is, body = std::move(body)] { return run(is, body); });
}
std::size_t allocations() {
    std::scoped_lock const turn(the().calls);
    return the().memory.size();
}
}

extern "C" {
cudaError_t cudaMalloc(void** to, std::size_t bytes) {
    return call([=] { return allocate(to, bytes); });
}
/// A graph with memory of its own cannot be updated, so it is refused here.
cudaError_t cudaMallocAsync(void** to, std::size_t bytes, cudaStream_t s) {
    return captures(s) ? note(cudaErrorStreamCaptureUnsupported) : cudaMalloc(to, bytes);
}
cudaError_t cudaMallocFromPoolAsync(void** to, std::size_t bytes, cudaMemPool_t, cudaStream_t s) {
    return cudaMallocAsync(to, bytes, s);
}
cudaError_t cudaFreeAsync(void* begin, cudaStream_t s) {
    return call([=] { return release(begin, s); });
}
cudaError_t cudaFree(void* begin) { return cudaFreeAsync(begin, nullptr); }
cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, cudaMemPoolProps const*) {
    return call([=] { return the().pools.insert(*pool = new CUmemPoolHandle_st), cudaSuccess; });
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
    return delete pool, call([] { return cudaSuccess; });
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) {
    return call([] { return cudaSuccess; });
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) {
    return call([] { return cudaSuccess; });
}
cudaError_t cudaMallocHost(void** to, std::size_t bytes) {
    return call([=] {
        return posix_memalign(to, 256, std::max<std::size_t>(bytes, 1)) == 0 ? cudaSuccess : cudaErrorMemoryAllocation;
    });
}
cudaError_t cudaHostAlloc(void** to, std::size_t bytes, unsigned) { return cudaMallocHost(to, bytes); }
cudaError_t cudaFreeHost(void* begin) { // waits for the device, like CUDA's
    auto const code = cudaDeviceSynchronize();
    std::free(begin);
    return code;
}

cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t s) {
    return call([=] {
        if (!right_sides(to, from, bytes, kind)) return cudaErrorInvalidValue;
        return later(s, [=] { copy(to, from, bytes); }, {.is = node_kind::what::copy});
    });
}
cudaError_t cudaMemcpy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}
cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, void const* from, std::size_t from_pitch,
                              std::size_t width, std::size_t rows, cudaMemcpyKind kind, cudaStream_t s) {
    return call([=] {
        if (width > to_pitch || width > from_pitch) return cudaErrorInvalidPitchValue;
        if (width == 0 || rows == 0) return cudaSuccess;
        auto* const last_to = static_cast<char*>(to) + (rows - 1) * to_pitch;
        auto const* const last_from = static_cast<char const*>(from) + (rows - 1) * from_pitch;
        if (!right_sides(to, from, width, kind) || !right_sides(last_to, last_from, width, kind))
            return cudaErrorInvalidValue;
        auto const work = [=] {
            for (std::size_t r = 0; r < rows; ++r)
                copy(static_cast<char*>(to) + r * to_pitch, static_cast<char const*>(from) + r * from_pitch, width);
        };
        return later(s, work,
                     {.is = node_kind::what::copy_with_gaps,
                      .fixed = {reinterpret_cast<std::uintptr_t>(to), to_pitch, reinterpret_cast<std::uintptr_t>(from),
                                from_pitch, width, rows}});
    });
}
cudaError_t cudaMemsetAsync(void* begin, int value, std::size_t bytes, cudaStream_t s) {
    return call([=] {
        if (bytes > 0 && !on_device(begin, bytes)) return cudaErrorInvalidValue;
        return later(s, [=] { fill(begin, value, bytes); }, {.is = node_kind::what::fill});
    });
}
cudaError_t cudaMemset(void* begin, int value, std::size_t bytes) {
    return cudaMemsetAsync(begin, value, bytes, nullptr);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* s, unsigned flags) {
    return call([=] {
        *s = new CUstream_st;
        (*s)->waits_for_default = (flags & cudaStreamNonBlocking) == 0;
        the().streams.push_back(*s);
        return cudaSuccess;
    });
}
cudaError_t cudaStreamCreate(cudaStream_t* s) { return cudaStreamCreateWithFlags(s, cudaStreamDefault); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* s, unsigned flags, int) {
    return cudaStreamCreateWithFlags(s, flags);
}
cudaError_t cudaStreamSynchronize(cudaStream_t s) {
    return call([=] {
        if (captures(s)) return cudaErrorStreamCaptureUnsupported;
        ++the().waits;
        return s == nullptr ? finish_all() : finish(*s);
    });
}
cudaError_t cudaStreamQuery(cudaStream_t s) {
    return call([=] {
        auto& it = s == nullptr ? the().default_stream : *s;
        if (captures(s)) return cudaErrorStreamCaptureUnsupported;
        while (chance() && step(it)) {}
        return it.tasks.empty() ? std::exchange(it.failed, cudaSuccess) : cudaErrorNotReady;
    });
}
cudaError_t cudaStreamDestroy(cudaStream_t s) {
    return call([=] {
        auto const code = finish(*s);
        std::erase(the().streams, s);
        delete s;
        return code;
    });
}
cudaError_t cudaLaunchHostFunc(cudaStream_t s, cudaHostFn_t function, void* data) {
    return call([=] { return later(s, [=] { function(data); }); });
}
cudaError_t cudaDeviceSynchronize() { return call(finish_all); }

// Graphs are what one stream was asked for, in order.

cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode) {
    return call([=] {
        if (s == nullptr || captures(s)) return cudaErrorIllegalState;
        s->capture = std::make_unique<CUgraph_st>();
        return cudaSuccess;
    });
}
cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t* graph) {
    return call([=] {
        if (!captures(s)) return cudaErrorIllegalState;
        return *graph = s->capture.release(), cudaSuccess;
    });
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* made, cudaGraph_t graph, unsigned long long) {
    return call([=] { return *made = new CUgraphExec_st{graph->nodes}, cudaSuccess; });
}
cudaError_t cudaGraphExecUpdate(cudaGraphExec_t old, cudaGraph_t graph, cudaGraphExecUpdateResultInfo* found) {
    return call([=] {
        auto const same = std::ranges::equal(old->nodes, graph->nodes, {}, &task::kind, &task::kind);
        found->result = same ? cudaGraphExecUpdateSuccess : cudaGraphExecUpdateErrorTopologyChanged;
        if (!same) return cudaErrorGraphExecUpdateFailure;
        old->nodes = graph->nodes;
        return cudaSuccess;
    });
}
/// Counts as one launch.
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t s) {
    if (auto const code = emulator::count_launch(); code != cudaSuccess) return code;
    return call([=] {
        for (auto const& node : graph->nodes)
            if (auto const code = add(s, node); code != cudaSuccess) return code;
        return cudaSuccess;
    });
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return delete graph, cudaSuccess; }

cudaError_t cudaEventCreate(cudaEvent_t* e) {
    return call([=] { return the().events.insert(*e = new CUevent_st), cudaSuccess; });
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* e, unsigned) { return cudaEventCreate(e); }
cudaError_t cudaEventDestroy(cudaEvent_t e) {
    return delete e, call([] { return cudaSuccess; });
}
cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s) {
    return call([=] {
        if (captures(s)) return cudaErrorStreamCaptureUnsupported;
        return later(s, [passed = e->passed, ticket = ++e->recorded] { *passed = ticket; });
    });
}
cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned) {
    return call([=] { return add(s, {[] { return std::string(); }, {}, e->passed, e->recorded}); });
}
cudaError_t cudaEventSynchronize(cudaEvent_t e) {
    return call([=] {
        ++the().waits;
        return work_until([e, ticket = e->recorded] { return *e->passed >= ticket; });
    });
}
cudaError_t cudaEventQuery(cudaEvent_t e) {
    return call([=] {
        for (auto* s : the().streams)
            while (chance() && step(*s)) {}
        return *e->passed >= e->recorded ? cudaSuccess : cudaErrorNotReady;
    });
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
    return call([=] { return *milliseconds = 1, cudaSuccess; }); // no clock: tests measure nothing
}

// One device, as capable as an H100.

cudaError_t cudaDriverGetVersion(int* version) { return *version = CUDART_VERSION, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = CUDART_VERSION, cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) {
    return call([=] { return *count = 1, cudaSuccess; });
}
cudaError_t cudaGetDevice(int* device) {
    return call([=] { return *device = 0, cudaSuccess; });
}
cudaError_t cudaSetDevice(int device) {
    return call([=] { return device == 0 ? cudaSuccess : cudaErrorInvalidDevice; });
}
cudaError_t cudaDeviceGetAttribute(int* to, cudaDeviceAttr which, int device) {
    switch (which) {
    case cudaDevAttrComputeCapabilityMajor: *to = 9; break;
    case cudaDevAttrMemoryPoolsSupported: *to = 1; break;
    case cudaDevAttrMultiProcessorCount: *to = 4; break;
    case cudaDevAttrWarpSize: *to = 32; break;
    case cudaDevAttrMaxThreadsPerBlock: *to = 1024; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *to = 2048; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *to = 48 * 1024; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *to = 227 * 1024; break;
    default: *to = 0;
    }
    return cudaSetDevice(device);
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* to, int device) {
    *to = {};
    std::snprintf(to->name, sizeof to->name, "emulator");
    to->totalGlobalMem = emulator::settings.memory;
    to->major = 9;
    to->multiProcessorCount = 4;
    to->warpSize = 32;
    to->maxThreadsPerBlock = 1024;
    to->maxThreadsPerMultiProcessor = 2048;
    to->sharedMemPerBlock = std::size_t{48} * 1024;
    to->sharedMemPerBlockOptin = std::size_t{227} * 1024;
    return cudaSetDevice(device);
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
    return call([=] {
        *total = emulator::settings.memory;
        *free = *total - std::min(*total, the().used);
        return cudaSuccess;
    });
}

cudaError_t cudaGetLastError() { return std::exchange(last, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return last; }
/// Of a failed launch: what went wrong in the last one.
char const* cudaGetErrorString(cudaError_t code) {
    switch (code) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInvalidPitchValue: return "invalid pitch argument";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorNotReady: return "device not ready";
    case cudaErrorDevicesUnavailable: return "CUDA-capable device(s) is/are busy or unavailable";
    case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
    case cudaErrorLaunchFailure: return the().failure.c_str();
    default: return "another error";
    }
}
char const* cudaGetErrorName(cudaError_t code) {
    switch (code) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidPitchValue: return "cudaErrorInvalidPitchValue";
    case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
    case cudaErrorNotReady: return "cudaErrorNotReady";
    case cudaErrorDevicesUnavailable: return "cudaErrorDevicesUnavailable";
    case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    default: return "cudaError";
    }
}
}
