/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_fields.h"

#include "bytes.h"
#include "dbn_wire.h"

#include <stdio.h>

/*
 * Fields as KIND:NAME, in the order of the wire, so that offsets are sums; cN:NAME is N
 * characters, _N are N reserved bytes, and L stands for the ten levels of mbp-10.
 */
static const char header_fields[] =
    "B:length B:rtype H:publisher_id I:instrument_id T:ts_event";
static const char mbo_fields[] =
    "Q:order_id P:price I:size B:flags B:channel_id c1:action c1:side T:ts_recv "
    "i:ts_in_delta I:sequence";
static const char trade_fields[] =
    "P:price I:size c1:action c1:side B:flags B:depth T:ts_recv i:ts_in_delta I:sequence";
static const char mbp10_fields[] =
    "P:price I:size c1:action c1:side B:flags B:depth T:ts_recv i:ts_in_delta I:sequence L";
static const char mbp1_fields[] =
    "P:price I:size c1:action c1:side B:flags B:depth T:ts_recv i:ts_in_delta I:sequence "
    "P:bid_px_00 P:ask_px_00 I:bid_sz_00 I:ask_sz_00 I:bid_ct_00 I:ask_ct_00";
static const char bbo_fields[] =
    "P:price I:size _1 c1:side B:flags _1 T:ts_recv _4 I:sequence P:bid_px_00 "
    "P:ask_px_00 I:bid_sz_00 I:ask_sz_00 I:bid_ct_00 I:ask_ct_00";
static const char cmbp1_fields[] =
    "P:price I:size c1:action c1:side B:flags _1 T:ts_recv i:ts_in_delta _4 P:bid_px_00 "
    "P:ask_px_00 I:bid_sz_00 I:ask_sz_00 H:bid_pb_00 _2 H:ask_pb_00 _2";
static const char cbbo_fields[] =
    "P:price I:size _1 c1:side B:flags _1 T:ts_recv _8 P:bid_px_00 P:ask_px_00 "
    "I:bid_sz_00 I:ask_sz_00 H:bid_pb_00 _2 H:ask_pb_00 _2";
static const char ohlcv_fields[] = "P:open P:high P:low P:close Q:volume";
static const char status_fields[] =
    "T:ts_recv H:action H:reason H:trading_event c1:is_trading c1:is_quoting "
    "c1:is_short_sell_restricted _7";
static const char imbalance_fields[] =
    "T:ts_recv P:ref_price T:auction_time P:cont_book_clr_price "
    "P:auct_interest_clr_price P:ssr_filling_price P:ind_match_price P:upper_collar "
    "P:lower_collar I:paired_qty I:total_imbalance_qty I:market_imbalance_qty "
    "I:unpaired_qty c1:auction_type c1:side B:auction_status B:freeze_status "
    "B:num_extensions c1:unpaired_side c1:significant_imbalance _1";
static const char stat1_fields[] =
    "T:ts_recv T:ts_ref P:price i:quantity I:sequence i:ts_in_delta H:stat_type "
    "H:channel_id B:update_action B:stat_flags _6";
static const char stat3_fields[] =
    "T:ts_recv T:ts_ref P:price q:quantity I:sequence i:ts_in_delta H:stat_type "
    "H:channel_id B:update_action B:stat_flags _18";
static const char map1_fields[] =
    "c22:stype_in_symbol c22:stype_out_symbol _4 T:start_ts T:end_ts";
static const char map2_fields[] =
    "B:stype_in c71:stype_in_symbol B:stype_out c71:stype_out_symbol T:start_ts T:end_ts";
