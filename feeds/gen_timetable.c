/* SPDX-License-Identifier: Apache-2.0 */
/* The generator's timetable: everything that happens on a day apart from the order flow. */
#include "gen_day.h"

/* One stock each for what befalls few: how deep in the ranking. */
enum special { ACTIVE, PAUSED, HALTED, IPO, LISTED };

static uint16_t special_stock(const struct tf_generator *day, enum special which)
{
    const struct gen_universe *universe = &day->universe;
    uint32_t n = universe->count;
    const uint32_t ranks[] = {
        [ACTIVE] = 0, [PAUSED] = n / 10, [HALTED] = n / 5, [IPO] = n / 3, [LISTED] = n / 2};
    return universe->by_rank[ranks[which]];
}

/* The message that is written now. */
struct slot {
    struct tf_generator *day;
    uint8_t **at;
    uint32_t index; /* within the entry */
    char letter;    /* the entry's detail */
    enum special special;
    uint64_t time_ns;
};

static uint8_t *begin_for(const struct slot *slot, char type, uint16_t stock,
                          unsigned symbol_at)
{
    uint8_t *message = gen_begin(slot->at, type, (uint16_t)(stock + 1), slot->time_ns);
    gen_put_stock(slot->day, message + symbol_at, stock);
    return message;
}

static uint32_t fair_price(const struct tf_generator *day, uint16_t stock)
{
    return (uint32_t)day->books[stock].fair * 100;
}

static void system_event(const struct slot *slot)
{
    gen_begin(slot->at, 'S', 0, slot->time_ns)[ITCH_SYSTEM_EVENT] = (uint8_t)slot->letter;
}

static void directory(const struct slot *slot)
{
    const struct gen_stock *stock = &slot->day->universe.stocks[slot->index];
    uint8_t *message = begin_for(slot, 'R', (uint16_t)slot->index, ITCH_DIR_STOCK);
    message[ITCH_DIR_CATEGORY] = stock->category;
    message[ITCH_DIR_FINANCIAL] = 'N';
    tf_put_be32(message + ITCH_DIR_LOT, 100);
    message[ITCH_DIR_LOTS_ONLY] = 'N';
    message[ITCH_DIR_CLASS] = stock->class;
    memcpy(message + ITCH_DIR_SUBTYPE, stock->etp == 'Y' ? "E " : "Z ", 2);
    message[ITCH_DIR_AUTHENTIC] = 'P';
    message[ITCH_DIR_THRESHOLD] = 'N';
    message[ITCH_DIR_IPO] = slot->index == special_stock(slot->day, IPO) ? 'Y' : 'N';
    message[ITCH_DIR_LULD_TIER] = stock->share > UINT32_MAX / 2000 ? '1' : '2';
    message[ITCH_DIR_ETP] = stock->etp;
    tf_put_be32(message + ITCH_DIR_LEVERAGE, stock->etp == 'Y');
    message[ITCH_DIR_INVERSE] = 'N';
}

static void state_of(const struct slot *slot, uint16_t stock, char state, const char *reason)
{
    uint8_t *message = begin_for(slot, 'H', stock, ITCH_HALT_STOCK);
    message[ITCH_HALT_STATE] = (uint8_t)state;
    message[ITCH_HALT_STATE + 1] = ' ';
    memcpy(message + ITCH_HALT_REASON, reason, 4);
    slot->day->books[stock].halted = state != 'T';
}

static void first_state(const struct slot *slot)
{
    state_of(slot, (uint16_t)slot->index, 'T', "    ");
}

static void state(const struct slot *slot)
{
    state_of(slot, special_stock(slot->day, slot->special), slot->letter,
             slot->letter == 'P' ? "LUDP" : "    ");
}

static void reg_sho(const struct slot *slot)
{
    uint8_t *message = begin_for(slot, 'Y', (uint16_t)slot->index, ITCH_SHO_STOCK);
    message[ITCH_SHO_ACTION] = tf_random_below(&slot->day->random, 50) ? '0' : '2';
}

