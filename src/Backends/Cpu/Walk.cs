using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>Up to four tensors of one shape walked together: as few and as long rows as their strides allow, then pieces of rows as jobs.</summary>
internal unsafe struct Walk
{
    /// <summary>Dimensions that can stay apart.</summary>
    public const int MaxRank = 8;

    /// <summary>Elements of a piece: what several operands of it stay in L1 with.</summary>
    public const int Piece = 2048;

    private fixed int _lengths[MaxRank];
    private fixed int _strides[4 * MaxRank];
    private int _rank;

    /// <summary>Elements of a row.</summary>
    public int Width;

    /// <summary>Rows.</summary>
    public int RowCount;

    /// <summary>Pieces of a row.</summary>
    public int PiecesPerRow;

    /// <summary>Pieces in all.</summary>
    public readonly int Pieces => RowCount * PiecesPerRow;

    /// <summary>Merges neighbouring dimensions that lie behind one another in every tensor. False when more than 8 remain apart or there is nothing to do.</summary>
    public static bool TryMake(Tensor y, Tensor? a, Tensor? b, Tensor? c, out Walk walk)
    {
        walk = default;
        ReadOnlySpan<int> lengths = y.Shape.Lengths;
        int rank = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] == 1) continue;
            if (rank > 0 && walk.Follows(rank - 1, y, a, b, c, i, lengths[i]))
            {
                walk._lengths[rank - 1] *= lengths[i];
                walk.SetStrides(rank - 1, y, a, b, c, i);
                continue;
            }
            if (rank == MaxRank) return false;
            walk._lengths[rank] = lengths[i];
            walk.SetStrides(rank, y, a, b, c, i);
            rank++;
        }
        if (rank == 0)
        {
            walk._lengths[0] = 1;
            for (int t = 0; t < 4; t++) walk._strides[t * MaxRank] = 1;
            rank = 1;
        }
        walk._rank = rank;
        walk.Width = walk._lengths[rank - 1];
        long rows = 1;
        for (int i = 0; i < rank - 1; i++) rows *= walk._lengths[i];
        walk.PiecesPerRow = (int)(((long)walk.Width + Piece - 1) / Piece);
        if (rows * walk.PiecesPerRow > int.MaxValue) return false;
        walk.RowCount = (int)rows;
        return true;
    }

    /// <summary>Step between neighbours of a row of a tensor (0 is y, then a, b, c).</summary>
    public readonly int Step(int tensor) => _strides[tensor * MaxRank + _rank - 1];

    /// <summary>Dimensions that stayed apart.</summary>
    public readonly int Rank => _rank;

    /// <summary>Length of a dimension that stayed apart.</summary>
    public readonly int Length(int i) => _lengths[i];

    /// <summary>Stride of a dimension that stayed apart.</summary>
    public readonly int Stride(int tensor, int i) => _strides[tensor * MaxRank + i];

    /// <summary>Where a piece begins: offsets from the tensors' first elements, and how many elements it has.</summary>
    public readonly int At(int piece, out long y, out long a, out long b, out long c)
    {
        (int row, int part) = Math.DivRem(piece, PiecesPerRow);
        long first = (long)part * Piece;
        (y, a, b, c) = (first * Step(0), first * Step(1), first * Step(2), first * Step(3));
        for (int i = _rank - 2; i >= 0; i--)
        {
            (row, int at) = Math.DivRem(row, _lengths[i]);
            y += (long)at * _strides[i];
            a += (long)at * _strides[MaxRank + i];
            b += (long)at * _strides[2 * MaxRank + i];
            c += (long)at * _strides[3 * MaxRank + i];
        }
        return (int)Math.Min(Piece, Width - first);
    }

    private readonly bool Follows(int at, Tensor y, Tensor? a, Tensor? b, Tensor? c, int dimension, int length) =>
        (long)y.Strides[dimension] * length == _strides[at] &&
        (a is null || (long)a.Strides[dimension] * length == _strides[MaxRank + at]) &&
        (b is null || (long)b.Strides[dimension] * length == _strides[2 * MaxRank + at]) &&
        (c is null || (long)c.Strides[dimension] * length == _strides[3 * MaxRank + at]);

    private void SetStrides(int at, Tensor y, Tensor? a, Tensor? b, Tensor? c, int dimension)
    {
        _strides[at] = y.Strides[dimension];
        if (a is not null) _strides[MaxRank + at] = a.Strides[dimension];
        if (b is not null) _strides[2 * MaxRank + at] = b.Strides[dimension];
        if (c is not null) _strides[3 * MaxRank + at] = c.Strides[dimension];
    }
}

