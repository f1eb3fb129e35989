#!/usr/bin/python3
"""Writes synsets as ImageNet's devkit has them with scipy.io.savemat: python3 tests/golden/make_mat.py (needs Debian's python3-scipy)."""
import pathlib

import numpy
import scipy.io

FOLDER = pathlib.Path(__file__).parent / "mat"
FIELDS = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height", "num_train_images"]
ROWS = [
    (2, "n01443537", "goldfish, Carassius auratus", "small golden or orange-red freshwater fishes", 0, [], 0, 1300),
    (1, "n02119789", "kit fox, Vulpes macrotis", "small grey fox of southwestern United States", 0, [], 0, 1300),
    (3, "n00015388", "animal, animate being", "a living organism, naïve", 2, [1, 2], 7, 0),
]


def main():
    synsets = numpy.zeros((len(ROWS), 1), dtype=[(field, object) for field in FIELDS])
    for index, row in enumerate(ROWS):
        for field, value in zip(FIELDS, row):
            synsets[field][index, 0] = value if isinstance(value, str) else numpy.array([value] if numpy.isscalar(value) else value, dtype=float, ndmin=2)
    variables = {
        "synsets": synsets,
        "bytes": numpy.arange(-2, 3, dtype=numpy.int8),
        "singles": numpy.array([[1.5, -2.5]], dtype=numpy.float32),
        "longs": numpy.array([[2**40, -1]], dtype=numpy.int64),
        "complex": numpy.array([[1 + 2j]]),
        "cells": numpy.array([["a", 1]], dtype=object),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, compressed in [("plain", False), ("compressed", True)]:
        path = FOLDER / f"{name}.mat"
        scipy.io.savemat(path, variables, do_compression=compressed)

        # The header's text has the time of writing.
        content = path.read_bytes()
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + content[116:])


main()
