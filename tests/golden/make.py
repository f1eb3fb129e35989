"""Generates the reference files in this folder with NumPy, Pillow and torchvision. The tests compare the C# code with them.

  python3 tests/golden/make.py            regenerates the files
  python3 tests/golden/make.py --check    generates them in a temporary folder and compares; lists the files that differ and exits with 1

Requires Debian's python3-numpy, python3-pil, python3-torch and python3-torchvision. versions.json has the versions that generated the
committed files. The files are committed so that the tests do not need Python; README.md describes them.
"""

import argparse
import csv
import hashlib
import importlib.util
import io
import json
import math
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, features
from torchvision import transforms

import make_formats

HERE = Path(__file__).resolve().parent
COMMENTARY = {"README.md"}

# mat/ is written by make_mat.py, which needs SciPy; parquet/ by the libraries that README.md names.
BY_HAND = {"mat", "parquet"}


def versions():
    return {
        "numpy": np.__version__,
        "pillow": PIL.__version__,
        "libjpeg-turbo": features.version_feature("libjpeg_turbo"),
        "zlib": features.version("zlib"),
        "libwebp": features.version("webp"),
        "libtiff": features.version("libtiff"),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }


def write_json(path, value):
    """Writes a list with one item per line."""
    if isinstance(value, list):
        text = "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]\n"
    else:
        text = json.dumps(value, indent=1) + "\n"
    path.write_text(text)


def digest(values, dtype="<i8"):
    return hashlib.sha256(np.ascontiguousarray(values, dtype=dtype).tobytes()).hexdigest()


# ---- NumPy's RandomState ----

def random_states():
    cases = []
    for seed in [0, 1, 2, 42, 1000, 123456789, 2**31, 2**32 - 1]:
        random = np.random.RandomState(seed)
        case = {"seed": seed, "uniform": random.uniform(0, 1, 9).tolist()}
        case["bounded"] = [
            {"low": low, "high": high, "values": random.randint(low, high, 6).tolist()}
            for low, high in [
                (0, 100), (0, 1), (0, 2), (0, 1000), (0, 2**31), (0, 2**32), (0, 2**32 + 1), (0, 2**40), (-5, 6), (-(2**40), 3),
                (2**62, 2**63 - 1), (-(2**63), 2**63 - 1), (-(2**63), 0), (7, 8),
            ]
        ]
        case["permutation"] = random.permutation(23).tolist()
        case["permutationOfArray"] = random.permutation(np.array([30, -4, 4, 99, 5])).tolist()
        case["scaled"] = random.uniform(-3, 2.5, 4).tolist()

        # An odd count, so that the second value of a pair is left for the next call.
        case["normal"] = random.normal(-1, 2.5, 5).tolist()
        case["normalAfterIt"] = random.normal(0, 1, 2).tolist()
        case["binomial"] = [
            {"trials": trials, "probability": probability, "values": random.binomial(trials, probability, 6).tolist()}
            for trials, probability in [
                (10, 0.5), (10, 0.25), (60, 0.5), (61, 0.5), (1000, 0.03), (1000, 0.031), (1000, 0.97), (100, 0.7), (100, 0.3), (100, 0.2),
                (10_000, 0.5), (10_000, 0.999), (10**9, 1e-7), (10**9, 0.4), (0, 0.5), (5, 0.0), (5, 1.0), (10**12, 0.75),
            ]
        ]

        # Long enough to regenerate the generator's 624 words several times.
        case["digestOfRandint"] = digest(random.randint(0, 1000, 5000))
        case["digestOfPermutation"] = digest(random.permutation(5000))
        cases.append(case)
    return cases


