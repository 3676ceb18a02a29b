/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random flows against a model that is slow and obvious: orders in one list that is scanned, levels in
 * lists that are sorted anew for every question.
 *
 * Instruments 1 to 6 are of orders, 7 and 8 of levels by price, 9 to 12 by place.  Prices are few, so
 * that levels come and go; one flow in a while contradicts itself, has gaps, clears and sessions.
 */
#include "book_fixture.h"

#include <stdlib.h>

TestSuite(book_model, .init = setup, .fini = teardown, .timeout = 300);

enum { INSTRUMENTS = 13, OF_ORDERS = 6, BY_PRICE = 8, ORDERS_MAX = 4000, DEPTH = 10 };

struct model_order {
    uint32_t instrument;
    uint64_t id;
    char side;
    int64_t price;
    uint32_t size;
};

struct model_level {
    int64_t price;
    uint64_t size;
    uint32_t orders;
};

struct model_side {
    struct model_level levels[DEPTH + 2];
    int count; /* by place: in order; by price: in none */
};

static struct model {
    struct model_order orders[ORDERS_MAX];
    int order_count;
    struct model_side sides[INSTRUMENTS][2];
    bool stale[INSTRUMENTS], is_known[INSTRUMENTS];
    struct tf_best told[INSTRUMENTS];
    bool told_stale[INSTRUMENTS];
    bool marked, emptied;
    bool touched[INSTRUMENTS];
    bool own_events[INSTRUMENTS]; /* only its own ticks end its events */
} model;

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % below;
}

/* ---- the model ------------------------------------------------------------------------------- */

static int better_first(const void *one, const void *other, int sign)
{
    const struct model_level *a = one, *b = other;
    return a->price == b->price ? 0 : (a->price < b->price ? sign : -sign);
}

static int bid_first(const void *one, const void *other)
{
    return better_first(one, other, 1);
}

static int ask_first(const void *one, const void *other)
{
    return better_first(one, other, -1);
}

static int model_levels(uint32_t instrument, int side, struct model_level *out)
{
    int count = 0;
    if (instrument > OF_ORDERS) {
        count = model.sides[instrument][side].count;
        memcpy(out, model.sides[instrument][side].levels, (size_t)count * sizeof *out);
    }
    for (int i = 0; i < model.order_count && instrument <= OF_ORDERS; i++) {
        const struct model_order *order = &model.orders[i];
        if (order->instrument != instrument || (order->side == 'A') != side)
            continue;
        int at = 0;
        while (at < count && out[at].price != order->price)
            at++;
        if (at == count)
            out[count++] = (struct model_level){order->price, 0, 0};
        out[at].size += order->size;
        out[at].orders++;
    }
    if (instrument <= BY_PRICE)
        qsort(out, (size_t)count, sizeof *out, side ? ask_first : bid_first);
    return count;
}

static struct tf_best model_best(uint32_t instrument)
{
    struct model_level levels[64];
    struct tf_best best = {.bid_px = TF_UNDEF_PRICE, .ask_px = TF_UNDEF_PRICE};
    if (model_levels(instrument, 0, levels)) {
        best.bid_px = levels[0].price;
        best.bid_sz = levels[0].size;
    }
    if (model_levels(instrument, 1, levels)) {
        best.ask_px = levels[0].price;
        best.ask_sz = levels[0].size;
    }
    return best;
}

static int model_find(uint32_t instrument, uint64_t id)
{
    for (int i = 0; i < model.order_count; i++)
        if (model.orders[i].instrument == instrument && model.orders[i].id == id)
            return i;
    return -1;
}

static void model_forget(int at)
{
    model.orders[at] = model.orders[--model.order_count];
}

