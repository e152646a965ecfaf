using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner;

public sealed partial class CpuBackend : IDropoutKernel
{
    Support IDropoutKernel.Supports(in DropoutSpec spec) => spec.Rate is >= 0 and < 1 ? Support.Both : Support.None;

    void IDropoutKernel.Apply(in DropoutSpec spec, Tensor x, Into y)
    {
        if (y.IsEmpty) return;
        using var scope = TensorScope.Begin();
        Tensor target = y.Target, xs = x.WithUnitRows();
        bool flat = xs.IsContiguous && target.IsContiguous;
        long count = x.Shape.Count;
        int d = flat ? (int)Math.Min(count, DropoutRow.FlatLength) : x.Shape.Last;
        if (count == 0) return;
        ForRows(checked((int)((count + d - 1) / d)), new DropoutRow(spec, xs, y, d, flat, count), 16L * d);
    }
}

/// <summary>A row, or a piece of a flat tensor; elements keep their row-major number either way.</summary>
internal readonly struct DropoutRow(DropoutSpec spec, Tensor x, Into y, int d, bool flat, long count) : IRowBody
{
    public const int FlatLength = 4096;

    public void Invoke(int row)
    {
        long first = (long)row * d;
        int n = (int)Math.Min(d, count - first);
        Tensor target = y.Target;
        long from = flat ? first : RowOffset(x, row, d), to = flat ? first : RowOffset(target, row, d);
        ReadOnlySpan<float> xs = ReadPart(x, from, n, Scratch.Floats(0, n));
        Span<float> ys = OpenPart(target, to, n, y.Accumulate, Scratch.Floats(1, n));
        Span<float> factors = Scratch.Floats(2, n);
        Factors(spec.Key, first, CounterRandom.DropBelow(spec.Rate), 1 / (1 - spec.Rate), factors);
        LaneLoop.Run(new Body(xs, factors, ys, y.Accumulate), n);
        WritePart(ys, target, to);
    }

    /// <summary>0 or the scale for elements first, first + 1, ...: four to a counter, as <see cref="CounterRandom.Word"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Factors(ulong key, long first, uint below, float scale, Span<float> y)
    {
        int i = 0;
        for (; i < y.Length && (first + i) % 4 != 0; i++) y[i] = Factor(key, first + i, below, scale);
        Span<uint> words = stackalloc uint[4 * PhiloxLanes.Count];
        if (Vector128.IsHardwareAccelerated)
            for (; i + words.Length <= y.Length; i += words.Length)
            {
                PhiloxLanes.Words(key, (ulong)(first + i) >> 2, words);
                Span<float> part = y.Slice(i, words.Length);
                for (int w = 0; w < words.Length; w += PhiloxLanes.Count)    // by mask: a branch on chance is mispredicted
                    Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(Vector256.Create<uint>(words.Slice(w, PhiloxLanes.Count)), Vector256.Create(below)), Vector256.Create(scale).AsUInt32(), default)
                        .CopyTo(words.Slice(w, PhiloxLanes.Count));
                ReadOnlySpan<float> factors = MemoryMarshal.Cast<uint, float>(words);
                for (int k = 0; k < PhiloxLanes.Count; k++)                  // word by word back to counter by counter
                {
                    part[4 * k] = factors[k];
                    part[4 * k + 1] = factors[PhiloxLanes.Count + k];
                    part[4 * k + 2] = factors[2 * PhiloxLanes.Count + k];
                    part[4 * k + 3] = factors[3 * PhiloxLanes.Count + k];
                }
            }
        for (; i < y.Length; i++) y[i] = Factor(key, first + i, below, scale);
    }

    private static float Factor(ulong key, long element, uint below, float scale) => CounterRandom.Word(key, element) >= below ? scale : 0;

    /// <summary>x · factor, and 0 where the factor is 0 even if x is no number.</summary>
    private readonly ref struct Body(ReadOnlySpan<float> x, ReadOnlySpan<float> factors, Span<float> y, bool accumulate) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _x = x, _factors = factors;
        private readonly Span<float> _y = y;
        private readonly bool _accumulate = accumulate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T factor = LaneLoop.Load<T>(_factors, i);
            LaneLoop.Store(T.IfLess(T.All(0), factor, LaneLoop.Load<T>(_x, i) * factor, T.All(0)), _y, i, _accumulate);
        }
    }
}

/// <summary><see cref="CounterRandom.Philox"/> for eight counters in a row.</summary>
internal static class PhiloxLanes
{
    public const int Count = 8;

    /// <summary>Word w of counter first + i stands at 8 w + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Words(ulong key, ulong first, Span<uint> words)
    {
        Vector256<ulong> step = Vector256.Create(0UL, 2, 4, 6), even = Vector256.Create(first) + step, odd = even + Vector256<ulong>.One;
        (Vector256<uint> c1, Vector256<uint> c0) = Split(even, odd);
        Vector256<uint> c2 = default, c3 = default, m0 = Vector256.Create(0xD2511F53u), m1 = Vector256.Create(0xCD9E8D57u);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            (Vector256<uint> high0, Vector256<uint> low0) = Product(m0, c0);
            (Vector256<uint> high1, Vector256<uint> low1) = Product(m1, c2);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector256.Create(k0), low1, high0 ^ c3 ^ Vector256.Create(k1), low0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        c0.CopyTo(words);
        c1.CopyTo(words[Count..]);
        c2.CopyTo(words[(2 * Count)..]);
        c3.CopyTo(words[(3 * Count)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> High, Vector256<uint> Low) Product(Vector256<uint> m, Vector256<uint> c) =>
        Split(ProductOfEven(m, c), ProductOfEven(m, (c.AsUInt64() >> 32).AsUInt32()));

    /// <summary>64 bits from the lower 32 of each 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> ProductOfEven(Vector256<uint> a, Vector256<uint> b)
    {
        if (Avx2.IsSupported) return Avx2.Multiply(a, b);
        Vector256<ulong> lower = Vector256.Create(0xFFFF_FFFFUL);
        return (a.AsUInt64() & lower) * (b.AsUInt64() & lower);
    }

    /// <summary>Upper and lower halves of 64-bit numbers, those of even and of odd places interleaved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> High, Vector256<uint> Low) Split(Vector256<ulong> even, Vector256<ulong> odd)
    {
        Vector256<ulong> lower = Vector256.Create(0xFFFF_FFFFUL);
        return (((even >> 32) | (odd & ~lower)).AsUInt32(), ((even & lower) | (odd << 32)).AsUInt32());
    }
}
