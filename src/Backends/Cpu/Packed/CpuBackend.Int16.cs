using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One row times a packed weight with the row rounded to 16 bits, in integer arithmetic.</summary>
public sealed unsafe partial class CpuBackend
{
    private readonly Room _roomRounded = new();

    /// <summary>Whether a single row, as in decoding, is rounded to 16 bits before it meets a packed weight with integer codes (Q4_0, Q4_1, Q8_0): blocks of 32 under one scale, each number wrong by at most 2⁻¹⁶ of its block's largest. Faster, and no longer the numbers of F32.</summary>
    public bool Int16Activations { get; set; }

    /// <summary>Whether <see cref="Int16Activations"/> changes anything for a weight.</summary>
    internal static bool CanRound(QuantizedTensor w) => PackedDecoder.For(w.Format).HasCodes16;

    private void MultiplyInt16(PackedSource source, Matrix x, float* y, int n, int k, float alpha, bool accumulate)
    {
        float* room = Take(true, _roomRounded, SlotA, Rounded.Floats(k)), row = x.IsF32 && x.ColumnStep == 1 ? x.Floats : Take(true, _roomA, SlotA, k);
        if (IsMeasuring) return;
        if (row != x.Floats) x.ReadRow(0, k, row);
        var rounded = new Rounded(room, k);
        rounded.Fill(row);
        long work = Math.Max(1, (long)k / 8);
        Spread(true, n, (Grain(n, work) + 3) & ~3, new Codes16Body(source, rounded, y, alpha, accumulate), work * n);
    }

    private readonly struct Codes16Body(PackedSource source, Rounded x, float* y, float alpha, bool accumulate) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            float* dots = stackalloc float[PackedDecoder.MaxDotRows];
            for (int row = first; row < end; row += PackedDecoder.MaxDotRows)
            {
                int rows = Math.Min(PackedDecoder.MaxDotRows, end - row);
                source.Decoder.Dot16(source.Weight, row, rows, x, dots);
                for (int i = 0; i < rows; i++) y[row + i] = accumulate ? y[row + i] + alpha * dots[i] : alpha * dots[i];
            }
        }
    }
}
