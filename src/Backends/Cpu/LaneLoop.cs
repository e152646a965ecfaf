using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>What happens to a register's worth of elements: written once, run for every register width and for single elements.</summary>
internal interface ILaneBody
{
    /// <summary>Reads, computes and writes elements i to before i + T.Count.</summary>
    void Invoke<T>(int i) where T : struct, ILanes<T>;
}

/// <summary>A sum over elements, as <see cref="ILaneBody"/>.</summary>
internal interface ILaneSum
{
    /// <summary>The terms of elements i to before i + T.Count; may write too.</summary>
    T Invoke<T>(int i) where T : struct, ILanes<T>;
}

/// <summary>Runs bodies over rows: whole registers first, the rest one by one through the same arithmetic.</summary>
/// <remarks>
/// Compiled fully at once: the first, unoptimised tier runs vector code a hundred times slower, and a short run would never leave it.
/// Never inlined: inside a caller that is compiled again with a profile these loops count as cold, and their bodies become calls.
/// </remarks>
internal static class LaneLoop
{
    /// <summary>Elements 0 to n - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TBody>(TBody body, int n) where TBody : struct, ILaneBody, allows ref struct
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= n - Lanes512.Count; i += Lanes512.Count) body.Invoke<Lanes512>(i);
        if (Vector128.IsHardwareAccelerated)
            for (; i <= n - Lanes256.Count; i += Lanes256.Count) body.Invoke<Lanes256>(i);
        for (; i < n; i++) body.Invoke<Lane>(i);
    }

    /// <summary>Σ over elements 0 to n - 1; the order depends on n and the machine alone.</summary>
    public static float Sum<TBody>(TBody body, int n) where TBody : struct, ILaneSum, allows ref struct => (float)WideSum(body, n);

    /// <summary>Σ over elements 0 to n - 1 in F32 lanes, the lanes added up in F64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static double WideSum<TBody>(TBody body, int n) where TBody : struct, ILaneSum, allows ref struct
    {
        int i = 0;
        double sum = 0;                                                      // without vectors all terms are added one by one
        if (Vector512.IsHardwareAccelerated)
        {
            Lanes512 s0 = Lanes512.All(0), s1 = s0;
            for (; i <= n - 2 * Lanes512.Count; i += 2 * Lanes512.Count)
            {
                s0 += body.Invoke<Lanes512>(i);
                s1 += body.Invoke<Lanes512>(i + Lanes512.Count);
            }
            sum = Lanes512.WideSum(s0 + s1);
        }
        if (Vector128.IsHardwareAccelerated)
        {
            Lanes256 s0 = Lanes256.All(0), s1 = s0;
            for (; i <= n - 2 * Lanes256.Count; i += 2 * Lanes256.Count)
            {
                s0 += body.Invoke<Lanes256>(i);
                s1 += body.Invoke<Lanes256>(i + Lanes256.Count);
            }
            if (i <= n - Lanes256.Count)
            {
                s0 += body.Invoke<Lanes256>(i);
                i += Lanes256.Count;
            }
            sum += Lanes256.WideSum(s0 + s1);
        }
        for (; i < n; i++) sum += body.Invoke<Lane>(i).Value;
        return sum;
    }

    /// <summary>Elements i and on of a span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(ReadOnlySpan<float> x, int i) where T : struct, ILanes<T> => T.LoadAt(ref MemoryMarshal.GetReference(x), i);

    /// <summary>Writes elements i and on of a span, or adds to them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, Span<float> y, int i, bool accumulate = false) where T : struct, ILanes<T>
    {
        ref float first = ref MemoryMarshal.GetReference(y);
        if (accumulate) value += T.LoadAt(ref first, i);
        value.StoreAt(ref first, i);
    }
}
