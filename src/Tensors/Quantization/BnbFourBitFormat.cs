using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>bitsandbytes' 4 bits: w = value(code) · absmax(block), blocks running over the flat matrix and across its rows.</summary>
/// <remarks>
/// Dettmers et al. 2023, arXiv:2305.14314. Parts: codes U8 [⌈n / 2⌉], the first of a byte in its high half; absmax F32 [blocks]. With double
/// quantisation absmax is U8 [blocks] and means nested_quant_map[code] · nested_absmax[block / nested] + nested_offset: then also
/// nested_absmax F32 [⌈blocks / nested⌉], nested_offset F32 [1] and nested_quant_map F32 [256]. The values of the codes are the type's own.
/// </remarks>
internal sealed class BnbFourBitFormat : PackedFormat
{
    /// <param name="code">NF4 or FP4.</param>
    /// <param name="blockSize">Numbers that share an absmax: even.</param>
    /// <param name="nestedBlockSize">Absmaxes that share a scale of their own; 0 keeps them in F32.</param>
    /// <exception cref="ArgumentException">A size cannot be.</exception>
    internal BnbFourBitFormat(FourBitCode code, int blockSize = 64, int nestedBlockSize = 0)
    {
        if (blockSize < 2 || blockSize % 2 != 0) throw new ArgumentException($"{code.Name}: blocks hold an even number of weights, not {blockSize}", nameof(blockSize));
        if (nestedBlockSize < 0) throw new ArgumentException($"{code.Name}: {nestedBlockSize} is no size of a nested block", nameof(nestedBlockSize));
        (Code, BlockSize, NestedBlockSize) = (code, blockSize, nestedBlockSize);
        Name = $"{code.Name}-{blockSize}{(nestedBlockSize > 0 ? "-dq" : "")}{(nestedBlockSize is 0 or UsualNested ? "" : nestedBlockSize)}";
    }

    /// <summary>The size that bitsandbytes always takes for nested blocks.</summary>
    internal const int UsualNested = 256;

    /// <summary>Numbers of the parts.</summary>
    internal const int Codes = 0, AbsMax = 1, NestedAbsMax = 2, NestedOffset = 3, NestedMap = 4;

    internal FourBitCode Code { get; }
    internal int BlockSize { get; }
    internal int NestedBlockSize { get; }

    /// <summary>Whether absmax is itself in 8 bits.</summary>
    internal bool IsNested => NestedBlockSize > 0;

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Grain => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<PackedPart> Parts(Shape shape)
    {
        if (shape.Rank != 2) throw new ArgumentException($"{Name}: a matrix is needed, which {shape} is not");
        int blocks = checked((int)((shape.Count + BlockSize - 1) / BlockSize));
        var codes = new PackedPart("codes", [checked((int)((shape.Count + 1) / 2))], DType.U8);
        return !IsNested
            ? [codes, new("absmax", [blocks], DType.F32)]
            :
            [
                codes, new("absmax", [blocks], DType.U8),
                new("nested_absmax", [(int)(((long)blocks + NestedBlockSize - 1) / NestedBlockSize)], DType.F32), new("nested_offset", [1], DType.F32), new("nested_quant_map", [256], DType.F32),
            ];
    }

    /// <inheritdoc/>
    public override void Expand(QuantizedTensor w, int row, int column, Span<float> y)
    {
        for (long first = (long)row * w.Shape[1] + column; y.Length > 0;)
        {
            int n = (int)Math.Min(BlockSize - first % BlockSize, y.Length);
            ExpandBlock(w, first, Scale(w, first / BlockSize), y[..n]);
            first += n;
            y = y[n..];
        }
    }

    /// <summary>absmax of a block, rebuilt where it is in 8 bits.</summary>
    internal float Scale(QuantizedTensor w, long block) => IsNested
        ? w.Part<float>(NestedMap, w.Part<byte>(AbsMax, block, 1)[0], 1)[0] * w.Part<float>(NestedAbsMax, block / NestedBlockSize, 1)[0] + w.Part<float>(NestedOffset, 0, 1)[0]
        : w.Part<float>(AbsMax, block, 1)[0];

    private void ExpandBlock(QuantizedTensor w, long first, float scale, Span<float> y)
    {
        ReadOnlySpan<byte> codes = w.Part<byte>(Codes, first >> 1, (int)(((first + y.Length + 1) >> 1) - (first >> 1)));
        ReadOnlySpan<float> values = Code.Values;
        Span<float> rest = y;
        if ((first & 1) != 0)                               // an odd row length: this piece begins in the middle of a byte
        {
            rest[0] = values[codes[0] & 15];
            rest = rest[1..];
            codes = codes[1..];
        }
        ReadOnlySpan<ulong> pairs = Code.Pairs;
        Span<ulong> two = MemoryMarshal.Cast<float, ulong>(rest);
        for (int i = 0; i < two.Length; i++) two[i] = pairs[codes[i]];
        if ((rest.Length & 1) != 0) rest[^1] = values[codes[^1] >> 4];
        TensorPrimitives.Multiply(y, scale, y);
    }
}
