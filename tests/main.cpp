#include <boost/test/unit_test.hpp>

int main(int arguments, char** words) {
    return boost::unit_test::unit_test_main([] { return true; }, arguments, words);
}
