using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Drivers that run an operator struct over rows. The result may be an operand itself; else they must not overlap.</summary>
/// <remarks>
/// Operands are at least as long as the result. The last, partial vector is computed from the operands before anything is written and stored last,
/// overlapping the one before it; rows shorter than a vector go through one on the stack.
/// </remarks>
internal static unsafe partial class Rows
{
    /// <summary>Elements of a vector.</summary>
    private const int Lanes = 16;

    /// <summary>y = f(x)</summary>
    public static void Map<TOp>(ReadOnlySpan<float> x, Span<float> y) where TOp : struct, IUnaryRowOp
    {
        int n = y.Length;
        Longer(x.Length, n);
        ref float px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref px, i));
            return;
        }
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref px, n)), ref py, n);
            return;
        }
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref px, (nuint)(n - Lanes)));
        for (int i = 0; i <= n - Lanes; i += Lanes) TOp.Invoke(Vector512.LoadUnsafe(ref px, (nuint)i)).StoreUnsafe(ref py, (nuint)i);
        last.StoreUnsafe(ref py, (nuint)(n - Lanes));
    }

    /// <summary>y = f(a, b)</summary>
    public static void Map<TOp>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where TOp : struct, IBinaryRowOp
    {
        int n = y.Length;
        Longer(a.Length, n);
        Longer(b.Length, n);
        ref float pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref pa, i), Unsafe.Add(ref pb, i));
            return;
        }
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref pa, n), Part(ref pb, n)), ref py, n);
            return;
        }
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref pa, (nuint)(n - Lanes)), Vector512.LoadUnsafe(ref pb, (nuint)(n - Lanes)));
        for (int i = 0; i <= n - Lanes; i += Lanes)
            TOp.Invoke(Vector512.LoadUnsafe(ref pa, (nuint)i), Vector512.LoadUnsafe(ref pb, (nuint)i)).StoreUnsafe(ref py, (nuint)i);
        last.StoreUnsafe(ref py, (nuint)(n - Lanes));
    }

    /// <summary>y = f(a, b) with a number b</summary>
    public static void Map<TOp>(ReadOnlySpan<float> a, float b, Span<float> y) where TOp : struct, IBinaryRowOp
    {
        int n = y.Length;
        Longer(a.Length, n);
        ref float pa = ref MemoryMarshal.GetReference(a), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref pa, i), b);
            return;
        }
        Vector512<float> vb = Vector512.Create(b);
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref pa, n), vb), ref py, n);
            return;
        }
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref pa, (nuint)(n - Lanes)), vb);
        for (int i = 0; i <= n - Lanes; i += Lanes) TOp.Invoke(Vector512.LoadUnsafe(ref pa, (nuint)i), vb).StoreUnsafe(ref py, (nuint)i);
        last.StoreUnsafe(ref py, (nuint)(n - Lanes));
    }

    /// <summary>y = f(a, b, c)</summary>
    public static void Map<TOp>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> y) where TOp : struct, IRowOp
    {
        int n = y.Length;
        Longer(a.Length, n);
        Longer(b.Length, n);
        Longer(c.Length, n);
        ref float pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b);
        ref float pc = ref MemoryMarshal.GetReference(c), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref pa, i), Unsafe.Add(ref pb, i), Unsafe.Add(ref pc, i));
            return;
        }
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref pa, n), Part(ref pb, n), Part(ref pc, n)), ref py, n);
            return;
        }
        nuint end = (nuint)(n - Lanes);
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref pa, end), Vector512.LoadUnsafe(ref pb, end), Vector512.LoadUnsafe(ref pc, end));
        for (nuint i = 0; i <= end; i += Lanes)
            TOp.Invoke(Vector512.LoadUnsafe(ref pa, i), Vector512.LoadUnsafe(ref pb, i), Vector512.LoadUnsafe(ref pc, i)).StoreUnsafe(ref py, i);
        last.StoreUnsafe(ref py, end);
    }

    /// <summary>y = f(a, b, c) with a number c</summary>
    public static void Map<TOp>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float c, Span<float> y) where TOp : struct, IRowOp
    {
        int n = y.Length;
        Longer(a.Length, n);
        Longer(b.Length, n);
        ref float pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref pa, i), Unsafe.Add(ref pb, i), c);
            return;
        }
        Vector512<float> vc = Vector512.Create(c);
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref pa, n), Part(ref pb, n), vc), ref py, n);
            return;
        }
        nuint end = (nuint)(n - Lanes);
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref pa, end), Vector512.LoadUnsafe(ref pb, end), vc);
        for (nuint i = 0; i <= end; i += Lanes)
            TOp.Invoke(Vector512.LoadUnsafe(ref pa, i), Vector512.LoadUnsafe(ref pb, i), vc).StoreUnsafe(ref py, i);
        last.StoreUnsafe(ref py, end);
    }

    /// <summary>y = f(a, b, c) with numbers b and c</summary>
    public static void Map<TOp>(ReadOnlySpan<float> a, float b, float c, Span<float> y) where TOp : struct, IRowOp
    {
        int n = y.Length;
        Longer(a.Length, n);
        ref float pa = ref MemoryMarshal.GetReference(a), py = ref MemoryMarshal.GetReference(y);
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < n; i++) Unsafe.Add(ref py, i) = TOp.Invoke(Unsafe.Add(ref pa, i), b, c);
            return;
        }
        Vector512<float> vb = Vector512.Create(b), vc = Vector512.Create(c);
        if (n < Lanes)
        {
            Save(TOp.Invoke(Part(ref pa, n), vb, vc), ref py, n);
            return;
        }
        nuint end = (nuint)(n - Lanes);
        Vector512<float> last = TOp.Invoke(Vector512.LoadUnsafe(ref pa, end), vb, vc);
        for (nuint i = 0; i <= end; i += Lanes) TOp.Invoke(Vector512.LoadUnsafe(ref pa, i), vb, vc).StoreUnsafe(ref py, i);
        last.StoreUnsafe(ref py, end);
    }

    /// <summary>The n &lt; 16 elements of a short row, zeros behind them.</summary>
    private static Vector512<float> Part(ref float x, int n)
    {
        Vector512<float> v = default;
        ref float first = ref Unsafe.As<Vector512<float>, float>(ref v);
        for (int i = 0; i < n; i++) Unsafe.Add(ref first, i) = Unsafe.Add(ref x, i);
        return v;
    }

    private static void Save(Vector512<float> v, ref float y, int n)
    {
        ref float first = ref Unsafe.As<Vector512<float>, float>(ref v);
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref first, i);
    }

    private static void Longer(int operand, int result)
    {
        if (operand < result) throw new ArgumentException($"map: an operand of {operand} elements for {result}");
    }
}
