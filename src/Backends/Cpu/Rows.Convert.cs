using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>BF16 and F16 rows: widened on load, computed in F32, narrowed on store.</summary>
internal static unsafe partial class Rows
{
    /// <summary>A row of any float dtype as F32: the row itself when it is F32, else its elements in <paramref name="buffer"/>.</summary>
    public static ReadOnlySpan<float> ReadRow(Tensor x, long row, int d, Span<float> buffer)
    {
        switch (x.DType)
        {
            case DType.F32:
                return Row(x, row, d);
            case DType.BF16:
                Widen(Row<BFloat16>(x, row, d), buffer);
                return buffer[..d];
            case DType.F16:
                Widen(Row<Half>(x, row, d), buffer);
                return buffer[..d];
            default:
                throw new ArgumentException($"row: {x.DType.Name} is no float dtype");
        }
    }

    /// <summary>Where to compute a row of y: the row itself when it is F32, else <paramref name="buffer"/>; then call <see cref="WriteRow"/>.</summary>
    public static Span<float> OpenRow(Tensor y, long row, int d, Span<float> buffer) => y.DType == DType.F32 ? Row(y, row, d) : buffer[..d];

    /// <summary>Writes F32 elements to a row of any float dtype; nothing to do when they are that row.</summary>
    public static void WriteRow(ReadOnlySpan<float> elements, Tensor y, long row)
    {
        int d = elements.Length;
        switch (y.DType)
        {
            case DType.F32:
                Span<float> target = Row(y, row, d);
                if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(target), ref MemoryMarshal.GetReference(elements))) elements.CopyTo(target);
                break;
            case DType.BF16:
                Narrow(elements, Row<BFloat16>(y, row, d));
                break;
            case DType.F16:
                Narrow(elements, Row<Half>(y, row, d));
                break;
            default:
                throw new ArgumentException($"row: {y.DType.Name} is no float dtype");
        }
    }

    /// <summary>y = x</summary>
    public static void Widen(ReadOnlySpan<Half> x, Span<float> y) => TensorPrimitives.ConvertToSingle(x, y);

    /// <summary>y = x, rounded to nearest even.</summary>
    public static void Narrow(ReadOnlySpan<float> x, Span<Half> y) => TensorPrimitives.ConvertToHalf(x, y);

    /// <summary>y = x</summary>
    public static void Widen(ReadOnlySpan<BFloat16> x, Span<float> y)
    {
        int n = x.Length;
        Longer(y.Length, n);
        ref ushort px = ref Unsafe.As<BFloat16, ushort>(ref MemoryMarshal.GetReference(x));
        ref float py = ref MemoryMarshal.GetReference(y);
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
            for (; i <= n - Lanes; i += Lanes) Widen(Vector256.LoadUnsafe(ref px, (nuint)i)).StoreUnsafe(ref py, (nuint)i);
        for (; i < n; i++) Unsafe.Add(ref py, i) = x[i];
    }

    /// <summary>y = x, rounded to nearest even; a NaN stays one.</summary>
    public static void Narrow(ReadOnlySpan<float> x, Span<BFloat16> y)
    {
        int n = x.Length;
        Longer(y.Length, n);
        ref float px = ref MemoryMarshal.GetReference(x);
        ref ushort py = ref Unsafe.As<BFloat16, ushort>(ref MemoryMarshal.GetReference(y));
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
            for (; i <= n - Lanes; i += Lanes) Narrow(Vector512.LoadUnsafe(ref px, (nuint)i)).StoreUnsafe(ref py, (nuint)i);
        for (; i < n; i++) y[i] = (BFloat16)Unsafe.Add(ref px, i);
    }

    /// <summary>Sixteen BF16 patterns as F32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> bits)
    {
        (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(bits);
        return Vector512.Create(lower << 16, upper << 16).AsSingle();
    }

    /// <summary>Sixteen F32 as BF16 patterns, as <see cref="BFloat16"/> rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrow(Vector512<float> x)
    {
        Vector512<uint> bits = x.AsUInt32(), upper = bits >> 16;
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + (upper & Vector512<uint>.One)) >> 16;
        Vector512<uint> y = Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt32(), rounded, upper | Vector512.Create(0x40u));
        return Vector256.Narrow(y.GetLower(), y.GetUpper());
    }
}