/// <summary>Pieces of tensors as F32 spans: in place when they are F32 with step 1, else through a buffer.</summary>
internal static unsafe partial class Rows
{
    /// <summary>Elements from an offset on, F32.</summary>
    /// <param name="x">Any float dtype, or Bool as 0 and 1.</param>
    /// <param name="offset">From x's first element.</param>
    /// <param name="step">Elements to the next.</param>
    /// <param name="count">How many.</param>
    /// <param name="buffer">Used when they are not F32 side by side.</param>
    public static ReadOnlySpan<float> ReadPiece(Tensor x, long offset, int step, int count, Span<float> buffer)
    {
        byte* p = (byte*)x.Address + offset * x.DType.Size;
        if (step == 1 && x.DType == DType.F32) return new(p, count);
        buffer = buffer[..count];
        switch (x.DType)
        {
            case DType.F32:
                for (int i = 0; i < buffer.Length; i++) buffer[i] = ((float*)p)[(long)i * step];
                break;
            case DType.BF16 when step == 1: Widen(new ReadOnlySpan<BFloat16>(p, count), buffer); break;
            case DType.F16 when step == 1: Widen(new ReadOnlySpan<Half>(p, count), buffer); break;
            case DType.BF16:
                for (int i = 0; i < buffer.Length; i++) buffer[i] = ((BFloat16*)p)[(long)i * step];
                break;
            case DType.F16:
                for (int i = 0; i < buffer.Length; i++) buffer[i] = (float)((Half*)p)[(long)i * step];
                break;
            case DType.Bool:
                for (int i = 0; i < buffer.Length; i++) buffer[i] = p[(long)i * step];
                break;
            default:
                throw new ArgumentException($"row: {x.DType.Name} is no float dtype");
        }
        return buffer;
    }

    /// <summary>Where to compute a piece of y: in place, or in the buffer; then call <see cref="WritePiece"/>.</summary>
    public static Span<float> OpenPiece(Tensor y, long offset, int step, int count, Span<float> buffer) =>
        step == 1 && y.DType == DType.F32 ? new((float*)y.Address + offset, count) : buffer[..count];

    /// <summary>Puts a computed piece in its place, narrowed; nothing to do when it was computed there.</summary>
    public static void WritePiece(ReadOnlySpan<float> elements, Tensor y, long offset, int step)
    {
        byte* p = (byte*)y.Address + offset * y.DType.Size;
        switch (y.DType)
        {
            case DType.F32:
                if (step == 1)
                {
                    if (!Unsafe.AreSame(ref Unsafe.AsRef(in elements[0]), ref *(float*)p)) elements.CopyTo(new Span<float>(p, elements.Length));
                    break;
                }
                for (int i = 0; i < elements.Length; i++) ((float*)p)[(long)i * step] = elements[i];
                break;
            case DType.BF16 when step == 1: Narrow(elements, new Span<BFloat16>(p, elements.Length)); break;
            case DType.F16 when step == 1: Narrow(elements, new Span<Half>(p, elements.Length)); break;
            case DType.BF16:
                for (int i = 0; i < elements.Length; i++) ((BFloat16*)p)[(long)i * step] = (BFloat16)elements[i];
                break;
            case DType.F16:
                for (int i = 0; i < elements.Length; i++) ((Half*)p)[(long)i * step] = (Half)elements[i];
                break;
            case DType.Bool:
                for (int i = 0; i < elements.Length; i++) p[(long)i * step] = elements[i] != 0 ? (byte)1 : (byte)0;
                break;
            default:
                throw new ArgumentException($"row: {y.DType.Name} is no float dtype");
        }
    }

    /// <summary>Address of the element at an offset.</summary>
    public static byte* At(Tensor x, long offset) => (byte*)x.Address + offset * x.DType.Size;
}