static const char error1_fields[] = "c64:err";
static const char error2_fields[] = "c302:err B:code B:is_last";
static const char system1_fields[] = "c64:msg";
static const char system2_fields[] = "c303:msg B:code";
static const char def1_fields[] =
    "T:ts_recv P:min_price_increment P:display_factor T:expiration T:activation "
    "P:high_limit_price P:low_limit_price P:max_price_variation "
    "P:trading_reference_price P:unit_of_measure_qty P:min_price_increment_amount "
    "P:price_ratio i:inst_attrib_value I:underlying_id I:raw_instrument_id "
    "i:market_depth_implied i:market_depth I:market_segment_id I:max_trade_vol "
    "i:min_lot_size i:min_lot_size_block i:min_lot_size_round_lot I:min_trade_vol _4 "
    "i:contract_multiplier i:decay_quantity i:original_contract_size _4 "
    "H:trading_reference_date h:appl_id H:maturity_year H:decay_start_date H:channel_id "
    "c4:currency c4:settl_currency c6:secsubtype c22:raw_symbol c21:group c5:exchange "
    "c7:asset c7:cfi c7:security_type c31:unit_of_measure c21:underlying "
    "c4:strike_price_currency c1:instrument_class _2 P:strike_price _6 "
    "c1:match_algorithm B:md_security_trading_status B:main_fraction "
    "B:price_display_format B:settl_price_type B:sub_fraction B:underlying_product "
    "c1:security_update_action B:maturity_month B:maturity_day B:maturity_week "
    "c1:user_defined_instrument b:contract_multiplier_unit b:flow_schedule_type "
    "B:tick_rule _3";
static const char def2_fields[] =
    "T:ts_recv P:min_price_increment P:display_factor T:expiration T:activation "
    "P:high_limit_price P:low_limit_price P:max_price_variation "
    "P:trading_reference_price P:unit_of_measure_qty P:min_price_increment_amount "
    "P:price_ratio P:strike_price i:inst_attrib_value I:underlying_id "
    "I:raw_instrument_id i:market_depth_implied i:market_depth I:market_segment_id "
    "I:max_trade_vol i:min_lot_size i:min_lot_size_block i:min_lot_size_round_lot "
    "I:min_trade_vol i:contract_multiplier i:decay_quantity i:original_contract_size "
    "H:trading_reference_date h:appl_id H:maturity_year H:decay_start_date H:channel_id "
    "c4:currency c4:settl_currency c6:secsubtype c71:raw_symbol c21:group c5:exchange "
    "c7:asset c7:cfi c7:security_type c31:unit_of_measure c21:underlying "
    "c4:strike_price_currency c1:instrument_class c1:match_algorithm "
    "B:md_security_trading_status B:main_fraction B:price_display_format "
    "B:settl_price_type B:sub_fraction B:underlying_product c1:security_update_action "
    "B:maturity_month B:maturity_day B:maturity_week c1:user_defined_instrument "
    "b:contract_multiplier_unit b:flow_schedule_type B:tick_rule _10";
static const char def3_fields[] =
    "T:ts_recv P:min_price_increment P:display_factor T:expiration T:activation "
    "P:high_limit_price P:low_limit_price P:max_price_variation P:unit_of_measure_qty "
    "P:min_price_increment_amount P:price_ratio P:strike_price Q:raw_instrument_id "
    "P:leg_price P:leg_delta i:inst_attrib_value I:underlying_id i:market_depth_implied "
    "i:market_depth I:market_segment_id I:max_trade_vol i:min_lot_size "
    "i:min_lot_size_block i:min_lot_size_round_lot I:min_trade_vol i:contract_multiplier "
    "i:decay_quantity i:original_contract_size I:leg_instrument_id "
    "i:leg_ratio_price_numerator i:leg_ratio_price_denominator i:leg_ratio_qty_numerator "
    "i:leg_ratio_qty_denominator I:leg_underlying_id h:appl_id H:maturity_year "
    "H:decay_start_date H:channel_id H:leg_count H:leg_index c4:currency "
    "c4:settl_currency c6:secsubtype c71:raw_symbol c21:group c5:exchange c11:asset "
    "c7:cfi c7:security_type c31:unit_of_measure c21:underlying c4:strike_price_currency "
    "c71:leg_raw_symbol c1:instrument_class c1:match_algorithm B:main_fraction "
    "B:price_display_format B:sub_fraction B:underlying_product "
    "c1:security_update_action B:maturity_month B:maturity_day B:maturity_week "
    "c1:user_defined_instrument b:contract_multiplier_unit b:flow_schedule_type "
    "B:tick_rule c1:leg_instrument_class c1:leg_side _17";
