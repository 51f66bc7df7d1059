import wordmill.command;

int main(int argc, char** argv) { return wordmill::run_command(argc, argv); }
