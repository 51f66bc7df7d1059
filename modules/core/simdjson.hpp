#pragma once
// simdjson 3.6, which Ubuntu 24.04 has, names members in a class template that only its derived classes declare; clang
// 19 refuses that where clang 18 waited. The macro declares them; nobody calls the functions that use them.
#include <cstddef>
#define call_print_newline()                                                                                           \
    print_newline();                                                                                                   \
    void print_indents(std::size_t);                                                                                   \
    void print_space();                                                                                                \
    void call_print_newline()
#include <simdjson.h>
#undef call_print_newline
