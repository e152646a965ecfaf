"""Writes src/Models/Tokenizers/Text/NormalizationData.cs from Python's copy of the Unicode Character Database.

python3 tools/make_normalization_data.py > src/Models/Tokenizers/Text/NormalizationData.cs

The runtime's String.Normalize returns its input under InvariantGlobalization, so the tables are our own. One line an
entry: '=' canonical, '!' canonical but never composed, '~' compatibility, each with the code point and its one-step
decomposition; '#' first, last, combining class. Hangul is arithmetic and left out.
"""
import base64
import sys
import unicodedata
import zlib

lines = []
for cp in range(sys.maxunicode + 1):
    c = chr(cp)
    mapping = unicodedata.decomposition(c)
    if not mapping or 0xAC00 <= cp <= 0xD7A3:
        continue
    if mapping.startswith("<"):
        lines.append(f"~{cp:x} " + mapping.split("> ", 1)[1].lower())
    else:
        sign = "=" if unicodedata.normalize("NFC", c) == c and " " in mapping else "!"
        lines.append(f"{sign}{cp:x} " + mapping.lower())
cp = 0
while cp <= sys.maxunicode:
    klass = unicodedata.combining(chr(cp))
    end = cp
    if klass:
        while unicodedata.combining(chr(end + 1)) == klass:
            end += 1
        lines.append(f"#{cp:x} {end:x} {klass:x}")
    cp = end + 1

packer = zlib.compressobj(9, zlib.DEFLATED, -15)
data = base64.b64encode(packer.compress("\n".join(lines).encode()) + packer.flush()).decode()
print("namespace Pure.Tuner;\n")
print("/// <summary>Decompositions and combining classes; written by tools/make_normalization_data.py, not by hand.</summary>")
print(f"/// <remarks>Unicode Character Database {unicodedata.unidata_version}, Unicode License v3.</remarks>")
print("internal static class NormalizationData\n{")
print("    /// <summary>Lines of text, deflated, in base 64.</summary>")
print("    public const string Packed =")
rows = [data[i:i + 160] for i in range(0, len(data), 160)]
print(" +\n".join(f'        "{row}"' for row in rows) + ";\n}")