static void model_order_tick(const struct tf_tick *tick)
{
    uint32_t id = tick->instrument_id;
    int at = model_find(id, tick->order_id);
    if (tick->action == 'R') {
        for (int i = model.order_count - 1; i >= 0; i--)
            if (model.orders[i].instrument == id)
                model_forget(i);
        model.stale[id] = false;
        return;
    }
    if ((tick->action == 'A') == (at >= 0) ||
        (tick->action == 'C' && at >= 0 && tick->size > model.orders[at].size))
        model.stale[id] = true;
    if (tick->action == 'C' && at >= 0) {
        if (tick->size >= model.orders[at].size)
            model_forget(at);
        else
            model.orders[at].size -= tick->size;
    } else if (tick->action != 'C') {
        if (at < 0)
            at = model.order_count++;
        model.orders[at] =
            (struct model_order){id, tick->order_id, tick->side, tick->price, tick->size};
    }
}

static void model_by_price(const struct tf_tick *tick, struct model_side *side)
{
    int at = 0;
    while (at < side->count && side->levels[at].price != tick->price)
        at++;
    if (tick->action == 'C') {
        if (at == side->count)
            model.stale[tick->instrument_id] = true;
        else
            side->levels[at] = side->levels[--side->count];
        return;
    }
    if (at == side->count)
        side->count++;
    side->levels[at] = (struct model_level){tick->price, tick->size, tick->level[0]};
}

static void model_by_place(const struct tf_tick *tick, struct model_side *side)
{
    int place = (int)tick->level[1], wanted = tick->action == 'A' ? place - 1 : place;
    bool *stale = &model.stale[tick->instrument_id];
    if (tick->action == 'C' && tick->price == TF_UNDEF_PRICE) {
        if (place > side->count)
            *stale = true;
        int count = place < side->count ? place : side->count;
        memmove(side->levels, side->levels + count,
                sizeof side->levels - (size_t)count * sizeof side->levels[0]);
        side->count -= count;
        return;
    }
    if (tick->action == 'C') {
        if (place > side->count) {
            *stale = true;
            return;
        }
        if (side->levels[place - 1].price != tick->price)
            *stale = true;
        for (int i = place; i < side->count; i++)
            side->levels[i - 1] = side->levels[i];
        side->count--;
        return;
    }
    for (; side->count < wanted; *stale = true)
        side->levels[side->count++] = (struct model_level){TF_UNDEF_PRICE, 0, TF_UNDEF_SIZE};
    if (tick->action == 'A') {
        for (int i = side->count++; i >= place; i--)
            side->levels[i] = side->levels[i - 1];
    }
    side->levels[place - 1] = (struct model_level){tick->price, tick->size, tick->level[0]};
    if (side->count > DEPTH)
        side->count = DEPTH;
}

static void model_empty_all(void)
{
    model.order_count = 0;
    memset(model.sides, 0, sizeof model.sides);
    memset(model.stale, 0, sizeof model.stale);
    memset(model.is_known, 0, sizeof model.is_known);
    memset(model.told_stale, 0, sizeof model.told_stale);
    memset(model.own_events, 0, sizeof model.own_events);
    for (int i = 0; i < INSTRUMENTS; i++)
        model.told[i] = (struct tf_best){.bid_px = TF_UNDEF_PRICE, .ask_px = TF_UNDEF_PRICE};
    model.marked = false;
    model.emptied = true;
}

static void model_tick(const struct tf_tick *tick)
{
    uint32_t id = tick->instrument_id;
    if (tick->rtype == TF_RTYPE_GAP) {
        for (int i = 0; i < INSTRUMENTS; i++)
            model.stale[i] = true;
        model.marked = true;
        return;
    }
    if (tick->rtype == TF_RTYPE_SYSTEM || (id == 0 && tick->action == 'R')) {
        model_empty_all();
        return;
    }
    if (tick->action == 'T' || tick->action == 'F')
        return;
    if (!model.is_known[id])
        model.stale[id] = model.marked;
    model.is_known[id] = true;
    if (tick->rtype == TF_RTYPE_MBO) {
        model_order_tick(tick);
        return;
    }
    struct model_side *side = &model.sides[id][tick->side == 'A'];
    if (tick->action == 'R' && tick->side == 'N') {
        model.sides[id][0].count = model.sides[id][1].count = 0;
        model.stale[id] = false;
    } else if (tick->action == 'R') {
        side->count = 0;
    } else if (tick->level[1]) {
        model_by_place(tick, side);
    } else {
        model.own_events[id] = true;
        model_by_price(tick, side);
    }
}

