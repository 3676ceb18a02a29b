/* SPDX-License-Identifier: Apache-2.0 */
/* page_parts.h - the page's own files, as they lie beside this one, inside the binary. */
#ifndef TF_PAGE_PARTS_H
#define TF_PAGE_PARTS_H

#include <stddef.h>

struct tf_page_part {
    const char *begin, *end;
};

extern const struct tf_page_part tf_page_style;
extern const struct tf_page_part tf_page_scripts[]; /* in the order in which they run */
extern const size_t tf_page_script_count;

#endif
