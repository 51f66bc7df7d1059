/// Files: inputs and their formats, decoded bytes with positions, atomic outputs.
export module wordmill.io;
export import :byte_reader;
export import :bytes;
export import :checksum;
export import :decoded_files;
export import :folders;
export import :growing_file;
export import :inputs;
export import :mapped_file;
export import :npy_header;
export import :output;
export import :seekable;
export import :spill;
