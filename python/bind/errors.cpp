#include "binding.hpp"
import wordmill.core;

nb::str to_python(std::string_view word) {
    auto* const text = PyUnicode_DecodeUTF8(word.data(), static_cast<Py_ssize_t>(word.size()), "surrogateescape");
    if (!text) nb::raise_python_error();
    return nb::steal<nb::str>(text);
}

std::string_view bytes_of(nb::handle word, std::string& space) {
    if (!PyUnicode_Check(word.ptr()))
        throw nb::type_error(("expected a word (str), found " + nb::cast<std::string>(nb::inst_name(word))).c_str());
    Py_ssize_t size = 0;
    if (auto const* const text = PyUnicode_AsUTF8AndSize(word.ptr(), &size))
        return {text, static_cast<std::size_t>(size)};
    PyErr_Clear();
    auto const encoded = nb::steal<nb::bytes>(PyUnicode_AsEncodedString(word.ptr(), "utf-8", "surrogateescape"));
    if (!encoded.is_valid()) nb::raise_python_error();
    space.assign(encoded.c_str(), encoded.size());
    return space;
}

std::string path_text(nb::handle path) {
    PyObject* bytes = nullptr;
    if (!PyUnicode_FSConverter(path.ptr(), &bytes)) nb::raise_python_error();
    auto const held = nb::steal<nb::bytes>(bytes);
    return {held.c_str(), held.size()};
}

namespace {
std::string_view name_of(wordmill::failure kind) {
    using wordmill::failure;
    switch (kind) {
    case failure::internal: return "internal";
    case failure::usage: return "usage";
    case failure::bad_data: return "bad_data";
    case failure::no_input: return "no_input";
    case failure::unavailable: return "unavailable";
    case failure::resource: return "resource";
    case failure::cannot_create: return "cannot_create";
    case failure::io: return "io";
    case failure::interrupted: return "interrupted";
    case failure::configuration: return "configuration";
    }
    return "internal";
}

void raise(std::string_view kind, std::string_view message, wordmill::place const& where, std::string_view hint) {
    try {
        auto const make = nb::module_::import_("wordmill._errors").attr("make");
        auto const number = [](std::optional<std::uint64_t> const& n) -> nb::object {
            return n ? nb::object(nb::int_(*n)) : nb::none();
        };
        auto const error =
            make(kind, to_python(message), nb::arg("place") = to_python(where.text()),
                 nb::arg("file") = where.file.empty() ? nb::object(nb::none()) : nb::object(to_python(where.file)),
                 nb::arg("line") = number(where.line), nb::arg("byte") = number(where.byte),
                 nb::arg("record") = number(where.record), nb::arg("hint") = to_python(hint));
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    } catch (nb::python_error& e) {
        e.restore();
    }
}
}

void bind_errors(nb::module_&) {
    nb::register_exception_translator([](std::exception_ptr const& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (wordmill::error const& e) {
            raise(name_of(e.kind()), e.message(), e.where(), e.hint());
        } catch (wordmill::contract_violation const& e) {
            raise("internal", e.what(), {}, {});
        }
    });
}
