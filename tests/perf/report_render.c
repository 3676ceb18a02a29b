/* SPDX-License-Identifier: Apache-2.0 */
/* report_render FILE [PAGE]: a stored result as text on standard output, or as a page; what tests/perf/report looks at. */
#include "report.h"

#include "tickfan.h"

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *result = argc >= 2 ? json_load_file(argv[1], 0, &error) : NULL;
    if (!result) {
        fprintf(stderr, "usage: report_render FILE [PAGE]; FILE is a JSON object\n");
        return 66;
    }
    int failed = 0;
    if (argc == 2)
        tf_report_text(result, stdout);
    else
        failed = tf_report_html(result, argv[2]);
    if (failed)
        fprintf(stderr, "report_render: %s\n", tf_errmsg());
    json_decref(result);
    return failed ? 73 : 0;
}