/* ---- random flows ---------------------------------------------------------------------------- */

static uint64_t next_order;

static struct tf_tick random_order_tick(uint32_t id, bool honest)
{
    int64_t price = (int64_t)(draw(12) + 1) * TF_PRICE_SCALE;
    char side = draw(2) ? 'A' : 'B';
    uint32_t what = draw(100);
    int at = model.order_count ? (int)draw((uint32_t)model.order_count) : -1;
    const struct model_order *order = at < 0 ? 0 : &model.orders[at];
    if (!honest && draw(10) == 0)
        return mbo("ACM"[draw(3)], side, id, draw(50), price, 1 + draw(9));
    if (what < 2)
        return mbo('R', 'N', id, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE);
    if (what < 8)
        return mbo(draw(2) ? 'T' : 'F', side, id, next_order, price, 5);
    if (!order || what < 50 || model.order_count > ORDERS_MAX / 2)
        return model.order_count > ORDERS_MAX / 2
                   ? mbo('R', 'N', id, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)
                   : mbo('A', side, id, ++next_order, price, 1 + draw(9));
    if (what < 65)
        return mbo('M', order->side, order->instrument, order->id, price, 1 + draw(9));
    return mbo('C', order->side, order->instrument, order->id, order->price,
               what < 80 && order->size > 1 ? 1 + draw(order->size - 1) : order->size);
}

static struct tf_tick random_level_tick(uint32_t id, bool honest)
{
    int64_t price = (int64_t)(draw(10) + 1) * TF_PRICE_SCALE;
    char side = draw(2) ? 'A' : 'B';
    const struct model_side *now = &model.sides[id][side == 'A'];
    uint32_t what = draw(100), place;
    if (what < 2)
        return level('R', draw(2) ? side : 'N', id, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE);
    if (id <= BY_PRICE) {
        if (what < 40 && now->count)
            return level('C', side, id, 0, now->levels[draw((uint32_t)now->count)].price, 0);
        return level(what < 70 ? 'A' : 'M', side, id, 0, price, 1 + draw(9));
    }
    if (!honest && draw(8) == 0)
        return level("ACM"[draw(3)], side, id, 1 + draw(DEPTH), price, 1 + draw(9));
    if (what < 8 && now->count)
        return level('C', side, id, 1 + draw((uint32_t)now->count), TF_UNDEF_PRICE,
                     TF_UNDEF_SIZE);
    if (what < 40 && now->count) {
        place = 1 + draw((uint32_t)now->count);
        return level('C', side, id, place, now->levels[place - 1].price, 0);
    }
    if (what < 60 && now->count)
        return level('M', side, id, 1 + draw((uint32_t)now->count), price, 1 + draw(9));
    place = 1 + draw((uint32_t)(now->count < DEPTH ? now->count + 1 : DEPTH));
    return level('A', side, id, place, price, 1 + draw(9));
}

static struct tf_tick random_tick(bool honest)
{
    uint32_t what = draw(4000);
    if (what < 2)
        return other(TF_RTYPE_GAP, 0, 0);
    if (what < 4)
        return other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_START_OF_MESSAGES);
    if (what < 5)
        return mbo('R', 'N', 0, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE);
    uint32_t id = 1 + draw(INSTRUMENTS - 1);
    return id <= OF_ORDERS ? random_order_tick(id, honest) : random_level_tick(id, honest);
}

/* ---- the comparison -------------------------------------------------------------------------- */

static void compare_sides(uint32_t id)
{
    for (int side = 0; side < 2; side++) {
        struct model_level want[64];
        struct tf_book_level got[64];
        int count = model_levels(id, side, want);
        uint32_t there = tf_book_levels(books, id, TF_LADDER_BEST, side ? 'A' : 'B', got, 64);
        cr_assert_eq((int)there, count, "instrument %" PRIu32 ": %" PRIu32 " levels, not %d",
                     id, there, count);
        for (int i = 0; i < count; i++)
            cr_assert(got[i].price == want[i].price && got[i].size == want[i].size &&
                          got[i].orders == want[i].orders,
                      "instrument %" PRIu32 " level %d", id, i);
    }
}