static const char level_fields[] =
    "P:bid_px_%02u P:ask_px_%02u I:bid_sz_%02u I:ask_sz_%02u I:bid_ct_%02u I:ask_ct_%02u";

const struct tf_dbn_shape tf_dbn_shapes[] = {
    {DBN_MBO, 1, DBN_MBO_LENGTH, "mbo", mbo_fields},
    {DBN_MBP0, 1, DBN_TRADE_LENGTH, "mbp-0(trades)", trade_fields},
    {DBN_MBP1, 1, DBN_MBP1_LENGTH, "mbp-1", mbp1_fields},
    {DBN_MBP10, 1, DBN_MBP10_LENGTH, "mbp-10", mbp10_fields},
    {DBN_BBO_1S, 1, DBN_MBP1_LENGTH, "bbo-1s", bbo_fields},
    {DBN_BBO_1M, 1, DBN_MBP1_LENGTH, "bbo-1m", bbo_fields},
    {DBN_CMBP1, 1, DBN_MBP1_LENGTH, "cmbp-1", cmbp1_fields},
    {DBN_TCBBO, 1, DBN_MBP1_LENGTH, "tcbbo", cmbp1_fields},
    {DBN_CBBO_1S, 1, DBN_MBP1_LENGTH, "cbbo-1s", cbbo_fields},
    {DBN_CBBO_1M, 1, DBN_MBP1_LENGTH, "cbbo-1m", cbbo_fields},
    {DBN_OHLCV_1S, 1, DBN_OHLCV_LENGTH, "ohlcv-1s", ohlcv_fields},
    {DBN_OHLCV_1M, 1, DBN_OHLCV_LENGTH, "ohlcv-1m", ohlcv_fields},
    {DBN_OHLCV_1H, 1, DBN_OHLCV_LENGTH, "ohlcv-1h", ohlcv_fields},
    {DBN_OHLCV_1D, 1, DBN_OHLCV_LENGTH, "ohlcv-1d", ohlcv_fields},
    {DBN_OHLCV_EOD, 1, DBN_OHLCV_LENGTH, "ohlcv-eod", ohlcv_fields},
    {DBN_OHLCV_OLD, 1, DBN_OHLCV_LENGTH, "ohlcv", ohlcv_fields},
    {DBN_STATUS, 1, DBN_STATUS_LENGTH, "status", status_fields},
    {DBN_IMBALANCE, 1, DBN_IMBALANCE_LENGTH, "imbalance", imbalance_fields},
    {DBN_STATISTICS, 1, DBN_STAT1_LENGTH, "statistics", stat1_fields},
    {DBN_STATISTICS, 3, DBN_STAT3_LENGTH, "statistics", stat3_fields},
    {DBN_SYMBOL_MAPPING, 1, DBN_MAP1_LENGTH, "symbol_mapping", map1_fields},
    {DBN_SYMBOL_MAPPING, 2, DBN_MAP2_LENGTH, "symbol_mapping", map2_fields},
    {DBN_ERROR, 1, DBN_TEXT1_LENGTH, "error", error1_fields},
    {DBN_ERROR, 2, DBN_TEXT2_LENGTH, "error", error2_fields},
    {DBN_SYSTEM, 1, DBN_TEXT1_LENGTH, "system", system1_fields},
    {DBN_SYSTEM, 2, DBN_TEXT2_LENGTH, "system", system2_fields},
    {DBN_DEFINITION, 1, DBN_DEF1_LENGTH, "definition", def1_fields},
    {DBN_DEFINITION, 2, DBN_DEF2_LENGTH, "definition", def2_fields},
    {DBN_DEFINITION, 3, DBN_DEF3_LENGTH, "definition", def3_fields},
};
const unsigned tf_dbn_shape_count = sizeof tf_dbn_shapes / sizeof tf_dbn_shapes[0];

