/* SPDX-License-Identifier: Apache-2.0 */
/* The generator's order flow: one message about one stock, true to its book. */
#include "gen_day.h"

enum action { ADD, DELETE, REPLACE, EXECUTE, CANCEL, TRADE, EXECUTE_PRICED, RETAIL };

/* A full day's mix, of 1024. */
static const struct {
    enum action action;
    uint32_t below;
} mix[] = {{ADD, 462},     {DELETE, 877}, {REPLACE, 959},         {EXECUTE, 1000},
           {CANCEL, 1010}, {TRADE, 1020}, {EXECUTE_PRICED, 1022}, {RETAIL, 1024}};

static const uint16_t round_sizes[16] = {100, 100, 100, 100, 100, 100, 100,  200,
                                         200, 200, 300, 300, 400, 500, 1000, 2500};

/* What is about to happen, and the random bits to decide its details with. */
struct step {
    struct tf_generator *day;
    struct gen_book *book;
    uint8_t **at;
    uint64_t time_ns;
    uint16_t stock;
    int side;
    uint64_t bits;
};

static uint64_t more_bits(struct step *step)
{
    return tf_random_next(&step->day->random);
}

static uint8_t *begin(struct step *step, char type)
{
    return gen_begin(step->at, type, (uint16_t)(step->stock + 1), step->time_ns);
}

static uint8_t side_letter(int side)
{
    return side == GEN_BID ? 'B' : 'S';
}

static uint32_t order_size(uint64_t bits)
{
    return bits & 7 ? round_sizes[bits >> 3 & 15] : 1 + (uint32_t)(bits >> 8) % 99;
}

/*
 * Where a new order goes: the more often the nearer to the fair price, coarser for dear stocks.
 */
static int32_t new_rank(const struct step *step, uint64_t bits)
{
    const struct gen_book *book = step->book;
    int32_t notches = __builtin_ctzll(bits | 1u << 6);
    int32_t depth = notches * book->step +
                    (int32_t)tf_random_scale((uint32_t)(bits >> 32), (uint32_t)book->step);
    if (depth > GEN_SPAN * 3 / 4)
        depth = GEN_SPAN * 3 / 4;
    return gen_allowed_rank(book, step->side,
                            gen_rank(step->side, book->fair) + (step->side == GEN_ASK) + depth);
}

/*
 * An occupied level: the best one, the next ...; now and then the worst, or it would never go.
 */
static int32_t some_rank(const struct step *step, uint64_t bits)
{
    const struct gen_side *side = &step->book->sides[step->side];
    uint64_t ladder = gen_ladder(side);
    if ((bits & 7) == 0)
        return side->best + 63 - __builtin_clzll(ladder);
    for (int skip = __builtin_ctzll(bits >> 3 | 1u << 7); skip && ladder & (ladder - 1); skip--)
        ladder &= ladder - 1;
    return side->best + __builtin_ctzll(ladder);
}

static void add(struct step *step)
{
    struct tf_generator *day = step->day;
    uint64_t bits = more_bits(step);
    int32_t rank = new_rank(step, bits);
    uint32_t shares = order_size(bits >> 8);
    bool attributed = (bits >> 24 & 15) == 0;
    uint64_t ref = day->next_ref++;
    uint8_t *message = begin(step, attributed ? 'F' : 'A');
    tf_put_be64(message + ITCH_ADD_REF, ref);
    message[ITCH_ADD_SIDE] = side_letter(step->side);
    tf_put_be32(message + ITCH_ADD_SHARES, shares);
    gen_put_stock(day, message + ITCH_ADD_STOCK, step->stock);
    tf_put_be32(message + ITCH_ADD_PRICE, gen_price(step->side, rank));
    if (attributed)
        memcpy(message + ITCH_ADD_MPID, gen_mpid(bits >> 28), 4);
    gen_book_add(step->book, &day->pool, step->side, rank, ref, shares);
}

static void delete_order(struct step *step)
{
    int32_t rank = some_rank(step, step->bits >> 32);
    struct gen_order order = gen_book_take(step->book, &step->day->pool, step->side, rank,
                                           (step->bits >> 48 & 3) == 0);
    tf_put_be64(begin(step, 'D') + ITCH_DELETE_REF, order.ref);
}

static void replace(struct step *step)
{
    struct tf_generator *day = step->day;
    uint64_t bits = more_bits(step);
    struct gen_order order = gen_book_take(step->book, &day->pool, step->side,
                                           some_rank(step, step->bits >> 32), bits >> 40 & 1);
    int32_t rank = new_rank(step, bits);
    uint32_t shares = bits >> 41 & 3 ? order.shares : order_size(bits >> 8);
    uint64_t ref = day->next_ref++;
    uint8_t *message = begin(step, 'U');
    tf_put_be64(message + ITCH_REPLACE_REF, order.ref);
    tf_put_be64(message + ITCH_REPLACE_NEW_REF, ref);
    tf_put_be32(message + ITCH_REPLACE_SHARES, shares);
    tf_put_be32(message + ITCH_REPLACE_PRICE, gen_price(step->side, rank));
    gen_book_add(step->book, &day->pool, step->side, rank, ref, shares);
}

