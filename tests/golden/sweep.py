"""Compares a packed dataset with torchvision image by image, and generates test images for that. Run manually.

  python3 tests/golden/sweep.py make DIR
      Generates JPEGs and PNGs of every kind that Pillow writes, and a few patched ones, in ImageNet's layout. If libjpeg-turbo's cjpeg is
      on the path (Debian's libjpeg-turbo-progs), also with restart markers, 4:4:0, 4:1:1, arithmetic coding and other DCT methods.
  python3 tests/golden/sweep.py compare SOURCE DATASET
      Compares Pillow's Resize and CenterCrop of every source file with the dataset that `Cgh.DataPrep pack SOURCE --out DATASET` created.

Any source works, including ImageNet; --every N compares every Nth image. docs/results/parity.md has the results.
"""

import argparse
import io
import itertools
import json
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision import transforms

QUALITIES = [1, 5, 20, 50, 75, 90, 95, 100]
# Width and height. Only the columns inside the crop of a wide JPEG are decoded; the omitted ones must not affect them.
SIZES = {"side-64": (64, 64), "side-61": (61, 61), "side-33": (33, 33), "side-17": (17, 17), "wide-256": (256, 64), "wide-331": (331, 51)}


def picture(size, seed):
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    channels = [127 + 90 * np.sin(x / (3 + 2 * c) + y / (5.0 - c)) for c in range(3)]
    grain = np.random.RandomState(seed).normal(0, 30, (height, width, 3))
    return Image.fromarray(np.clip(np.stack(channels, -1) + grain, 0, 255).astype(np.uint8))


