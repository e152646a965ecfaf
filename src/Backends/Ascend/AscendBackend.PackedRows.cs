using System.Runtime.InteropServices;
using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>How each packed format becomes numbers on the card: a table of what each byte stands for, looked up, then scales by strides of 0.</summary>
public sealed unsafe partial class AscendBackend
{
    /// <summary>Whether the format's pieces run across rows, so that it is expanded whole.</summary>
    private static bool IsRowless(QuantizedTensor w) => w.Format switch
    {
        BnbFourBitFormat f => !IsAligned(f, w.Shape[1]),
        Float8Format f => f.BlockRows != 1,
        _ => false,
    };

    private static bool IsAligned(BnbFourBitFormat f, int width) => width % f.BlockSize == 0 && width > 0;

    /// <summary>The parts with a first dimension of rows, so that rows can be cut and picked; null where the format has none or the host expands it.</summary>
    private Tensor[]? PackedRowParts(QuantizedTensor w)
    {
        int rows = w.Shape[0], width = w.Shape[1];
        return w.Format switch
        {
            AffineGroupFormat { Bits: 2 or 4 or 8 } => [.. w.Parts],
            Int8RowFormat => [w.Parts[Int8RowFormat.Codes], w.Parts[Int8RowFormat.Scale].View([rows, 1])],
            Float8Format { BlockRows: 1 } => [.. w.Parts],
            BnbFourBitFormat f when IsAligned(f, width) => [w.Parts[BnbFourBitFormat.Codes].View([rows, width / 2]), Scales(f, w).View([rows, width / f.BlockSize])],
            _ => null,
        };
    }

    /// <summary>Rows of a part by number: 8-bit parts are moved as they are.</summary>
    private Tensor PickedRows(Tensor part, Tensor ids)
    {
        Tensor y = Tensor.Empty(this, [ids.Shape[0], part.Shape[1]], part.DType);
        OpCall c = Begin();
        c.aclnnIndexSelect(c.In(part), 0, c.In(ids), c.Out(y));
        return y;
    }

    /// <summary>Numbers of rows, F32 [rows, width].</summary>
    private Tensor ExpandRows(PackedFormat format, Tensor[] parts, int rows, int width) => format switch
    {
        AffineGroupFormat f => ExpandAffine(f, parts, rows, width),
        Int8RowFormat => ExpandInt8(parts, rows, width),
        Float8Format f => Scaled(LookedUp(parts[0], Table(f.Name, f.Kind.Values, 1)).View([rows, width]), parts[1], f.BlockColumns == 0 ? width : f.BlockColumns),
        BnbFourBitFormat f => Scaled(LookedUp(parts[0], PairTable(f.Code)).View([rows, width]), parts[1], f.BlockSize),
        _ => throw new NotSupportedException($"npu: {format} has no rows to expand"),
    };

    /// <summary>w = scale · (q - zero) by groups of columns, or by each column's own group.</summary>
    private Tensor ExpandAffine(AffineGroupFormat f, Tensor[] parts, int rows, int width)
    {
        int perByte = 8 / f.Bits, bytes = f.RowBytes(width), group = f.GroupSize == 0 ? width : f.GroupSize;
        Tensor codes = f.Bits == 8 ? Typed(parts[AffineGroupFormat.Codes].Packed(), DType.F32) : LookedUp(parts[AffineGroupFormat.Codes], CodeTable(f.Bits));
        Tensor q = codes.View([rows, width], [bytes * perByte, 1], codes.Offset);       // behind the last column a byte may hold more codes
        Tensor scales = Typed(parts[AffineGroupFormat.Scales], DType.F32), zeros = Typed(parts[AffineGroupFormat.Zeros], DType.F32);
        if (f.HasIndex)
        {
            Tensor index = parts[AffineGroupFormat.Index];
            (scales, zeros, group) = (PickedColumns(scales, index), PickedColumns(zeros, index), 1);
        }
        ByGroups(BinaryKind.Sub, q, zeros, group);
        return Scaled(q, scales, group);
    }

    /// <summary>w = code · scale / 127; the codes are signed bytes.</summary>
    private Tensor ExpandInt8(Tensor[] parts, int rows, int width)
    {
        Tensor y = Tensor.Empty(this, [rows, width]), codes = parts[0];
        OpCall c = Begin();
        c.aclnnCast(c.As(codes, AclTypes.Int8, codes.Shape.Lengths, codes.Strides), AclTypes.Float, c.Out(y));
        Scaled(y, parts[1], width);
        ScaleInPlace(y, Int8RowFormat.Unit);
        return y;
    }

    /// <summary>All of a 4-bit matrix whose blocks run across its rows.</summary>
    private Tensor ExpandFlat(BnbFourBitFormat f, QuantizedTensor w)
    {
        int count = checked((int)w.Shape.Count), whole = count / f.BlockSize;
        Tensor scales = Scales(f, w), y = LookedUp(w.Parts[BnbFourBitFormat.Codes].View([1, (count + 1) / 2]), PairTable(f.Code));
        if (whole > 0) Scaled(y.View([whole, f.BlockSize], [f.BlockSize, 1], y.Offset), scales.Slice(0, whole).View([whole, 1], [1, 1], scales.Offset), f.BlockSize);
        int rest = count - whole * f.BlockSize;
        if (rest > 0) Scaled(y.View([1, rest], [rest, 1], y.Offset + (long)whole * f.BlockSize), scales.View([1, 1], [1, 1], scales.Offset + whole), rest);
        return y.View(w.Shape, w.Shape.ContiguousStrides(), y.Offset);
    }

