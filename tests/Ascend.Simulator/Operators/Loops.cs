using System.Buffers;
using System.Numerics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A piece of an elementwise operator: up to three inputs of the same length, one output.</summary>
internal delegate void Piece<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, Span<T> y);

/// <summary>Loops over threads. The pieces depend on the sizes alone, so results do not depend on the number of threads.</summary>
internal static class Loops
{
    private const int PieceLength = 8192;

    /// <summary>Runs the body over [0, count) in pieces of <paramref name="grain"/>.</summary>
    public static void For(long count, long grain, Action<long, long> body)
    {
        if (count <= 0) return;
        long pieces = (count + grain - 1) / grain;
        if (pieces == 1)
        {
            body(0, count);
            return;
        }
        try
        {
            Parallel.For(0L, pieces, p => body(p * grain, Math.Min(count, (p + 1) * grain)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
    }

    /// <summary>Runs the body for each of [0, count); how many at once follows from how much one of them costs.</summary>
    public static void Rows(long count, long costOfOne, Action<long> body) => For(count, Math.Max(1, 16384 / Math.Max(1, costOfOne)), (from, to) =>
    {
        for (long i = from; i < to; i++) body(i);
    });

    /// <summary>y = piece(inputs), element by element; inputs are broadcast to y.</summary>
    public static void Map<T>(IDeviceMemory memory, Piece<T> piece, SimTensor y, params SimTensor[] inputs) where T : unmanaged, INumberBase<T>
    {
        View target = View.Write(memory, y);
        if (target.Count == 0) return;
        View[] views = [.. inputs.Select(t => View.Read(memory, t).Expand(y.Shape))];
        For(target.Count, PieceLength, (from, to) =>
        {
            int n = (int)(to - from);
            T[] buffer = ArrayPool<T>.Shared.Rent(4 * PieceLength);
            try
            {
                ReadOnlySpan<T> a = views.Length > 0 ? views[0].Source(from, n, buffer.AsSpan(0, PieceLength)) : default;
                ReadOnlySpan<T> b = views.Length > 1 ? views[1].Source(from, n, buffer.AsSpan(PieceLength, PieceLength)) : default;
                ReadOnlySpan<T> c = views.Length > 2 ? views[2].Source(from, n, buffer.AsSpan(2 * PieceLength, PieceLength)) : default;
                Span<T> result = target.Target(from, n, buffer.AsSpan(3 * PieceLength, PieceLength));
                piece(a, b, c, result);
                target.Commit(from, result);
            }
            finally
            {
                ArrayPool<T>.Shared.Return(buffer);
            }
        });
    }

    /// <summary>Adds up a row from the first element to the last.</summary>
    public static double Sum(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float v in x) sum += v;
        return sum;
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref float x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b[..a.Length]);
        Vector<float> sum = Vector<float>.Zero, second = Vector<float>.Zero;
        int w = Vector<float>.Count, i = 0;
        for (; i <= a.Length - (2 * w); i += 2 * w)
        {
            sum = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref x, (nuint)i), Vector.LoadUnsafe(ref y, (nuint)i), sum);
            second = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref x, (nuint)(i + w)), Vector.LoadUnsafe(ref y, (nuint)(i + w)), second);
        }
        float total = Vector.Sum(sum + second);
        for (; i < a.Length; i++) total += a[i] * b[i];
        return total;
    }

    /// <summary>y += s · x</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float s, Span<float> y)
    {
        ref float from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y[..x.Length]);
        var scale = new Vector<float>(s);
        int w = Vector<float>.Count, i = 0;
        for (; i <= x.Length - w; i += w) Vector.StoreUnsafe(Vector.MultiplyAddEstimate(scale, Vector.LoadUnsafe(ref from, (nuint)i), Vector.LoadUnsafe(ref to, (nuint)i)), ref to, (nuint)i);
        for (; i < x.Length; i++) y[i] += s * x[i];
    }
}
