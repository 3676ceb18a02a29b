/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_layout.h"

#define COUNT(table)  (sizeof(table) / sizeof(table)[0])
#define FIELDS(table) .fields = (table), .field_count = COUNT(table)
#define GROUPS(table) .groups = (table), .group_count = COUNT(table)

/* A refresh: the same root block, other entries. */
#define INCREMENTAL(called, table)                                                             \
    {                                                                                          \
        .name = (called), FIELDS(incremental_root), .block_min = 9, .transact = 0,             \
        .indicator = 8, GROUPS(table)                                                          \
    }

/* Books, trades, statistics, snapshots, status, administration. */

static const struct tf_cme_field incremental_root[] = {{0, CME_U64, 0, "TransactTime"},
                                                       {8, CME_U8, 0, "MatchEventIndicator"}};
static const struct tf_cme_field channel_reset_entries[] = {{0, CME_I16, 0, "ApplID"}};
static const struct tf_cme_field admin_login_root[] = {{0, CME_I8, 0, "HeartBtInt"}};
static const struct tf_cme_field security_status_root[] = {
    {0, CME_U64, 0, "TransactTime"},          {20, CME_I32N, 0, "SecurityID"},
    {24, CME_U16N, 0, "TradeDate"},           {26, CME_U8, 0, "MatchEventIndicator"},
    {27, CME_U8, 0, "SecurityTradingStatus"}, {28, CME_U8, 0, "HaltReason"},
    {29, CME_U8, 0, "SecurityTradingEvent"}};
static const struct tf_cme_field book_entries[] = {
    {0, CME_I64N, 0, "MDEntryPx"},       {8, CME_I32N, 0, "MDEntrySize"},
    {12, CME_I32, 0, "SecurityID"},      {16, CME_U32, 0, "RptSeq"},
    {20, CME_I32N, 0, "NumberOfOrders"}, {24, CME_U8, 0, "MDPriceLevel"},
    {25, CME_U8, 0, "MDUpdateAction"},   {27, CME_I32N, 10, "TradeableSize"}};
static const struct tf_cme_field book_orders[] = {{0, CME_U64, 0, "OrderID"},
                                                  {8, CME_U64N, 0, "MDOrderPriority"},
                                                  {16, CME_I32N, 0, "MDDisplayQty"},
                                                  {20, CME_U8N, 0, "ReferenceID"},
                                                  {21, CME_U8, 0, "OrderUpdateAction"}};
static const struct tf_cme_field daily_statistics_entries[] = {
    {0, CME_I64N, 0, "MDEntryPx"},
    {8, CME_I32N, 0, "MDEntrySize"},
    {12, CME_I32, 0, "SecurityID"},
    {16, CME_U32, 0, "RptSeq"},
    {20, CME_U16N, 0, "TradingReferenceDate"},
    {22, CME_U8, 0, "SettlPriceType"},
    {23, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field limits_banding_entries[] = {
    {0, CME_I64N, 0, "HighLimitPrice"},
    {8, CME_I64N, 0, "LowLimitPrice"},
    {16, CME_I64N, 0, "MaxPriceVariation"},
    {24, CME_I32, 0, "SecurityID"},
    {28, CME_U32, 0, "RptSeq"}};
static const struct tf_cme_field session_statistics_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},      {8, CME_I32, 0, "SecurityID"},
    {12, CME_U32, 0, "RptSeq"},        {16, CME_U8, 0, "OpenCloseSettlFlag"},
    {17, CME_U8, 0, "MDUpdateAction"}, {19, CME_I32N, 8, "MDEntrySize"}};
