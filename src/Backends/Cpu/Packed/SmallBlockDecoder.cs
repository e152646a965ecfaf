using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>Vector code for a format of 32 codes with an F16 scale d in front, and after it an F16 minimum where it has one.</summary>
internal unsafe interface ISmallBlockVectors
{
    /// <summary>Whether a minimum stands after d.</summary>
    static abstract bool HasMin { get; }

    /// <summary>What is added to every code; <see cref="Dot"/> leaves it out.</summary>
    static abstract float Offset { get; }

    /// <summary>Expands one block: the bits of <see cref="IBlockFormat.Expand"/>.</summary>
    static abstract void Expand(byte* block, float* y);

    /// <summary>Whether <see cref="Dot"/> wants x turned.</summary>
    static virtual bool TurnsX => false;

    /// <summary>32 numbers of x as <see cref="Dot"/> wants them.</summary>
    static virtual void TurnX(float* x, float* y) => throw new NotSupportedException();

    /// <summary>Σ codes · x in eight lanes.</summary>
    static abstract Vector256<float> Dot(byte* block, float* x);
}

/// <summary>Small blocks, read in vectors. In a dot eight blocks go together: their scales are widened at once, their minima meet eight sums of x.</summary>
internal sealed unsafe class SmallBlockDecoder<TFormat, TVectors> : PackedDecoder
    where TFormat : struct, IBlockFormat where TVectors : struct, ISmallBlockVectors
{
    private const int Elements = 32, Together = 8, Ahead = 1536;        // bytes: a row or two

    public override int SumLength => TVectors.HasMin || TVectors.Offset != 0 ? Elements : 0;

    public override bool CanDot(QuantizedTensor w) => true;

    public override bool TurnsX => TVectors.TurnsX;

    public override void TurnX(float* x, int count, float* y)
    {
        for (int i = 0; i < count; i += Elements) TVectors.TurnX(x + i, y + i);
    }

    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        long first = ((long)row * w.Shape[1] + column) / Elements;
        fixed (byte* blocks = w.Part<byte>(0, first * TFormat.Bytes, count / Elements * TFormat.Bytes)) Expand(blocks, count / Elements, y);
    }

    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        int blocks = w.Shape[1] / Elements;
        long rowBytes = (long)blocks * TFormat.Bytes;
        fixed (byte* first = w.Part<byte>(0, row * rowBytes, checked((int)(rows * rowBytes))))
            for (int i = 0; i < rows; i++) dots[i] = Dot(first + i * rowBytes, blocks, x, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand(byte* block, int blocks, float* y)
    {
        for (int i = 0; i < blocks; i++, block += TFormat.Bytes, y += Elements) TVectors.Expand(block, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(byte* block, int blocks, float* x, float* sums)
    {
        Vector256<float> sum = default, other = default, scales;
        float* d = (float*)&scales;
        for (; blocks >= Together; blocks -= Together, sums += Together)
        {
            Vector256<int> heads = Vector256.Create(Head(block, 0), Head(block, 1), Head(block, 2), Head(block, 3), Head(block, 4), Head(block, 5), Head(block, 6), Head(block, 7));
            scales = Codes.Half(heads);
            other = AddMinima(heads, scales, sums, other);
            if (Sse.IsSupported)                // rows follow each other, but the hardware's own reading ahead ends with a page
                for (int i = 0; i < Together * TFormat.Bytes; i += 64) Sse.Prefetch0(block + Ahead + i);
            for (int i = 0; i < Together; i++, block += TFormat.Bytes, x += Elements) sum = Vector256.MultiplyAddEstimate(Vector256.Create(d[i]), TVectors.Dot(block, x), sum);
        }
        if (blocks > 0)
        {
            Vector256<int> heads = default;
            for (int i = 0; i < blocks; i++) ((int*)&heads)[i] = Head(block, i);
            scales = Codes.Half(heads);
            other = AddMinima(heads, scales, sums, other);
            for (int i = 0; i < blocks; i++, block += TFormat.Bytes, x += Elements) sum = Vector256.MultiplyAddEstimate(Vector256.Create(d[i]), TVectors.Dot(block, x), sum);
        }
        return Vector256.Sum(sum + other);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddMinima(Vector256<int> heads, Vector256<float> scales, float* sums, Vector256<float> other)
    {
        if (TVectors.HasMin) return Vector256.MultiplyAddEstimate(Codes.Half(Vector256.ShiftRightLogical(heads, 16)), Vector256.Load(sums), other);
        if (TVectors.Offset != 0) return Vector256.MultiplyAddEstimate(scales * TVectors.Offset, Vector256.Load(sums), other);
        return other;
    }

    /// <summary>The first four bytes of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Head(byte* blocks, int i) => *(int*)(blocks + i * TFormat.Bytes);
}
