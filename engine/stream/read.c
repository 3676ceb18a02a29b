/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, seeking, and where a reader stands. */
#include "reader.h"

#include "error.h"
#include "rundir.h"

static const uint64_t heartbeat_fresh_ns = TF_NS_PER_S;

/* What the reader did since the last time, for whoever looks at the roster: its own line. */
static inline void show_progress(struct tf_reader *reader)
{
    struct tf_roster_slot *slot = reader->slot;
    uint64_t next = reader->cursor.next, ticks = reader->cursor.ticks;
    tf_store(&slot->cursor, next);
    tf_store(&slot->ticks, ticks);
}

static int show_overrun(struct tf_reader *reader)
{
    show_progress(reader);
    tf_store(&reader->slot->lost, reader->cursor.lost);
    tf_store(&reader->slot->overrun_polling, reader->cursor.overrun_polling);
    tf_store(&reader->slot->overrun_reading, reader->cursor.overrun_reading);
    return TF_OVERRUN;
}

__attribute__((noinline)) static int read_more(tf_reader *reader, struct tf_tick *out, int max)
{
    int got = max > 0 ? tf_cursor_read_more(&reader->cursor, out, max) : 0;
    if (got > 0)
        show_progress(reader);
    else if (got < 0)
        show_overrun(reader);
    return got;
}

/* Nearly all calls find nothing, most others one tick: those save no register, so that the look comes sooner. */
int tf_read(tf_reader *reader, struct tf_tick *out, int max)
{
    int got = max > 0 ? tf_cursor_read_one(&reader->cursor, out) : 0;
    if (got == TF_READ_MORE)
        return read_more(reader, out, max);
    if (got == 1)
        show_progress(reader);
    return got;
}

int tf_read_of(tf_reader *reader, const struct tf_instrument_set *set, struct tf_tick *out,
               int max)
{
    int got = tf_cursor_read_of(&reader->cursor, set->wanted, set->mask, out, max);
    if (got < 0)
        return show_overrun(reader);
    show_progress(reader);
    return got;
}

int tf_peek(tf_reader *reader, const struct tf_tick **tick)
{
    struct tf_cursor *cursor = &reader->cursor;
    uint64_t stamp = tf_cursor_stamp(cursor, cursor->next);
    const struct tf_slot *slot = &cursor->slots[cursor->next & cursor->mask];
    switch (tf_cursor_state(cursor, stamp, cursor->next)) {
    case TF_SLOT_READY:
        *tick = (const struct tf_tick *)(const void *)slot;
        if (stamp !=
            cursor->next) { /* streamed: its seq has a flag that no caller should see */
            tf_slot_copy(&reader->streamed, slot->word, cursor->next);
            *tick = &reader->streamed;
        }
        return 1;
    case TF_SLOT_LAPPED:
        tf_cursor_lapped(cursor);
        return show_overrun(reader);
    case TF_SLOT_EMPTY:
        break;
    }
    return 0;
}

int tf_commit(tf_reader *reader)
{
    struct tf_cursor *cursor = &reader->cursor;
    tf_fence_acquire();
    uint64_t stamp = tf_load(&cursor->slots[cursor->next & cursor->mask].word[TF_WORD_STAMP]);
    if (tf_cursor_state(cursor, stamp, cursor->next) == TF_SLOT_EMPTY)
        return tf_fail(TF_EUSAGE, "tf_commit() without a tick from tf_peek()");
    if (tf_cursor_overtaken(cursor, cursor->next)) {
        cursor->torn = true;
        tf_cursor_lapped(cursor);
        return show_overrun(reader);
    }
    cursor->next++;
    cursor->ticks++;
    show_progress(reader);
    return 1;
}

int tf_seek(tf_reader *reader, enum tf_from from, uint64_t seq)
{
    uint64_t head = tf_load_acquire(&reader->header->head);
    switch (from) {
    case TF_FROM_NEWEST:
        reader->cursor.next = head + 1;
        break;
    case TF_FROM_OLDEST:
        reader->cursor.next = tf_ring_oldest(head, reader->cursor.mask);
        break;
    case TF_FROM_SEQUENCE:
        if (seq == 0 || seq > TF_SEQ_MAX)
            return tf_fail(TF_EUSAGE, "sequences count from 1");
        reader->cursor.next = seq;
        break;
    default:
        return tf_fail(TF_EUSAGE, "from is %d, not an enum tf_from", (int)from);
    }
    reader->cursor.torn = false;
    reader->cursor.heat = TF_HEAT_MORE;
    show_progress(reader);
    return 0;
}

void tf_get_stats(const tf_reader *reader, struct tf_stats *stats)
{
    const struct tf_cursor *cursor = &reader->cursor;
    uint64_t head = tf_load(&reader->header->head);
    *stats = (struct tf_stats){.ticks = cursor->ticks,
                               .lost = cursor->lost,
                               .overrun_polling = cursor->overrun_polling,
                               .overrun_reading = cursor->overrun_reading,
                               .next_seq = cursor->next,
                               .lag = head >= cursor->next ? head - cursor->next + 1 : 0,
                               .epoch = tf_load(&reader->header->epoch)};
}

void tf_get_info(const tf_reader *reader, struct tf_stream_info *info)
{
    *info = reader->info;
    info->publisher_pid = (int64_t)tf_load(&reader->header->publisher_pid);
}

/* Nobody holds the lock, or it cannot be looked at and the process is known to be gone. */
static bool publisher_is_dead(const struct tf_reader *reader, uint64_t silent_ns)
{
    int held = tf_lock_held(reader->path);
    if (held >= 0)
        return !held;
    struct tf_process publisher = {.pid = (uint32_t)tf_load(&reader->header->publisher_pid),
                                   .start_time = tf_load(&reader->header->publisher_start_time),
                                   .pid_namespace =
                                       tf_load(&reader->header->publisher_pid_namespace)};
    switch (tf_process_liveness(&publisher)) {
    case TF_PROCESS_GONE:
        return true;
    case TF_PROCESS_ALIVE:
        return false;
    case TF_PROCESS_UNKNOWN:
        break;
    }
    return silent_ns >
           5 * heartbeat_fresh_ns; /* another container's: only the heartbeat tells */
}

enum tf_state tf_get_state(const tf_reader *reader)
{
    switch (tf_load32_acquire(&reader->header->state)) {
    case TF_STORED_ENDED:
        return TF_STATE_ENDED;
    case TF_STORED_REPLACED:
        return TF_STATE_REPLACED;
    case TF_STORED_STARTING:
        return TF_STATE_STARTING;
    default:
        break;
    }
    uint64_t now = tf_realtime_ns();
    uint64_t beat = tf_load(&reader->header->heartbeat_ns);
    /* Stepped back, the wall clock may stand before the last beat: then it says nothing. */
    if (beat <= now && now - beat < heartbeat_fresh_ns)
        return TF_STATE_LIVE;
    return publisher_is_dead(reader, beat <= now ? now - beat : 0) ? TF_STATE_DEAD
                                                                   : TF_STATE_LIVE;
}

int tf_instrument_by_id(const tf_reader *reader, uint32_t instrument_id,
                        struct tf_instrument *out)
{
    return tf_directory_by_id(&reader->directory, instrument_id, out);
}

int tf_instrument_by_symbol(const tf_reader *reader, const char *symbol,
                            struct tf_instrument *out)
{
    return tf_directory_by_symbol(&reader->directory, symbol, out);
}

int tf_instrument_at(const tf_reader *reader, uint32_t index, struct tf_instrument *out)
{
    return tf_directory_at(&reader->directory, index, out);
}
