/* SPDX-License-Identifier: Apache-2.0 */
#include "level_map.h"

#include <map>

struct level {
    uint64_t size;
    uint32_t orders;
};

struct level_map {
    std::map<int64_t, level> levels;
};

level_map *level_map_new(void)
{
    return new level_map;
}

void level_map_free(level_map *map)
{
    delete map;
}

void level_map_change(level_map *map, int64_t key, int64_t size, int32_t orders)
{
    auto at = map->levels.try_emplace(key).first;
    at->second.size += static_cast<uint64_t>(size);
    at->second.orders += static_cast<uint32_t>(orders);
    if (at->second.orders == 0)
        map->levels.erase(at);
}

int64_t level_map_best(const level_map *map)
{
    if (map->levels.empty())
        return 0;
    auto best = map->levels.rbegin();
    return best->first + static_cast<int64_t>(best->second.size);
}
