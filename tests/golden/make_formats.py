"""Generates formats/ in this folder: an image of every kind that is decoded, and its pixels as Pillow's convert("RGB") gives them.

Requires Debian's python3-pil and python3-numpy: python3 tests/golden/make_formats.py. make.py calls it, too.

NAME.npy has the pixels of NAME, and NAME.upright.npy those after ImageOps.exif_transpose. Only for 16-bit grey images the pixels are not
Pillow's, which clips their values to 255: they are the upper eight bits.
"""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from raw_files import kind, png_chunk, riff_chunk, tiff, tiles, u24, without_tables

HERE = Path(__file__).resolve().parent
SIZE = WIDTH, HEIGHT = 23, 17
ORIENTATION = 0x0112


def picture(seed):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    channels = [127 + 70 * np.sin(x / (3 + 2 * c) + y / (5.0 - c)) for c in range(3)]
    grain = np.random.RandomState(seed).normal(0, 25, (HEIGHT, WIDTH, 3))
    return Image.fromarray(np.clip(np.stack(channels, -1) + grain, 0, 255).astype(np.uint8))


IMAGE = picture(200)
RGB = np.asarray(IMAGE)
GREY = np.asarray(IMAGE.convert("L"))
ALPHA = np.random.RandomState(201).randint(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)
COLOURS = np.random.RandomState(202).randint(0, 256, (256, 3)).astype(np.uint8)
ADAPTIVE = IMAGE.convert("P", palette=Image.ADAPTIVE, colors=100)


def with_alpha(mode):
    (image := IMAGE.convert(mode)).putalpha(Image.fromarray(ALPHA))
    return image


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def oriented(value):
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif


def packed(values, bits):
    """Rows of small numbers, several in a byte."""
    per_byte = 8 // bits
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % per_byte))).reshape(len(values), -1, per_byte)
    return sum(padded[..., i].astype(int) << (8 - bits * (i + 1)) for i in range(per_byte)).astype(np.uint8)


# ---- GIF and WebP ----

def gif_of_screen(gif, screen, position):
    changed = bytearray(gif)
    changed[6:10] = struct.pack("<HH", *screen)
    frame = changed.index(b"\x2c" + struct.pack("<HHHH", 0, 0, WIDTH, HEIGHT))
    changed[frame + 1:frame + 5] = struct.pack("<HH", *position)
    return bytes(changed)


def gifs():
    more = [picture(seed).convert("P", palette=Image.ADAPTIVE, colors=30) for seed in (203, 204)]
    transparent = encoded(ADAPTIVE, "GIF", transparency=17)
    return {
        "palette.gif": encoded(ADAPTIVE, "GIF", interlace=0),
        "interlaced.gif": encoded(ADAPTIVE, "GIF", interlace=1),
        "few-colours.gif": encoded(IMAGE.convert("P", palette=Image.ADAPTIVE, colors=5), "GIF"),
        "grey.gif": encoded(IMAGE.convert("L"), "GIF"),
        "black-and-white.gif": encoded(IMAGE.convert("1"), "GIF"),
        "transparent.gif": transparent,
        "animated.gif": encoded(more[0], "GIF", save_all=True, append_images=more[1:], duration=100),
        "inside-its-screen.gif": gif_of_screen(encoded(ADAPTIVE, "GIF"), (30, 25), (3, 5)),
        "inside-its-screen-transparent.gif": gif_of_screen(transparent, (30, 25), (3, 5)),
        "beyond-its-screen.gif": gif_of_screen(encoded(ADAPTIVE, "GIF"), (10, 10), (2, 1)),
    }


