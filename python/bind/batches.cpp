#include "binding.hpp"
import wordmill.batch;
import wordmill.core;
import wordmill.corpora;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
#include "run.hpp"
#include "sources.hpp"

namespace {
namespace wm = wordmill;

/// The elements of a generator one by one, for a Python iterator. Blocks are made without the GIL.
template <class T> class pulled {
public:
    explicit pulled(wm::generator<T> source) : source_(std::move(source)) {}

    /// The next element, or null after the last one. It is the caller's until the next call.
    T* next() {
        nb::gil_scoped_release const release;
        std::scoped_lock const turn(mutex_);
        if (!at_)
            at_.emplace(source_.begin());
        else if (*at_ != source_.end())
            ++*at_;
        if (*at_ == source_.end()) return nullptr;
        element_ = **at_;
        return &element_;
    }

private:
    std::mutex mutex_{};
    wm::generator<T> source_;
    std::optional<typename wm::generator<T>::iterator> at_{};
    T element_{};
};

/// Sentences as lists of words.
class sentence_iterator {
public:
    explicit sentence_iterator(python_corpus const& c)
        : blocks_(c.corpus.text({}) | wm::parallel(c.corpus.split(wm::tally()), {})) {}

    nb::list next() {
        nb::list words;
        for (bool ended = false; !ended;) {
            if (block_ == nullptr || (sentence_ == block_->sentence_ends.size() && word_ == block_->words.size())) {
                block_ = blocks_.next();
                word_ = sentence_ = 0;
                if (block_ == nullptr) {
                    if (nb::len(words) > 0) return words; // a last sentence without an end
                    throw nb::stop_iteration();
                }
            }
            ended = sentence_ < block_->sentence_ends.size();
            auto const end = ended ? block_->sentence_ends[sentence_++] : block_->words.size();
            for (; word_ < end; ++word_) words.append(to_python(block_->word(word_)));
        }
        return words;
    }

private:
    pulled<wm::word_block> blocks_;
    wm::word_block* block_ = nullptr;
    std::size_t word_ = 0, sentence_ = 0;
};

/// PyTorch indexes by 64 bits, and its cross entropy leaves out -100.
std::vector<std::int64_t> indices(std::span<wm::token_id const> ids) {
    std::vector<std::int64_t> out;
    out.reserve(ids.size());
    for (auto const id : ids) out.push_back(id == wm::no_token ? -100 : static_cast<std::int64_t>(wm::index(id)));
    return out;
}
nb::object matrix_of(std::vector<std::int64_t> numbers, std::size_t rows, std::size_t columns) {
    return owned_array(std::move(numbers), std::array{rows, columns});
}

/// The ids of a corpus, in a temporary file.
struct python_ids {
    wm::stored_ids ids;
};
python_ids stored_ids_of(nb::handle source, wm::vocabulary const& words, std::optional<std::string> tokenizer,
                         std::optional<std::string> column, unsigned threads) {
    auto const corpus = corpus_of(source, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    std::optional<wm::stored_ids> ids;
    run_progress progress;
    run_watched(progress,
                [&] { ids.emplace(corpus.corpus.ids(words, {.threads = threads, .watch = progress.watch})); });
    return {std::move(*ids)};
}

class bptt_iterator {
public:
    bptt_iterator(python_ids const& ids, std::size_t lanes, std::size_t steps, std::string const& from)
        : batches_(wm::bptt_batches(
              ids.ids,
              {.lanes = lanes, .steps = steps, .from = from.empty() ? wm::position{} : wm::parse_position(from)})) {}
    nb::tuple next() {
        auto const* const b = batches_.next();
        if (b == nullptr) throw nb::stop_iteration();
        return nb::make_tuple(matrix_of(indices(b->inputs), b->steps, b->lanes),
                              matrix_of(indices(b->targets), b->steps, b->lanes), b->begins, wm::to_text(b->next));
    }

private:
    pulled<wm::bptt_batch> batches_;
};

/// What makes windows of a corpus.
struct window_source {
    python_corpus corpus;
    wm::vocabulary words;
    wm::window_options windows;
    double sample;
    wm::random_key key; ///< of the epoch
    unsigned threads;
};

window_source windows_of(nb::handle source, wm::vocabulary const& words, std::uint32_t radius, bool shrink,
                         double sample, std::uint64_t seed, std::uint64_t epoch, std::optional<std::string> tokenizer,
                         std::optional<std::string> column, unsigned threads) {
    auto const key = wm::random_key(seed).fold_in(epoch + 1);
    return {.corpus = corpus_of(source, {.tokenizer = std::move(tokenizer), .column = std::move(column)}),
            .words = words,
            .windows = {.radius = radius, .shrink = shrink, .key = key.fold_in(1)},
            .sample = sample,
            .key = key,
            .threads = threads};
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] wm::generator<wm::bordered_block>
blocks_of(window_source const& from) {
    auto subsampling = wm::subsample(from.words, {.threshold = from.sample, .key = from.key.fold_in(0)});
    auto ids = from.corpus.corpus.ids(from.words, {.threads = from.threads}, std::move(subsampling));
    return wm::with_borders(std::move(ids), from.windows);
}

class window_iterator {
public:
    explicit window_iterator(window_source from)
        : radius_(from.windows.radius), batches_(batches_of(std::move(from))) {}
    nb::tuple next() {
        auto const* const b = batches_.next();
        if (b == nullptr) throw nb::stop_iteration();
        std::size_t const most = 2 * std::size_t{radius_};
        std::vector<std::int64_t> contexts(b->size() * most, -100);
        for (std::size_t i = 0; i < b->size(); ++i)
            std::ranges::copy(indices(b->contexts_of(i)), contexts.begin() + static_cast<std::ptrdiff_t>(i * most));
        auto const count = std::array{b->size()};
        return nb::make_tuple(owned_array(indices(b->targets), count), matrix_of(std::move(contexts), b->size(), most));
    }

private:
    static wm::generator<wm::window_batch> batches_of(window_source from) {
        for (auto&& batch :
             blocks_of(from) | wm::parallel(wm::context_windows(from.windows), {.threads = from.threads}))
            co_yield std::move(batch);
    }

    std::uint32_t radius_;
    pulled<wm::window_batch> batches_;
};

class pair_iterator {
public:
    pair_iterator(window_source from, std::uint32_t negative, double power)
        : batches_(batches_of(std::move(from), negative, power)) {}
    nb::tuple next() {
        auto const* const b = batches_.next();
        if (b == nullptr) throw nb::stop_iteration();
        std::vector<std::int64_t> targets;
        targets.reserve(b->pairs());
        for (std::size_t i = 0; i < b->size(); ++i)
            targets.resize(b->context_ends[i], static_cast<std::int64_t>(wm::index(b->targets[i])));
        auto const count = std::array{b->pairs()};
        auto const both =
            nb::make_tuple(owned_array(std::move(targets), count), owned_array(indices(b->contexts), count));
        if (b->negative_count == 0) return both;
        return nb::make_tuple(both[0], both[1], matrix_of(indices(b->negatives), b->pairs(), b->negative_count));
    }

private:
    static wm::generator<wm::window_batch> batches_of(window_source from, std::uint32_t negative, double power) {
        wm::context_windows const windows(from.windows);
        auto made = negative == 0 ? blocks_of(from) | wm::parallel(windows, {.threads = from.threads})
                                  : blocks_of(from)
                                        | wm::parallel(wm::chain(windows, negatives_of(from, negative, power)),
                                                       {.threads = from.threads});
        for (auto&& batch : made) co_yield std::move(batch);
    }
    static wm::negative_samples negatives_of(window_source const& from, std::uint32_t negative, double power) {
        return wm::negative_samples(
            wm::noise_distribution(from.words, {.power = power}),
            {.count = negative, .sharing = wm::negative_sharing::pair, .key = from.key.fold_in(2)});
    }

    pulled<wm::window_batch> batches_;
};
}

void bind_batches(nb::module_& m) {
    auto const self = [](nb::handle it) { return nb::borrow(it); };
    nb::class_<sentence_iterator>(m, "_Sentences").def("__iter__", self).def("__next__", &sentence_iterator::next);
    nb::type<python_corpus>().attr("__iter__") = nb::cpp_function(
        [](python_corpus const& c) { return new sentence_iterator(c); }, nb::is_method(), nb::rv_policy::take_ownership,
        nb::sig("def __iter__(self) -> collections.abc.Iterator[list[str]]"), "The sentences, as lists of words.");
    nb::class_<python_ids>(m, "_StoredIds")
        .def("__len__", [](python_ids const& i) { return i.ids.size(); })
        .def_prop_ro("fingerprint", [](python_ids const& i) { return i.ids.fingerprint(); });
    nb::class_<bptt_iterator>(m, "_BpttBatches")
        .def(nb::init<python_ids const&, std::size_t, std::size_t, std::string const&>(), nb::keep_alive<1, 2>())
        .def("__iter__", self)
        .def("__next__", &bptt_iterator::next);
    nb::class_<window_source>(m, "_WindowSource");
    m.def("_windows_of", &windows_of, nb::arg("corpus"), nb::arg("vocabulary"), nb::arg("radius"), nb::arg("shrink"),
          nb::arg("sample"), nb::arg("seed"), nb::arg("epoch"), nb::arg("tokenizer").none(), nb::arg("column").none(),
          nb::arg("threads"));
    nb::class_<window_iterator>(m, "_ContextWindows")
        .def(nb::init<window_source>())
        .def("__iter__", self)
        .def("__next__", &window_iterator::next);
    nb::class_<pair_iterator>(m, "_Pairs")
        .def(nb::init<window_source, std::uint32_t, double>())
        .def("__iter__", self)
        .def("__next__", &pair_iterator::next);
    m.def("_store_ids", &stored_ids_of, nb::arg("corpus"), nb::arg("vocabulary"), nb::arg("tokenizer").none(),
          nb::arg("column").none(), nb::arg("threads"));
}