    /// <summary>All of an 8-bit float matrix with scales of several rows.</summary>
    private Tensor ExpandBlocks(Float8Format f, QuantizedTensor w)
    {
        int rows = w.Shape[0], width = w.Shape[1], high = f.BlockRows == 0 ? rows : f.BlockRows, wide = f.BlockColumns == 0 ? width : f.BlockColumns;
        Tensor scale = w.Parts[Float8Format.Scale], y = LookedUp(w.Parts[Float8Format.Codes], Table(f.Name, f.Kind.Values, 1)).View([rows, width]);
        for (int row = 0, block = 0; row < rows; row += high, block++)
        {
            int count = Math.Min(high, rows - row), perRow = scale.Shape[1];
            Scaled(y.Slice(row, count), scale.View([count, perRow], [0, 1], scale.Offset + (long)block * perRow), wide);
        }
        return y;
    }

    /// <summary>absmax of each block of a 4-bit format, [blocks]: rebuilt on the card where it is itself in 8 bits.</summary>
    private Tensor Scales(BnbFourBitFormat f, QuantizedTensor w)
    {
        Tensor absmax = w.Parts[BnbFourBitFormat.AbsMax];
        if (!f.IsNested) return absmax;
        int blocks = absmax.Shape[0];
        Tensor map = w.Parts[BnbFourBitFormat.NestedMap].View([256, 1]), offset = w.Parts[BnbFourBitFormat.NestedOffset], y = LookedUp(absmax.View([1, blocks]), map).View([1, blocks]);
        Scaled(y, w.Parts[BnbFourBitFormat.NestedAbsMax].View([1, w.Parts[BnbFourBitFormat.NestedAbsMax].Shape[0]]), f.NestedBlockSize);
        Binary(BinaryKind.Add, y, offset.View([1, blocks], [0, 0], offset.Offset), y);
        return y.View([blocks]);
    }

    /// <summary>What each byte stands for: bytes [r, n] by a table [256, k], flat [r · n · k].</summary>
    private Tensor LookedUp(Tensor bytes, Tensor table)
    {
        Tensor packed = bytes.Packed(), ids = Tensor.Empty(this, [checked((int)bytes.Shape.Count)], DType.I32), y = Tensor.Empty(this, [ids.Shape[0], table.Shape[1]]);
        Copy(packed.View(ids.Shape), ids);           // indices are 32 or 64 bits wide there
        OpCall c = Begin();
        c.aclnnIndexSelect(c.In(table), 0, c.In(ids), c.Out(y));
        return y.View([checked((int)y.Shape.Count)]);
    }

    /// <summary>Columns of a matrix by number.</summary>
    private Tensor PickedColumns(Tensor x, Tensor ids)
    {
        Tensor y = Tensor.Empty(this, [x.Shape[0], ids.Shape[0]], x.DType);
        OpCall c = Begin();
        c.aclnnIndexSelect(c.In(x), 1, c.In(ids), c.Out(y));
        return y;
    }

    /// <summary>y *= scale of the group of each column; returns y.</summary>
    private Tensor Scaled(Tensor y, Tensor scales, int group)
    {
        ByGroups(BinaryKind.Mul, y, scales, group);
        return y;
    }

    /// <summary>y = f(y, number of the group of each column); numbers [rows, groups], the last group may be shorter.</summary>
    private void ByGroups(BinaryKind kind, Tensor y, Tensor numbers, int group)
    {
        int rows = y.Shape[0], width = y.Shape[1], whole = width / group, rest = width - whole * group;
        if (whole > 0)
        {
            Tensor part = y.View([rows, whole, group], [y.Strides[0], group * y.Strides[1], y.Strides[1]], y.Offset);
            Binary(kind, part, numbers.View([rows, whole, group], [numbers.Strides[0], numbers.Strides[1], 0], numbers.Offset), part);
        }
        if (rest == 0) return;
        Tensor tail = y.View([rows, rest], [y.Strides[0], y.Strides[1]], y.Offset + (long)whole * group * y.Strides[1]);
        Binary(kind, tail, numbers.View([rows, rest], [numbers.Strides[0], 0], numbers.Offset + (long)whole * numbers.Strides[1]), tail);
    }

    /// <summary>Both numbers of a byte of bitsandbytes, that of the high half first.</summary>
    private Tensor PairTable(FourBitCode code) => Table(code.Name, MemoryMarshal.Cast<ulong, float>(code.Pairs), 2);

    /// <summary>The codes of a byte, the lowest bits first.</summary>
    private Tensor CodeTable(int bits)
    {
        int perByte = 8 / bits;
        var codes = new float[256 * perByte];
        for (int i = 0; i < codes.Length; i++) codes[i] = i / perByte >> (bits * (i % perByte)) & (1 << bits) - 1;
        return Table($"codes{bits}", codes, perByte);
    }

    private Tensor Table(string name, ReadOnlySpan<float> values, int perByte)
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        return _constants.Get(this, $"table.{name}", [256, perByte], DType.F32, table => Upload(bytes, table));
    }
}
