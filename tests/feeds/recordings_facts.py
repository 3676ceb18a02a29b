# SPDX-License-Identifier: Apache-2.0
"""What of each format's facts is compared with what of `tickfan inspect --json`.

MAPPING has for each format each key at the top of its facts:

    SAME        it is in the JSON under the same key, and every value in it is equal
    TOLD        the same where the JSON has it; where it has not, listed as not compared
    "key.key"   it is there in the JSON
    function    (facts, json) -> pairs of (path, wanted, got), or a reason not to compare
    Not(why)    it is not compared
"""
import collections
import json
import pathlib

Not = collections.namedtuple("Not", "why")
SAME, TOLD = "same", "told"
HERE = pathlib.Path(__file__).resolve().parent

OF_FILE = Not("says where the file came from")
BY_HAND = Not("prose")
HASH = Not("a hash that inspect does not make")
PROVENANCE = {key: OF_FILE for key in
              ("file", "sha256", "version", "kind", "group", "source_repo", "source_path", "source_commit",
               "licence", "note", "price_scale", "field_sums_note")}


def bytes_of_input(facts, got):
    """The size is the file's own; inspect knows the decompressed one."""
    return [("size", facts["size"], got["bytes"])] if got["compression"] == "none" else []


def packets_of(text):
    return text.split(" ", 1)[1] if text.startswith(("udp ", "tcp ")) else text


def is_arbitrated(facts, got):
    """Copies on other lines were dropped, so facts of all lines together are not those of the JSON."""
    return bool(got.get("duplicates") or got.get("late"))


def unless_arbitrated(key, path=None):
    """Facts that count every copy of a message: only where there were no copies."""
    def compare(facts, got):
        if is_arbitrated(facts, got):
            return "counts copies on other lines too"
        return pairs(key, facts[key], at(got, path or key))
    return compare


def flows(facts, got):
    return [(f"flows.{flow}", packets, got["flows"].get(packets_of(flow)))
            for flow, packets in facts["flows"].items()]


def destinations(facts, got):
    counts = collections.Counter()
    for flow, packets in got["flows"].items():
        counts[flow.partition("->")[2]] += packets
    return pairs("destinations", facts["destinations"], counts)


def line_for(got, destination, name):
    """The line to this destination whose channel has this name in its own, or the only one."""
    lines = [line for line in got["lines"] if line["flow"].endswith("->" + destination)]
    named = [line for line in lines if name in line["channel"]]
    return (named or lines or [None])[0]


def sequence_by_destination(facts, got):
    """"session='000010059B' 233.54.12.1:26400" or "unit=17 233.209.92.196:30217"."""
    out = []
    for key, sequence in facts["sequence"].items():
        name, _, destination = key.rpartition(" ")
        line = line_for(got, destination, name.partition("=")[2].strip("'"))
        out += pairs(f"sequence.{key}", sequence, line and line["sequence"])
    return out


def sequence_of_only_line(facts, got):
    told = facts["sequence_ignoring_restarts"]
    if len(told) != 1 or len(got["lines"]) != 1:
        return "of several streams"
    return pairs("sequence_ignoring_restarts", next(iter(told.values())), got["lines"][0]["sequence"])


def epochs(facts, got):
    seen = sorted((epoch for channel in got["channels"] for epoch in channel["epochs"]),
                  key=lambda epoch: epoch["first_packet"])
    out = [("epochs.count", facts["epochs"]["count"], len(seen))]
    for number, (wanted, epoch) in enumerate(zip(facts["epochs"]["list"], seen)):
        out += pairs(f"epochs.list[{number}]", wanted, epoch)
    return out


def by_line(facts, got):
    """ITCH: all copies are those of the lines together."""
    total = collections.Counter()
    for line in got["lines"]:
        total.update(line["messages_by_type"])
    return pairs("messages_by_type", facts["messages_by_type"], total) + [
        ("messages", facts["messages"], sum(line["messages"] for line in got["lines"]))]


def messages_here(facts, got):
    """Where facts count copies, what the lines have; else the total."""
    if "lines" in got and is_arbitrated(facts, got):
        return by_line(facts, got)
    return [("messages", facts["messages"], got["messages"])] + pairs(
        "messages_by_type", facts["messages_by_type"], got["messages_by_type"])