def large_draws():
    """1.3 million values per draw, recorded as SHA-256."""
    count = 1_300_000
    cases = []
    for seed in [0, 20200316, 2**32 - 1]:
        random = np.random.RandomState(seed)
        cases.append({
            "seed": seed,
            "count": count,
            "uniform": digest(random.uniform(0, 1, count), "<f8"),
            "randint1000": digest(random.randint(0, 1000, count)),
            "randintWide": digest(random.randint(-(2**40), 2**41, count)),
            "permutation": digest(random.permutation(count)),
            "normal": digest(random.normal(0, 1, count), "<f8"),
            "binomialInverted": digest(random.binomial(100, 0.2, count)),
            "binomialRejected": digest(random.binomial(100, 0.4, count)),
            "binomialFlipped": digest(random.binomial(1000, 0.9, count)),
            "binomialWide": digest(random.binomial(10**7, 0.3, count)),
            "after": random.uniform(0, 1, 3).tolist(),
        })
    return cases


# ---- label noise ----

LIMIT = 50_000


def balanced(count, classes):
    return np.arange(count) % classes


def evaluation_sets(original, labels, order):
    """The examples that the authors' loop collects in the order of the permutation."""
    wrong = labels[order] != original[order]
    return {
        "corrupt": int((labels != original).sum()),
        "labels": digest(labels),
        "corruptSet": digest(order[wrong][:LIMIT]),
        "pristineSet": digest(order[~wrong][:LIMIT]),
        "trainSample": digest(order[-LIMIT:]),
    }


def label_noise():
    """The authors' procedure: three draws from one RandomState, in this order."""
    grid = [(2000, classes, fraction, seed)
            for classes in [2, 10, 1000] for fraction in [0.0, 0.1, 0.5, 1.0] for seed in [0, 1, 7, 2**32 - 1]]
    grid += [(300, 7, 0.5, 0), (1, 2, 1.0, 0), (120_000, 10, 0.5, 1), (140_000, 1000, 0.75, 2)]
    grid += [(1_281_167, 1000, fraction, 0) for fraction in [0.0, 0.5, 1.0]]
    cases = []
    for count, classes, fraction, seed in grid:
        original = balanced(count, classes)
        random = np.random.RandomState(seed)
        redrawn = random.uniform(0, 1, count) < fraction
        labels = np.where(redrawn, random.randint(0, classes, count), original)
        order = random.permutation(count)
        cases.append({"count": count, "classes": classes, "fraction": fraction, "seed": seed, **evaluation_sets(original, labels, order)})
    return cases


def transition_matrix(classes):
    """Rows of non-uniform probabilities, some of them 0. Class 0 never keeps its label."""
    random = np.random.RandomState(classes)
    matrix = random.uniform(0, 1, (classes, classes)) * (random.uniform(0, 1, (classes, classes)) < 0.7) + 2 * np.eye(classes)
    matrix[0, 0] = 0
    matrix[0, 1] += 1
    return matrix / matrix.sum(1, keepdims=True)