static void participant(const struct slot *slot)
{
    uint8_t *message = begin_for(slot, 'L', (uint16_t)(slot->index / 2), ITCH_MP_STOCK);
    memcpy(message + ITCH_MPID, gen_mpid(slot->index & 1 ? 1 + slot->index / 2 % 3 : 0), 4);
    message[ITCH_MP_PRIMARY] = slot->index & 1 ? 'N' : 'Y';
    message[ITCH_MP_MODE] = 'N';
    message[ITCH_MP_STATE] = 'A';
}

static void breaker_levels(const struct slot *slot)
{
    const uint64_t index_1e8 = UINT64_C(4512) * 100000000; /* down 7, 13 and 20 % from here */
    uint8_t *message = gen_begin(slot->at, 'V', 0, slot->time_ns);
    tf_put_be64(message + ITCH_MWCB_LEVEL1, index_1e8 / 100 * 93);
    tf_put_be64(message + ITCH_MWCB_LEVEL2, index_1e8 / 100 * 87);
    tf_put_be64(message + ITCH_MWCB_LEVEL3, index_1e8 / 100 * 80);
}

/* Level 1 after 15:25 stops nobody, so the flow goes on. */
static void breaker_hit(const struct slot *slot)
{
    gen_begin(slot->at, 'W', 0, slot->time_ns)[ITCH_MWCB_BREACHED] = (uint8_t)slot->letter;
}

static void ipo_quoting(const struct slot *slot)
{
    uint16_t stock = special_stock(slot->day, IPO);
    uint8_t *message = begin_for(slot, 'K', stock, ITCH_IPO_STOCK);
    uint64_t release_ns = gen_time_map(&slot->day->time, GEN_AT(10, 30, 0));
    tf_put_be32(message + ITCH_IPO_TIME, (uint32_t)(release_ns / 1000000000));
    message[ITCH_IPO_QUALIFIER] = 'A';
    tf_put_be32(message + ITCH_IPO_PRICE, fair_price(slot->day, stock));
}

static void listing(const struct slot *slot)
{
    uint16_t stock = special_stock(slot->day, LISTED);
    uint32_t price = fair_price(slot->day, stock);
    uint8_t *message = begin_for(slot, 'O', stock, ITCH_DLCR_STOCK);
    message[ITCH_DLCR_ELIGIBLE] = slot->index ? 'Y' : 'N';
    tf_put_be32(message + ITCH_DLCR_MIN, price / 10 * 8);
    tf_put_be32(message + ITCH_DLCR_MAX, price / 10 * 18);
    tf_put_be32(message + ITCH_DLCR_NEAR, price);
    tf_put_be64(message + ITCH_DLCR_NEAR_TIME, slot->time_ns);
    tf_put_be32(message + ITCH_DLCR_LOWER, price / 10 * 9);
    tf_put_be32(message + ITCH_DLCR_UPPER, price / 10 * 11);
}

static void collar(const struct slot *slot)
{
    uint16_t stock = special_stock(slot->day, PAUSED);
    uint32_t price = fair_price(slot->day, stock);
    uint8_t *message = begin_for(slot, 'J', stock, ITCH_COLLAR_STOCK);
    tf_put_be32(message + ITCH_COLLAR_REFERENCE, price);
    tf_put_be32(message + ITCH_COLLAR_UPPER, price / 100 * (105 + 5 * slot->index));
    tf_put_be32(message + ITCH_COLLAR_LOWER, price / 100 * (95 - 5 * slot->index));
    tf_put_be32(message + ITCH_COLLAR_EXTENSION, slot->index);
}

static void operational_halt(const struct slot *slot)
{
    uint16_t stock = special_stock(slot->day, HALTED);
    uint8_t *message = begin_for(slot, 'h', stock, ITCH_OP_STOCK);
    message[ITCH_OP_MARKET] = 'Q';
    message[ITCH_OP_ACTION] = (uint8_t)slot->letter;
    slot->day->books[stock].halted = slot->letter == 'H';
}

