using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Products of packed weights with activations rounded to 16 bits, in integer arithmetic.</summary>
public sealed unsafe partial class CpuBackend
{
    private readonly Room _roomRounded = new();

    /// <summary>Whether x Wᵀ of packed weights with integer codes (Q4_0, Q4_1, Q8_0) rounds x to 16 bits, blocks of 32 under one scale. Faster, and no longer the F32 numbers; the transposed product, that of gradients, stays F32.</summary>
    public bool Int16Activations { get; set; }

    /// <remarks>Up to eight rows meet the codes where they lie, one row after another while some rows of W are in the cache; more rows meet panels. Which, is decided by shape.</remarks>
    private void MultiplyInt16(QuantizedTensor w, PackedDecoder decoder, Matrix x, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate)
    {
        const int MostRows = 1024;
        for (int row = 0; row < m; row += MostRows)
        {
            int rows = Math.Min(MostRows, m - row);
            float* room = Take(true, _roomRounded, SlotA, Rounded.Floats(rows, k) + 16);
            var rounded = new Rounded(room, rows, k);
            if (!IsMeasuring) Spread(true, rows, Math.Max(1, 8192 / k), new RoundBody(x.From(row, 0), rounded), (long)rows * k / 4);
            if (m <= FewRows)
            {
                long work = Math.Max(1, (long)rows * k / 16);
                Spread(true, n, (Grain(n, work) + 3) & ~3, new Codes16Body(w, decoder, rounded, rows, y, yStep, alpha, accumulate), work * n);
            }
            else
            {
                int panels = (n + Int16Panel.Width - 1) / Int16Panel.Width;
                Spread(true, panels, (panels + 127) / 128, new Int16Panel(w, decoder, rounded, rows, y + row * yStep, yStep, alpha, accumulate), (long)rows * n * k / 8);
            }
        }
    }

    private readonly struct RoundBody(Matrix x, Rounded rounded) : IRangeBody
    {
        private const int Slot = 6;

        public void Invoke(int first, int end)
        {
            for (int row = first; row < end; row++)
            {
                float* at = x.IsF32 && x.ColumnStep == 1 ? x.From(row, 0).Floats : (float*)Scratch.Bytes(Slot, (long)rounded.K * sizeof(float));
                if (!x.IsF32 || x.ColumnStep != 1) x.ReadRow(row, rounded.K, at);
                rounded.From(row).Fill(at);
            }
        }
    }

    private readonly struct Codes16Body(QuantizedTensor w, PackedDecoder decoder, Rounded x, int rows, float* y, nint yStep, float alpha, bool accumulate) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            float* dots = stackalloc float[PackedDecoder.MaxDotRows];
            for (int column = first; column < end; column += PackedDecoder.MaxDotRows)
            {
                int count = Math.Min(PackedDecoder.MaxDotRows, end - column);
                for (int row = 0; row < rows; row++)
                {
                    decoder.Dot16(w, column, count, x.From(row), dots);
                    float* to = y + row * yStep + column;
                    for (int i = 0; i < count; i++) to[i] = accumulate ? to[i] + alpha * dots[i] : alpha * dots[i];
                }
            }
        }
    }
}