def arbitrated(facts, got):
    """ITCH: each session's messages, each once."""
    told = facts["arbitrated_by_session"]
    out = [("duplicates", told["duplicate_messages"], got["duplicates"])]
    for session, wanted in told["sessions"].items():
        channel = [c for c in got["channels"] if session.strip("'") in c["name"]]
        if len(channel) != 1 or len(told["sessions"]) != 1:
            return "of several sessions"
        missing = [n for first, last, _ in channel[0]["gaps"] for n in range(first, last + 1)]
        out += [("unique_messages", wanted["unique_messages"], channel[0]["messages"]),
                ("first_seq", wanted["first_seq"], channel[0]["first_seq"]),
                ("last_seq", wanted["last_seq"], channel[0]["next_expected"] - 1),
                ("missing_after_arbitration", wanted["missing_after_arbitration"],
                 channel[0]["missing_messages"]),
                ("missing_list", wanted["missing_list"], missing)]
        inner = {key: value for key, value in wanted.items() if key in ITCH}
        for key, value in inner.items():
            for pair in taken(key, ITCH[key], inner, got):
                out.append((f"arbitrated.{pair[0]}", *pair[1:]))
    return out


def first_event(facts, got):
    times = facts["message_ts_ns_since_midnight"]
    return [("first_ts_event", times["first_in_file"], got["first_ts_event"]),
            ("last_ts_event", times["last_in_file"], got["last_ts_event"])] + pairs(
        "message_ts_ns_since_midnight", times, got["message_ts_ns_since_midnight"])


def itch_symbols(facts, got):
    return [("symbols", facts["symbols"]["distinct_in_messages"], got["symbols"])] + pairs(
        "symbols", facts["symbols"], got["symbols_detail"])


def itch_framing(facts, got):
    framing = facts["framing"]
    if "trailing_partial_bytes" not in framing:
        return []
    return [("framing.trailing_partial_bytes", framing["trailing_partial_bytes"], got["trailing_bytes"]),
            ("framing.end_of_session_zero_length", framing["end_of_session_zero_length"],
             got["end_of_session"]),
            ("framing.uncompressed_size", framing["uncompressed_size"], got["bytes"])]


def anomalies(facts, got):
    """An independent decoder that found nothing wrong is not contradicted."""
    return [("anomalies", {}, got["errors_by_kind"] if got["errors"] else {})] if not facts["anomalies"] \
        else "are in its own words"


def crc_of_blocks(facts, got):
    return [("message_block_stream.crc32", facts["message_block_stream"]["crc32"],
             got["message_block_stream"]["crc32"])]


def copies(function):
    """A function over facts that count copies: only where there were none."""
    def compare(facts, got):
        return "counts copies on other lines too" if is_arbitrated(facts, got) else function(facts, got)
    return compare


ITCH = {
    "messages": lambda facts, got: [("messages", facts["messages"], got["messages"])],
    "messages_by_type": SAME,
    "message_lengths_by_type": SAME,
    "anomalies": anomalies,
    "message_ts_ns_since_midnight": first_event,
    "symbols": itch_symbols,
    "system_events": SAME,
    "flags": SAME,
    "sums": SAME,
    "executed_volume_all_E_C_P": SAME,
    "trade_events_E_C_P": SAME,
    "orders_open_at_end": SAME,
    "open_shares_at_end": SAME,
    "message_block_stream": crc_of_blocks,
}

CAPTURE = {
    "container": lambda facts, got: pairs("container", {
        key: value for key, value in facts["container"].items() if key not in ("blocks", "interfaces")},
        got["container"]),
    "packet_counters": lambda facts, got: pairs("packet_counters", {
        key: value for key, value in facts["packet_counters"].items()
        if key not in ("with_link_padding", "tcp_technical_header_packets")}, got["packet_counters"]),
    "flows": flows,
    "capture_ts_ns": SAME,
}


def iex_totals(facts, got):
    return [("messages", sum(facts["messages_by_type"].values()), got["messages"])] + pairs(
        "messages_by_type", facts["messages_by_type"], got["messages_by_type"])