/* Of a cross: the one stock of a pause or an IPO, or the most active ones in turn. */
static uint16_t crossing_stock(const struct slot *slot)
{
    if (slot->letter == 'H')
        return special_stock(slot->day, slot->special);
    return slot->day->universe.by_rank[slot->index % slot->day->crossing];
}

static void imbalance(const struct slot *slot)
{
    struct tf_generator *day = slot->day;
    uint16_t stock = crossing_stock(slot);
    uint64_t bits = tf_random_next(&day->random);
    uint32_t price = fair_price(day, stock);
    uint64_t missing = bits & 7 ? (bits >> 16 & 1023) * 100 : 0;
    uint8_t *message = begin_for(slot, 'I', stock, ITCH_NOII_STOCK);
    tf_put_be64(message + ITCH_NOII_PAIRED, (bits >> 3 & 4095) * 100);
    tf_put_be64(message + ITCH_NOII_IMBALANCE, missing);
    message[ITCH_NOII_DIRECTION] = missing ? (bits & 8 ? 'B' : 'S') : 'N';
    tf_put_be32(message + ITCH_NOII_FAR, price + 100);
    tf_put_be32(message + ITCH_NOII_NEAR, price);
    tf_put_be32(message + ITCH_NOII_REFERENCE, price);
    message[ITCH_NOII_CROSS] = (uint8_t)slot->letter;
    message[ITCH_NOII_VARIATION] = 'L';
}

static void cross(const struct slot *slot)
{
    struct tf_generator *day = slot->day;
    uint16_t stock = crossing_stock(slot);
    uint8_t *message = begin_for(slot, 'Q', stock, ITCH_CROSS_STOCK);
    tf_put_be64(message + ITCH_CROSS_SHARES, 100 + tf_random_below(&day->random, 10000) * 37u);
    tf_put_be32(message + ITCH_CROSS_PRICE, fair_price(day, stock));
    tf_put_be64(message + ITCH_CROSS_MATCH, day->next_match++);
    message[ITCH_CROSS_TYPE] = (uint8_t)slot->letter;
}

static void broken_trade(const struct slot *slot)
{
    gen_begin(slot->at, 'B', (uint16_t)(special_stock(slot->day, ACTIVE) + 1), slot->time_ns);
    tf_put_be64(*slot->at - 8, slot->day->next_match - 1);
}

/* How often an entry repeats, spread evenly from `at` to `until`. */
enum repeats { ONCE, TWICE, FOUR_TIMES, STOCKS, STOCKS_TWICE, CROSSES, ROUNDS };