/* What was told as changed is exactly what the model's best prices did since they were told last. */
static void compare_changes(uint32_t last)
{
    size_t count;
    const uint32_t *ids = tf_books_changed(books, &count);
    size_t at = 0;
    if (model.emptied) {
        cr_assert(count > 0 && ids[0] == 0);
        at++;
    }
    model.emptied = false;
    bool is_told[INSTRUMENTS] = {false};
    for (; at < count; at++) {
        cr_assert(ids[at] > 0 && ids[at] < INSTRUMENTS && !is_told[ids[at]]);
        is_told[ids[at]] = true;
    }
    for (uint32_t id = 1; id < INSTRUMENTS; id++) {
        if (model.own_events[id] && id != last) {
            cr_assert(!is_told[id], "instrument %" PRIu32 " told in its transition", id);
            continue;
        }
        struct tf_best best = model_best(id);
        struct tf_best *told = &model.told[id];
        bool is_other = best.bid_px != told->bid_px || best.bid_sz != told->bid_sz ||
                        best.ask_px != told->ask_px || best.ask_sz != told->ask_sz;
        /* Becoming stale alone is told only with something of its own. */
        if (is_other || (model.touched[id] && model.is_known[id] &&
                         model.stale[id] != model.told_stale[id] && is_told[id]))
            cr_assert(is_told[id], "instrument %" PRIu32 " changed untold", id);
        else
            cr_assert(!is_told[id], "instrument %" PRIu32 " told unchanged", id);
        if (is_told[id]) {
            *told = best;
            model.told_stale[id] = model.stale[id];
        }
        model.touched[id] = false;
    }
}

static void compare_all(void)
{
    for (uint32_t id = 1; id < INSTRUMENTS; id++) {
        enum tf_book_state is = tf_book_state(books, id);
        if (!model.is_known[id])
            cr_assert_eq(is, TF_BOOK_UNKNOWN);
        else
            cr_assert_eq(is != TF_BOOK_OK, model.stale[id], "instrument %" PRIu32 " is %s", id,
                         tf_book_state_name(is));
        compare_sides(id);
    }
    struct tf_book_order order;
    for (int i = 0; i < model.order_count; i++) {
        const struct model_order *want = &model.orders[i];
        cr_assert_eq(tf_book_order(books, want->instrument, want->id, &order), 1);
        cr_assert(order.size == want->size && order.price == want->price &&
                  order.side == want->side);
    }
    cr_assert_eq(totals().orders, (uint64_t)model.order_count);
}

static void run_flow(uint64_t seed, int events, bool honest)
{
    state = seed * 0x9E3779B97F4A7C15u + 1;
    next_order = 0;
    memset(&model, 0, sizeof model);
    model_empty_all();
    model.emptied = false;
    for (int event = 0; event < events; event++) {
        uint32_t ticks = 1 + draw(4), last = 0;
        for (uint32_t i = 0; i < ticks; i++) {
            struct tf_tick tick = random_tick(honest);
            tick.flags = i + 1 == ticks ? TF_FLAG_LAST : 0;
            model_tick(&tick);
            model.touched[tick.instrument_id] = true;
            last = tick.instrument_id;
            cr_assert_eq(tf_books_apply(books, &tick, 1), 1);
        }
        compare_changes(last);
        if (event % 7 == 0)
            compare_all();
    }
    compare_all();
    /* Levels by place are as random here as no venue's: only the orders have to be sound. */
    struct tf_books_fault fault;
    if (tf_books_verify(books, &fault))
        cr_assert(fault.instrument_id > BY_PRICE, "instrument %" PRIu32 ": %s",
                  fault.instrument_id, fault.what);
}

Test(book_model, honest_flows)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run_flow(seed, 3000, true);
        cr_assert_eq(totals().lost + totals().duplicates + totals().overfills, 0);
        teardown();
        setup();
    }
}

Test(book_model, flows_that_contradict_themselves)
{
    for (uint64_t seed = 100; seed <= 120; seed++) {
        run_flow(seed, 3000, false);
        cr_assert(totals().lost > 0);
        teardown();
        setup();
    }
}
