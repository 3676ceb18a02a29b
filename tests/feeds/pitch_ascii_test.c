/* SPDX-License-Identifier: Apache-2.0 */
/* Text PITCH: each message by its fields, and where messages end in lines and in a stream. */
#include "pitch_fixture.h"

static void open_text(void)
{
    open_decoder(&tf_pitch_ascii_ops);
}

TestSuite(pitch_ascii, .init = open_text, .fini = close_decoder);

/* 0123456789 of base 36, and the like. */
#define ID_1 "000000000001"
#define ADD  "28800011AAK27GA0000DTS000100SH    0000619200Y"

Test(pitch_ascii, add_has_every_field)
{
    feed(text(ADD));
    cr_assert_eq(tick_count, 1);
    uint64_t id = strtoull("AK27GA0000DT", 0, 36);
    assert_mbo(ticks[0], 'A', 'A', id, 619200, 100, 0);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + UINT64_C(28800011000000));
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_str_eq(defined.symbol, "SH");
    cr_assert_eq(counts()->messages_by_type['A'], 1);
    cr_assert_eq(counts()->symbols, 1);
    cr_assert_eq(anomalies(), 0);
}

Test(pitch_ascii, ids_use_all_of_base_36)
{
    feed(text("28800011AZZZZZZZZZZZZB000001SPY   0000000001Y"));
    assert_mbo(ticks[0], 'A', 'B', UINT64_C(4738381338321616895), 1, 1, 0);
    feed(text("28800011A0123456789ABB000001SPY   0000000001Y"));
    cr_assert_eq(ticks[0].order_id, strtoull("0123456789AB", 0, 36));
    feed(text("28800011ACDEFGHIJKLMNB000001SPY   9999999999Y"));
    cr_assert_eq(ticks[0].order_id, strtoull("CDEFGHIJKLMN", 0, 36));
    cr_assert_eq(ticks[0].price, INT64_C(9999999999) * 100000);
    feed(text("28800011AOPQRSTUVWXYZB999999SPY   0000000001Y"));
    cr_assert_eq(ticks[0].order_id, strtoull("OPQRSTUVWXYZ", 0, 36));
    cr_assert_eq(ticks[0].size, 999999);
}

Test(pitch_ascii, add_long_has_eight_letters)
{
    feed(text("28800012d" ID_1 "B000100ABCDEFGH0001234567YMPID"));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', 1, 1234567, 100, 0);
    cr_assert_str_eq(defined.symbol, "ABCDEFGH");
}

Test(pitch_ascii, execution_is_trade_fill_cancel)
{
    feed(text("28800012A" ID_1 "B000300SPY   0001424100Y"));
    feed(text("28800013E" ID_1 "00010000001AQ00001"));
    cr_assert_eq(tick_count, 3);
    uint64_t execution = strtoull("00001AQ00001", 0, 36);
    assert_mbo(ticks[0], 'T', 'A', execution, 1424100, 100, 0);
    assert_mbo(ticks[1], 'F', 'B', 1, 1424100, 100, 0);
    assert_mbo(ticks[2], 'C', 'B', 1, 1424100, 100, 0);
    feed(text("28800014X" ID_1 "000150"));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'C', 'B', 1, 1424100, 150, 0);
    feed(text("28800014X" ID_1 "000051"));
    assert_mbo(ticks[0], 'C', 'B', 1, 1424100, 50, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_OVERFILL], 1);
    cr_assert_eq(counts()->orders_open, 0);
    feed(text("28800015E" ID_1 "00010000001AQ00002"));
    assert_mbo(ticks[0], 'T', 'N', execution + 1, NO_PRICE, 100, 1);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, 100, 1);
}

