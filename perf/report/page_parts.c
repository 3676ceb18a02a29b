/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The assembler takes the files in as they are: no generated C, and every compiler here hands top-level asm to an
 * assembler that knows .incbin.  Paths start where ninja runs; units.ninja names the files, so that a change is seen.
 */
#include "page_parts.h"

#define PART(name, file)                                                                       \
    __asm__(".pushsection .rodata\n"                                                           \
            ".global tf_page_" #name "_begin\n"                                                \
            ".global tf_page_" #name "_end\n"                                                  \
            "tf_page_" #name "_begin:\n"                                                       \
            ".incbin \"perf/report/" file "\"\n"                                               \
            "tf_page_" #name "_end:\n"                                                         \
            ".byte 0\n"                                                                        \
            ".popsection\n");                                                                  \
    extern const char tf_page_##name##_begin[], tf_page_##name##_end[]
#define SPAN(name)                                                                             \
    {                                                                                          \
        tf_page_##name##_begin, tf_page_##name##_end                                           \
    }

PART(css, "page.css");
PART(dom, "page_dom.js");
PART(axes, "page_axes.js");
PART(lines, "page_lines.js");
PART(bars, "page_bars.js");
PART(heat, "page_heat.js");
PART(words, "page_words.js");
PART(tables, "page_tables.js");
PART(figures, "page_figures.js");
PART(model, "page_model.js");
PART(main, "page_main.js");

const struct tf_page_part tf_page_style = SPAN(css);
const struct tf_page_part tf_page_scripts[] = {
    SPAN(dom),   SPAN(axes),   SPAN(lines),   SPAN(bars),  SPAN(heat),
    SPAN(words), SPAN(tables), SPAN(figures), SPAN(model), SPAN(main)};
const size_t tf_page_script_count = sizeof tf_page_scripts / sizeof tf_page_scripts[0];
