/* SPDX-License-Identifier: Apache-2.0 */
/* node_list.h - NUMA nodes as --nodes has them: "0", "0,1,2". */
#ifndef TF_NODE_LIST_H
#define TF_NODE_LIST_H

/* Into nodes[0..max).  How many; 0 for NULL, "" and "auto"; TF_EUSAGE when it is no such list. */
int tf_node_list(const char *text, int *nodes, int max);

/* The first of them, or -1. */
int tf_node_first(const char *text);

#endif