const struct tf_dbn_shape *tf_dbn_shape_of(uint8_t rtype, uint32_t length)
{
    for (unsigned i = 0; i < tf_dbn_shape_count; i++)
        if (tf_dbn_shapes[i].rtype == rtype && tf_dbn_shapes[i].length == length)
            return &tf_dbn_shapes[i];
    return 0;
}

const char *tf_dbn_rtype_name(uint8_t rtype)
{
    for (unsigned i = 0; i < tf_dbn_shape_count; i++)
        if (tf_dbn_shapes[i].rtype == rtype)
            return tf_dbn_shapes[i].name;
    return 0;
}

static uint16_t size_of(char kind)
{
    switch (kind) {
    case TF_DBN_U8:
    case TF_DBN_I8:
        return 1;
    case TF_DBN_U16:
    case TF_DBN_I16:
        return 2;
    case TF_DBN_U32:
    case TF_DBN_I32:
        return 4;
    default:
        return 8;
    }
}

/* A decimal number; moves behind it. */
static uint16_t take_number(const char **at)
{
    unsigned number = 0;
    while (**at >= '0' && **at <= '9')
        number = number * 10 + (unsigned)(*(*at)++ - '0');
    return (uint16_t)number;
}

static void take_name(const char **at, struct tf_dbn_field *field)
{
    unsigned length = 0;
    for ((*at)++; **at && **at != ' '; (*at)++)
        if (length + 1 < sizeof field->name)
            field->name[length++] = **at;
    field->name[length] = 0;
}

/* The next text of fields, once this one is used up. */
static bool next_part(struct tf_dbn_field_walk *walk)
{
    if (!walk->at) {
        walk->at = header_fields;
        return true;
    }
    if (*walk->at == 'L' || walk->level) {
        if (walk->level == DBN_MBP10_LEVELS)
            return false;
        unsigned i = walk->level++;
        snprintf(walk->names, sizeof walk->names, level_fields, i, i, i, i, i, i);
        walk->at = walk->names;
        return true;
    }
    walk->at = walk->shape->fields;
    return walk->part++ == 0;
}

bool tf_dbn_field_next(struct tf_dbn_field_walk *walk, struct tf_dbn_field *field)
{
    for (;;) {
        while (walk->at && *walk->at == ' ')
            walk->at++;
        if (!walk->at || !*walk->at || *walk->at == 'L') {
            if (!next_part(walk))
                return false;
            continue;
        }
        field->kind = *walk->at++;
        field->offset = walk->offset;
        field->size = field->kind == '_' || field->kind == TF_DBN_TEXT ? take_number(&walk->at)
                                                                       : size_of(field->kind);
        walk->offset = (uint16_t)(walk->offset + field->size);
        if (field->kind == '_')
            continue;
        take_name(&walk->at, field);
        return true;
    }
}

bool tf_dbn_field_of(const struct tf_dbn_shape *shape, const char *name,
                     struct tf_dbn_field *field)
{
    struct tf_dbn_field_walk walk = {.shape = shape};
    while (tf_dbn_field_next(&walk, field))
        if (strcmp(field->name, name) == 0)
            return true;
    return false;
}

__int128 tf_dbn_field_value(const struct tf_dbn_field *field, const uint8_t *record)
{
    const uint8_t *at = record + field->offset;
    switch (field->kind) {
    case TF_DBN_U8:
        return *at;
    case TF_DBN_I8:
        return (int8_t)*at;
    case TF_DBN_U16:
        return tf_le16(at);
    case TF_DBN_I16:
        return (int16_t)tf_le16(at);
    case TF_DBN_U32:
        return tf_le32(at);
    case TF_DBN_I32:
        return (int32_t)tf_le32(at);
    case TF_DBN_U64:
    case TF_DBN_TIME:
        return tf_le64(at);
    case TF_DBN_I64:
    case TF_DBN_PRICE:
        return (int64_t)tf_le64(at);
    default:
        return 0;
    }
}

bool tf_dbn_field_is_undefined(const struct tf_dbn_field *field, __int128 value)
{
    return (field->kind == TF_DBN_PRICE && value == INT64_MAX) ||
           (field->kind == TF_DBN_TIME && value == UINT64_MAX);
}
