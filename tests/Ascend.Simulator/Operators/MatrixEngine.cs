using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// c = a · b in float32. Columns of b are copied into panels as they are read, whatever their type and strides; each element of c is one
/// chain of additions along k, cut every 256 terms, so the result depends on the sizes alone.
/// </summary>
internal static unsafe class MatrixEngine
{
    private const int Depth = 256, Rows = 4, RowBlock = 64;

    private static int PanelWidth => 2 * Vector<float>.Count;

    /// <summary>Computes the product of a view [m, k] and a view [k, n] into a dense array [m, n].</summary>
    /// <param name="see">What the matrix unit sees of an element; null: the element itself.</param>
    public static float[] Multiply(View a, View b, Func<float, float>? see = null)
    {
        float[] x = Elements.All<float>(a);
        if (see is not null) for (int i = 0; i < x.Length; i++) x[i] = see(x[i]);
        return Multiply(x, (int)a.Shape[0], b, see);
    }

    /// <inheritdoc cref="Multiply(View, View, Func{float, float}?)"/>
    public static float[] Multiply(float[] a, int m, View b, Func<float, float>? see) =>
        Multiply(a, m, (int)b.Shape[0], (int)b.Shape[1], (column, row, rows, panel, width) => Pack(b, see, column, row, rows, panel, width));

    /// <summary>Writes columns <paramref name="column"/>.. of row <paramref name="row"/>.. of b: <paramref name="rows"/> rows of a panel, zero beyond the last column.</summary>
    public delegate void Packer(int column, int row, int rows, Span<float> panel, int width);

    /// <inheritdoc cref="Multiply(View, View, Func{float, float}?)"/>
    public static float[] Multiply(float[] a, int m, int k, int n, Packer pack)
    {
        float[] c = k == 0 ? new float[(long)m * n] : GC.AllocateUninitializedArray<float>(checked(m * n));
        if (m == 0 || n == 0 || k == 0) return c;
        int width = PanelWidth, panels = (n + width - 1) / width;
        int rowBlocks = panels >= 8 ? 1 : (m + RowBlock - 1) / RowBlock, rowsOfBlock = panels >= 8 ? m : RowBlock;
        fixed (float* aFixed = a)
        fixed (float* cFixed = c)
        {
            float* aStart = aFixed, cStart = cFixed;
            Loops.For((long)panels * rowBlocks, 1, (from, to) =>
            {
                float[] panel = ArrayPool<float>.Shared.Rent(Depth * width);
                float[] tile = ArrayPool<float>.Shared.Rent(Rows * width);
                try
                {
                    for (long task = from; task < to; task++)
                    {
                        int column = (int)(task % panels) * width, firstRow = (int)(task / panels) * rowsOfBlock, lastRow = Math.Min(m, firstRow + rowsOfBlock);
                        int columns = Math.Min(width, n - column);
                        for (int at = 0; at < k; at += Depth)
                        {
                            int depth = Math.Min(Depth, k - at);
                            pack(column, at, depth, panel.AsSpan(0, depth * width), width);
                            fixed (float* b = panel)
                            fixed (float* t = tile)
                            {
                                int i = firstRow;
                                for (; i + Rows <= lastRow; i += Rows)
                                {
                                    Four(aStart + ((long)i * k) + at, k, b, depth, t);
                                    for (int r = 0; r < Rows; r++) Put(t + (r * width), cStart + ((long)(i + r) * n) + column, columns, add: at > 0);
                                }
                                for (; i < lastRow; i++)
                                {
                                    One(aStart + ((long)i * k) + at, b, depth, t);
                                    Put(t, cStart + ((long)i * n) + column, columns, add: at > 0);
                                }
                            }
                        }
                    }
                }
                finally
                {
                    ArrayPool<float>.Shared.Return(panel);
                    ArrayPool<float>.Shared.Return(tile);
                }
            });
        }
        return c;
    }

    private static void Pack(View b, Func<float, float>? see, int column, int row, int rows, Span<float> panel, int width)
    {
        int n = (int)b.Shape[1], columns = Math.Min(width, n - column);
        long rowStep = b.Strides[0], columnStep = b.Strides[1];
        if (rowStep == 1 && columnStep != 1)
        {
            // A transposed matrix: each column of b lies in one piece.
            Span<float> line = stackalloc float[Depth];
            for (int j = 0; j < width; j++)
            {
                if (j < columns) b.Run(((column + j) * columnStep) + row, 1, line[..rows]);
                else line.Clear();
                for (int r = 0; r < rows; r++) panel[(r * width) + j] = line[r];
            }
        }
        else
        {
            for (int r = 0; r < rows; r++)
            {
                Span<float> line = panel.Slice(r * width, width);
                b.Run(((row + r) * rowStep) + (column * columnStep), columnStep, line[..columns]);
                line[columns..].Clear();
            }
        }
        if (see is not null) for (int i = 0; i < panel.Length; i++) panel[i] = see(panel[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* from, float* to, int n, bool add)
    {
        if (add) for (int j = 0; j < n; j++) to[j] += from[j];
        else for (int j = 0; j < n; j++) to[j] = from[j];
    }

    private static void Four(float* a, int step, float* b, int depth, float* tile)
    {
        int w = Vector<float>.Count;
        Vector<float> p0 = default, q0 = default, p1 = default, q1 = default, p2 = default, q2 = default, p3 = default, q3 = default;
        float* a1 = a + step, a2 = a1 + step, a3 = a2 + step;
        for (int k = 0; k < depth; k++, b += 2 * w)
        {
            Vector<float> p = Vector.Load(b), q = Vector.Load(b + w);
            var x = new Vector<float>(a[k]);
            p0 = Vector.MultiplyAddEstimate(x, p, p0);
            q0 = Vector.MultiplyAddEstimate(x, q, q0);
            x = new Vector<float>(a1[k]);
            p1 = Vector.MultiplyAddEstimate(x, p, p1);
            q1 = Vector.MultiplyAddEstimate(x, q, q1);
            x = new Vector<float>(a2[k]);
            p2 = Vector.MultiplyAddEstimate(x, p, p2);
            q2 = Vector.MultiplyAddEstimate(x, q, q2);
            x = new Vector<float>(a3[k]);
            p3 = Vector.MultiplyAddEstimate(x, p, p3);
            q3 = Vector.MultiplyAddEstimate(x, q, q3);
        }
        Vector.Store(p0, tile);
        Vector.Store(q0, tile + w);
        Vector.Store(p1, tile + (2 * w));
        Vector.Store(q1, tile + (3 * w));
        Vector.Store(p2, tile + (4 * w));
        Vector.Store(q2, tile + (5 * w));
        Vector.Store(p3, tile + (6 * w));
        Vector.Store(q3, tile + (7 * w));
    }

    private static void One(float* a, float* b, int depth, float* tile)
    {
        int w = Vector<float>.Count;
        Vector<float> p = default, q = default;
        for (int k = 0; k < depth; k++, b += 2 * w)
        {
            var x = new Vector<float>(a[k]);
            p = Vector.MultiplyAddEstimate(x, Vector.Load(b), p);
            q = Vector.MultiplyAddEstimate(x, Vector.Load(b + w), q);
        }
        Vector.Store(p, tile);
        Vector.Store(q, tile + w);
    }
}
