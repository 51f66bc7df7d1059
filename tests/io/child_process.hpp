#pragma once
#include <sys/wait.h>
#include <unistd.h>

/// Runs `work` in a forked child and gives its wait status. `work` returns the exit status; an exception is 99.
template <class Work> int in_child(Work work) {
    pid_t const child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = work();
        } catch (...) {}
        ::_exit(status); // no destructors, no test report of the parent
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}