static const struct tf_cme_field trade36_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},        {8, CME_I32, 0, "MDEntrySize"},
    {12, CME_I32, 0, "SecurityID"},      {16, CME_U32, 0, "RptSeq"},
    {20, CME_I32N, 0, "NumberOfOrders"}, {24, CME_I32, 0, "TradeID"},
    {28, CME_U8, 0, "AggressorSide"},    {29, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field volume_entries[] = {{0, CME_I32, 0, "MDEntrySize"},
                                                     {4, CME_I32, 0, "SecurityID"},
                                                     {8, CME_U32, 0, "RptSeq"},
                                                     {12, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field snap_root[] = {{0, CME_U32, 0, "LastMsgSeqNumProcessed"},
                                                {4, CME_U32, 0, "TotNumReports"},
                                                {8, CME_I32, 0, "SecurityID"},
                                                {12, CME_U32, 0, "RptSeq"},
                                                {16, CME_U64, 0, "TransactTime"},
                                                {24, CME_U64, 0, "LastUpdateTime"},
                                                {32, CME_U16N, 0, "TradeDate"},
                                                {34, CME_U8, 0, "MDSecurityTradingStatus"},
                                                {35, CME_I64N, 0, "HighLimitPrice"},
                                                {43, CME_I64N, 0, "LowLimitPrice"},
                                                {51, CME_I64N, 0, "MaxPriceVariation"}};
static const struct tf_cme_field snap_entries[] = {{0, CME_I64N, 0, "MDEntryPx"},
                                                   {8, CME_I32N, 0, "MDEntrySize"},
                                                   {12, CME_I32N, 0, "NumberOfOrders"},
                                                   {16, CME_I8N, 0, "MDPriceLevel"},
                                                   {17, CME_U16N, 0, "TradingReferenceDate"},
                                                   {19, CME_U8, 0, "OpenCloseSettlFlag"},
                                                   {20, CME_U8, 0, "SettlPriceType"}};
static const struct tf_cme_field quote_request_root[] = {
    {0, CME_U64, 0, "TransactTime"}, {31, CME_U8, 0, "MatchEventIndicator"}};
static const struct tf_cme_field quote_request_related_sym[] = {{20, CME_I32, 0, "SecurityID"},
                                                                {24, CME_I32N, 0, "OrderQty"},
                                                                {28, CME_I8, 0, "QuoteType"},
                                                                {29, CME_I8N, 0, "Side"}};
static const struct tf_cme_field trade_summary_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},        {8, CME_I32, 0, "MDEntrySize"},
    {12, CME_I32, 0, "SecurityID"},      {16, CME_U32, 0, "RptSeq"},
    {20, CME_I32N, 0, "NumberOfOrders"}, {24, CME_U8, 0, "AggressorSide"},
    {25, CME_U8, 0, "MDUpdateAction"},   {26, CME_U32N, 7, "MDTradeEntryID"}};
static const struct tf_cme_field trade_summary_orders[] = {{0, CME_U64, 0, "OrderID"},
                                                           {8, CME_I32, 0, "LastQty"}};
static const struct tf_cme_field order_book_entries[] = {
    {0, CME_U64N, 0, "OrderID"},    {8, CME_U64N, 0, "MDOrderPriority"},
    {16, CME_I64N, 0, "MDEntryPx"}, {24, CME_I32N, 0, "MDDisplayQty"},
    {28, CME_I32, 0, "SecurityID"}, {32, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field snap_order_book_root[] = {
    {0, CME_U32, 0, "LastMsgSeqNumProcessed"},
    {4, CME_U32, 0, "TotNumReports"},
    {8, CME_I32, 0, "SecurityID"},
    {12, CME_U32, 0, "NoChunks"},
    {16, CME_U32, 0, "CurrentChunk"},
    {20, CME_U64, 0, "TransactTime"}};
static const struct tf_cme_field snap_order_book_entries[] = {
    {0, CME_U64, 0, "OrderID"},
    {8, CME_U64N, 0, "MDOrderPriority"},
    {16, CME_I64, 0, "MDEntryPx"},
    {24, CME_I32, 0, "MDDisplayQty"}};
static const struct tf_cme_field trade_summary48_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},       {8, CME_I32, 0, "MDEntrySize"},
    {12, CME_I32, 0, "SecurityID"},     {16, CME_U32, 0, "RptSeq"},
    {20, CME_I32, 0, "NumberOfOrders"}, {24, CME_U8, 0, "AggressorSide"},
    {25, CME_U8, 0, "MDUpdateAction"},  {26, CME_U32N, 0, "MDTradeEntryID"}};
static const struct tf_cme_field top_orders_root[] = {{0, CME_U64, 0, "TransactTime"},
                                                      {8, CME_U8, 0, "MatchEventIndicator"},
                                                      {9, CME_I32, 0, "SecurityID"}};
static const struct tf_cme_field top_orders_entries[] = {{0, CME_U64, 0, "OrderID"},
                                                         {8, CME_U64, 0, "MDOrderPriority"},
                                                         {16, CME_I64, 0, "MDEntryPx"},
                                                         {24, CME_I32, 0, "MDDisplayQty"}};
static const struct tf_cme_field security_status_workup_root[] = {
    {0, CME_U64, 0, "TransactTime"},          {8, CME_I64N, 0, "MDEntryPx"},
    {16, CME_I32, 0, "SecurityID"},           {20, CME_U8, 0, "MatchEventIndicator"},
    {21, CME_U16N, 0, "TradeDate"},           {23, CME_U32, 0, "TradeLinkID"},
    {27, CME_U8, 0, "SecurityTradingStatus"}, {28, CME_U8, 0, "HaltReason"},
    {29, CME_U8, 0, "SecurityTradingEvent"}};
static const struct tf_cme_field security_status_workup_orders[] = {
    {0, CME_U64, 0, "OrderID"}, {8, CME_U8, 0, "Side"}, {9, CME_U8, 0, "AggressorIndicator"}};
static const struct tf_cme_field snap_tcp_root[] = {
    {0, CME_U64, 0, "TransactTime"},    {8, CME_U8, 0, "MatchEventIndicator"},
    {9, CME_I32, 0, "SecurityID"},      {13, CME_I64N, 0, "HighLimitPrice"},
    {21, CME_I64N, 0, "LowLimitPrice"}, {29, CME_I64N, 0, "MaxPriceVariation"}};
static const struct tf_cme_field snap_tcp_entries[] = {
    {0, CME_I64N, 0, "MDEntryPx"},
    {8, CME_I32N, 0, "MDEntrySize"},
    {12, CME_I32N, 0, "TradeableSize"},
    {16, CME_I32N, 0, "NumberOfOrders"},
    {20, CME_I8N, 0, "MDPriceLevel"},
    {21, CME_U8, 0, "OpenCloseSettlFlag"},
    {23, CME_U16N, 0, "TradingReferenceDate"},
    {25, CME_U8, 0, "SettlPriceType"}};
static const struct tf_cme_field collateral_market_value_entries[] = {
    {12, CME_U8, 0, "UnderlyingSecurityAltIDSource"},
    {13, CME_I64, 0, "CollateralMarketPrice"},
    {21, CME_I64, 0, "DirtyPrice"},
    {29, CME_U64, 0, "UnderlyingInstrumentGUID"},
    {37, CME_U8, 0, "MDStreamID"}};
static const struct tf_cme_field book_long_qty_entries[] = {
    {0, CME_I64N, 0, "MDEntryPx"},       {8, CME_U64N, 0, "MDEntrySize"},
    {16, CME_I32, 0, "SecurityID"},      {20, CME_U32, 0, "RptSeq"},
    {24, CME_I32N, 0, "NumberOfOrders"}, {28, CME_U8, 0, "MDPriceLevel"},
    {29, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field trade_summary_long_qty_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},       {8, CME_U64, 0, "MDEntrySize"},
    {16, CME_I32, 0, "SecurityID"},     {20, CME_U32, 0, "RptSeq"},
    {24, CME_I32, 0, "NumberOfOrders"}, {28, CME_U32, 0, "MDTradeEntryID"},
    {32, CME_U8, 0, "AggressorSide"},   {33, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field volume_long_qty_entries[] = {
    {0, CME_U64, 0, "MDEntrySize"},
    {8, CME_I32, 0, "SecurityID"},
    {12, CME_U32, 0, "RptSeq"},
    {16, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field session_statistics_long_qty_entries[] = {
    {0, CME_I64, 0, "MDEntryPx"},          {8, CME_U64N, 0, "MDEntrySize"},
    {16, CME_I32, 0, "SecurityID"},        {20, CME_U32, 0, "RptSeq"},
    {24, CME_U8, 0, "OpenCloseSettlFlag"}, {25, CME_U8, 0, "MDUpdateAction"}};
static const struct tf_cme_field snap_tcp_long_qty_entries[] = {
    {0, CME_I64N, 0, "MDEntryPx"},
    {8, CME_U64N, 0, "MDEntrySize"},
    {16, CME_I32N, 0, "NumberOfOrders"},
    {20, CME_U8N, 0, "MDPriceLevel"},
    {21, CME_U8, 0, "OpenCloseSettlFlag"}};

static const struct tf_cme_group channel_reset_groups[] = {
    {"NoMDEntries", FIELDS(channel_reset_entries), .header = 3, .block_min = 2,
     .const_action = '0', .const_type = 'J'}};
static const struct tf_cme_group book_groups[] = {
    {"NoMDEntries", FIELDS(book_entries), .header = 3, .block_min = 27, .security = 12,
     .rpt_seq = 16, .action = 25, .type = 26},
    {"NoOrderIDEntries", FIELDS(book_orders), .header = 8, .since = 7, .block_min = 22}};
static const struct tf_cme_group daily_statistics_groups[] = {
    {"NoMDEntries", FIELDS(daily_statistics_entries), .header = 3, .block_min = 25,
     .security = 12, .rpt_seq = 16, .action = 23, .type = 24}};
static const struct tf_cme_group limits_banding_groups[] = {
    {"NoMDEntries", FIELDS(limits_banding_entries), .header = 3, .block_min = 32,
     .security = 24, .rpt_seq = 28, .const_action = '0', .const_type = 'g'}};
static const struct tf_cme_group session_statistics_groups[] = {
    {"NoMDEntries", FIELDS(session_statistics_entries), .header = 3, .block_min = 19,
     .security = 8, .rpt_seq = 12, .action = 17, .type = 18}};
static const struct tf_cme_group trade36_groups[] = {
    {"NoMDEntries", FIELDS(trade36_entries), .header = 3, .block_min = 30, .security = 12,
     .rpt_seq = 16, .action = 29, .const_type = '2'}};
static const struct tf_cme_group volume_groups[] = {
    {"NoMDEntries", FIELDS(volume_entries), .header = 3, .block_min = 13, .security = 4,
     .rpt_seq = 8, .action = 12, .const_type = 'e'}};
static const struct tf_cme_group snap_groups[] = {
    {"NoMDEntries", FIELDS(snap_entries), .header = 3, .block_min = 22, .type = 21}};
static const struct tf_cme_group quote_request_groups[] = {
    {"NoRelatedSym", FIELDS(quote_request_related_sym), .header = 3, .block_min = 30,
     .security = 20}};
static const struct tf_cme_group trade_summary_groups[] = {
    {"NoMDEntries", FIELDS(trade_summary_entries), .header = 3, .block_min = 26, .security = 12,
     .rpt_seq = 16, .action = 25, .const_type = '2'},
    {"NoOrderIDEntries", FIELDS(trade_summary_orders), .header = 8, .block_min = 12}};
static const struct tf_cme_group order_book_groups[] = {
    {"NoMDEntries", FIELDS(order_book_entries), .header = 3, .block_min = 34, .security = 28,
     .action = 32, .type = 33}};
static const struct tf_cme_group snap_order_book_groups[] = {
    {"NoMDEntries", FIELDS(snap_order_book_entries), .header = 3, .block_min = 29, .type = 28}};
static const struct tf_cme_group book_groups46[] = {
    {"NoMDEntries", FIELDS(book_entries), .header = 3, .block_min = 27, .security = 12,
     .rpt_seq = 16, .action = 25, .type = 26},
    {"NoOrderIDEntries", FIELDS(book_orders), .header = 8, .block_min = 22}};
static const struct tf_cme_group trade_summary_groups48[] = {
    {"NoMDEntries", FIELDS(trade_summary48_entries), .header = 3, .block_min = 30,
     .security = 12, .rpt_seq = 16, .action = 25, .const_type = '2'},
    {"NoOrderIDEntries", FIELDS(trade_summary_orders), .header = 8, .block_min = 12}};
static const struct tf_cme_group session_statistics_groups51[] = {
    {"NoMDEntries", FIELDS(session_statistics_entries), .header = 3, .block_min = 23,
     .security = 8, .rpt_seq = 12, .action = 17, .type = 18}};
static const struct tf_cme_group top_orders_groups[] = {
    {"NoMDEntries", FIELDS(top_orders_entries), .header = 3, .block_min = 29, .type = 28}};
static const struct tf_cme_group security_status_workup_groups[] = {
    {"NoOrderIDEntries", FIELDS(security_status_workup_orders), .header = 3, .block_min = 10}};
static const struct tf_cme_group snap_tcp_groups[] = {
    {"NoMDEntries", FIELDS(snap_tcp_entries), .header = 3, .block_min = 26, .type = 22}};
static const struct tf_cme_group collateral_market_value_groups[] = {
    {"NoMDEntries", FIELDS(collateral_market_value_entries), .header = 3, .block_min = 38}};
static const struct tf_cme_group book_long_qty_groups[] = {
    {"NoMDEntries", FIELDS(book_long_qty_entries), .header = 3, .block_min = 31, .security = 16,
     .rpt_seq = 20, .action = 29, .type = 30},
    {"NoOrderIDEntries", FIELDS(book_orders), .header = 8, .block_min = 22}};
static const struct tf_cme_group trade_summary_long_qty_groups[] = {
    {"NoMDEntries", FIELDS(trade_summary_long_qty_entries), .header = 3, .block_min = 34,
     .security = 16, .rpt_seq = 20, .action = 33, .const_type = '2'},
    {"NoOrderIDEntries", FIELDS(trade_summary_orders), .header = 8, .block_min = 12}};
static const struct tf_cme_group volume_long_qty_groups[] = {
    {"NoMDEntries", FIELDS(volume_long_qty_entries), .header = 3, .block_min = 17,
     .security = 8, .rpt_seq = 12, .action = 16, .const_type = 'e'}};
static const struct tf_cme_group session_statistics_long_qty_groups[] = {
    {"NoMDEntries", FIELDS(session_statistics_long_qty_entries), .header = 3, .block_min = 27,
     .security = 16, .rpt_seq = 20, .action = 25, .type = 26}};
static const struct tf_cme_group snap_tcp_long_qty_groups[] = {
    {"NoMDEntries", FIELDS(snap_tcp_long_qty_entries), .header = 3, .block_min = 23,
     .type = 22}};

const struct tf_cme_layout tf_cme_market_layouts[256] = {
    [4] = INCREMENTAL("ChannelReset4", channel_reset_groups),
    [12] = {.name = "AdminHeartbeat12", .transact = CME_NONE, .indicator = CME_NONE},
    [15] = {.name = "AdminLogin15",
            FIELDS(admin_login_root),
            .block_min = 1,
            .transact = CME_NONE,
            .indicator = CME_NONE},
    [16] = {.name = "AdminLogout16",
            .block_min = 180,
            .transact = CME_NONE,
            .indicator = CME_NONE},
    [30] = {.name = "SecurityStatus30",
            FIELDS(security_status_root),
            .block_min = 30,
            .transact = 0,
            .indicator = 26,
            .security = 20},
    [32] = INCREMENTAL("MDIncrementalRefreshBook32", book_groups),
    [33] = INCREMENTAL("MDIncrementalRefreshDailyStatistics33", daily_statistics_groups),
    [34] = INCREMENTAL("MDIncrementalRefreshLimitsBanding34", limits_banding_groups),
    [35] = INCREMENTAL("MDIncrementalRefreshSessionStatistics35", session_statistics_groups),
    [36] = INCREMENTAL("MDIncrementalRefreshTrade36", trade36_groups),
    [37] = INCREMENTAL("MDIncrementalRefreshVolume37", volume_groups),
    [38] = {.name = "SnapshotFullRefresh38",
            FIELDS(snap_root),
            .block_min = 59,
            .transact = 16,
            .indicator = CME_NONE,
            .security = 8,
            GROUPS(snap_groups)},
    [39] = {.name = "QuoteRequest39",
            FIELDS(quote_request_root),
            .block_min = 32,
            .transact = 0,
            .indicator = 31,
            GROUPS(quote_request_groups)},
    [42] = INCREMENTAL("MDIncrementalRefreshTradeSummary42", trade_summary_groups),
    [43] = INCREMENTAL("MDIncrementalRefreshOrderBook43", order_book_groups),
    [44] = {.name = "SnapshotFullRefreshOrderBook44",
            FIELDS(snap_order_book_root),
            .block_min = 28,
            .transact = 20,
            .indicator = CME_NONE,
            .security = 8,
            GROUPS(snap_order_book_groups)},
    [46] = INCREMENTAL("MDIncrementalRefreshBook46", book_groups46),
    [47] = INCREMENTAL("MDIncrementalRefreshOrderBook47", order_book_groups),
    [48] = INCREMENTAL("MDIncrementalRefreshTradeSummary48", trade_summary_groups48),
    [49] = INCREMENTAL("MDIncrementalRefreshDailyStatistics49", daily_statistics_groups),
    [50] = INCREMENTAL("MDIncrementalRefreshLimitsBanding50", limits_banding_groups),
    [51] = INCREMENTAL("MDIncrementalRefreshSessionStatistics51", session_statistics_groups51),
    [52] = {.name = "SnapshotFullRefresh52",
            FIELDS(snap_root),
            .block_min = 59,
            .transact = 16,
            .indicator = CME_NONE,
            .security = 8,
            GROUPS(snap_groups)},
    [53] = {.name = "SnapshotFullRefreshOrderBook53",
            FIELDS(snap_order_book_root),
            .block_min = 28,
            .transact = 20,
            .indicator = CME_NONE,
            .security = 8,
            GROUPS(snap_order_book_groups)},
    [59] = {.name = "SnapshotRefreshTopOrders59",
            FIELDS(top_orders_root),
            .block_min = 13,
            .transact = 0,
            .indicator = 8,
            .security = 9,
            GROUPS(top_orders_groups)},
    [60] = {.name = "SecurityStatusWorkup60",
            FIELDS(security_status_workup_root),
            .block_min = 30,
            .transact = 0,
            .indicator = 20,
            .security = 16,
            GROUPS(security_status_workup_groups)},
    [61] = {.name = "SnapshotFullRefreshTCP61",
            FIELDS(snap_tcp_root),
            .block_min = 37,
            .transact = 0,
            .indicator = 8,
            .security = 9,
            GROUPS(snap_tcp_groups)},
    [62] = INCREMENTAL("CollateralMarketValue62", collateral_market_value_groups),
    [64] = INCREMENTAL("MDIncrementalRefreshBookLongQty64", book_long_qty_groups),
    [65] =
        INCREMENTAL("MDIncrementalRefreshTradeSummaryLongQty65", trade_summary_long_qty_groups),
    [66] = INCREMENTAL("MDIncrementalRefreshVolumeLongQty66", volume_long_qty_groups),
    [67] = INCREMENTAL("MDIncrementalRefreshSessionStatisticsLongQty67",
                       session_statistics_long_qty_groups),
    [68] = {.name = "SnapshotFullRefreshTCPLongQty68",
            FIELDS(snap_tcp_root),
            .block_min = 37,
            .transact = 0,
            .indicator = 8,
            .security = 9,
            GROUPS(snap_tcp_long_qty_groups)},
    [69] = {.name = "SnapshotFullRefreshLongQty69",
            FIELDS(snap_root),
            .block_min = 59,
            .transact = 16,
            .indicator = CME_NONE,
            .security = 8,
            GROUPS(snap_tcp_long_qty_groups)},
};