Test(pitch_ascii, trades_short_and_long_and_their_breaking)
{
    feed(text("28803240P4K27GA00003PB000100DXD   0000499600000N4AQ00003"));
    cr_assert_eq(tick_count, 1);
    uint64_t execution = strtoull("000N4AQ00003", 0, 36);
    assert_mbo(ticks[0], 'T', 'N', execution, 499600, 100, 0);
    feed(text("28803241r4K27GA00003PS000200DXDLONGX0000499700000N4AQ00004"));
    assert_mbo(ticks[0], 'T', 'N', execution + 1, 499700, 200, 0);
    cr_assert_str_eq(defined.symbol, "DXDLONGX");
    cr_assert_eq(counts()->trades, 2);
    cr_assert_eq(counts()->traded_volume, 300);
    feed(text("28803242B000N4AQ00004"));
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_TRADE);
    cr_assert_eq(ticks[0].action, 'C');
    cr_assert_eq(ticks[0].order_id, execution + 1);
}

Test(pitch_ascii, trading_status)
{
    feed(text("28803242HSPY     H0  "));
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_STATUS);
    cr_assert_eq(ticks[0].size, TF_STATUS_HALT);
    cr_assert_eq(memcmp(ticks[0].text, "H0      ", 8), 0);
    cr_assert_eq(counts()->symbols, 0);
}

Test(pitch_ascii, bad_fields_cost_their_message)
{
    static const struct {
        const char *message, *field;
        uint32_t at;
    } bad[] = {
        {"2880001 AAK27GA0000DTS000100SH    0000619200Y", "timestamp", 0},
        {"2880001:AAK27GA0000DTS000100SH    0000619200Y", "timestamp", 0},
        {"2880001/AAK27GA0000DTS000100SH    0000619200Y", "timestamp", 0},
        {"28800011AAK27Ga0000DTS000100SH    0000619200Y", "order id", 9},
        {"28800011AAK27GA0000 TS000100SH    0000619200Y", "order id", 9},
        {"28800011AAK27GA0000DTX000100SH    0000619200Y", "side", 21},
        {"28800011AAK27GA0000DTS0001O0SH    0000619200Y", "shares", 22},
        {"28800011AAK27GA0000DTS000000SH    0000619200Y", "shares", 22},
        {"28800011AAK27GA0000DTS000100      0000619200Y", "symbol", 28},
        {"28800011AAK27GA0000DTS000100SH    :000619200Y", "price", 34},
        {"28800011AAK27GA0000DTS000100SH    0/00619200Y", "price", 34},
        {"28800011AAK27GA0000DTS000100SH    000061920 Y", "price", 34},
        {"28800013E" ID_1 "0001000000_AQ00001", "execution id", 27},
        {"28800013E" ID_1 " 0010000000AQ00001", "shares", 21},
        {"28800013B0000000000!1", "execution id", 9},
        {"28800013HSPY     h0  ", "halt status", 17},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ops->restart(decoder);
        feed(text("%s", bad[i].message));
        assert_flaw(TF_ANOMALY_BAD_FIELD, bad[i].field, bad[i].at);
    }
}

Test(pitch_ascii, short_and_unknown_messages_are_refused)
{
    static const char whole[] = "AdEXPrBH";
    static const uint8_t full[] = {45, 51, 39, 27, 56, 58, 21, 21};
    for (unsigned i = 0; whole[i]; i++)
        for (uint32_t length = 0; length < full[i]; length++) {
            struct message cut = text("28800011%c%060d", whole[i], 0);
            cut.length = length;
            ops->restart(decoder);
            feed(cut);
            assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
        }
    ops->restart(decoder);
    feed(text("28800011Zwhatever"));
    assert_flaw(TF_ANOMALY_UNKNOWN_TYPE, "message type", 8);
    ops->restart(decoder);
    feed(text("28800011sSPY     "));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(anomalies(), 0);
    assert_facts_have("\"unknown_types\":{\"s\":1}");
}

