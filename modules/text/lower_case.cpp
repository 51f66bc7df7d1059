module;
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import :lower_case;
import :tokenizer;
import :unicode;
import :utf8;

namespace wordmill {
std::vector<std::string> lower_case_forms(std::string_view word) {
    std::string whole;
    append_repaired(whole, word);
    std::vector<std::string> forms;
    for (auto const [form, letters] : {std::pair{normal_form::nfc, letter_case::lower},
                                       {normal_form::none, letter_case::lower},
                                       {normal_form::nfc, letter_case::fold}}) {
        auto text = whole;
        detail::bring_into_form(text, form, letters);
        if (text != word && std::ranges::find(forms, text) == forms.end()) forms.push_back(std::move(text));
    }
    return forms;
}

std::string to_lower_case(std::string_view text) {
    std::string lower;
    append_repaired(lower, text);
    detail::bring_into_form(lower, normal_form::none, letter_case::lower);
    return lower;
}
}
