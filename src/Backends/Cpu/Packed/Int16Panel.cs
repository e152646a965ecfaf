using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>y (+)= alpha · x Wᵀ for rows of x in 16 bits: sixteen rows of W at a time become a panel of 16-bit codes, which all rows of x meet.</summary>
/// <remarks>
/// In a panel stand, for each pair of neighbours of k, the sixteen rows' pairs side by side; a pair of x goes to all lanes. A block's sum of
/// 32 products is an exact integer; times both scales it is added to y, block after block in order of k. So an element depends on its row
/// and column alone.
/// </remarks>
internal readonly unsafe struct Int16Panel(QuantizedTensor weight, PackedDecoder decoder, Rounded x, int rows, float* y, nint yStep, float alpha, bool accumulate) : IRangeBody
{
    /// <summary>Rows of W in a panel.</summary>
    public const int Width = 16;

    /// <summary>Rows of x that share a panel's registers, and blocks of k whose panel stays in L1.</summary>
    private const int Tall = 4, Blocks = 16;
    private const int PanelSlot = 7, CodesSlot = 8;

    /// <summary>Panels [first, end).</summary>
    public void Invoke(int first, int end)
    {
        int n = weight.Shape[0], blocks = x.K / Rounded.Block;
        int* panel = (int*)Scratch.Bytes(PanelSlot, Blocks * Width * (2 * sizeof(float) + Rounded.Block * sizeof(short)));
        float* scales = (float*)(panel + Blocks * Width * Rounded.Block / 2), minima = scales + Blocks * Width;
        for (int p = first; p < end; p++)
            for (int block = 0; block < blocks; block += Blocks)
            {
                int columns = Math.Min(Width, n - p * Width), count = Math.Min(Blocks, blocks - block);
                Fill(p * Width, columns, block, count, panel, scales, minima);
                for (int row = 0; row < rows; row += Tall)
                    Tile(x.From(row), Math.Min(Tall, rows - row), block, count, panel, scales, minima, y + row * yStep + p * Width, columns, accumulate || block > 0);
            }
    }

    private void Fill(int column, int columns, int block, int count, int* panel, float* scales, float* minima)
    {
        int* codes = (int*)Scratch.Bytes(CodesSlot, Blocks * (Rounded.Block * sizeof(short) + 2 * sizeof(float)));
        float* d = (float*)(codes + Blocks * Rounded.Block / 2), m = d + Blocks;
        int pairs = count * Rounded.Block / 2;
        for (int c = 0; c < Width; c++)
        {
            if (c < columns) decoder.Codes16(weight, column + c, block, count, (short*)codes, d, m);
            else new Span<int>(codes, Blocks * (Rounded.Block / 2 + 2)).Clear();
            for (int q = 0; q < pairs; q++) panel[q * Width + c] = codes[q];
            for (int b = 0; b < count; b++)
            {
                scales[b * Width + c] = alpha * d[b];
                if (decoder.HasMinima) minima[b * Width + c] = alpha * m[b];
            }
        }
    }

    private void Tile(Rounded at, int tall, int block, int count, int* panel, float* scales, float* minima, float* target, int columns, bool add)
    {
        float* tile = stackalloc float[Tall * Width];
        new Span<float>(tile, Tall * Width).Clear();
        if (add)
            for (int r = 0; r < tall; r++) new ReadOnlySpan<float>(target + r * yStep, columns).CopyTo(new Span<float>(tile + r * Width, columns));
        // Rows that are missing are the last one again; nobody reads them.
        Multiply(at.From(0), at.From(Math.Min(1, tall - 1)), at.From(Math.Min(2, tall - 1)), at.From(tall - 1), block, count, panel, scales, decoder.HasMinima ? minima : null, tile);
        for (int r = 0; r < tall; r++) new ReadOnlySpan<float>(tile + r * Width, columns).CopyTo(new Span<float>(target + r * yStep, columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(in Rounded r0, in Rounded r1, in Rounded r2, in Rounded r3, int block, int count, int* panel, float* d, float* m, float* tile)
    {
        int* x0 = (int*)r0.Codes + block * 16, x1 = (int*)r1.Codes + block * 16, x2 = (int*)r2.Codes + block * 16, x3 = (int*)r3.Codes + block * 16;
        for (int b = 0; b < count; b++, d += Width, m += m == null ? 0 : Width)
        {
            Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            for (int* end = x0 + 16; x0 < end; x0++, x1++, x2++, x3++, panel += Width)
            {
                Vector256<short> w0 = Vector256.Load((short*)panel), w1 = Vector256.Load((short*)(panel + 8));
                Vector256<short> v = Vector256.Create(*x0).AsInt16();
                a0 = Codes.AddPairs(a0, v, w0);
                a1 = Codes.AddPairs(a1, v, w1);
                v = Vector256.Create(*x1).AsInt16();
                b0 = Codes.AddPairs(b0, v, w0);
                b1 = Codes.AddPairs(b1, v, w1);
                v = Vector256.Create(*x2).AsInt16();
                c0 = Codes.AddPairs(c0, v, w0);
                c1 = Codes.AddPairs(c1, v, w1);
                v = Vector256.Create(*x3).AsInt16();
                d0 = Codes.AddPairs(d0, v, w0);
                d1 = Codes.AddPairs(d1, v, w1);
            }
            Vector256<float> e0 = Vector256.Load(d), e1 = Vector256.Load(d + 8);
            int at = block + b;
            Add(tile, a0, a1, e0, e1, r0, at, m);
            Add(tile + Width, b0, b1, e0, e1, r1, at, m);
            Add(tile + 2 * Width, c0, c1, e0, e1, r2, at, m);
            Add(tile + 3 * Width, d0, d1, e0, e1, r3, at, m);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* tile, Vector256<int> a0, Vector256<int> a1, Vector256<float> e0, Vector256<float> e1, in Rounded x, int block, float* m)
    {
        Vector256<float> scale = Vector256.Create(x.Scales[block]);
        Vector256<float> y0 = Vector256.MultiplyAddEstimate(Codes.Float(a0), e0 * scale, Vector256.Load(tile)), y1 = Vector256.MultiplyAddEstimate(Codes.Float(a1), e1 * scale, Vector256.Load(tile + 8));
        if (m != null)
        {
            Vector256<float> sum = Vector256.Create(x.Sums[block]);
            y0 = Vector256.MultiplyAddEstimate(Vector256.Load(m), sum, y0);
            y1 = Vector256.MultiplyAddEstimate(Vector256.Load(m + 8), sum, y1);
        }
        y0.Store(tile);
        y1.Store(tile + 8);
    }
}
