/* SPDX-License-Identifier: Apache-2.0 */
/* Order by order: A, C, M and R of MBO ticks. */
#include "book_internal.h"

static bool is_ask_of(const struct tf_book_entry *entry)
{
    return (entry->tag & TF_ORDER_ASK) != 0;
}

static void touch_if_best(struct tf_books *books, struct tf_book *book, uint32_t at,
                          uint32_t count)
{
    if (at + 1 >= count)
        tf_book_touch(books, book);
}

/* An order of this size joins its level.  False: no room for another level. */
static bool join(struct tf_books *books, struct tf_book *book, bool is_ask, int64_t key,
                 uint32_t size)
{
    struct tf_side *side = &book->orders[is_ask];
    uint32_t at = tf_side_find(side, key);
    if (tf_side_has(side, at, key)) {
        side->levels[at].size += size;
        side->levels[at].orders++;
    } else {
        if (!tf_side_insert(side, at, books->limits.levels_max))
            return false;
        side->levels[at] = (struct tf_side_level){key, size, 1, 0};
    }
    touch_if_best(books, book, at, side->count);
    return true;
}

/* So much leaves the level, with the whole order or without.  A level that is not there cannot be
 * with a table that agrees; looking costs nothing. */
static void leave(struct tf_books *books, struct tf_book *book, bool is_ask, int64_t key,
                  uint32_t size, bool whole)
{
    struct tf_side *side = &book->orders[is_ask];
    uint32_t at = tf_side_find(side, key);
    if (!tf_side_has(side, at, key))
        return;
    struct tf_side_level *level = &side->levels[at];
    touch_if_best(books, book, at, side->count);
    level->size -= size;
    if (whole && --level->orders == 0)
        tf_side_remove(side, at);
}

static void forget(struct tf_books *books, struct tf_book *book, struct tf_book_entry *entry)
{
    leave(books, book, is_ask_of(entry), entry->key, entry->size, true);
    books->totals.orders--;
    books->totals.gone++;
    book->open[is_ask_of(entry)]--;
}

static void add(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick)
{
    bool is_ask = tick->side == 'A';
    if ((!is_ask && tick->side != 'B') || tick->price == TF_UNDEF_PRICE ||
        tick->size == TF_UNDEF_SIZE || tick->size == 0) {
        tf_book_doubt(books, book, tick, &books->totals.bad_ticks, TF_BOOK_DAMAGED);
        return;
    }
    struct tf_book_life life = tf_books_life(books);
    struct tf_book_entry *entry =
        tf_book_orders_put(&books->orders, tick->order_id, tf_books_index(books, book), &life);
    if (!entry) {
        tf_book_refuse(books, book, ORDERS);
        return;
    }
    if (entry->tag && tf_order_is_alive(books, entry)) {
        tf_book_doubt(books, book, tick, &books->totals.duplicates, TF_BOOK_DAMAGED);
        forget(books, book, entry);
    }
    int64_t key = tf_side_key(tick->price, is_ask);
    if (!join(books, book, is_ask, key, tick->size)) {
        tf_book_orders_remove(&books->orders, entry);
        tf_book_refuse(books, book, ORDERS);
        return;
    }
    entry->key = key;
    entry->size = tick->size;
    entry->tag = TF_ORDER_USED | (is_ask ? TF_ORDER_ASK : 0) | book->generation[is_ask];
    book->open[is_ask]++;
    books->totals.added++;
    if (++books->totals.orders > books->totals.orders_peak)
        books->totals.orders_peak = books->totals.orders;
}

static struct tf_book_entry *find_alive(const struct tf_books *books,
                                        const struct tf_book *book, uint64_t order_id)
{
    struct tf_book_entry *entry =
        tf_book_orders_find(&books->orders, order_id, tf_books_index(books, book));
    return entry && tf_order_is_alive(books, entry) ? entry : 0;
}

static void cancel(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick)
{
    struct tf_book_entry *entry = find_alive(books, book, tick->order_id);
    if (!entry) {
        tf_book_doubt(books, book, tick, &books->totals.lost, TF_BOOK_DAMAGED);
        return;
    }
    uint32_t taken = tick->size;
    if (taken > entry->size) {
        /* Undefined means all of it. */
        if (taken != TF_UNDEF_SIZE)
            tf_book_doubt(books, book, tick, &books->totals.overfills, TF_BOOK_DAMAGED);
        taken = entry->size;
    }
    if (taken < entry->size) {
        leave(books, book, is_ask_of(entry), entry->key, taken, false);
        entry->size -= taken;
        return;
    }
    forget(books, book, entry);
    tf_book_orders_remove(&books->orders, entry);
}

static void modify(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick)
{
    struct tf_book_entry *entry = find_alive(books, book, tick->order_id);
    if (!entry) {
        tf_book_doubt(books, book, tick, &books->totals.lost, TF_BOOK_DAMAGED);
        if (tick->size)
            add(books, book, tick);
        return;
    }
    if (tick->size == TF_UNDEF_SIZE || tick->price == TF_UNDEF_PRICE) {
        tf_book_doubt(books, book, tick, &books->totals.bad_ticks, TF_BOOK_DAMAGED);
        return;
    }
    bool was_ask = is_ask_of(entry);
    bool is_ask = tick->side == 'A' || (tick->side != 'B' && was_ask);
    int64_t key = tf_side_key(tick->price, is_ask);
    if (tick->size == 0) {
        forget(books, book, entry);
        tf_book_orders_remove(&books->orders, entry);
        return;
    }
    leave(books, book, was_ask, entry->key, entry->size, true);
    if (!join(books, book, is_ask, key, tick->size)) {
        books->totals.orders--;
        books->totals.gone++;
        book->open[was_ask]--;
        tf_book_orders_remove(&books->orders, entry);
        tf_book_refuse(books, book, ORDERS);
        return;
    }
    entry->key = key;
    entry->size = tick->size;
    entry->tag = TF_ORDER_USED | (is_ask ? TF_ORDER_ASK : 0) | book->generation[is_ask];
    book->open[was_ask]--;
    book->open[is_ask]++;
}

/* R: of a side (CME's DeleteThru), or of both, which heals. */
static void clear(struct tf_books *books, struct tf_book *book, char side)
{
    if (side != 'A')
        tf_book_empty(books, book, BID);
    if (side != 'B')
        tf_book_empty(books, book, ASK);
    books->totals.clears++;
    if (side != 'A' && side != 'B')
        tf_ladder_heal(books, book, ORDERS);
    tf_book_touch(books, book);
}

void tf_books_apply_order(struct tf_books *books, struct tf_book *book,
                          const struct tf_tick *tick)
{
    switch (tick->action) {
    case 'A':
        if (__builtin_expect(tick->flags & TF_FLAG_TOB, 0))
            tf_books_apply_top(books, book, tick);
        else
            add(books, book, tick);
        break;
    case 'C':
        cancel(books, book, tick);
        break;
    case 'M':
        modify(books, book, tick);
        break;
    case 'R':
        clear(books, book, tick->side);
        break;
    default:
        break;
    }
}
