using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Vector code for one block format of ggml.</summary>
internal unsafe interface IBlockVectors
{
    /// <summary>Neighbours of x whose sum <see cref="AddDot"/> reads; 0 when it reads none.</summary>
    static abstract int SumLength { get; }

    /// <summary>Expands one block: the bits of <see cref="IBlockFormat.Expand"/>.</summary>
    static abstract void Expand(byte* block, float* y);

    /// <summary>sum += a block's inner product with x, in eight lanes.</summary>
    /// <param name="block">Its bytes.</param>
    /// <param name="x">As many numbers as the block.</param>
    /// <param name="sums">Sums of <see cref="SumLength"/> of them.</param>
    /// <param name="sum">Lanes.</param>
    static abstract Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum);
}

/// <summary>A block format of ggml, read in vectors.</summary>
internal sealed unsafe class BlockDecoder<TFormat, TVectors> : PackedDecoder
    where TFormat : struct, IBlockFormat where TVectors : struct, IBlockVectors
{
    public override int SumLength => TVectors.SumLength;

    public override bool CanDot(QuantizedTensor w) => true;

    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        long first = ((long)row * w.Shape[1] + column) / TFormat.Elements;
        fixed (byte* blocks = w.Part<byte>(0, first * TFormat.Bytes, count / TFormat.Elements * TFormat.Bytes)) Expand(blocks, count / TFormat.Elements, y);
    }

    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        int blocks = w.Shape[1] / TFormat.Elements;
        long rowBytes = (long)blocks * TFormat.Bytes;
        fixed (byte* first = w.Part<byte>(0, row * rowBytes, checked((int)(rows * rowBytes))))
            for (int i = 0; i < rows; i++) dots[i] = Dot(first + i * rowBytes, blocks, x, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand(byte* block, int blocks, float* y)
    {
        for (int i = 0; i < blocks; i++, block += TFormat.Bytes, y += TFormat.Elements) TVectors.Expand(block, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(byte* block, int blocks, float* x, float* sums)
    {
        Vector256<float> sum = default;
        int step = TVectors.SumLength == 0 ? 0 : TFormat.Elements / TVectors.SumLength;
        for (int i = 0; i < blocks; i++, block += TFormat.Bytes, x += TFormat.Elements, sums += step) sum = TVectors.AddDot(block, x, sums, sum);
        return Vector256.Sum(sum);
    }
}
