# SPDX-License-Identifier: Apache-2.0
"""Where the records of a recording are, found by the container alone."""
import struct


def pcap_ends(data):
    """The offset behind each packet record of a classic pcap."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]
        if at <= len(data):
            yield at


def pcapng_ends(data):
    """The offset behind each packet block of a pcapng; one section, one byte order."""
    order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        at += length
        if length < 12 or at > len(data):
            return
        if kind in (3, 6):
            yield at


def binaryfile_ends(data):
    at = 0
    while at + 2 <= len(data):
        length = struct.unpack_from(">H", data, at)[0]
        at += 2 + length
        if not length or at > len(data):
            return
        yield at


def dbn_ends(data):
    """The offset behind each DBN record; of a fragment without metadata, too."""
    at = 8 + struct.unpack_from("<I", data, 4)[0] if data[:3] == b"DBN" else 0
    while at < len(data) and data[at]:
        at += 4 * data[at]
        if at <= len(data):
            yield at


def line_ends(data):
    at = data.find(b"\n") + 1
    while at:
        yield at
        at = data.find(b"\n", at) + 1


def places(kind, data):
    """Some records: how many come before, where they end, and a place inside the next."""
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        ends = list(pcap_ends(data))
    elif data[:4] == b"\x0a\x0d\x0d\x0a":
        ends = list(pcapng_ends(data))
    else:
        find = {"itch50": binaryfile_ends, "dbn": dbn_ends, "pitch_ascii": line_ends,
                "lobster": line_ends}.get(kind)
        ends = list(find(data)) if find else []
    for number in sorted({1, 2, len(ends) // 2, len(ends) - 1}):
        if 0 < number < len(ends):
            end, after = ends[number - 1], ends[number]
            yield number, end, (end + after) // 2