Test(pitch_ascii, facts_sum_messages_as_they_are)
{
    feed(text("28800012A" ID_1 "B000300SPY   0001424100Y"));
    feed(text("28800010A000000000002S000100IBM   0000000100Y"));
    feed(text("28800013E" ID_1 "00010000001AQ00001"));
    feed(text("28800013E00000000000900001000001AQ00002"));
    feed(text("28800014X" ID_1 "000150"));
    feed(text("28803240P4K27GA00003PB000100DXD   0000499600000N4AQ00003"));
    assert_facts_have("\"message_lengths_by_type\":{\"A\":{\"45\":2},\"E\":{\"39\":2},"
                      "\"P\":{\"56\":1},\"X\":{\"27\":1}}");
    assert_facts_have("\"unknown_types\":{}");
    assert_facts_have("\"timestamp_ms_since_midnight\":{\"first\":28800012,\"last\":28803240,"
                      "\"backward_steps\":1}");
    assert_facts_have(
        "\"symbols_detail\":{\"distinct\":3,\"sample\":[\"DXD\",\"IBM\",\"SPY\"]}");
    assert_facts_have("\"add_count\":2,\"add_shares_sum\":400,\"add_price_sum_e4\":1424200,"
                      "\"add_S\":1,\"add_B\":1");
    assert_facts_have("\"cancel_count\":1,\"cancel_shares_sum\":150");
    assert_facts_have("\"exec_count\":2,\"exec_shares_sum\":110,"
                      "\"exec_price_sum_e4_from_book\":1424100");
    assert_facts_have("\"trade_count\":1,\"trade_shares_sum\":100,"
                      "\"trade_price_sum_e4\":499600,\"trade_notional_sum_e4\":49960000");
    assert_facts_have("\"trade_events_E_P\":3,\"executed_volume_E_P\":210");
}

/* ---- framing --------------------------------------------------------------------------------- */

#define CANCEL "28800014XAK27GA0000DT000150"

/*
 * All messages of the input, joined by '|', when it comes in pieces that grow by `step`; and what
 * find() and last() leave.
 */
static char joined[4096];
static size_t left_over;
static struct tf_framing framing;

static void join(const struct tf_venue_message *message)
{
    size_t used = strlen(joined);
    snprintf(joined + used, sizeof joined - used, "%s%.*s", used ? "|" : "",
             (int)message->length, (const char *)message->bytes);
}

static const char *framed(const char *input, size_t step, uint32_t most)
{
    size_t length = strlen(input), at = 0, end = 0, consumed;
    struct tf_venue_message messages[8];
    joined[0] = 0;
    framing = (struct tf_framing){0};
    for (uint64_t sequence = 0;;) {
        uint8_t *exact = malloc(end - at + 1);
        memcpy(exact, input + at, end - at);
        uint32_t count =
            tf_pitch_text.find(&framing, exact, end - at, messages, most, &consumed);
        cr_assert(count <= most && consumed <= end - at);
        for (uint32_t i = 0; i < count; i++) {
            cr_assert_eq(messages[i].sequence, ++sequence);
            cr_assert_eq(messages[i].ts_recv, TF_UNDEF_TIMESTAMP);
            join(&messages[i]);
        }
        at += consumed;
        free(exact);
        if (count < most && end == length)
            break;
        if (count < most)
            end = end + step < length ? end + step : length;
    }
    left_over = length - at;
    if (tf_pitch_text.last(&framing, (const uint8_t *)input + at, left_over, messages)) {
        left_over = 0;
        join(messages);
    }
    return joined;
}

/* The same whatever the pieces. */
#define assert_framed(input, expected, flaw_count, rest)                                       \
    do {                                                                                       \
        static const size_t steps[] = {1, 7, 64, 4096};                                        \
        for (unsigned s = 0; s < 4; s++)                                                       \
            for (uint32_t most = 1; most <= 8; most *= 8) {                                    \
                cr_assert_str_eq(framed(input, steps[s], most), expected);                     \
                cr_assert_eq(framing.flaws, flaw_count, "%zu flaws", (size_t)framing.flaws);   \
                cr_assert_eq(left_over, (size_t)(rest));                                       \
            }                                                                                  \
    } while (0)

Test(pitch_ascii, lines_end_in_either_way_and_the_last_need_not)
{
    assert_framed(ADD "\n" CANCEL "\r\n\r\n\n" ADD, ADD "|" CANCEL "|" ADD, 0, 0);
    assert_framed(ADD "\r\n" CANCEL "\r\n", ADD "|" CANCEL, 0, 0);
    assert_framed(CANCEL, CANCEL, 0, 0);
    assert_framed(CANCEL "\n", CANCEL, 0, 0);
    assert_framed("", "", 0, 0);
}