static const struct {
    uint64_t at, until;
    enum repeats repeats;
    void (*write)(const struct slot *slot);
    char letter;
    enum special special;
} entries[] = {
    {GEN_AT(3, 0, 0), GEN_AT(3, 0, 0), ONCE, system_event, 'O', 0},
    {GEN_AT(3, 5, 0), GEN_AT(3, 6, 0), STOCKS, directory, 0, 0},
    {GEN_AT(3, 10, 0), GEN_AT(3, 11, 0), STOCKS, first_state, 0, 0},
    {GEN_AT(3, 12, 0), GEN_AT(3, 13, 0), STOCKS, reg_sho, 0, 0},
    {GEN_AT(3, 15, 0), GEN_AT(3, 20, 0), STOCKS_TWICE, participant, 0, 0},
    {GEN_AT(4, 0, 0), GEN_AT(4, 0, 0), ONCE, system_event, 'S', 0},
    {GEN_AT(9, 0, 0), GEN_AT(9, 0, 0), ONCE, breaker_levels, 0, 0},
    {GEN_AT(9, 25, 0), GEN_AT(9, 25, 0), ONCE, ipo_quoting, 0, 0},
    {GEN_AT(9, 26, 0), GEN_AT(9, 27, 0), FOUR_TIMES, listing, 0, 0},
    {GEN_AT(9, 28, 0), GEN_AT(9, 30, 0), ROUNDS, imbalance, 'O', 0},
    {GEN_AT(9, 30, 0), GEN_AT(9, 30, 0), ONCE, system_event, 'Q', 0},
    {GEN_AT(9, 30, 0), GEN_AT(9, 30, 2), CROSSES, cross, 'O', 0},
    {GEN_AT(10, 10, 0), GEN_AT(10, 10, 0), ONCE, state, 'P', PAUSED},
    {GEN_AT(10, 10, 1), GEN_AT(10, 14, 0), TWICE, collar, 0, PAUSED},
    {GEN_AT(10, 14, 50), GEN_AT(10, 15, 0), TWICE, imbalance, 'H', PAUSED},
    {GEN_AT(10, 15, 0), GEN_AT(10, 15, 0), ONCE, cross, 'H', PAUSED},
    {GEN_AT(10, 15, 1), GEN_AT(10, 15, 1), ONCE, state, 'T', PAUSED},
    {GEN_AT(10, 30, 0), GEN_AT(10, 30, 0), ONCE, cross, 'H', IPO},
    {GEN_AT(11, 0, 0), GEN_AT(11, 0, 0), ONCE, operational_halt, 'H', HALTED},
    {GEN_AT(11, 1, 0), GEN_AT(11, 1, 0), ONCE, operational_halt, 'T', HALTED},
    {GEN_AT(13, 0, 0), GEN_AT(13, 0, 0), ONCE, broken_trade, 0, ACTIVE},
    {GEN_AT(15, 30, 0), GEN_AT(15, 30, 0), ONCE, breaker_hit, '1', 0},
    {GEN_AT(15, 50, 0), GEN_AT(16, 0, 0), ROUNDS, imbalance, 'C', 0},
    {GEN_AT(16, 0, 0), GEN_AT(16, 0, 0), ONCE, system_event, 'M', 0},
    {GEN_AT(16, 0, 0), GEN_AT(16, 0, 2), CROSSES, cross, 'C', 0},
    {GEN_AT(20, 0, 0), GEN_AT(20, 0, 0), ONCE, system_event, 'E', 0},
    {GEN_AT(20, 5, 0), GEN_AT(20, 5, 0), ONCE, system_event, 'C', 0},
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

static uint32_t repeats_of(const struct tf_generator *day, uint32_t entry)
{
    switch (entries[entry].repeats) {
    case ONCE:
        break;
    case TWICE:
        return 2;
    case FOUR_TIMES:
        return 4;
    case STOCKS:
        return day->universe.count;
    case STOCKS_TWICE:
        return day->universe.count * 2;
    case CROSSES:
        return day->crossing;
    case ROUNDS:
        return day->crossing * day->rounds;
    }
    return 1;
}

uint64_t gen_timetable_messages(const struct tf_generator *day)
{
    uint64_t messages = 0;
    for (uint32_t entry = 0; entry < ENTRIES; entry++)
        messages += repeats_of(day, entry);
    return messages;
}

uint64_t gen_timetable_due(const struct tf_generator *day)
{
    if (day->entry == ENTRIES)
        return UINT64_MAX;
    uint64_t at = entries[day->entry].at, until = entries[day->entry].until;
    at += (until - at) / repeats_of(day, day->entry) * day->index;
    return gen_time_map(&day->time, at);
}

void gen_timetable_next(struct tf_generator *day, uint8_t **at)
{
    struct slot slot = {.day = day,
                        .at = at,
                        .index = day->index,
                        .letter = entries[day->entry].letter,
                        .special = entries[day->entry].special,
                        .time_ns = gen_timetable_due(day)};
    entries[day->entry].write(&slot);
    day->in_cross = entries[day->entry].repeats == CROSSES;
    if (++day->index == repeats_of(day, day->entry)) {
        day->in_cross = false;
        day->index = 0;
        day->entry++;
    }
}
