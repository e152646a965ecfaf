namespace Pure.Tuner.Tests.Emitted;

internal sealed unsafe partial class Interpreter
{
    private const int MaxRows = 16, RowBytes = 64;
    private (int Rows, int Bytes)[]? _shapes;
    private readonly byte[][] _tiles = [.. Enumerable.Range(0, 8).Select(_ => new byte[MaxRows * RowBytes])];

    /// <summary>Instructions on tiles. Rows and bytes beyond a tile's shape are 0.</summary>
    private void Tiles(Prefix p, byte code)
    {
        Need(Features.AmxTile);
        if (p.W || p.Bits != 128) throw new FaultException("a tile instruction with W or L");
        if (code == 0x49) Configure(p);
        else if (code == 0x4B) Move(p);
        else Multiply(p, code);
    }

    private void Configure(Prefix p)
    {
        if (p.V != 0) throw new FaultException("a register is named that the instruction has no place for");
        Operands o = ReadOperands(p.R, p.X, p.B);
        switch (p.Pp, o.IsMemory)
        {
            case (0, true) when o.Reg == 0:
                {
                    var shapes = new ReadOnlySpan<byte>(At(Whole(o), 64, write: false), 64);
                    if (shapes[0] != 1) throw new FaultException($"palette {shapes[0]}");
                    if (shapes[1] != 0) throw new FaultException("a first row other than 0");
                    for (int i = 2; i < 16; i++)
                        if (shapes[i] != 0) throw new FaultException("a reserved byte of the shapes is set");
                    var read = new (int Rows, int Bytes)[8];
                    for (int i = 0; i < 16; i++)
                    {
                        int bytes = shapes[16 + 2 * i] | shapes[17 + 2 * i] << 8, rows = shapes[48 + i];
                        if (i >= 8 && (bytes | rows) != 0) throw new FaultException($"tile {i} does not exist");
                        if (bytes > RowBytes || rows > MaxRows || bytes == 0 != (rows == 0)) throw new FaultException($"tile {i} of {rows} rows of {bytes} bytes");
                        if (i < 8) read[i] = (rows, bytes);
                    }
                    _shapes = read;
                    foreach (byte[] tile in _tiles) Array.Clear(tile);
                    break;
                }
            case (0, false) when (o.Reg, o.Rm) == (0, 0): _shapes = null; break;
            case (3, false) when o.Rm == 0:
                Shape(o.Reg);
                Array.Clear(_tiles[o.Reg]);
                break;
            default: throw new FaultException($"tile opcode 49 with prefix {p.Pp} /{o.Reg}");
        }
    }

    private void Move(Prefix p)
    {
        if (p.V != 0) throw new FaultException("a register is named that the instruction has no place for");
        Operands o = ReadOperands(p.R, p.X, p.B);
        if (!o.IsMemory || !o.HasSib) throw new FaultException("a tile is moved without a SIB byte");
        (int rows, int bytes) = Shape(o.Reg);
        byte[] tile = _tiles[o.Reg];
        bool isStore = p.Pp == 2;
        if (p.Pp is not (2 or 3)) throw new FaultException($"tile opcode 4b with prefix {p.Pp}");
        if (!isStore) Array.Clear(tile);
        for (int row = 0; row < rows; row++)
        {
            var memory = new Span<byte>(At(o.Address + row * o.IndexScaled, bytes, isStore), bytes);
            Span<byte> inside = tile.AsSpan(row * RowBytes, bytes);
            if (isStore) inside.CopyTo(memory);
            else memory.CopyTo(inside);
        }
    }

    private void Multiply(Prefix p, byte code)
    {
        Operands o = ReadOperands(p.R, p.X, p.B);
        if (o.IsMemory) throw new FaultException("a tile product with memory");
        if (o.Reg == o.Rm || o.Reg == p.V || o.Rm == p.V) throw new FaultException("a tile product needs three different tiles");
        ((int rows, int bytes), (int aRows, int aBytes), (int bRows, int bBytes)) = (Shape(o.Reg), Shape(o.Rm), Shape(p.V));
        if (rows != aRows || bytes != bBytes || aBytes / 4 != bRows || (bytes | aBytes) % 4 != 0) throw new FaultException($"tiles of {rows} x {bytes}, {aRows} x {aBytes} and {bRows} x {bBytes} bytes do not fit");
        byte[] c = _tiles[o.Reg], a = _tiles[o.Rm], b = _tiles[p.V];
        uint At4(byte[] tile, int row, int word) => BitConverter.ToUInt32(tile, row * RowBytes + word * 4);
        for (int m = 0; m < rows; m++)
            for (int n = 0; n < bytes / 4; n++)
            {
                uint sum = At4(c, m, n);
                if (code == 0x5C && p.Pp == 2)
                {
                    Need(Features.AmxBF16);
                    uint even = 0, odd = 0;                                 // two sums for the length of a tile, then both onto c
                    for (int k = 0; k < aBytes / 4; k++)
                    {
                        (uint x, uint y) = (At4(a, m, k), At4(b, k, n));
                        even = Pairs(even, x, y);
                        odd = Pairs(odd, x >> 16, y >> 16);
                    }
                    float both = Flushed(BitConverter.UInt32BitsToSingle(even) + BitConverter.UInt32BitsToSingle(odd));
                    sum = BitConverter.SingleToUInt32Bits(Flushed(Flushed(BitConverter.UInt32BitsToSingle(sum)) + both));
                }
                else if (code == 0x5E && p.Pp is 1 or 3)
                {
                    Need(Features.AmxInt8);
                    for (int k = 0; k < aBytes / 4; k++) sum += (uint)Fours(At4(a, m, k), At4(b, k, n), firstIsSigned: p.Pp == 3);
                }
                else throw new FaultException($"tile opcode {code:x2} with prefix {p.Pp}");
                BitConverter.TryWriteBytes(c.AsSpan(m * RowBytes + n * 4), sum);
            }
    }

    private (int Rows, int Bytes) Shape(int tile)
    {
        if (_shapes is null) throw new FaultException("a tile without shapes");
        if (tile > 7) throw new FaultException($"tile {tile} does not exist");
        return _shapes[tile].Rows == 0 ? throw new FaultException($"tile {tile} has no rows") : _shapes[tile];
    }
}
