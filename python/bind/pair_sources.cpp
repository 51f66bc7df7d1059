#include "binding.hpp"
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
#include "pair_sources.hpp"
#include "sources.hpp"

namespace {
namespace wm = wordmill;

constexpr std::size_t block_bytes = 1 << 16;
constexpr char expected[] = "a path, or an iterable of pairs (source, target) of str";

/// Appends both sides of a pair as a line each.
void append_pair(std::string& text, PyObject* pair, std::uint64_t index, wm::utf8_policy utf8,
                 wm::tally const& counts) {
    bool const tuple = PyTuple_Check(pair);
    auto const size = tuple ? PyTuple_Size(pair) : PyList_Check(pair) ? PyList_Size(pair) : -1;
    if (size != 2)
        throw nb::type_error(("item " + std::to_string(index) + ": expected a pair (source, target), found "
                              + (size < 0 ? kind_of(pair) : "a " + kind_of(pair) + " of " + std::to_string(size)))
                                 .c_str());
    for (Py_ssize_t i = 0; i < 2; ++i) {
        auto* const side = tuple ? PyTuple_GetItem(pair, i) : PyList_GetItem(pair, i);
        if (!PyUnicode_Check(side))
            throw nb::type_error(("item " + std::to_string(index) + ": expected str as its "
                                  + (i == 0 ? "source" : "target") + ", found " + kind_of(side))
                                     .c_str());
        std::string space;
        wm::append_side(text_of(side, index, utf8, space, counts), text);
    }
}

wm::generator<wm::text_block> read_items(std::shared_ptr<held_object const> of,
                                         std::shared_ptr<held_object const> begun, wm::utf8_policy utf8,
                                         wm::pass_options pass) {
    auto const& start = pass.from;
    auto const& watch = pass.watch;
    held_object iterator;
    {
        nb::gil_scoped_acquire const gil;
        *iterator = iterator_over(of.get(), begun.get());
    }
    std::uint64_t index = 0;
    auto number = start.block;
    for (bool more = true; more;) {
        watch.check();
        wm::text_block block;
        block.index = number;
        block.first_sentence = 2 * std::max(index, start.record);
        block.start = {.record = std::max(index, start.record), .block = number};
        {
            nb::gil_scoped_acquire const gil;
            while (block.text.size() < block_bytes) {
                auto const item = nb::steal(PyIter_Next((*iterator).ptr()));
                if (!item.is_valid()) {
                    if (PyErr_Occurred()) nb::raise_python_error();
                    more = false;
                    (*iterator).reset();
                    break;
                }
                if (watch.stop_requested()) break; // an iterator may take long for each item
                auto const at = index++;
                if (at >= start.record) append_pair(block.text, item.ptr(), at, utf8, pass.counts);
            }
        } // never the GIL across co_yield
        watch.check();
        if (block.text.empty()) break;
        block.next = {.record = index, .block = ++number};
        co_yield std::move(block);
    }
}

wm::pair_options options_of(pair_reading const& how) {
    wm::pair_options options;
    options.layout = wm::choose("layout", how.layout, wm::pair_layout_names);
    if (how.separator) options.separator = *how.separator;
    options.source_field = how.source_field;
    options.target_field = how.target_field;
    options.utf8 = wm::choose("utf8", how.utf8, wm::utf8_policy_names);
    options.on_bad = wm::choose("on_bad", how.on_bad, wm::bad_data_policy_names);
    return options;
}
}

wm::pair_corpus pairs_of(nb::handle pairs, pair_reading const& how, wm::sequence_text source,
                         wm::sequence_text target) {
    auto const options = options_of(how);
    bool const list = PyList_Check(pairs.ptr()) || PyTuple_Check(pairs.ptr());
    std::vector<std::string> names;
    if (is_path(pairs)) {
        names.push_back(path_text(pairs));
    } else if (list && nb::len(pairs) > 0 && is_path(pairs[0])) {
        for (nb::handle each : pairs) {
            if (!is_path(each))
                throw nb::type_error(("item " + std::to_string(names.size())
                                      + ": expected a path, as the items before it, found " + kind_of(each))
                                         .c_str());
            names.push_back(path_text(each));
        }
    }
    if (!names.empty()) {
        nb::gil_scoped_release const unlocked;
        return wm::pair_corpus(names, options, std::move(source), std::move(target));
    }
    if (PyBytes_Check(pairs.ptr()) || PyByteArray_Check(pairs.ptr()) || PyDict_Check(pairs.ptr()))
        throw nb::type_error(("expected " + std::string(expected) + "; found " + kind_of(pairs)).c_str());
    auto const given = nb::borrow(pairs);
    return wm::pair_corpus(source_of_items(given, begin_items(given, expected), options.utf8, read_items),
                           std::move(source), std::move(target));
}