def iex_times(facts, got):
    out = [("first_ts_event", facts["message_ts_ns"]["first_in_file"], got["first_ts_event"]),
           ("last_ts_event", facts["message_ts_ns"]["last_in_file"], got["last_ts_event"])]
    return out + (pairs("message_ts_ns", facts["message_ts_ns"], got["message_ts_ns"])
                  if "message_ts_ns" in got else [])


def symbols_detail(facts, got):
    return pairs("symbols", facts["symbols"], got["symbols_detail"]) if "symbols_detail" in got \
        else "is not told"


def crc_if_told(key):
    def compare(facts, got):
        wanted = facts[key]["crc32"] if isinstance(facts[key], dict) else facts[key]
        told = got.get(key)
        told = told.get("crc32") if isinstance(told, dict) else told
        return [(f"{key}.crc32", wanted, told)] if told else "is not told"
    return compare


def protocols(facts, got):
    """"0x8003 TOPS 1.6": packets; channels are called "proto=0x8003 chan=1 ..."."""
    counts = collections.Counter()
    for line in got["lines"]:
        counts[line["channel"].partition(" ")[0].partition("=")[2]] += line["packets"]
    return [(f"protocols_by_segment.{key}", packets, counts[key.split()[0]])
            for key, packets in facts["protocols_by_segment"].items()]


IEX = {**PROVENANCE, **CAPTURE, "size": bytes_of_input, "destinations": destinations,
       "protocols_by_segment": protocols, "segment_send_time_ns": SAME, "epochs": epochs,
       "sequence_ignoring_restarts": sequence_of_only_line,
       "stream_offset_ignoring_restarts": Not("inspect follows messages, not bytes"),
       "messages_by_type": iex_totals, "message_lengths_by_type": TOLD, "wrong_length_by_type": TOLD,
       "message_ts_ns": iex_times, "symbols": symbols_detail, "sums": TOLD, "flags": TOLD,
       "message_block_stream": crc_if_told("message_block_stream"), "first_messages_hex": TOLD}


def cme_sums(path, feed, got):
    """What the decoder adds up is of all feeds together, so of one, or of lines that are its copies."""
    named = {"symbols": "symbols_detail", "trades": "trades_detail", "sequence": None, "counters": None,
             "field_sums_note": None}
    out = [pair for key, value in feed.items() if named.get(key, key)
           for pair in pairs(f"{path}.{key}", value, got.get(named.get(key, key), ABSENT))]
    return out + [(f"{path}.counters.unknown", feed["counters"].get("unknown_template_or_schema", 0),
                   got.get("unknown_template_or_schema", 0))]


def cme_feeds(facts, got):
    """Each flow: its sequence, its packets and messages; the sum of all, where no line is a copy."""
    out, total = [], collections.Counter()
    for flow, feed in facts["feeds"].items():
        total.update(feed["messages_by_template"])
        line = [line for line in got["lines"] if line["flow"] == packets_of(flow)]
        line = line[0] if line else {}
        out += pairs(f"feeds.{flow}.sequence", feed["sequence"], line.get("sequence"))
        out += [(f"feeds.{flow}.packets", feed["counters"]["packets"], line.get("packets")),
                (f"feeds.{flow}.messages", feed["counters"].get("messages", 0), line.get("messages"))]
        out += pairs(f"feeds.{flow}.messages_by_template", feed["messages_by_template"],
                     line.get("messages_by_type"))
        if len({feed["message_stream_crc32"] for feed in facts["feeds"].values()}) == 1:
            out += cme_sums(f"feeds.{flow}", feed, got) # one feed, or its lines A and B, alike
    if not is_arbitrated(facts, got):
        out += pairs("messages_by_template", total, got["messages_by_type"])
        out.append(("messages", sum(total.values()), got["messages"]))
    return out


def pitch_totals(facts, got):
    return [("messages", sum(facts["messages_by_type"].values()), got["messages"])] + pairs(
        "messages_by_type", facts["messages_by_type"], got["messages_by_type"])


