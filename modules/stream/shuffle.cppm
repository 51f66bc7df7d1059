export module wordmill.stream:shuffle;
import :adaptor;
import :elements;
import :generator;
import :position;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct shuffle_options {
    std::size_t window = 100'000; ///< least number of elements that are shuffled together; whole blocks are taken
    random_key key{};             ///< window n is shuffled with key.fold_in(epoch).fold_in(n)
    std::uint64_t epoch = 0;      ///< each epoch has another order
    element_unit unit = element_unit::sentence;              ///< the unit that is moved as a whole
    std::uint64_t max_block_bytes = std::uint64_t{64} << 20; ///< bound on blocks joined to keep an element whole
    position from{}; ///< where to resume; the source is made with `from = from.child(0)`
};

namespace detail {
struct element_place {
    std::uint32_t block, begin, end;
};
/// Fisher-Yates shuffle; the order depends on the key only.
void permute(std::vector<element_place>& places, random_key key);
/// Throws the `failure::bad_data` of an element that exceeds the bound.
[[noreturn]] void refuse_long_element(std::uint64_t bound, element_unit unit);

/// Whole blocks of the source and the places of their elements.
template <block_of_elements Block> class shuffle_window {
public:
    /// Reads until there are enough elements. False at the end of the source.
    bool fill(generator<Block>& source, typename generator<Block>::iterator& head, shuffle_options const& options) {
        using elements = block_elements<Block>;
        blocks_.clear();
        places_.clear();
        read_ = 0;
        bool open = false;
        for (; head != source.end() && (open || places_.size() < options.window); ++head) {
            auto&& block = *head;
            if (blocks_.empty()) {
                start_ = block.start;
                start_.skip = block.skip;
            }
            next_ = block.next;
            ++read_;
            drop_ = open ? drop_ : block.skip;
            if (open) {
                if (bytes(blocks_.back()) + bytes(block) > options.max_block_bytes)
                    refuse_long_element(options.max_block_bytes, options.unit);
                elements::join(blocks_.back(), std::move(block));
            } else {
                blocks_.push_back(std::move(block));
            }
            open = elements::open(blocks_.back(), options.unit);
            if (!open) add_places(options.unit);
        }
        if (open) { // the source ended inside an element
            add_places(options.unit);
            auto const extent = elements::extent(blocks_.back(), options.unit);
            auto const ends = elements::ends(blocks_.back(), options.unit);
            auto const begin = ends.empty() ? 0 : ends.back();
            if (begin < extent) places_.push_back({static_cast<std::uint32_t>(blocks_.size() - 1), begin, extent});
        }
        return !blocks_.empty();
    }

    /// Elements per output block, chosen so that there are as many output blocks as were read.
    [[nodiscard]] std::size_t per_block() const noexcept { return (places_.size() + read_ - 1) / read_; }

    [[nodiscard]] position const& start() const noexcept { return start_; }
    [[nodiscard]] position const& next() const noexcept { return next_; }
    [[nodiscard]] std::vector<element_place>& places() noexcept { return places_; }
    [[nodiscard]] std::vector<Block> const& blocks() const noexcept { return blocks_; }

private:
    static std::uint64_t bytes(Block const& block) {
        if constexpr (requires { block.text.size(); })
            return block.text.size();
        else
            return 0;
    }
    void add_places(element_unit unit) {
        std::uint32_t begin = 0;
        for (auto end : block_elements<Block>::ends(blocks_.back(), unit)) {
            if (drop_ > 0)
                --drop_;
            else
                places_.push_back({static_cast<std::uint32_t>(blocks_.size() - 1), begin, end});
            begin = end;
        }
    }

    std::vector<Block> blocks_;
    std::vector<element_place> places_;
    position start_, next_;
    std::uint64_t drop_ = 0;
    std::size_t read_ = 0;
};

template <block_of_elements Block> generator<Block> run_shuffle(generator<Block> source, shuffle_options options) {
    expect(options.window > 0, "shuffle: the window needs at least one element");
    auto const key = options.key.fold_in(options.epoch);
    // state: windows before; file: blocks of this window delivered; block, record: blocks and sentences delivered
    position at = std::exchange(options.from, {});
    std::uint64_t skip = std::exchange(at.skip, 0);
    auto head = source.begin();
    for (shuffle_window<Block> window; window.fill(source, head, options); at.file = 0, ++at.state) {
        auto& places = window.places();
        permute(places, key.fold_in(at.state));
        auto const per_block = window.per_block();
        at.inner = {window.start()};
        std::size_t first = std::min(places.size(), static_cast<std::size_t>(at.file) * per_block);
        while (first < places.size()) {
            auto const last = std::min(places.size(), first + per_block);
            Block block;
            block.start = at;
            block_elements<Block>::number(block, at.block, at.record);
            for (; first < last; ++first) {
                auto const& p = places[first];
                block_elements<Block>::append(block, window.blocks()[p.block], p.begin, p.end, options.unit);
            }
            at.record += block_elements<Block>::ends(block, element_unit::sentence).size();
            ++at.block;
            ++at.file;
            block.next = at;
            if (last == places.size()) {
                block.next.inner = {window.next()};
                block.next.file = 0;
                ++block.next.state;
            }
            block.skip = std::exchange(skip, 0);
            co_yield std::move(block);
        }
    }
}
}

/// The elements of `source` (sentences, or whole documents) in an order that depends on (key, epoch) and the
/// corpus only: windows of whole blocks, one after the other, each shuffled within. Output blocks have about as many
/// elements as the source's. Memory: one window. Resuming reads at most one window again.
/// Shuffled sentences have no document ends; a text whose sentences or documents continue over blocks of more than
/// `max_block_bytes` is a `failure::bad_data`.
export template <block_of_elements Block>
[[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<Block>
shuffle(generator<Block> source, shuffle_options options) {
    return detail::run_shuffle(std::move(source), std::move(options));
}

/// As an adaptor: `source | shuffle({.window = 10'000, .key = random_key{7}, .epoch = 2})`.
export [[nodiscard]] inline auto shuffle(shuffle_options options) {
    return adaptor{[options]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (generator<T> source) {
        return detail::run_shuffle(std::move(source), options);
    }};
}
}
