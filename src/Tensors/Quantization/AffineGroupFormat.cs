using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Whole numbers on a grid of their own for each group of columns: W[o, i] = scale[o, g] · (q[o, i] - zero[o, g]), g the group of column i. GPTQ and AWQ.</summary>
/// <remarks>
/// Parts: codes, U8 [out, in · bits / 8 rounded up], a row's codes as one stream of bits, lowest first (for 4 bits the even column is the low half of a byte); scales,
/// F16 or F32 [out, groups]; zeros, U8 [out, groups]; and, where groups are not runs of columns (act-order), index, I32 [in]. Files keep other orders; rows are put
/// in this one while they are loaded, because a row is what is read.
/// </remarks>
internal sealed class AffineGroupFormat : PackedFormat
{
    /// <summary>Numbers of the parts.</summary>
    internal const int Codes = 0, Scales = 1, Zeros = 2, Index = 3;

    /// <param name="bits">2, 3, 4 or 8.</param>
    /// <param name="groupSize">Columns of a group; the last may have fewer. 0 for the whole row.</param>
    /// <param name="hasIndex">Whether a part says which group a column is of.</param>
    /// <param name="scaleType">F16 or F32.</param>
    internal AffineGroupFormat(int bits, int groupSize, bool hasIndex = false, DType? scaleType = null)
    {
        if (!IsBits(bits)) throw new ArgumentException($"affine: {bits} bits a number (known: 2, 3, 4, 8)", nameof(bits));
        ArgumentOutOfRangeException.ThrowIfNegative(groupSize);
        (Bits, GroupSize, HasIndex, ScaleType) = (bits, groupSize, hasIndex, scaleType ?? DType.F16);
        if (ScaleType != DType.F16 && ScaleType != DType.F32) throw new ArgumentException($"affine: scales are F16 or F32, not {ScaleType.Name}", nameof(scaleType));
    }

    internal int Bits { get; }

    /// <summary>Columns of a group; 0 for the whole row.</summary>
    internal int GroupSize { get; }

    internal bool HasIndex { get; }

    internal DType ScaleType { get; }

    /// <inheritdoc/>
    public override string Name => $"affine{Bits}{(GroupSize == 0 ? "-row" : $"-g{GroupSize}")}{(HasIndex ? "-act-order" : "")}";

    /// <inheritdoc/>
    public override int Grain => Bits switch { 2 => 4, 3 => 8, 4 => 2, _ => 1 };

    internal static bool IsBits(int bits) => bits is 2 or 3 or 4 or 8;

    /// <summary>Groups of a row.</summary>
    internal int Groups(int width) => GroupSize == 0 ? 1 : (width + GroupSize - 1) / GroupSize;

    /// <summary>Bytes of a row's codes.</summary>
    internal int RowBytes(int width) => checked((int)(((long)width * Bits + 7) / 8));

    /// <inheritdoc/>
    public override IReadOnlyList<PackedPart> Parts(Shape shape)
    {
        if (shape.Rank != 2 || shape[1] == 0) throw new ArgumentException($"{Name}: only a matrix with columns can be stored so, not {shape}");
        int rows = shape[0], groups = Groups(shape[1]);
        PackedPart[] parts = [new("codes", [rows, RowBytes(shape[1])], DType.U8), new("scales", [rows, groups], ScaleType), new("zeros", [rows, groups], DType.U8)];
        return HasIndex ? [.. parts, new("index", [shape[1]], DType.I32)] : parts;
    }

    /// <inheritdoc/>
    public override void Expand(QuantizedTensor w, int row, int column, Span<float> y)
    {
        int width = w.Shape[1], groups = Groups(width);
        Unpack(w.Part<byte>(Codes, (long)row * RowBytes(width) + (long)column * Bits / 8, RowBytes(y.Length)), Bits, y);
        ReadOnlySpan<byte> zeros = w.Part<byte>(Zeros, (long)row * groups, groups);
        if (HasIndex)
        {
            ReadOnlySpan<int> index = w.Part<int>(Index, column, y.Length);
            for (int i = 0; i < y.Length; i++) y[i] = Scale(w, row, groups, index[i]) * (y[i] - zeros[index[i]]);
            return;
        }
        int size = GroupSize == 0 ? width : GroupSize;
        for (int done = 0; done < y.Length;)
        {
            int g = (column + done) / size, count = Math.Min((g + 1) * size - column - done, y.Length - done);
            Span<float> run = y.Slice(done, count);
            TensorPrimitives.Subtract(run, zeros[g], run);
            TensorPrimitives.Multiply(run, Scale(w, row, groups, g), run);
            done += count;
        }
    }

    /// <summary>Codes of a stream of bits, lowest first.</summary>
    internal static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<float> codes)
    {
        switch (bits)
        {
            case 8:
                TensorPrimitives.ConvertTruncating(packed[..codes.Length], codes);
                return;
            case 4:
                for (int i = 0; i + 1 < codes.Length; i += 2) (codes[i], codes[i + 1]) = (packed[i / 2] & 15, packed[i / 2] >> 4);
                if (codes.Length % 2 == 1) codes[^1] = packed[codes.Length / 2] & 15;
                return;
            case 2:
                for (int i = 0; i < codes.Length; i++) codes[i] = packed[i / 4] >> 2 * (i % 4) & 3;
                return;
            default:
                for (int i = 0; i < codes.Length; i++) codes[i] = Code(packed, bits, i);
                return;
        }
    }

    /// <summary>One code of a stream of bits.</summary>
    internal static int Code(ReadOnlySpan<byte> packed, int bits, int i)
    {
        int at = i * bits, two = packed[at / 8] | (at / 8 + 1 < packed.Length ? packed[at / 8 + 1] << 8 : 0);
        return two >> at % 8 & (1 << bits) - 1;
    }

    /// <summary>Codes to a stream of bits; the bytes must be zero before.</summary>
    internal static void Pack(ReadOnlySpan<byte> codes, int bits, Span<byte> packed)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            int at = i * bits, two = codes[i] << at % 8;
            packed[at / 8] |= (byte)two;
            if (two > 255) packed[at / 8 + 1] |= (byte)(two >> 8);
        }
    }

    private float Scale(QuantizedTensor w, int row, int groups, int g) =>
        ScaleType == DType.F16 ? (float)w.Part<Half>(Scales, (long)row * groups + g, 1)[0] : w.Part<float>(Scales, (long)row * groups + g, 1)[0];
}
