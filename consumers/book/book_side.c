/* SPDX-License-Identifier: Apache-2.0 */
#include "book_side.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 8 };

static __attribute__((noinline, cold)) bool grow(struct tf_side *side)
{
    uint32_t room = side->room ? side->room * 2 : ROOM_FIRST;
    struct tf_side_level *levels = realloc(side->levels, room * sizeof *levels);
    if (!levels)
        return false;
    side->levels = levels;
    side->room = room;
    return true;
}

bool tf_side_insert(struct tf_side *side, uint32_t at, uint32_t max)
{
    if (side->count >= max || (side->count == side->room && !grow(side)))
        return false;
    struct tf_side_level *level = &side->levels[at];
    memmove(level + 1, level, (side->count - at) * sizeof *level);
    side->count++;
    return true;
}

void tf_side_remove(struct tf_side *side, uint32_t at)
{
    struct tf_side_level *level = &side->levels[at];
    side->count--;
    memmove(level, level + 1, (side->count - at) * sizeof *level);
}

void tf_side_drop_worst(struct tf_side *side, uint32_t count)
{
    side->count -= count;
    memmove(side->levels, side->levels + count, side->count * sizeof *side->levels);
}

void tf_side_close(struct tf_side *side)
{
    free(side->levels);
    side->levels = 0;
    side->count = side->room = 0;
}
