namespace Pure.Tuner;

/// <summary>Fill and copies: bytes where dtypes agree, tiles where dimensions change places, F32 in between for casts of floats.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <summary>Rows and columns of a tile that is transposed: 32 cache lines each side.</summary>
    private const int TransposeTile = 32;

    /// <inheritdoc/>
    public override void Fill(Tensor y, double value)
    {
        y.Storage.Written();
        if (!y.IsContiguous || y.Shape.Count > int.MaxValue * (long)Walk.Piece)
        {
            _plain.Fill(y, value);
            return;
        }
        if (y.Shape.Count == 0 || IsMeasuring) return;
        StoreAt(y, 0, value);                                 // the one element as every other shall be
        int pieces = (int)((y.Shape.Count + Walk.Piece - 1) / Walk.Piece);
        switch (y.DType.Size)
        {
            case 1: ForRanges(pieces, new FillBody<byte>(y), 256); break;
            case 2: ForRanges(pieces, new FillBody<ushort>(y), 256); break;
            case 4: ForRanges(pieces, new FillBody<uint>(y), 256); break;
            default: ForRanges(pieces, new FillBody<ulong>(y), 512); break;
        }
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        PrimitiveChecks.Copy(x, y);
        if (y.Shape.Count == 0) return;
        bool casts = x.DType != y.DType;
        if ((casts && !(x.DType.IsFloat && y.DType.IsFloat)) || !Walk.TryMake(y, x, null, null, out Walk walk))
            _plain.Copy(x, y);
        else if (casts)
            ForRanges(walk.Pieces, new CastBody(walk, x, y), PieceWork(walk, 2));
        else
            switch (y.DType.Size)
            {
                case 1: CopyBits<byte>(walk, x, y); break;
                case 2: CopyBits<ushort>(walk, x, y); break;
                case 4: CopyBits<uint>(walk, x, y); break;
                default: CopyBits<ulong>(walk, x, y); break;
            }
    }

    private void CopyBits<T>(in Walk walk, Tensor x, Tensor y) where T : unmanaged
    {
        int along = walk.Rank - 2;                             // the dimension whose neighbours lie side by side in x
        if (walk.Step(0) == 1 && walk.Step(1) != 1 && walk.Width > 1)
            for (; along >= 0 && walk.Stride(1, along) != 1; along--) { }
        else along = -1;
        if (along < 0)
        {
            ForRanges(walk.Pieces, new CopyBody<T>(walk, x, y), PieceWork(walk, 1));
            return;
        }
        int down = (walk.Length(along) + TransposeTile - 1) / TransposeTile, across = (walk.Width + TransposeTile - 1) / TransposeTile;
        int others = walk.RowCount / walk.Length(along);
        ForRanges(checked(others * down * across), new TransposeBody<T>(walk, x, y, along, down, across), TransposeTile * TransposeTile);
    }

    private readonly struct FillBody<T>(Tensor y) : IRangeBody where T : unmanaged
    {
        public void Invoke(int first, int end)
        {
            T value = *(T*)y.Address;
            long at = (long)first * Walk.Piece, last = Math.Min((long)end * Walk.Piece, y.Shape.Count);
            for (; at < last; at += Walk.Piece) new Span<T>((T*)y.Address + at, (int)Math.Min(Walk.Piece, last - at)).Fill(value);
        }
    }

    private readonly struct CopyBody<T>(Walk walk, Tensor x, Tensor y) : IRangeBody where T : unmanaged
    {
        private readonly Walk _walk = walk;

        public void Invoke(int first, int end)
        {
            int xStep = _walk.Step(1), yStep = _walk.Step(0);
            for (int i = first; i < end; i++)
            {
                int count = _walk.At(i, out long yAt, out long xAt, out _, out _);
                T* from = (T*)x.Address + xAt, to = (T*)y.Address + yAt;
                if (yStep == 1 && xStep == 1) new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));
                else if (yStep == 1 && xStep == 0) new Span<T>(to, count).Fill(*from);
                else for (int j = 0; j < count; j++) to[(long)j * yStep] = from[(long)j * xStep];
            }
        }
    }

    private readonly struct CastBody(Walk walk, Tensor x, Tensor y) : IRangeBody
    {
        private readonly Walk _walk = walk;

        public void Invoke(int first, int end)
        {
            Span<float> buffer = Scratch.Floats(SlotX, Walk.Piece);
            int xStep = _walk.Step(1), yStep = _walk.Step(0);
            for (int i = first; i < end; i++)
            {
                int count = _walk.At(i, out long yAt, out long xAt, out _, out _);
                // Widening goes straight to its place; the rest passes through F32, which holds every F16 and BF16.
                Span<float> target = OpenPiece(y, yAt, yStep, count, buffer);
                ReadOnlySpan<float> source = ReadPiece(x, xAt, xStep, count, target);
                WritePiece(source, y, yAt, yStep);
            }
        }
    }

    private readonly struct TransposeBody<T>(Walk walk, Tensor x, Tensor y, int along, int down, int across) : IRangeBody where T : unmanaged
    {
        private readonly Walk _walk = walk;

        public void Invoke(int first, int end)
        {
            for (int tile = first; tile < end; tile++)
            {
                (int other, int at) = Math.DivRem(tile, down * across);
                (int row, int column) = Math.DivRem(at, across);
                long xAt = 0, yAt = 0;
                for (int i = _walk.Rank - 2; i >= 0; i--)
                {
                    if (i == along) continue;
                    (other, int index) = Math.DivRem(other, _walk.Length(i));
                    xAt += (long)index * _walk.Stride(1, i);
                    yAt += (long)index * _walk.Stride(0, i);
                }
                (row, column) = (row * TransposeTile, column * TransposeTile);
                int rows = Math.Min(TransposeTile, _walk.Length(along) - row), columns = Math.Min(TransposeTile, _walk.Width - column);
                nint xStep = _walk.Step(1), yStep = _walk.Stride(0, along);
                // In x the rows of the tile lie side by side, in y its columns do.
                T* from = (T*)x.Address + xAt + row + column * xStep, to = (T*)y.Address + yAt + row * yStep + column;
                int j = 0;
                if (sizeof(T) == sizeof(float))
                    for (; j + 4 <= columns; j += 4) Packing.Transpose4((float*)(from + j * xStep), xStep, rows, (float*)(to + j), yStep);
                for (; j < columns; j++)
                    for (int i = 0; i < rows; i++) to[i * yStep + j] = from[i + j * xStep];
            }
        }
    }
}
