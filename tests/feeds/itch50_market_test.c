/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directory, status, auctions and limits of ITCH 5.0, and messages that are not as specified.
 */
#include "itch50_fixture.h"

TestSuite(itch50_market, .init = open_decoder, .fini = close_decoder);

static void assert_tick(const struct tf_tick *tick, uint8_t rtype, char action, char side,
                        int64_t price, uint32_t size)
{
    cr_assert_eq(tick->rtype, rtype);
    cr_assert_eq(tick->action, action);
    cr_assert_eq(tick->side, side);
    cr_assert_eq(tick->price, price);
    cr_assert_eq(tick->size, size, "size %u", tick->size);
}

static void assert_text(const struct tf_tick *tick, const char *text)
{
    cr_assert(memcmp(tick->text, text, 8) == 0, "text '%.8s', not '%s'", tick->text, text);
}

Test(itch50_market, system_events)
{
    static const char codes[] = "OSQMEC";
    for (unsigned i = 0; codes[i]; i++) {
        struct message event = make('S', 12, 0, 5);
        event.bytes[11] = (uint8_t)codes[i];
        feed(event);
        cr_assert_eq(tick_count, 1);
        assert_tick(&ticks[0], TF_RTYPE_SYSTEM, 'N', 'N', TF_UNDEF_PRICE, i + 1);
    }
    cr_assert_eq(TF_SYSTEM_START_OF_MESSAGES, 1);
    cr_assert_eq(TF_SYSTEM_END_OF_MESSAGES, 6);
}

static struct message make_directory(void)
{
    struct message directory = make('R', 39, 513, 5);
    put_text(&directory, 11, "AAAU    ");
    put_text(&directory, 19, "ZN");
    put(&directory, 21, 4, 40);
    put_text(&directory, 25, "YQE TNYZ");
    directory.bytes[30] = 'N';
    directory.bytes[31] = ' ';
    directory.bytes[32] = '2';
    directory.bytes[33] = 'Y';
    put(&directory, 34, 4, 3);
    directory.bytes[38] = 'Y';
    return directory;
}

Test(itch50_market, directory_defines_then_ticks)
{
    feed(make_directory());
    cr_assert_eq(definitions, 1);
    cr_assert_eq(defined.instrument_id, 513);
    cr_assert_eq(defined.lot_size, 40);
    cr_assert_eq(defined.price_increment, 100000);
    cr_assert_str_eq(defined.symbol, "AAAU");
    cr_assert_str_eq(defined.venue_class, "ZNQE TY");
    cr_assert_eq(tick_count, 1);
    assert_tick(&ticks[0], TF_RTYPE_DEFINITION, 'A', 'N', TF_UNDEF_PRICE, 40);
    assert_text(&ticks[0], "YN 2Y3Y ");
    cr_assert_eq(ticks[0].instrument_id, 513);
    cr_assert_eq(counts()->symbols, 1);
}

Test(itch50_market, directory_symbol_of_eight_letters_is_whole)
{
    struct message directory = make_directory();
    put_text(&directory, 11, "ABCDEFGH");
    feed(directory);
    cr_assert_str_eq(defined.symbol, "ABCDEFGH");
}

Test(itch50_market, directory_without_locate_defines_nothing)
{
    struct message directory = make_directory();
    put(&directory, 1, 2, 0);
    feed(directory);
    cr_assert_eq(definitions, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 1);
}

Test(itch50_market, trading_actions)
{
    static const struct {
        char state;
        uint32_t status;
    } states[] = {{'H', TF_STATUS_HALT},
                  {'P', TF_STATUS_PAUSE},
                  {'Q', TF_STATUS_QUOTING},
                  {'T', TF_STATUS_TRADING}};
    for (unsigned i = 0; i < 4; i++) {
        struct message action = make('H', 25, 3, 5);
        put_text(&action, 11, "ZXZZT   ");
        action.bytes[19] = (uint8_t)states[i].state;
        put_text(&action, 21, "LUDP");
        feed(action);
        assert_tick(&ticks[0], TF_RTYPE_STATUS, 'N', 'N', TF_UNDEF_PRICE, states[i].status);
        assert_text(&ticks[0], "LUDP    ");
    }
}

Test(itch50_market, operational_halts)
{
    struct message halt = make('h', 21, 3, 5);
    put_text(&halt, 11, "ZXZZT   ");
    put_text(&halt, 19, "BH");
    feed(halt);
    assert_tick(&ticks[0], TF_RTYPE_STATUS, 'N', 'N', TF_UNDEF_PRICE, TF_STATUS_HALT);
    assert_text(&ticks[0], "OPHALT B");
    halt.bytes[20] = 'T';
    feed(halt);
    assert_tick(&ticks[0], TF_RTYPE_STATUS, 'N', 'N', TF_UNDEF_PRICE, TF_STATUS_TRADING);
}