def other_noise(folder):
    """The kinds that the authors do not have. Their three draws come first, so a seed selects the same examples for every kind."""
    cases = []
    for classes in [3, 12]:
        matrix = transition_matrix(classes)
        with open(folder / f"matrix-{classes}.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[repr(value) for value in row] for row in matrix.tolist()])
        np.save(folder / f"matrix-{classes}.npy", np.asfortranarray(matrix))
    for kind in ["permute", "pair-flip", "transition"]:
        for count, classes, fraction, seed in [(500, 3, 0.5, 0), (500, 12, 0.3, 1), (500, 12, 1.0, 2), (500, 12, 0.0, 3), (120_000, 12, 0.8, 2**32 - 1)]:
            original = balanced(count, classes)
            random = np.random.RandomState(seed)
            chosen = random.uniform(0, 1, count) < fraction
            random.randint(0, classes, count)
            order = random.permutation(count)
            labels = original.copy()
            if kind == "permute":
                labels[chosen] = random.permutation(original[chosen])
            elif kind == "pair-flip":
                labels[chosen] = (original[chosen] + 1) % classes
            else:
                values = random.uniform(0, 1, count)
                sums = np.cumsum(transition_matrix(classes), 1)
                sums /= sums[:, -1:]
                drawn = np.array([np.searchsorted(sums[label], value, side="right") for label, value in zip(original, values)])
                labels[chosen] = drawn[chosen]
            cases.append({
                "kind": kind, "count": count, "classes": classes, "fraction": fraction, "seed": seed, "chosen": int(chosen.sum()),
                **evaluation_sets(original, labels, order),
            })
    return cases


def imported_labels(folder):
    names = ["ant", "bee", "cat"]
    count = 60
    original = balanced(count, 3)
    labels = np.where(np.random.RandomState(5).uniform(0, 1, count) < 0.3, (original + 2) % 3, original)
    (folder / "imported-names.txt").write_text("".join(names[label] + "\n" for label in labels))
    (folder / "imported-numbers.txt").write_text("\r\n".join(str(label) for label in labels))
    np.save(folder / "imported.npy", labels.astype("<i8"))
    random = np.random.RandomState(9)
    random.uniform(0, 1, count)
    random.randint(0, 3, count)
    return {"seed": 9, "count": count, "classes": names, **evaluation_sets(original, labels, random.permutation(count))}


# ---- images ----

def picture(width, height, seed, noise=25.0):
    """An image with structure and noise, which reveals wrong weights as well as wrong positions."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [127 + 70 * np.sin(x / (3 + 2 * c) + y / (5.0 - c)) for c in range(3)]
    grain = np.random.RandomState(seed).normal(0, noise, (height, width, 3))
    return Image.fromarray(np.clip(np.stack(channels, -1) + grain, 0, 255).astype(np.uint8))


def pack(image, short_side, side):
    """The authors' transforms before ToTensor, without augmentation."""
    return np.asarray(transforms.Compose([transforms.Resize(short_side), transforms.CenterCrop(side)])(image))


def resize_files(folder):
    sizes = [(53, 37), (37, 53), (64, 64), (17, 16), (5, 7), (1, 1), (3, 2), (9, 121), (130, 4), (1, 90)]
    crops = [(20, 16), (16, 16), (19, 14), (24, 31)]
    index = []
    for number, (width, height) in enumerate(sizes):
        image = picture(width, height, number)
        source = f"{width}x{height}.npy"
        np.save(folder / source, np.asarray(image))
        for short_side, side in crops:
            expected = f"{width}x{height}-short{short_side}-side{side}.npy"
            np.save(folder / expected, pack(image, short_side, side))
            index.append({"input": source, "shortSide": short_side, "side": side, "expected": expected})
    write_json(folder / "cases.json", index)


def without_adobe_marker(jpeg):
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big"):]


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def decode_images():
    image = picture(45, 33, 100)
    orientation = Image.Exif()
    orientation[0x0112] = 6
    transparent = image.convert("RGBA")
    transparent.putalpha(Image.fromarray(np.random.RandomState(1).randint(0, 256, (33, 45)).astype(np.uint8)))
    grey_transparent = image.convert("LA")
    grey_transparent.putalpha(transparent.getchannel("A"))
    palette_transparent = image.convert("P")
    cmyk = encoded(image.convert("CMYK"), "JPEG", quality=85)
    return {
        "baseline.JPEG": encoded(image, "JPEG", quality=90),
        "progressive.JPEG": encoded(image, "JPEG", quality=80, progressive=True),
        "full-chroma.JPEG": encoded(image, "JPEG", quality=95, subsampling=0),
        "half-chroma.JPEG": encoded(image, "JPEG", quality=75, subsampling=1),
        "grey.JPEG": encoded(image.convert("L"), "JPEG", quality=85),
        "cmyk.JPEG": cmyk,
        "cmyk-not-inverted.JPEG": without_adobe_marker(cmyk),
        "rotated-by-exif.JPEG": encoded(image, "JPEG", quality=85, exif=orientation),
        "png-named.JPEG": encoded(image, "PNG"),
        "palette.png": encoded(image.convert("P"), "PNG"),
        "palette-transparent.png": encoded(palette_transparent, "PNG", transparency=bytes(range(0, 256, 2))),
        "transparent.png": encoded(transparent, "PNG"),
        "grey.png": encoded(image.convert("L"), "PNG"),
        "grey-transparent.png": encoded(grey_transparent, "PNG"),
        "black-and-white.png": encoded(image.convert("1"), "PNG"),
    }


def decode_files(folder, committed):
    for name, content in sources(decode_images(), committed and committed / "decode").items():
        (folder / name).write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow recommends RGBA for palettes with transparency.
            np.save(folder / (name + ".npy"), np.asarray(Image.open(folder / name).convert("RGB")))


def crop_images():
    """Typical ImageNet sizes and edge cases; smooth, which keeps the files small."""
    def smooth(width, height, seed):
        return picture(width, height, seed, noise=4.0).resize((width, height), Image.BOX)

    def photo(width, height, seed):
        small = picture(max(1, width // 6), max(1, height // 6), seed)
        return small.resize((width, height), Image.BICUBIC)

    transparent = photo(310, 270, 9).convert("LA")
    transparent.putalpha(photo(310, 270, 10).convert("L"))
    return {
        "colour.JPEG": encoded(photo(500, 375, 1), "JPEG", quality=80),
        "upright.JPEG": encoded(photo(375, 500, 2), "JPEG", quality=90, subsampling=0),
        "odd.JPEG": encoded(photo(333, 251, 3), "JPEG", quality=75),
        "progressive.JPEG": encoded(photo(401, 299, 4), "JPEG", quality=80, progressive=True),
        "grey.JPEG": encoded(photo(400, 301, 5).convert("L"), "JPEG", quality=80),
        "cmyk.JPEG": encoded(photo(320, 257, 6).convert("CMYK"), "JPEG", quality=70),
        "cmyk-not-inverted.JPEG": without_adobe_marker(encoded(photo(257, 320, 7).convert("CMYK"), "JPEG", quality=70)),
        "exactly-the-crop.JPEG": encoded(photo(256, 256, 8), "JPEG", quality=85),
        "png-named.JPEG": encoded(photo(280, 300, 8), "PNG"),
        "grey-transparent.png": encoded(transparent, "PNG"),
        "palette.png": encoded(photo(290, 260, 11).convert("P"), "PNG"),
        "tiny.JPEG": encoded(smooth(7, 5, 12), "JPEG", quality=90),
        "one-pixel.png": encoded(smooth(1, 1, 13), "PNG"),
        "three-by-two.png": encoded(smooth(3, 2, 14), "PNG"),
        "very-wide.JPEG": encoded(photo(3001, 31, 15), "JPEG", quality=80),
        "very-high.JPEG": encoded(photo(29, 2003, 16), "JPEG", quality=80),
        "line.png": encoded(smooth(1500, 1, 17), "PNG"),
        "large.JPEG": encoded(photo(1408, 1056, 18), "JPEG", quality=40),
    }


def crop_files(folder, committed):
    cases = []
    for name, content in sources(crop_images(), committed and committed / "crop").items():
        (folder / name).write_bytes(content)
        image = Image.open(folder / name).convert("RGB")
        for short_side, side in [(256, 224), (299, 299)]:
            cases.append({"file": name, "width": image.width, "height": image.height, "shortSide": short_side, "side": side,
                          "pixels": digest(pack(image, short_side, side), np.uint8)})
    write_json(folder / "cases.json", cases)


def sources(images, committed):
    """The committed images if there are any, else the new ones: other encoder versions write other bytes."""
    return {name: (committed / name).read_bytes() if committed else content for name, content in images.items()}


def normalise_file(folder):
    """ToTensor and Normalize of every pixel value in every channel: float32, 256 x 3."""
    values = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    normalise = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    np.save(folder / "normalised.npy", np.ascontiguousarray(normalise(Image.fromarray(values)).numpy()[:, 0, :].T.astype("<f4")))


# ---- .npy files ----

def npy_files(folder):
    np.save(folder / "int64.npy", np.array([3, -1, 2**40], dtype="<i8"))
    np.save(folder / "uint8.npy", np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3))
    np.save(folder / "fortran.npy", np.asfortranarray(np.zeros((2, 3), dtype="<i8")))


def part(out, name):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make(out, committed=None):
    resize_files(part(out, "resize"))
    decode_files(part(out, "decode"), committed)
    crop_files(part(out, "crop"), committed)
    normalise_file(out)
    npy_files(part(out, "npy"))
    write_json(out / "random-state.json", random_states())
    write_json(out / "large-draws.json", large_draws())
    write_json(out / "label-noise.json", label_noise())
    noise = part(out, "noise")
    write_json(noise / "cases.json", other_noise(noise))
    write_json(noise / "imported.json", imported_labels(noise))
    make_formats.make(out / "formats", committed and committed / "formats")
    models = HERE / "make_models.py"
    if models.exists():
        spec = importlib.util.spec_from_file_location("make_models", models)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.HERE = out
        torch.set_num_threads(1)
        module.make()
    write_json(out / "versions.json", versions())


def references(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".py" and path.name not in COMMENTARY and not {"__pycache__", *BY_HAND} & set(path.parts)}


# Torch and NumPy select kernels by instruction set, so the last bits depend on the processor. The tolerance is relative to the largest
# value of a list, because sums with cancellation can be much smaller.
ROUNDING = 1e-5

# Gradients that are 0 except for rounding (a bias before batch normalisation) are compared relative to this share of the largest gradient.
VANISHING = 1e-6

# The difference between torchvision's float32 and float64 gradients: rounding only, so not comparable between processors.
PROCESSOR_DEPENDENT = {"rounding"}


def is_computed(name):
    return name == "rules.json" or name.startswith("models/")


def difference(made, committed, floor=1e-300):
    """Largest difference between the numbers of two JSON values, relative to the largest number of a list; infinite if anything else differs."""
    if isinstance(made, dict) and isinstance(committed, dict):
        if list(made) != list(committed):
            return math.inf
        floors = {"gradients": VANISHING * max(tensor["norm"] for tensor in committed["gradients"].values())} if isinstance(committed.get("gradients"), dict) else {}
        return max((difference(made[key], committed[key], floors.get(key, floor)) for key in made if key not in PROCESSOR_DEPENDENT), default=0.0)
    if isinstance(made, list) and isinstance(committed, list):
        if len(made) != len(committed):
            return math.inf
        if made and all(isinstance(item, float) for item in made + committed):
            return float(np.abs(np.subtract(made, committed)).max() / max(np.abs(committed).max(), floor))
        return max((difference(one, other, floor) for one, other in zip(made, committed)), default=0.0)
    if isinstance(made, float) and isinstance(committed, float):
        return difference([made], [committed], floor)
    return 0.0 if made == committed else math.inf


def difference_of_files(made, committed):
    if made.read_bytes() == committed.read_bytes():
        return 0.0
    if made.suffix == ".json":
        return difference(json.loads(made.read_text()), json.loads(committed.read_text()))
    first, second = np.load(made), np.load(committed)
    return float(np.abs(first - second).max() / np.abs(second).max()) if (first.dtype, first.shape) == (second.dtype, second.shape) else math.inf


def check():
    made_by = json.loads((HERE / "versions.json").read_text())
    rounded = {}
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        make(out, committed=None if made_by == versions() else HERE)
        committed, made = references(HERE), references(out)
        failures = [f"{name} is committed but was not generated" for name in sorted(committed - made)]
        failures += [f"{name} was generated but is not committed" for name in sorted(made - committed)]
        for name in sorted((made & committed) - {"versions.json"}):
            if not is_computed(name):
                failures += [f"{name} differs"] if (out / name).read_bytes() != (HERE / name).read_bytes() else []
                continue
            distance = difference_of_files(out / name, HERE / name)
            if not distance <= ROUNDING:
                failures.append(f"{name} differs by {distance:.2g}")
            elif distance > 0:
                rounded[name] = distance
    for failure in failures:
        print(f"golden: {failure}", file=sys.stderr)
    if made_by != versions():
        print(f"golden: generated with {made_by}, checked with {versions()}; used the committed images instead of encoding new ones", file=sys.stderr)
    if rounded:
        print(f"golden: {len(rounded)} files differ by rounding only, at most by {max(rounded.values()):.2g}")
    print(f"golden: {len(made)} files generated, {len(failures)} differ from the committed ones")
    return 1 if failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files without changing them")
    if parser.parse_args().check:
        sys.exit(check())
    make(HERE)
