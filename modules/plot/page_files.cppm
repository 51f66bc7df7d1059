module wordmill.plot:page_files;

/// The files in modules/plot/page.
namespace wordmill::detail {
extern char const* const page_html;
extern char const* const page_css;
extern char const* const parts_js;
extern char const* const map_js;
extern char const* const curves_js;
extern char const* const start_js;
extern char const* const attention_html;
extern char const* const attention_css;
extern char const* const attention_js;
}