Test(itch50_market, reg_sho)
{
    struct message sho = make('Y', 20, 3, 5);
    put_text(&sho, 11, "SOPA    2");
    feed(sho);
    assert_tick(&ticks[0], TF_RTYPE_STATUS, 'N', 'N', TF_UNDEF_PRICE,
                TF_STATUS_SHORT_SALE_CHANGE);
    assert_text(&ticks[0], "2       ");
}

Test(itch50_market, circuit_breaker_levels_and_breach)
{
    static const char *const names[] = {"MWCB1   ", "MWCB2   ", "MWCB3   "};
    struct message levels = make('V', 35, 0, 5);
    for (unsigned i = 0; i < 3; i++)
        put(&levels, 11 + 8 * i, 8, 400000000000 - i * 1000);
    feed(levels);
    cr_assert_eq(tick_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_tick(&ticks[i], TF_RTYPE_STATISTICS, 'N', 'N',
                    4000000000000 - (int64_t)i * 10000, TF_UNDEF_SIZE);
        assert_text(&ticks[i], names[i]);
    }
    put(&levels, 27, 8, UINT64_MAX);
    feed(levels);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 1);

    struct message breach = make('W', 12, 0, 5);
    breach.bytes[11] = '3';
    feed(breach);
    assert_tick(&ticks[0], TF_RTYPE_SYSTEM, 'N', 'N', TF_UNDEF_PRICE,
                TF_SYSTEM_CIRCUIT_BREAKER);
    cr_assert_eq(ticks[0].order_id, 3);
}

Test(itch50_market, ipo_quoting_period)
{
    struct message ipo = make('K', 28, 3, 5);
    put_text(&ipo, 11, "NEWCO   ");
    put(&ipo, 19, 4, 37800);
    ipo.bytes[23] = 'C';
    put(&ipo, 24, 4, 250000);
    feed(ipo);
    assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'C', 'N', 25000000000, 37800);
    assert_text(&ticks[0], "IPO     ");
}

Test(itch50_market, auction_collar)
{
    struct message collar = make('J', 35, 3, 5);
    put_text(&collar, 11, "ZXZZT   ");
    put(&collar, 19, 4, 133400);
    put(&collar, 23, 4, 140100);
    put(&collar, 27, 4, 109200);
    put(&collar, 31, 4, 2);
    feed(collar);
    cr_assert_eq(tick_count, 3);
    assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'N', 'N', 13340000000, 2);
    assert_tick(&ticks[1], TF_RTYPE_STATISTICS, 'N', 'N', 14010000000, 2);
    assert_tick(&ticks[2], TF_RTYPE_STATISTICS, 'N', 'N', 10920000000, 2);
    assert_text(&ticks[0], "LULDREF ");
    assert_text(&ticks[1], "LULDUPPR");
    assert_text(&ticks[2], "LULDLOWR");
}

Test(itch50_market, market_participant)
{
    struct message position = make('L', 26, 3, 5);
    put_text(&position, 11, "FMAXMDFLS   YNA");
    feed(position);
    assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'N', 'N', TF_UNDEF_PRICE, TF_UNDEF_SIZE);
    assert_text(&ticks[0], "FMAX/YNA");
    cr_assert_eq(counts()->symbols, 1);
}

Test(itch50_market, retail_interest)
{
    static const char interests[] = "BSAN", sides[] = "BANN";
    for (unsigned i = 0; i < 4; i++) {
        struct message retail = make('N', 20, 3, 5);
        put_text(&retail, 11, "SPY     ");
        retail.bytes[19] = (uint8_t)interests[i];
        feed(retail);
        assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'N', sides[i], TF_UNDEF_PRICE,
                    TF_UNDEF_SIZE);
        cr_assert_eq(ticks[0].text[7], interests[i]);
    }
}

Test(itch50_market, direct_listing_keeps_every_price)
{
    static const char *const names[] = {"DLCRMIN ", "DLCRMAX ", "DLCRNEAR", "DLCRLOWR",
                                        "DLCRUPPR"};
    static const uint32_t sizes[] = {1, 1, 34200, TF_UNDEF_SIZE, TF_UNDEF_SIZE};
    struct message listing = make('O', 48, 3, 5);
    put_text(&listing, 11, "DLIST   Y");
    put(&listing, 20, 4, 100000);
    put(&listing, 24, 4, 200000);
    put(&listing, 28, 4, 300000);
    put(&listing, 32, 8, 34200999999999);
    put(&listing, 40, 4, 400000);
    put(&listing, 44, 4, 500000);
    feed(listing);
    cr_assert_eq(tick_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_tick(&ticks[i], TF_RTYPE_STATISTICS, 'N', 'N', (i + 1) * INT64_C(10000000000),
                    sizes[i]);
        assert_text(&ticks[i], names[i]);
    }
}

