"""Makes the reference files beside it with NumPy and Pillow; what the tests hold the C# code against.

Run with Debian's python3-numpy and python3-pil: python3 tests/golden/make.py
The files are committed, so that the tests need no Python.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image, __version__ as pillow_version

HERE = Path(__file__).parent


def torchvision(image, short_side, side):
    """Resize(short_side) and CenterCrop(side) as torchvision does them on Pillow images."""
    width, height = image.size
    shorter, longer = min(width, height), max(width, height)
    new_longer = int(short_side * longer / shorter)
    size = (short_side, new_longer) if width <= height else (new_longer, short_side)
    if size != image.size:
        image = image.resize(size, Image.BILINEAR)
    width, height = image.size
    if side > width or side > height:
        padded = Image.new("RGB", (max(width, side), max(height, side)))
        padded.paste(image, (max(0, (side - width) // 2), max(0, (side - height) // 2)))
        image = padded
        width, height = image.size
    top = int(round((height - side) / 2.0))
    left = int(round((width - side) / 2.0))
    return np.asarray(image.crop((left, top, left + side, top + side)))


def picture(width, height, seed):
    """Structure and noise, so that a wrong weight shows as well as a wrong place."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [127 + 70 * np.sin(x / (3 + 2 * c) + y / (5.0 - c)) for c in range(3)]
    noise = np.random.RandomState(seed).normal(0, 25, (height, width, 3))
    return Image.fromarray(np.clip(np.stack(channels, -1) + noise, 0, 255).astype(np.uint8))


def resize_files():
    folder = HERE / "resize"
    folder.mkdir(exist_ok=True)
    sizes = [(53, 37), (37, 53), (64, 64), (17, 16), (5, 7), (1, 1), (3, 2), (9, 121), (130, 4), (1, 90)]
    crops = [(20, 16), (16, 16), (19, 14), (24, 31)]
    index = []
    for number, (width, height) in enumerate(sizes):
        image = picture(width, height, number)
        source = f"{width}x{height}.npy"
        np.save(folder / source, np.asarray(image))
        for short_side, side in crops:
            expected = f"{width}x{height}-short{short_side}-side{side}.npy"
            np.save(folder / expected, torchvision(image, short_side, side))
            index.append({"input": source, "shortSide": short_side, "side": side, "expected": expected})
    (folder / "cases.json").write_text(json.dumps(index, indent=1) + "\n")


def decode_files():
    folder = HERE / "decode"
    folder.mkdir(exist_ok=True)
    image = picture(45, 33, 100)
    orientation = Image.Exif()
    orientation[0x0112] = 6
    transparent = image.convert("RGBA")
    transparent.putalpha(Image.fromarray(np.random.RandomState(1).randint(0, 256, (33, 45)).astype(np.uint8)))
    files = {
        "baseline.JPEG": lambda path: image.save(path, "JPEG", quality=90),
        "progressive.JPEG": lambda path: image.save(path, "JPEG", quality=80, progressive=True),
        "full-chroma.JPEG": lambda path: image.save(path, "JPEG", quality=95, subsampling=0),
        "grey.JPEG": lambda path: image.convert("L").save(path, "JPEG", quality=85),
        "cmyk.JPEG": lambda path: image.convert("CMYK").save(path, "JPEG", quality=85),
        "rotated-by-exif.JPEG": lambda path: image.save(path, "JPEG", quality=85, exif=orientation),
        "png-named.JPEG": lambda path: image.save(path, "PNG"),
        "palette.png": lambda path: image.convert("P").save(path, "PNG"),
        "transparent.png": lambda path: transparent.save(path, "PNG"),
    }
    for name, save in files.items():
        save(folder / name)
        np.save(folder / (name + ".npy"), np.asarray(Image.open(folder / name).convert("RGB")))


def digest(values):
    return hashlib.sha256(np.asarray(values, dtype="<i8").tobytes()).hexdigest()


def random_states():
    cases = []
    for seed in [0, 1, 42, 123456789, 2**32 - 1]:
        random = np.random.RandomState(seed)
        case = {"seed": seed, "uniform": random.uniform(0, 1, 9).tolist()}
        case["bounded"] = [
            {"high": high, "values": random.randint(0, high, 6).tolist()}
            for high in [100, 1, 2, 1000, 2**31, 2**32, 2**32 + 1, 2**40]
        ]
        case["permutation"] = random.permutation(23).tolist()
        case["scaled"] = random.uniform(-3, 2.5, 4).tolist()

        # More than one refill of the generator's 624 words.
        case["digestOfRandint"] = digest(random.randint(0, 1000, 5000))
        case["digestOfPermutation"] = digest(random.permutation(5000))
        cases.append(case)
    return cases


def label_noise():
    """The authors' procedure, as paper-level prose has it: one RandomState, three draws in this order."""
    cases = []
    for count, classes, fraction, seed in [(300, 7, 0.5, 0), (300, 7, 0.0, 3), (300, 7, 1.0, 4), (120_000, 10, 0.5, 1), (140_000, 1000, 0.75, 2)]:
        original = np.arange(count) % classes
        random = np.random.RandomState(seed)
        redrawn = random.uniform(0, 1, count) < fraction
        labels = np.where(redrawn, random.randint(0, classes, count), original)
        order = random.permutation(count)
        wrong = labels[order] != original[order]
        cases.append({
            "count": count, "classes": classes, "fraction": fraction, "seed": seed,
            "corrupt": int((labels != original).sum()),
            "labels": digest(labels),
            "corruptSet": digest(order[wrong][:50_000]),
            "pristineSet": digest(order[~wrong][:50_000]),
            "trainSample": digest(order[-50_000:]),
        })
    return cases


def npy_files():
    folder = HERE / "npy"
    folder.mkdir(exist_ok=True)
    np.save(folder / "int64.npy", np.array([3, -1, 2**40], dtype="<i8"))
    np.save(folder / "uint8.npy", np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3))
    np.save(folder / "fortran.npy", np.asfortranarray(np.zeros((2, 3), dtype="<i8")))


if __name__ == "__main__":
    resize_files()
    decode_files()
    npy_files()
    (HERE / "random-state.json").write_text(json.dumps(random_states(), indent=1) + "\n")
    (HERE / "label-noise.json").write_text(json.dumps(label_noise(), indent=1) + "\n")
    (HERE / "versions.json").write_text(json.dumps({"numpy": np.__version__, "pillow": pillow_version}) + "\n")
