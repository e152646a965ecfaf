#!/usr/bin/env python3
"""Prints the code books of ggml's IQ formats as the bit sets of src/Tensors/Quantization/Blocks/IqGrids.cs.

Input: ggml's src/ggml-common.h (github.com/ggml-org/ggml), as the only argument.

Each code book is a list of points of 4 or 8 coordinates, every coordinate one of a few values, sorted by the number whose digits the
coordinates are, first coordinate lowest. So the list is a set of such numbers: one bit for each possible number, in base 64.
"""
import base64
import re
import sys

BOOKS = {
    "iq1s_grid": (8, [255, 0, 1]),
    "iq2xxs_grid": (8, [8, 25, 43]),
    "iq2xs_grid": (8, [8, 25, 43]),
    "iq2s_grid": (8, [8, 25, 43]),
    "iq3xxs_grid": (4, [4, 12, 20, 28, 36, 44, 52, 62]),
    "iq3s_grid": (4, [1, 3, 5, 7, 9, 11, 13, 15]),
}

text = open(sys.argv[1], encoding="utf-8").read()
for name, (width, values) in BOOKS.items():
    body = re.search(r"GGML_TABLE_BEGIN\(\w+, %s, \w+\)(.*?)GGML_TABLE_END" % name, text, re.S).group(1)
    points = [int(x, 16) for x in re.findall(r"0x[0-9a-fA-F]+", body)]
    numbers = [sum(values.index(p >> 8 * i & 255) * len(values) ** i for i in range(width)) for p in points]
    assert numbers == sorted(set(numbers)), f"{name}: the points are not in the order of their numbers"
    bits = bytearray((len(values) ** width + 7) // 8)
    for n in numbers:
        bits[n // 8] |= 1 << n % 8
    encoded = base64.b64encode(bytes(bits)).decode()
    print(name, len(points))
    for i in range(0, len(encoded), 160):
        print(f'        "{encoded[i:i + 160]}"' + (" +" if i + 160 < len(encoded) else ""))