def webp_inside_its_canvas(webp):
    frame = webp[12:]
    frame = frame[18:] if frame.startswith(b"VP8X") else frame
    body = u24(2 // 2) + u24(4 // 2) + u24(WIDTH - 1) + u24(HEIGHT - 1) + u24(100) + b"\0" + frame
    chunks = riff_chunk(b"VP8X", b"\x12\0\0\0" + u24(29) + u24(24)) + riff_chunk(b"ANIM", b"\x0a\x14\x1e\xff\0\0") + riff_chunk(b"ANMF", body)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def webps():
    transparent = with_alpha("RGBA")
    return {
        "lossy.webp": encoded(IMAGE, "WEBP", quality=80),
        "lossless.webp": encoded(IMAGE, "WEBP", lossless=True),
        "transparent.webp": encoded(transparent, "WEBP", quality=80, exact=True),
        "transparent-lossless.webp": encoded(transparent, "WEBP", lossless=True, exact=True),
        "animated.webp": encoded(IMAGE, "WEBP", save_all=True, append_images=[picture(203)], lossless=True),
        "inside-its-canvas.webp": webp_inside_its_canvas(encoded(IMAGE, "WEBP", lossless=True)),
        "transparent-inside-its-canvas.webp": webp_inside_its_canvas(encoded(transparent, "WEBP", lossless=True, exact=True)),
    }


# ---- BMP ----

def bmp(bits, data, compression=0, palette=b"", masks=b"", header=40, top_down=False, colours=0):
    fields = struct.pack("<IiiHHIIiiII", header, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits, compression, len(data), 0, 0, colours, 0)
    if header > 40:
        fields, masks = (fields + masks).ljust(header, b"\0"), b""
    offset = 14 + len(fields + masks + palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + fields + masks + palette + data


def rows(values, top_down=False):
    lines = [line.tobytes() for line in (values if top_down else values[::-1])]
    return b"".join(line.ljust((len(line) + 3) & ~3, b"\0") for line in lines)


def run_length(values, half):
    data = b""
    for line in values[::-1]:
        at = 0
        while at < len(line):
            if len(line) - at >= 4 and at % 3 == 0:
                literal = line[at:at + 4]
                data += b"\0\4" + (packed(literal[None], 4).tobytes() if half else literal.tobytes())
                at += 4
            else:
                data += bytes([1, line[at] << 4 if half else line[at]])
                at += 1
        data += b"\0\0"
    return data + b"\0\1"


def bmps():
    palette = np.pad(COLOURS, ((0, 0), (0, 1)))
    wide = RGB.astype(int)
    of_15 = (wide[..., 0] >> 3 << 10 | wide[..., 1] >> 3 << 5 | wide[..., 2] >> 3).astype("<u2")
    of_16 = (wide[..., 0] >> 3 << 11 | wide[..., 1] >> 2 << 5 | wide[..., 2] >> 3).astype("<u2")
    bgr = RGB[..., ::-1]
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8)
    return {
        "colour.bmp": encoded(IMAGE, "BMP"),
        "grey.bmp": encoded(IMAGE.convert("L"), "BMP"),
        "palette.bmp": encoded(ADAPTIVE, "BMP"),
        "black-and-white.bmp": encoded(IMAGE.convert("1"), "BMP"),
        "transparent.bmp": encoded(with_alpha("RGBA"), "BMP"),
        "15-bit.bmp": bmp(16, rows(of_15)),
        "15-bit-masks.bmp": bmp(16, rows(of_15), 3, masks=struct.pack("<III", 0x7c00, 0x3e0, 0x1f)),
        "16-bit.bmp": bmp(16, rows(of_16), 3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f)),
        "16-bit-long-header.bmp": bmp(16, rows(of_16), 3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f), header=108),
        "top-down.bmp": bmp(24, rows(bgr, top_down=True), top_down=True),
        "32-bit.bmp": bmp(32, rows(np.dstack([bgr, ALPHA]))),
        "32-bit-rgba.bmp": bmp(32, rows(np.dstack([RGB, ALPHA])), 3, masks=struct.pack("<IIII", 0xff, 0xff00, 0xff0000, 0xff000000), header=124),
        "32-bit-xbgr.bmp": bmp(32, rows(np.dstack([ALPHA, bgr])), 3, masks=struct.pack("<III", 0xff000000, 0xff0000, 0xff00)),
        "4-bit.bmp": bmp(4, rows(packed(GREY >> 4, 4)), palette=palette[:16].tobytes()),
        "colours-missing.bmp": bmp(8, rows(GREY), palette=palette[:100].tobytes(), colours=100),
        "run-length-8.bmp": bmp(8, run_length(GREY, half=False), 1, palette=palette.tobytes()),
        "run-length-4.bmp": bmp(4, run_length(GREY >> 4, half=True), 2, palette=palette[:16].tobytes()),
        "os2.bmp": b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 12 + 768) + core + COLOURS.tobytes() + rows(GREY),
    }


# ---- PNG ----

def png(bits, kind, values):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line.tobytes() for line in values))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def png_with(image, kind, data):
    return (plain := encoded(image, "PNG"))[:33] + png_chunk(kind, data) + plain[33:]


def wide(values, order):
    return (values.astype(np.uint32) * 257 + 7).clip(0, 65535).astype(order + "u2")


