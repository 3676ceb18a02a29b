#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reader of DBN that shares nothing with Tickfan: the layout again, from the specification.

dbn_reader.py check FILE       refuse what is not well formed; one JSON object: counts, sums, symbols
dbn_reader.py records FILE     the records' bytes to standard output
"""
import collections, json, struct, subprocess, sys

# rtype: {length: version}, and for the books and trades struct formats behind the 16-byte header.
LENGTHS = {0xA0: {56}, 0x00: {48}, 0x01: {80}, 0x12: {40}, 0x13: {360, 400, 520}, 0x16: {80, 176},
           0x17: {80, 320}, 0x18: {64, 80}}
BY_VERSION = {0x13: {1: 360, 2: 400, 3: 520}, 0x16: {1: 80, 2: 176, 3: 176}, 0x17: {1: 80, 2: 320, 3: 320},
              0x18: {1: 64, 2: 64, 3: 80}}
MBO = struct.Struct('<QqIBBccQiI')
MBP = struct.Struct('<qIccBBQiI')


def load(path):
    data = open(path, 'rb').read()
    if data[:4] == b'\x28\xb5\x2f\xfd':
        data = subprocess.run(['zstd', '-dcq'], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def cstr(raw):
    text, _, rest = raw.partition(b'\0')
    assert not rest.strip(b'\0'), 'bytes behind the end of a text'
    return text.decode('ascii')


def metadata(data):
    assert data[:3] == b'DBN', 'no DBN'
    version, length = data[3], struct.unpack_from('<I', data, 4)[0]
    assert version in (1, 2, 3) and length >= 100 and 8 + length <= len(data), 'metadata length'
    assert version < 3 or length % 8 == 0, 'version 3 pads its metadata'
    meta = {'version': version, 'dataset': cstr(data[8:24])}
    meta['schema'], meta['start'], meta['end'], meta['limit'] = struct.unpack_from('<HQQQ', data, 24)
    if version == 1:
        meta['stype_in'], meta['stype_out'], meta['ts_out'], size = *data[58:61], 22
    else:
        meta['stype_in'], meta['stype_out'], meta['ts_out'] = data[50:53]
        size = struct.unpack_from('<H', data, 53)[0]
        assert size == 71, 'symbol length'
    assert struct.unpack_from('<I', data, 108)[0] == 0, 'schema definition'
    at = 112
    for name in ('symbols', 'partial', 'not_found'):
        count = struct.unpack_from('<I', data, at)[0]
        meta[name] = [cstr(data[at + 4 + i * size:at + 4 + (i + 1) * size]) for i in range(count)]
        at += 4 + count * size
    count, at = struct.unpack_from('<I', data, at)[0], at + 4
    meta['mappings'] = {}
    for _ in range(count):
        symbol, intervals = cstr(data[at:at + size]), struct.unpack_from('<I', data, at + size)[0]
        at += size + 4
        for _ in range(intervals):
            start, end = struct.unpack_from('<II', data, at)
            assert 19700101 <= start < end, 'days'
            meta['mappings'][int(cstr(data[at + 8:at + 8 + size]))] = symbol
            at += 8 + size
    assert at <= 8 + length and not data[at:8 + length].strip(b'\0'), 'padding is zeros'
    return meta, 8 + length


def check(data):
    meta, at = metadata(data)
    counts, sums, symbols = collections.Counter(), collections.Counter(), dict(meta['mappings'])
    unnamed, words = set(), collections.Counter()
    while at < len(data):
        length, rtype, publisher, instrument, ts_event = struct.unpack_from('<BBHIQ', data, at)
        length *= 4
        assert length >= 16 and at + length <= len(data), f'record at {at}'
        assert length in LENGTHS[rtype], f'rtype {rtype:#x} of {length} bytes at {at}'
        assert BY_VERSION.get(rtype, {}).get(meta['version'], length) == length, f'version at {at}'
        record = data[at:at + length]
        counts[f'{rtype:#04x}'] += 1
        if rtype == 0xA0:
            order, price, size, flags, channel, action, side, ts_recv, delta, sequence = MBO.unpack(record[16:])
            assert action in b'ACMRTFN' and side in b'ABN', f'letters at {at}'
            sums['mbo_size'] += size if size != 2**32 - 1 else 0
            sums['mbo_order_id'] += order
            sums['mbo_price'] += price if price != 2**63 - 1 else 0
        elif rtype in (0x00, 0x01):
            price, size, action, side, flags, depth, ts_recv, delta, sequence = MBP.unpack(record[16:48])
            assert action in b'ACMRTFN' and side in b'ABN', f'letters at {at}'
        elif rtype == 0x13:
            place = {360: (200, 22), 400: (200, 71), 520: (238, 71)}[length]
            symbols.setdefault(instrument, cstr(record[place[0]:place[0] + place[1]]))
        elif rtype == 0x16:
            symbols.setdefault(instrument, cstr(record[38:60] if length == 80 else record[89:160]))
        elif rtype == 0x17:
            words[' '.join(cstr(record[16:80] if length == 80 else record[16:319]).split()[:2])] += 1
        if instrument and rtype not in (0x16, 0x17):
            unnamed.add(instrument)
        at += length
    unnamed -= set(symbols)
    return {'metadata': {k: v for k, v in meta.items() if k != 'mappings'}, 'records': sum(counts.values()),
            'counts': counts, 'sums': sums, 'words': words, 'symbols': len(symbols), 'unnamed': len(unnamed)}


data = load(sys.argv[2])
if sys.argv[1] == 'records':
    sys.stdout.buffer.write(data[metadata(data)[1]:])
else:
    print(json.dumps(check(data), sort_keys=True, separators=(',', ':')))
