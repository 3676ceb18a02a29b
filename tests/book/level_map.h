/* SPDX-License-Identifier: Apache-2.0 */
/* level_map.h - what book_side.h is measured against: std::map, a red-black tree of nodes. */
#ifndef TF_LEVEL_MAP_H
#define TF_LEVEL_MAP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct level_map;

struct level_map *level_map_new(void);
void level_map_free(struct level_map *map);
/* So much more or less at the key; the level comes with its first order and goes with its last. */
void level_map_change(struct level_map *map, int64_t key, int64_t size, int32_t orders);
/* Key + size of the best, 0 when empty: so that it has to be looked up. */
int64_t level_map_best(const struct level_map *map);

#ifdef __cplusplus
}
#endif

#endif