def pitch_symbols(facts, got):
    """Binary: a list of names; ASCII: how many, and some."""
    if isinstance(facts["symbols"], dict):
        return [("symbols", facts["symbols"]["distinct"], got["symbols"])] + (
            pairs("symbols", facts["symbols"], got["symbols_detail"]) if "symbols_detail" in got else [])
    return [("symbols", len(facts["symbols"]), got["symbols"]),
            ("symbols", facts["symbols"], got["symbols_detail"])]


def pitch_times(facts, got):
    times = facts["timestamp_ms_since_midnight"]
    out = [("first_ts_event", times["first"] * 1000000, got["first_ts_event"]),
           ("last_ts_event", times["last"] * 1000000, got["last_ts_event"]),
           ("backward_steps", times["backward_steps"], got["errors_by_kind"].get("time_backwards", 0))]
    return out


def dbn_records(facts, got):
    by_rtype = {key.split()[0]: count for key, count in facts["records_by_rtype"].items()}
    return [("records", facts["records"], got["messages"])] + pairs(
        "records_by_rtype", by_rtype, got["messages_by_type"])


def dbn_framing(facts, got):
    framing = facts["framing"]
    return [("framing.uncompressed_size", framing["uncompressed_size"], got["bytes"]),
            ("framing.compression", framing["compression"] or "none", got["compression"])]


DBN_TOLD = ("metadata", "record_lengths", "ts_event", "ts_recv", "sequence", "instrument_ids",
            "publisher_ids", "action_counts", "action_side_counts", "flags", "totals", "field_sums_by_rtype",
            "definition_raw_symbols", "record_stream_crc32", "first_record_hex", "last_record_hex")

MAPPING = {
    "itch50": {**PROVENANCE, "size": bytes_of_input, "framing": itch_framing, **ITCH,
               "first_message_of_each_type_hex": SAME},
    "moldudp64_itch50": {
        **PROVENANCE, **CAPTURE, "size": bytes_of_input, "framing": BY_HAND, "sequence": sequence_by_destination,
        **{key: how if key == "anomalies" else unless_arbitrated(key) if how == SAME else copies(how)
           for key, how in ITCH.items()},
        "messages": messages_here, "messages_by_type": Not("is compared with messages"),
        "first_message_of_each_type_hex": SAME, "arbitrated_by_session": arbitrated,
        "ledger": Not("says how the capture was made")},
    "iex_tops": IEX, "iex_deep": IEX, "iex_deepplus": IEX,
    "cme_mdp3": {**PROVENANCE, **CAPTURE, "size": bytes_of_input, "framing": BY_HAND, "feeds": cme_feeds},
    "pitch_binary": {**PROVENANCE, **CAPTURE, "size": bytes_of_input, "sequence": sequence_by_destination,
                     "messages_by_type": pitch_totals, "symbols": pitch_symbols, "sums": TOLD,
                     "message_stream_crc32": TOLD, "first_message_of_each_type_hex": TOLD},
    "pitch_ascii": {**PROVENANCE, "size": bytes_of_input, "framing": BY_HAND,
                    "messages": lambda facts, got: [("messages", facts["messages"], got["messages"])],
                    "messages_by_type": SAME, "message_lengths_by_type": TOLD,
                    "unknown_types": TOLD, "timestamp_ms_since_midnight": pitch_times,
                    "symbols": pitch_symbols, "sums": TOLD, "trade_events_E_P": "trades",
                    "executed_volume_E_P": "traded_volume"},
    "dbn": {**PROVENANCE, "size": bytes_of_input, "records": dbn_records,
            "records_by_rtype": Not("is compared with records"), "anomalies": anomalies,
            "trailing_bytes": SAME, "framing": dbn_framing, **{key: TOLD for key in DBN_TOLD}},
    "lobster": {**PROVENANCE, "size": bytes_of_input, "rows": "messages", "events_by_type": "messages_by_type",
                "ns_since_midnight": SAME, "sums": SAME},
}

ABSENT = object()


def at(tree, path):
    for key in path.split("."):
        tree = tree.get(key, ABSENT) if isinstance(tree, dict) else ABSENT
    return tree