static void cancel(struct step *step)
{
    int32_t rank = some_rank(step, step->bits >> 32);
    struct gen_order *order =
        gen_book_order(step->book, &step->day->pool, step->side, rank, false);
    if (order->shares < 2) {
        delete_order(step);
        return;
    }
    uint32_t shares = 1 + tf_random_scale((uint32_t)(step->bits >> 8), order->shares - 1);
    order->shares -= shares;
    uint8_t *message = begin(step, 'X');
    tf_put_be64(message + ITCH_CANCEL_REF, order->ref);
    tf_put_be32(message + ITCH_CANCEL_SHARES, shares);
}

/*
 * The front of the best queue trades: on the side that the fair price has reached, if it has.
 */
static void execute(struct step *step, bool priced)
{
    struct tf_generator *day = step->day;
    struct gen_book *book = step->book;
    const struct gen_side *bids = &book->sides[GEN_BID], *asks = &book->sides[GEN_ASK];
    if (asks->orders && asks->best <= book->fair)
        step->side = GEN_ASK;
    else if (bids->orders && -bids->best > book->fair)
        step->side = GEN_BID;
    int32_t rank = book->sides[step->side].best;
    struct gen_order *front = gen_book_order(book, &day->pool, step->side, rank, true);
    uint64_t bits = more_bits(step), ref = front->ref;
    uint32_t shares =
        bits & 1 ? front->shares : 1 + tf_random_scale((uint32_t)(bits >> 32), front->shares);
    if (shares == front->shares)
        gen_book_take(book, &day->pool, step->side, rank, true);
    else
        front->shares -= shares;

    priced |= day->in_cross;
    uint8_t *message = begin(step, priced ? 'C' : 'E');
    tf_put_be64(message + ITCH_EXEC_REF, ref);
    tf_put_be32(message + ITCH_EXEC_SHARES, shares);
    tf_put_be64(message + ITCH_EXEC_MATCH, day->next_match++);
    if (priced) {
        /* In a cross the Q message prints for all; otherwise the resting side did a cent
         * better. */
        message[ITCH_EXEC_PRINTABLE] = day->in_cross ? 'N' : 'Y';
        tf_put_be32(message + ITCH_EXEC_PRICE, gen_price(step->side, rank + !day->in_cross));
    }
}

static void trade_hidden(struct step *step)
{
    struct tf_generator *day = step->day;
    uint8_t *message = begin(step, 'P');
    tf_put_be64(message + ITCH_TRADE_REF, 0);
    message[ITCH_TRADE_SIDE] = 'B';
    tf_put_be32(message + ITCH_TRADE_SHARES, order_size(step->bits >> 32));
    gen_put_stock(day, message + ITCH_TRADE_STOCK, step->stock);
    tf_put_be32(message + ITCH_TRADE_PRICE,
                gen_price(step->side, step->book->sides[step->side].best));
    tf_put_be64(message + ITCH_TRADE_MATCH, day->next_match++);
}

static void retail(struct step *step)
{
    uint8_t *message = begin(step, 'N');
    gen_put_stock(step->day, message + ITCH_RPII_STOCK, step->stock);
    message[ITCH_RPII_INTEREST] = (uint8_t) "BSAN"[step->bits >> 32 & 3];
}

static void walk(struct gen_book *book, uint64_t bits)
{
    if (bits & 31)
        return;
    book->fair += bits >> 5 & 1 ? book->step : -book->step;
    if (book->fair < book->low)
        book->fair = book->low;
    if (book->fair > book->high)
        book->fair = book->high;
}

/* The mix's choice, bent to what the book allows and to its size. */
static enum action choose(struct step *step)
{
    struct gen_book *book = step->book;
    uint32_t orders = book->sides[GEN_BID].orders + book->sides[GEN_ASK].orders;
    uint32_t draw = (uint32_t)(step->bits >> 8) & 1023;
    unsigned i = 0;
    while (draw >= mix[i].below)
        i++;
    enum action action = mix[i].action;
    if (action == RETAIL)
        return action;
    if (action == ADD && orders >= book->orders_target)
        action = DELETE;
    if (action == DELETE && orders < book->orders_target / 4)
        action = ADD;
    if (book->halted && (action == EXECUTE || action == EXECUTE_PRICED || action == TRADE))
        action = DELETE;
    if (action != ADD && !book->sides[step->side].orders)
        action = ADD; /* also what an empty side needs most */
    return action;
}

void gen_flow(struct tf_generator *day, uint8_t **at, uint16_t stock, uint64_t time_ns)
{
    uint64_t bits = tf_random_next(&day->random);
    struct step step = {.day = day,
                        .book = &day->books[stock],
                        .at = at,
                        .time_ns = time_ns,
                        .stock = stock,
                        .side = (int)(bits >> 2 & 1),
                        .bits = bits};
    walk(step.book, bits >> 18);
    switch (choose(&step)) {
    case ADD:
        add(&step);
        break;
    case DELETE:
        delete_order(&step);
        break;
    case REPLACE:
        replace(&step);
        break;
    case EXECUTE:
        execute(&step, false);
        break;
    case CANCEL:
        cancel(&step);
        break;
    case TRADE:
        trade_hidden(&step);
        break;
    case EXECUTE_PRICED:
        execute(&step, true);
        break;
    case RETAIL:
        retail(&step);
        break;
    }
}
