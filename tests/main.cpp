#define BOOST_TEST_MODULE wordmill
#include <boost/test/unit_test.hpp>