def pairs(path, wanted, got):
    """Leaf by leaf; what the JSON has beyond the facts is its own affair, but in counts."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [pair for key, value in wanted.items() for pair in
                pairs(f"{path}.{key}", value, got.get(key, ABSENT))] or [(path, wanted, {})]
    return [(path, wanted, got)]


def told(path, wanted, got):
    """As pairs(), without what the JSON does not have."""
    out = pairs(path, wanted, got)
    return [pair for pair in out if pair[2] is not ABSENT], [pair[0] for pair in out if pair[2] is ABSENT]


def taken(key, how, facts, got):
    """The pairs of one fact, or a reason that there are none."""
    if isinstance(how, Not):
        return how.why
    if callable(how):
        return how(facts, got)
    return pairs(key, facts[key], at(got, key if how == SAME else how))


SHAPED_OTHERWISE = {"non_monotonic": "inspect counts them and does not list them",
                    "types": "inspect has types by line, not by epoch",
                    "overlaps": "are non_monotonic_count of a line",
                    "trade_volume": "inspect has volume of the whole",
                    "trade_price_sum_e4": "inspect has sums of the whole",
                    "crc32": "inspect has the checksum of the whole", "stream": "is the channel's name"}


def is_equal(wanted, got):
    """Gaps: the first of them are kept."""
    if isinstance(wanted, list) and isinstance(got, list) and len(got) == 20 and len(wanted) > 20:
        return wanted[:20] == got
    return wanted == got


def compare(facts, got):
    """How many leaves were compared, what is wrong, and {reason: keys that were not compared}."""
    mapping = MAPPING[facts["format"]]
    compared, wrong, left = 0, [], collections.defaultdict(set)
    if got.get("format") != facts["format"]:
        wrong.append(f"format is {got.get('format')}, not {facts['format']}")
    for key in facts:
        how = mapping.get(key, Not("has no mapping"))
        if key == "format":
            continue
        if how == TOLD:
            found, absent = told(key, facts[key], got.get(key, ABSENT))
            if absent:
                left["is not told"].update(absent if found else [key])
        else:
            found = taken(key, how, facts, got)
        if isinstance(found, str):
            left[found].add(key)
            continue
        for path, value, mine in found:
            name = path.rsplit(".", 1)[-1]
            if name in SHAPED_OTHERWISE and mine is ABSENT:
                left[SHAPED_OTHERWISE[name]].add(name)
                continue
            compared += 1
            if not is_equal(value, mine):
                wrong.append(f"{path} is {'not there' if mine is ABSENT else json.dumps(mine)[:200]}, "
                             f"not {json.dumps(value)[:200]}")
    return compared, wrong, left


def status(facts, got):
    """The exit status that the recording as it is must give."""
    framing = facts.get("framing")
    partial = framing.get("trailing_partial_bytes") if isinstance(framing, dict) else 0
    return 65 if partial or facts.get("trailing_bytes") else 0


# ---- what this version does not read ---------------------------------------------------------------

NAMES = {"asx": "MoldUDP64", "jnx": "MoldUDP64", "nasdaq": "MoldUDP64", "imperative": "IntelligentCross",
         "b3": "B3 Binary UMDF", "box": "HSVF", "cboe": "Cboe CSM", "coinbase": "Coinbase", "eurex": "EOBI",
         "ice": "ICE iMpact", "memx": "MEMOIR", "miax": "MIAX MACH", "nyse": "NYSE", "otc": "OTC Markets"}


def is_refused(facts):
    return facts.get("format", "").startswith(("other/", "opra_cta")) or "column_sums" in facts


def refused(path, facts):
    """The word that the error must have; or, of a file that is not what its name says, what it is."""
    if path.name == "Equities.MemiorDepth.v1.3_StockTradingActionMessage.pcap":
        return None, {"why": "which is Nasdaq's in truth",
                      "is": {"format": "moldudp64_itch50", "messages_by_type": {"H": 1}}}
    if facts["format"] == "opra_cta":
        return {"Opra": "OPRA", "Cqs.": "CQS", "Cts.": "CTS"}.get(path.name[:4]), None
    if facts["format"] == "lobster":
        return "LOBSTER order book", None
    if path.parent.name == "tmx":
        return "XMT" if "Xmt" in path.name else "HSVF", None
    return NAMES.get(path.parent.name), None
