using System.Runtime.Intrinsics;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Products of few rows with a packed weight: decoding.</summary>
public sealed unsafe partial class CpuBackend
{
    private readonly Room _roomSums = new();

    /// <remarks>
    /// One row, with small blocks up to eight, meets the codes themselves where the decoder can: a sum over a block's codes, then its scale.
    /// More rows, and formats without such a sum, meet rows expanded four at a time: the sums of the same matrix in F32, bit for bit.
    /// </remarks>
    private void PackedDots(PackedSource source, int n, Matrix small, int smallRows, float* y, nint ySmallStep, int k, float alpha, bool accumulate)
    {
        var dots = new Dots { Small = small.Floats, SmallStep = small.RowStep, SmallRows = smallRows, K = k, Alpha = alpha, Add = accumulate, Y = y, YLargeStep = 1, YSmallStep = ySmallStep };
        if (!small.IsF32 || small.ColumnStep != 1 || RoundsOperands)
        {
            dots.Small = Take(true, _roomA, SlotA, (long)smallRows * k);
            dots.SmallStep = k;
            for (int i = 0; i < smallRows && !IsMeasuring; i++) small.ReadRow(i, k, dots.Small + (long)i * k);
            if (RoundsOperands && !IsMeasuring) RoundInPlace(new Span<float>(dots.Small, smallRows * k));
        }
        long work = Math.Max(1, (long)smallRows * k / 8);
        int grain = (Grain(n, work) + 3) & ~3;
        PackedDecoder decoder = source.Decoder;
        if (smallRows > decoder.MaxRows || k == 0 || !decoder.CanDot(source.Weight))
        {
            Spread(true, n, grain, new Dots.PackedBody(dots, source), work * n);
            return;
        }
        int length = decoder.SumLength, sumStep = length == 0 ? 0 : (k / length + 7) & ~7, xStep = (int)dots.SmallStep;
        float* sums = length == 0 ? null : Take(true, _roomSums, SlotB, (long)smallRows * sumStep);
        float* x = decoder.TurnsX ? Take(true, _roomB, SlotB, (long)smallRows * k) : dots.Small;
        if (decoder.TurnsX) xStep = k;
        for (int i = 0; i < smallRows && !IsMeasuring; i++)
        {
            float* row = dots.Small + i * dots.SmallStep;
            if (sums != null) SumBlocks(row, k, length, sums + i * sumStep);
            if (decoder.TurnsX) decoder.TurnX(row, k, x + (long)i * xStep);
        }
        Spread(true, n, grain, new CodesBody(source, new FewRows((nint)x, xStep, (nint)sums, sumStep, smallRows), y, ySmallStep, alpha, accumulate), work * n);
    }

    /// <summary>Sums of <paramref name="length"/> neighbours each, a multiple of eight; then zeros, so that eight sums can be read together.</summary>
    private static void SumBlocks(float* x, int k, int length, float* sums)
    {
        int count = k / length;
        for (int i = 0; i < count; i++, x += length)
        {
            Vector256<float> sum = Vector256.Load(x);
            for (int j = 8; j < length; j += 8) sum += Vector256.Load(x + j);
            sums[i] = Vector256.Sum(sum);
        }
        for (int i = count; i % 8 != 0; i++) sums[i] = 0;
    }

    private readonly struct CodesBody(PackedSource source, FewRows x, float* y, nint yStep, float alpha, bool accumulate) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            float* dots = stackalloc float[PackedDecoder.MaxDotRows * Dots.MaxSmallRows];
            for (int row = first; row < end; row += PackedDecoder.MaxDotRows)
            {
                int rows = Math.Min(PackedDecoder.MaxDotRows, end - row);
                if (x.Rows == 1) source.Decoder.Dot(source.Weight, row, rows, x.X, x.Sums, dots);
                else source.Decoder.DotRows(source.Weight, row, rows, x, dots, PackedDecoder.MaxDotRows);
                for (int j = 0; j < x.Rows; j++)
                {
                    float* to = y + j * yStep + row, from = dots + j * PackedDecoder.MaxDotRows;
                    for (int i = 0; i < rows; i++) to[i] = accumulate ? to[i] + alpha * from[i] : alpha * from[i];
                }
            }
        }
    }
}