Test(pitch_ascii, lines_may_be_longer_than_their_type_and_of_any_type)
{
    assert_framed(ADD "MORE\n" CANCEL "\n28800015Qnobody knows\n" CANCEL "\n",
                  ADD "MORE|" CANCEL "|28800015Qnobody knows|" CANCEL, 0, 0);
    assert_framed("28800015Qnobody knows\n" CANCEL "\n", "28800015Qnobody knows|" CANCEL, 0, 0);
}

/* What stands where a stream's next message would is not looked at behind a line end. */
Test(pitch_ascii, first_line_that_is_cut_is_a_line)
{
    assert_framed("28800011AXXXXXX\n" CANCEL "\n\n" ADD "\n", "28800011AXXXXXX|" CANCEL "|" ADD,
                  0, 0);
}

Test(pitch_ascii, sequenced_data_has_an_s_in_front)
{
    assert_framed("S" ADD "\nH\nS" CANCEL "\nS" CANCEL, ADD "|" CANCEL "|" CANCEL, 0, 0);
    assert_framed("S" ADD "S" CANCEL "S" ADD, ADD "|" CANCEL "|" ADD, 0, 0);
}

Test(pitch_ascii, stream_is_cut_by_the_types)
{
    assert_framed(ADD CANCEL ADD, ADD "|" CANCEL "|" ADD, 0, 0);
    assert_framed(ADD CANCEL "2880001", ADD "|" CANCEL, 0, 7);
    assert_framed(ADD ADD "28800014XAK27GA0000DT00015", ADD "|" ADD, 0, 26);
}

Test(pitch_ascii, stream_goes_on_at_the_next_whole_message)
{
    assert_framed(ADD ADD "28800015Qnobody knows" CANCEL ADD,
                  ADD "|" ADD "|28800015Qnobody knows|" CANCEL "|" ADD, 0, 0);
    assert_framed(ADD ADD "28800015Qnobody knowsS" CANCEL "S" ADD,
                  ADD "|" ADD "|28800015Qnobody knows|" CANCEL "|" ADD, 0, 0);
    assert_framed(ADD ADD "rubbish" CANCEL, ADD "|" ADD "|" CANCEL, 1, 0);
}

/* More than a window of what is nothing, in both. */
Test(pitch_ascii, long_rubbish_is_skipped)
{
    char input[2048], noise[701];
    memset(noise, 'x', 700);
    noise[700] = 0;
    snprintf(input, sizeof input, ADD "\n%s\n" CANCEL "\n", noise);
    assert_framed(input, ADD "|" CANCEL, 1, 0);
    snprintf(input, sizeof input, ADD ADD "%s" CANCEL, noise);
    framed(input, 4096, 8);
    cr_assert_str_eq(joined, ADD "|" ADD "|" CANCEL);
    cr_assert_eq(framing.flaws, 2, "a window and its rest");
}

Test(pitch_ascii, probe_wants_numbers_in_their_places)
{
    static const char *const yes[] = {ADD "\n" CANCEL "\n", "S" ADD "S" CANCEL, ADD};
    static const char *const no[] = {
        "34200.004241176,1,16113575,18,5853300,1\n34200.00426064,1,16113584,18,5853200,1\n",
        "28800011 is a number\n28800012 is one too\n",
        "",
        "\n\n\n",
        "D,BN",
        "28800011"};
    for (unsigned i = 0; i < sizeof yes / sizeof yes[0]; i++)
        cr_assert_eq(tf_format_pitch_ascii.probe((const uint8_t *)yes[i], strlen(yes[i])), 100);
    for (unsigned i = 0; i < sizeof no / sizeof no[0]; i++)
        cr_assert_eq(tf_format_pitch_ascii.probe((const uint8_t *)no[i], strlen(no[i])), 0);
    const char *half = ADD "\nrubbish\n";
    cr_assert_eq(tf_format_pitch_ascii.probe((const uint8_t *)half, strlen(half)), 50);
}
