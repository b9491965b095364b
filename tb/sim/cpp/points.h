
// What a model that counts does with its points of coverage. Verilator's own
// way is to give each a dictionary whenever a model is made, which takes longer
// than most tests. An instance of a module that is not the first shares its
// counters with the first.
//
// This stands behind report.h in every file of such a model.

#ifdef __cplusplus
#include "verilated_cov.h"

// `count` is the counter; the rest says what it counts, as Verilator does.
extern "C" void sallyport_point(const uint32_t* count, const char* file, int line, int column,
                                const char* page, const char* comment, const char* lines);

#undef VL_COVER_INSERT
#define VL_COVER_INSERT(context, count, file_key, file, line_key, line, column_key, column, \
                        hier_key, hier, page_key, page, comment_key, comment, lines_key, lines) \
  do { \
    if (enable) sallyport_point(count, file, line, column, page, comment, lines); \
  } while (false)
#endif
