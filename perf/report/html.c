/* SPDX-License-Identifier: Apache-2.0 */
/* The page: a frame, the style, the result, and the scripts that draw it. */
#include "report.h"

#include "error.h"
#include "page_parts.h"

#include <stdbool.h>

/* The policy forbids what the page has no use for: the network, frames, forms.  Errors of the scripts show on the
 * page, since a report that quietly lacks half its plots would be believed.  A browser that leaves the rest of its
 * observations to the next frame reports that as an error too: nothing is lacking then. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<title>Tickfan performance report</title>\n"
    "<style>\n";

static const char body[] =
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<svg id=\"seed\" width=\"0\" height=\"0\" aria-hidden=\"true\" "
    "style=\"position:absolute\"></svg>\n"
    "<main></main>\n"
    "<noscript><p>This page draws its plots and tables with JavaScript, which is switched off. "
    "'tickfan perf report FILE' prints the same tables on a terminal.</p></noscript>\n"
    "<script>\n"
    "window.addEventListener(\"error\", (event) => {\n"
    "  if (event.message === \"ResizeObserver loop completed with undelivered "
    "notifications.\") "
    "return;\n"
    "  const line = document.createElement(\"p\");\n"
    "  line.className = \"errors\";\n"
    "  line.textContent = `This page has a fault and is not complete: ${event.message}`;\n"
    "  document.body.prepend(line);\n"
    "});\n"
    "</script>\n"
    "<script type=\"application/json\" id=\"result\">";

static const char scripts[] = "</script>\n<script>\n\"use strict\";\n";
static const char foot[] = "</script>\n</body>\n</html>\n";

/* Inside a script element only '<' can end or nest one; in JSON it stands in strings alone, where \u003c means it. */
static int put_escaped(const char *buffer, size_t size, void *context)
{
    FILE *out = context;
    for (size_t i = 0; i < size; i++) {
        int bad = buffer[i] == '<' ? fputs("\\u003c", out) : putc(buffer[i], out);
        if (bad == EOF)
            return -1;
    }
    return 0;
}

static void put_part(FILE *out, const struct tf_page_part *part)
{
    fwrite(part->begin, 1, (size_t)(part->end - part->begin), out);
}

int tf_report_html(const json_t *result, const char *path)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return tf_fail_errno(TF_ECREATE, "cannot write the page %s", path);
    fputs(head, out);
    put_part(out, &tf_page_style);
    fputs(body, out);
    int bad = json_dump_callback(result, put_escaped, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputs(scripts, out);
    for (size_t i = 0; i < tf_page_script_count; i++)
        put_part(out, &tf_page_scripts[i]);
    fputs(foot, out);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        return tf_fail_errno(TF_EIO, "writing the page %s", path);
    return bad ? tf_fail(TF_EDATA, "the result for %s is no JSON object", path) : 0;
}