def encoded(image, kind="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def with_luma_sampling(jpeg, factors):
    """Rearranges the blocks by patching the sampling factors: Pillow writes neither 4:4:0 nor 4:1:1."""
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    return jpeg[:at + 11] + bytes([factors]) + jpeg[at + 12:]


def with_adobe_transform(jpeg, transform):
    at = jpeg.index(b"Adobe")
    return jpeg[:at + 11] + bytes([transform]) + jpeg[at + 12:]


def without_adobe_marker(jpeg):
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big"):]


def written_by_cjpeg(image, *options):
    stream = io.BytesIO()
    image.save(stream, "PPM")
    return subprocess.run(["cjpeg", *options], input=stream.getvalue(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


CJPEG = {
    "cjpeg-restart-each-block": ["-restart", "1B"],
    "cjpeg-restart-each-row-progressive": ["-restart", "1", "-progressive"],
    "cjpeg-440": ["-sample", "1x2"],
    "cjpeg-440-progressive": ["-sample", "1x2", "-progressive"],
    "cjpeg-411": ["-sample", "4x1"],
    "cjpeg-410": ["-sample", "4x2"],
    "cjpeg-chroma-finer": ["-sample", "1x1,2x2,2x2"],
    "cjpeg-fast-transform": ["-dct", "fast"],
    "cjpeg-float-transform": ["-dct", "float"],
    "cjpeg-arithmetic": ["-arithmetic"],
    "cjpeg-rgb": ["-rgb"],
    "cjpeg-smoothed-optimised": ["-smooth", "30", "-optimize"],
}


def images(size):
    for quality in QUALITIES:
        image = picture(size, quality)
        for sampling, name in enumerate(["444", "422", "420"]):
            for progressive in [False, True]:
                for optimise in [False, True]:
                    kind = f"{name}{'-progressive' if progressive else ''}{'-optimised' if optimise else ''}"
                    yield kind, quality, encoded(image, quality=quality, subsampling=sampling, progressive=progressive, optimize=optimise)
        if size[0] % 32 == 0 and size[1] % 32 == 0:
            yield "440-patched", quality, with_luma_sampling(encoded(image, quality=quality, subsampling=1), 0x12)
            yield "411-patched", quality, with_luma_sampling(encoded(image, quality=quality, subsampling=2), 0x41)
        yield "grey", quality, encoded(image.convert("L"), quality=quality)
        yield "grey-progressive", quality, encoded(image.convert("L"), quality=quality, progressive=True)
        cmyk = encoded(image.convert("CMYK"), quality=quality)
        yield "cmyk-adobe", quality, cmyk
        yield "cmyk-progressive", quality, encoded(image.convert("CMYK"), quality=quality, progressive=True)
        yield "cmyk-no-marker", quality, without_adobe_marker(cmyk)
        yield "ycck-patched", quality, with_adobe_transform(cmyk, 2)
        if shutil.which("cjpeg"):
            for kind, options in CJPEG.items():
                yield kind, quality, written_by_cjpeg(image, "-quality", str(quality), *options)
        for orientation in [3, 6, 8]:
            exif = Image.Exif()
            exif[0x0112] = orientation
            yield f"exif-orientation-{orientation}", quality, encoded(image, quality=quality, exif=exif)


def portable_images(size):
    """PNGs, which are lossless except for the conversion to RGB: 16-bit grey, palettes, transparency."""
    for seed in range(8):
        image = picture(size, 200 + seed)
        grey = image.convert("L")
        deep = Image.fromarray((np.asarray(grey).astype(np.uint16) << 8) + seed, mode="I;16")
        for kind, content in {
            "png-colour": encoded(image, "PNG"),
            "png-grey": encoded(grey, "PNG"),
            "png-grey-16-bit": encoded(deep, "PNG"),
            "png-palette": encoded(image.convert("P"), "PNG"),
            "png-palette-2-bit": encoded(image.quantize(4), "PNG", bits=2),
            "png-black-and-white": encoded(image.convert("1"), "PNG"),
            "png-transparent": encoded(image.convert("RGBA"), "PNG"),
            "png-one-colour-transparent": encoded(image, "PNG", transparency=(127, 127, 127)),
            "png-gamma": with_gamma(encoded(image, "PNG")),
        }.items():
            yield kind, seed + 1, content


def with_gamma(png):
    """Adds a gAMA chunk for gamma 1.0, which a colour-managed decoder would apply."""
    chunk = b"gAMA" + (100_000).to_bytes(4, "big")
    return png[:33] + (4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + png[33:]


def make(folder):
    count = 0
    for name, size in SIZES.items():
        for kind, quality, content in itertools.chain(images(size), portable_images(size)):
            for split in ["train", "val"] if quality == QUALITIES[0] else ["train"]:
                path = folder / name / split / kind
                path.mkdir(parents=True, exist_ok=True)
                (path / f"{quality:03}.JPEG").write_bytes(content)
            count += 1
    print(f"{count} images in {folder}. To compare only the decoders, pack each of {', '.join(SIZES)} with --side and --short-side set to its shorter side.")


def compare(source, dataset, every):
    info = json.loads((dataset / "dataset.json").read_text())
    transform = transforms.Compose([transforms.Resize(info["shortSide"]), transforms.CenterCrop(info["side"])])
    kinds = {}
    for split in ["train", "val"]:
        names = (dataset / split / "files.txt").read_text().splitlines()
        shards = [np.load(dataset / split / shard["file"], mmap_mode="r") for shard in info[split]["shards"]]
        starts = np.cumsum([0] + [len(shard) for shard in shards])
        for index in range(0, len(names), every):
            shard = int(np.searchsorted(starts, index, side="right")) - 1
            expected = np.asarray(transform(Image.open(source / names[index]).convert("RGB"))).astype(int)
            difference = np.abs(expected - shards[shard][index - starts[shard]])
            kinds.setdefault(names[index].split("/")[1], []).append((difference.max(), (difference > 0).mean(), difference.mean()))
    unequal = 0
    for kind in sorted(kinds):
        found = np.array(kinds[kind])
        wrong = int((found[:, 0] > 0).sum())
        unequal += wrong
        if wrong:
            largest, share, mean = found.max(0)
            print(f"{kind}: {wrong} of {len(found)} images differ, by at most {int(largest)} of 255, "
                  f"in up to {100 * share:.2f}% of the values, by {mean:.3f} on average")
    print(f"{dataset}: {sum(len(found) for found in kinds.values())} images compared, {unequal} differ")
    return 1 if unequal else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make")
    maker.add_argument("folder", type=Path)
    comparer = commands.add_parser("compare")
    comparer.add_argument("source", type=Path)
    comparer.add_argument("dataset", type=Path)
    comparer.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.folder)
    else:
        sys.exit(compare(arguments.source, arguments.dataset, arguments.every))
