"""Writes files of kinds that Pillow reads but does not write, for make_formats.py."""

import struct
import zlib

import numpy as np


def riff_chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def u24(value):
    return struct.pack("<I", value)[:3]


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def without_tables(jpeg):
    """The tables of a JPEG as a stream of their own, and the JPEG without them."""
    at, tables, rest = 2, b"", b""
    while jpeg[at + 1] != 0xda:
        end = at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
        if jpeg[at + 1] in (0xdb, 0xc4):
            tables += jpeg[at:end]
        else:
            rest += jpeg[at:end]
        at = end
    return b"\xff\xd8" + tables + b"\xff\xd9", b"\xff\xd8" + rest + jpeg[at:]


def tiff(size, tags, parts, order="<"):
    """A file with these tags (each a type and values) and parts of pixel data."""
    offsets, lengths = (324, 325) if 322 in tags else (273, 279)
    tags = {256: (3, [size[0]]), 257: (3, [size[1]]), 259: (3, [1]), **tags, offsets: (4, parts), lengths: (4, [len(part) for part in parts])}
    at = 8 + 2 + 12 * len(tags) + 4
    sizes = {3: ("H", 2), 4: ("I", 4), 7: ("B", 1)}
    places = {}
    for tag, (kind, values) in sorted(tags.items()):
        size = sizes[kind][1] * len(values)
        if size > 4:
            places[tag] = at
            at += size
    starts = [at + sum(len(part) for part in parts[:i]) for i in range(len(parts))]
    directory, extra = struct.pack(order + "H", len(tags)), b""
    for tag, (kind, values) in sorted(tags.items()):
        packed_values = b"".join(struct.pack(order + sizes[kind][0], value) for value in (starts if tag == offsets else values))
        directory += struct.pack(order + "HHI", tag, kind, len(values))
        directory += struct.pack(order + "I", places[tag]) if tag in places else packed_values.ljust(4, b"\0")
        extra += packed_values if tag in places else b""
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + directory + b"\0\0\0\0" + extra + b"".join(parts)


def kind(height, bits, samples, photometric, *extra):
    tags = {258: (3, [bits] * samples), 262: (3, [photometric]), 277: (3, [samples]), 278: (3, [height])}
    return {**tags, 338: (3, list(extra))} if extra else tags


def tiles(values, side):
    height, width = values.shape[:2]
    padded = np.pad(values, ((0, -height % side), (0, -width % side), (0, 0)))
    return [padded[y:y + side, x:x + side].tobytes() for y in range(0, height, side) for x in range(0, width, side)]