static struct message make_imbalance(char direction)
{
    struct message imbalance = make('I', 50, 3, 5);
    put(&imbalance, 11, 8, 0x1234567890);
    put(&imbalance, 19, 8, 4200);
    imbalance.bytes[27] = (uint8_t)direction;
    put_text(&imbalance, 28, "OPFI    ");
    put(&imbalance, 36, 4, 10000);
    put(&imbalance, 40, 4, 0);
    put(&imbalance, 44, 4, 30000);
    put_text(&imbalance, 48, "O1");
    return imbalance;
}

Test(itch50_market, imbalance_quantities_then_prices)
{
    feed(make_imbalance('S'));
    cr_assert_eq(tick_count, 3);
    assert_tick(&ticks[0], TF_RTYPE_IMBALANCE, 'N', 'A', 3000000000, 4200);
    cr_assert_eq(ticks[0].order_id, 0x1234567890);
    assert_tick(&ticks[1], TF_RTYPE_IMBALANCE, 'N', 'N', TF_UNDEF_PRICE, TF_UNDEF_SIZE);
    assert_tick(&ticks[2], TF_RTYPE_IMBALANCE, 'N', 'N', 1000000000, TF_UNDEF_SIZE);
    assert_text(&ticks[1], "NEAR  O1");
    assert_text(&ticks[2], "FAR   O1");
    feed(make_imbalance('B'));
    cr_assert_eq(ticks[0].side, 'B');
    feed(make_imbalance('P'));
    cr_assert_eq(ticks[0].side, 'N');
}

Test(itch50_market, code_letters_outside_the_specification_cost_the_message)
{
    static const struct {
        char type;
        uint32_t length, code_at;
    } codes[] = {{'S', 12, 11}, {'H', 25, 19}, {'h', 21, 20}, {'Y', 20, 19}, {'W', 12, 11},
                 {'K', 28, 23}, {'N', 20, 19}, {'O', 48, 19}, {'I', 50, 27}};
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        for (unsigned code = 0; code < 256; code += 255) {
            struct message bad = make(codes[i].type, codes[i].length, 3, 5);
            bad.bytes[codes[i].code_at] = (uint8_t)code;
            feed(bad);
            cr_assert_eq(tick_count, 0, "type %c", codes[i].type);
        }
        cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 2 * (i + 1));
    }
}

static const struct {
    char type;
    uint32_t length;
} specified[] = {{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35},
                 {'W', 12}, {'K', 28}, {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40},
                 {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44},
                 {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};

Test(itch50_market, any_other_length_is_counted_and_skipped)
{
    uint64_t bad = 0;
    for (unsigned i = 0; i < sizeof specified / sizeof specified[0]; i++) {
        for (uint32_t length = 1; length <= 64; length++) {
            if (length == specified[i].length)
                continue;
            struct message message = make(specified[i].type, length, 3, 5);
            feed(message);
            cr_assert_eq(tick_count, 0);
            cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH], ++bad);
        }
    }
    cr_assert_eq(counts()->messages, bad);
    cr_assert_eq(counts()->first_ts_event, TF_UNDEF_TIMESTAMP);
}

Test(itch50_market, unknown_types_are_counted_by_type)
{
    for (unsigned type = 0; type < 256; type++) {
        struct message message = make((char)type, 36, 3, 5);
        feed(message);
        cr_assert_eq(counts()->messages_by_type[type], 1);
    }
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_TYPE],
                 256 - sizeof specified / sizeof specified[0]);
}

Test(itch50_market, a_message_without_bytes_is_counted)
{
    feed_bytes((const uint8_t *)"", 0);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->messages, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH], 1);
}

Test(itch50_market, time_that_steps_back_is_counted_and_delivered)
{
    struct message event = make('S', 12, 0, 500);
    event.bytes[11] = 'O';
    feed(event);
    put(&event, 5, 6, 499);
    feed(event);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + 499);
    feed(event);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_TIME_BACKWARDS], 1);
    cr_assert_eq(counts()->first_ts_event, MIDNIGHT + 500);
    cr_assert_eq(counts()->last_ts_event, MIDNIGHT + 499);
}

Test(itch50_market, symbols_count_once_and_blank_ones_not)
{
    feed(make_add(1, 'B', 1, "AAPL    ", 1));
    feed(make_add(2, 'B', 1, "AAPL    ", 1));
    feed(make_add(3, 'B', 1, "MSFT    ", 1));
    feed(make_add(4, 'B', 1, "AAPL    ", 1));
    feed(make_add(5, 'B', 1, "        ", 1));
    cr_assert_eq(counts()->symbols, 2);
}
