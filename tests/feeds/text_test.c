/* SPDX-License-Identifier: Apache-2.0 */
/* Names from outside: in JSON and in errors. */
#include "error.h"
#include "text.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void assert_json(const char *text, const char *want)
{
    char *got = 0;
    size_t size = 0;
    FILE *out = open_memstream(&got, &size);
    tf_json_string(out, text);
    fclose(out);
    cr_assert_str_eq(got, want);
    free(got);
}

Test(text, json_keeps_utf8_and_escapes_the_rest)
{
    assert_json("plain /path.dbn", "\"plain /path.dbn\"");
    assert_json("\xc3\xbc \xe2\x82\xac \xf0\x9d\x84\x9e",
                "\"\xc3\xbc \xe2\x82\xac \xf0\x9d\x84\x9e\"");
    assert_json("a\"b\\c\n\x1f\x7f", "\"a\\\"b\\\\c\\u000a\\u001f\\u007f\"");
}

Test(text, json_replaces_what_is_no_utf8)
{
    assert_json("\xff", "\"\\ufffd\"");
    assert_json("a\xc3", "\"a\\ufffd\"");                     /* cut */
    assert_json("\xc3(", "\"\\ufffd(\"");                     /* no continuation */
    assert_json("\xc0\xaf", "\"\\ufffd\\ufffd\"");            /* too long */
    assert_json("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    assert_json("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    assert_json("\xe2\x82", "\"\\ufffd\\ufffd\"");
}

Test(text, an_error_is_one_line)
{
    cr_assert_eq(tf_fail(TF_EDATA, "%s: bad", "a\nb\x1b[1m\xc3\xbc\x7f"), TF_EDATA);
    cr_assert_str_eq(tf_errmsg(), "a?b?[1m\xc3\xbc?: bad");
    tf_fail_in(TF_EDATA, "c\td");
    cr_assert_str_eq(tf_errmsg(), "c?d: a?b?[1m\xc3\xbc?: bad");
}
