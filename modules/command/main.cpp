#include <cstdlib>
import wordmill.command;

int main(int argc, char** argv) {
    // The allocator inside Apache Arrow, which is loaded to read Parquet, would start a thread of its own.
    ::setenv("JE_ARROW_MALLOC_CONF", "background_thread:false", 0);
    return wordmill::run_command(argc, argv);
}