def pngs():
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    return {
        "16-bit-colour.png": png(16, 2, wide(RGB, ">")),
        "16-bit-transparent.png": png(16, 6, wide(np.dstack([RGB, ALPHA]), ">")),
        "16-bit-grey-transparent.png": png(16, 4, wide(np.dstack([GREY, ALPHA]), ">")),
        "16-bit-grey.png": png(16, 0, wide(GREY, ">")),
        "4-bit-grey.png": png(4, 0, packed(GREY >> 4, 4)),
        "2-bit-grey.png": png(2, 0, packed(GREY >> 6, 2)),
        "transparent-colour.png": png_with(IMAGE, b"tRNS", struct.pack(">3H", *IMAGE.getpixel((3, 3)))),
        "gamma.png": png_with(IMAGE, b"gAMA", struct.pack(">I", 100000)),
        "animated.png": encoded(IMAGE, "PNG", save_all=True, append_images=[picture(203)]),
        "animated-with-cover.png": encoded(IMAGE, "PNG", save_all=True, default_image=True, append_images=[picture(203), picture(204)]),
        "xmp.png": png_with(IMAGE, b"iTXt", xmp),
    }


# ---- TIFF ----

def tiffs():
    grey_16, colour_16 = Image.fromarray(wide(GREY, "<")), wide(RGB, "<")
    map_4, map_8 = [(3, np.random.RandomState(205).randint(0, 65536, 3 << bits).tolist()) for bits in (4, 8)]
    signed = GREY.astype(np.int32) * 3 - 200
    files = {
        "colour-jpeg.tif": encoded(IMAGE, "TIFF", compression="jpeg"),
        "grey-jpeg.tif": encoded(IMAGE.convert("L"), "TIFF", compression="jpeg"),
        "fax-3.tif": encoded(IMAGE.convert("1"), "TIFF", compression="group3"),
        "fax-4.tif": encoded(IMAGE.convert("1"), "TIFF", compression="group4"),
        "cmyk.tif": encoded(IMAGE.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "ycbcr-lzw.tif": encoded(IMAGE.convert("YCbCr"), "TIFF", compression="tiff_lzw"),
        "predictor.tif": encoded(IMAGE, "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2}),
        "several.tif": encoded(IMAGE, "TIFF", save_all=True, append_images=[picture(203)]),
        "32-bit.tif": encoded(Image.fromarray(signed), "TIFF"),
        "float.tif": encoded(Image.fromarray(GREY.astype(np.float32) * 1.7 - 50), "TIFF"),
        "16-bit-grey.tif": encoded(grey_16, "TIFF"),
        "16-bit-grey-lzw.tif": encoded(grey_16, "TIFF", compression="tiff_lzw"),
        "16-bit-signed.tif": tiff(SIZE, {**kind(HEIGHT, 16, 1, 1), 339: (3, [2])}, [signed.astype("<i2").tobytes()]),
        "16-bit-colour.tif": tiff(SIZE, kind(HEIGHT, 16, 3, 2), [colour_16.tobytes()]),
        "16-bit-colour-big-endian.tif": tiff(SIZE, kind(HEIGHT, 16, 3, 2), [wide(RGB, ">").tobytes()], ">"),
        "16-bit-premultiplied.tif": tiff(SIZE, kind(HEIGHT, 16, 4, 2, 1), [wide(np.dstack([RGB, ALPHA]), "<").tobytes()]),
        "premultiplied.tif": tiff(SIZE, kind(HEIGHT, 8, 4, 2, 1), [np.dstack([RGB, ALPHA]).tobytes()]),
        "five-samples.tif": tiff(SIZE, kind(HEIGHT, 8, 5, 2, 2, 0), [np.dstack([RGB, ALPHA, ALPHA]).tobytes()]),
        "inverted.tif": tiff(SIZE, kind(HEIGHT, 8, 1, 0), [GREY.tobytes()]),
        "inverted-1-bit.tif": tiff(SIZE, kind(HEIGHT, 1, 1, 0), [packed(GREY >> 7, 1).tobytes()]),
        "2-bit.tif": tiff(SIZE, kind(HEIGHT, 2, 1, 1), [packed(GREY >> 6, 2).tobytes()]),
        "4-bit-inverted.tif": tiff(SIZE, kind(HEIGHT, 4, 1, 0), [packed(GREY >> 4, 4).tobytes()]),
        "4-bit-palette.tif": tiff(SIZE, {**kind(HEIGHT, 4, 1, 3), 320: map_4}, [packed(GREY >> 4, 4).tobytes()]),
        "palette-transparent.tif": tiff(SIZE, {**kind(HEIGHT, 8, 2, 3, 2), 320: map_8}, [np.dstack([GREY, ALPHA]).tobytes()]),
        "planes.tif": tiff(SIZE, {**kind(HEIGHT, 8, 3, 2), 284: (3, [2])}, [RGB[..., band].tobytes() for band in range(3)]),
        "tiles.tif": tiff(SIZE, {**{tag: value for tag, value in kind(HEIGHT, 8, 3, 2).items() if tag != 278}, 322: (3, [16]), 323: (3, [16])}, tiles(RGB, 16)),
        "strips.tif": tiff(SIZE, {**kind(HEIGHT, 8, 3, 2), 278: (3, [5])}, [RGB[row:row + 5].tobytes() for row in range(0, HEIGHT, 5)]),
        "big-endian.tif": tiff(SIZE, kind(HEIGHT, 8, 3, 2), [RGB.tobytes()], ">"),
    }
    strips = [IMAGE.crop((0, 0, WIDTH, 16)), IMAGE.crop((0, 16, WIDTH, HEIGHT))]
    jpegs = [encoded(strip, "JPEG", quality=90) for strip in strips]
    ycbcr = {**kind(HEIGHT, 8, 3, 6), 259: (3, [7]), 278: (3, [16]), 530: (3, [2, 2])}
    files["ycbcr-jpeg.tif"] = tiff(SIZE, ycbcr, jpegs)
    files["ycbcr-jpeg-tables.tif"] = tiff(SIZE, {**ycbcr, 347: (7, list(without_tables(jpegs[0])[0]))}, [without_tables(jpeg)[1] for jpeg in jpegs])
    padded = [encoded(IMAGE.crop((x, y, x + 16, y + 16)), "JPEG", quality=90) for y in (0, 16) for x in (0, 16)]
    tiled = {**{tag: value for tag, value in ycbcr.items() if tag != 278}, 322: (3, [16]), 323: (3, [16])}
    files["ycbcr-jpeg-tiles.tif"] = tiff(SIZE, tiled, padded)
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        files[f"colour-{compression or 'raw'}.tif"] = encoded(IMAGE, "TIFF", compression=compression)
    modes = {"palette": ADAPTIVE, "transparent": with_alpha("RGBA"), "grey-transparent": with_alpha("LA"), "black-and-white": IMAGE.convert("1")}
    for mode, image in modes.items():
        files[f"{mode}.tif"] = encoded(image, "TIFF", compression="tiff_lzw")
    for value in range(2, 9):
        files[f"orientation-{value}.tif"] = encoded(IMAGE, "TIFF", compression="tiff_lzw", tiffinfo={ORIENTATION: value})
    return files


def oriented_images():
    files = {}
    for value in range(0, 10):
        files[f"orientation-{value}.jfif"] = encoded(IMAGE, "JPEG", quality=90, exif=oriented(value))
    for value in (3, 6, 7):
        files[f"orientation-{value}.png"] = encoded(IMAGE, "PNG", exif=oriented(value))
        files[f"orientation-{value}.webp"] = encoded(IMAGE, "WEBP", lossless=True, exif=oriented(value))
    return files


def ycck():
    """A CMYK JPEG whose Adobe marker says that it is YCCK."""
    jpeg = bytearray(encoded(IMAGE.convert("CMYK"), "JPEG", quality=90))
    jpeg[jpeg.index(b"Adobe") + 11] = 2
    return bytes(jpeg)


def images():
    return {**gifs(), **webps(), **bmps(), **pngs(), **tiffs(), **oriented_images(), "ycck.JPEG": ycck()}


def pixels(path):
    image = Image.open(path)
    if image.mode.startswith("I;16") or (image.mode == "I" and "16-bit-grey" in path.name):
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
    return np.asarray(image.convert("RGB"))


def make(folder, committed=None):
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow recommends RGBA for palettes with transparency.
        for name, content in images().items():
            path = folder / name
            path.write_bytes((committed / name).read_bytes() if committed else content)
            np.save(folder / (name + ".npy"), pixels(path))
            if name.startswith(("orientation-", "xmp")) and not name.endswith(".tif"):
                np.save(folder / (name + ".upright.npy"), np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB")))


if __name__ == "__main__":
    make(HERE / "formats")
