using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <summary>Reductions over the last dimension: along rows, or down columns where the last dimension is strided and another lies side by side.</summary>
/// <remarks>Sums run in F32 over at most 4096 elements of a row (64 lanes) or 64 of a column (in order), and in F64 over those.</remarks>
public sealed unsafe partial class CpuBackend
{
    private const int ReduceBlock = 4096;
    private const int ColumnBlock = 64;
    private const int ColumnPiece = 512;

    /// <inheritdoc/>
    public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false)
    {
        PrimitiveChecks.Reduce(PrimitiveChecks.Name(kind), x, y);
        if (y.Shape.Count == 0) return;
        int n = x.Shape.Last;
        if (!x.DType.IsFloat || !y.DType.IsFloat || y.Shape.Count > int.MaxValue)
        {
            _plain.Reduce(kind, x, y, accumulate);
            return;
        }
        if (x.Shape.Rank == 2 && n > 1 && x.Strides[0] == 1 && x.Strides[1] != 1)
            ForRanges((x.Shape[0] + ColumnPiece - 1) / ColumnPiece, new ColumnReduceBody(kind, x, y, accumulate), Math.Max(1, (long)n * ColumnPiece / 4));
        else
            ForRows((int)y.Shape.Count, new RowReduceBody(kind, x, y, accumulate), 16 + n / 4);
    }

    /// <inheritdoc/>
    public override void ArgMax(Tensor x, Tensor y)
    {
        PrimitiveChecks.ArgMax(x, y);
        if (!x.DType.IsFloat || !x.HasUnitRows || x.Shape.Rows == 0) _plain.ArgMax(x, y);
        else ForRows(x.Shape.Rows, new ArgMaxBody(x, y), 16 + x.Shape.Last / 4);
    }

    /// <summary>Elements from the first element of x to the first of a row, whatever the last stride.</summary>
    private static long LeadingOffset(Tensor x, long row)
    {
        ReadOnlySpan<int> lengths = x.Shape.Lengths, strides = x.Strides;
        long offset = 0;
        for (int i = lengths.Length - 2; i >= 0; i--)
        {
            (row, long at) = Math.DivRem(row, lengths[i]);
            offset += at * strides[i];
        }
        return offset;
    }

    private readonly struct RowReduceBody(ReduceKind kind, Tensor x, Tensor y, bool accumulate) : IRowBody
    {
        public void Invoke(int row)
        {
            Span<float> buffer = Scratch.Floats(SlotX, ReduceBlock);
            int n = x.Shape.Last, step = x.Strides[^1];
            long at = LeadingOffset(x, row);
            double result = kind == ReduceKind.Max ? double.NegativeInfinity : 0;
            for (int i = 0; i < n; i += ReduceBlock)
            {
                ReadOnlySpan<float> piece = ReadPiece(x, at + (long)i * step, step, Math.Min(ReduceBlock, n - i), buffer);
                result = kind switch
                {
                    ReduceKind.Sum => result + Rows.Sum(piece),
                    ReduceKind.SumSquares => result + Rows.SumSquares(piece),
                    ReduceKind.Max => Math.Max(result, Rows.Max(piece)),
                    _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown reduction"),
                };
            }
            Store(y, row, result + (accumulate ? Load(y, row) : 0));
        }
    }

    /// <summary>Sums down columns: x [columns, n] seen with the columns side by side.</summary>
    private readonly struct ColumnReduceBody(ReduceKind kind, Tensor x, Tensor y, bool accumulate) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            Span<float> buffer = Scratch.Floats(SlotX, ColumnPiece), partial = Scratch.Floats(SlotX2, ColumnPiece);
            Span<double> total = new(Scratch.Bytes(SlotX3, ColumnPiece * sizeof(double)), ColumnPiece);
            int columns = x.Shape[0], n = x.Shape[1], step = x.Strides[1];
            for (int piece = first; piece < end; piece++)
            {
                int column = piece * ColumnPiece, width = Math.Min(ColumnPiece, columns - column);
                total.Fill(kind == ReduceKind.Max ? double.NegativeInfinity : 0);
                Span<float> sums = partial[..width];
                for (int i = 0; i < n; i += ColumnBlock)
                {
                    sums.Fill(kind == ReduceKind.Max ? float.NegativeInfinity : 0);
                    for (int j = i, last = Math.Min(n, i + ColumnBlock); j < last; j++)
                    {
                        ReadOnlySpan<float> values = ReadPiece(x, column + (long)j * step, 1, width, buffer);
                        switch (kind)
                        {
                            case ReduceKind.Sum: Rows.Map<AddOp>(values, sums, sums); break;
                            case ReduceKind.SumSquares: Rows.Map<AddSquareOp>(values, sums, sums); break;
                            case ReduceKind.Max: Rows.Map<MaxOp>(values, sums, sums); break;
                            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown reduction");
                        }
                    }
                    for (int c = 0; c < sums.Length; c++) total[c] = kind == ReduceKind.Max ? Math.Max(total[c], sums[c]) : total[c] + sums[c];
                }
                for (int c = 0; c < width; c++) Store(y, column + c, total[c] + (accumulate ? Load(y, column + c) : 0));
            }
        }
    }

    /// <summary>a² + b</summary>
    private readonly struct AddSquareOp : IBinaryRowOp
    {
        public static float Invoke(float a, float b) => a * a + b;
        public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.MultiplyAddEstimate(a, a, b);
    }

    private readonly struct ArgMaxBody(Tensor x, Tensor y) : IRowBody
    {
        public void Invoke(int row)
        {
            int n = x.Shape.Last, best = -1;
            Span<float> buffer = Scratch.Floats(SlotX, ReduceBlock);
            float largest = float.NegativeInfinity;
            long at = LeadingOffset(x, row);
            for (int i = 0; i < n; i += ReduceBlock)
            {
                ReadOnlySpan<float> piece = ReadPiece(x, at + i, 1, Math.Min(ReduceBlock, n - i), buffer);
                float here = MaxNumber(piece);
                if (!(here > largest) && (best >= 0 || FirstOf(piece, here) < 0)) continue;     // -∞ counts when nothing is larger
                largest = here;
                best = i + FirstOf(piece, here);
            }
            Store(y, row, Math.Max(0, best));
        }

        /// <summary>By value: -0 and 0 are equal.</summary>
        private static int FirstOf(ReadOnlySpan<float> x, float value)
        {
            for (int i = 0; i < x.Length; i++)
                if (x[i] == value) return i;
            return -1;
        }
    }
}
