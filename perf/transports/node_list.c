/* SPDX-License-Identifier: Apache-2.0 */
#include "node_list.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

int tf_node_list(const char *text, int *nodes, int max)
{
    int count = 0;
    if (!text || !*text || strcmp(text, "auto") == 0)
        return 0;
    for (const char *at = text;; at++) {
        char *end;
        unsigned long node = strtoul(at, &end, 10);
        if (*at < '0' || *at > '9' || node > 1023 || (*end != ',' && *end != '\0') ||
            count == max)
            return tf_fail(TF_EUSAGE,
                           "--nodes %s: auto, or a list such as 0,1 of at most %d nodes", text,
                           max);
        nodes[count++] = (int)node;
        if (*end == '\0')
            return count;
        at = end;
    }
}

int tf_node_first(const char *text)
{
    int nodes[64];
    return tf_node_list(text, nodes, 64) > 0 ? nodes[0] : -1;
}
