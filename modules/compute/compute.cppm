export module wordmill.compute;
export import :buffer;
export import :choice;
export import :deferred;
export import :queue;
export import :view;
