using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>A matrix rounded to grids of whole numbers, on the host, a byte a code: what GPTQ, AWQ and plain rounding make before it is packed.</summary>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="bits">Bits of a code.</param>
/// <param name="groupSize">Columns of a group; 0 for the whole row.</param>
internal sealed class AffineCodes(int rows, int columns, int bits, int groupSize)
{
    internal int Rows => rows;
    internal int Columns => columns;
    internal int Bits => bits;
    internal int GroupSize => groupSize;

    /// <summary>Groups of a row.</summary>
    internal int Groups { get; } = groupSize == 0 ? 1 : (columns + groupSize - 1) / groupSize;

    /// <summary>[rows, columns]</summary>
    internal byte[] Codes { get; } = new byte[rows * columns];

    /// <summary>[rows, groups], numbers that F16 holds.</summary>
    internal float[] Scales { get; } = new float[rows * (groupSize == 0 ? 1 : (columns + groupSize - 1) / groupSize)];

    /// <summary>[rows, groups]</summary>
    internal byte[] Zeros { get; } = new byte[rows * (groupSize == 0 ? 1 : (columns + groupSize - 1) / groupSize)];

    /// <summary>The group of each column, or null where groups are runs of columns.</summary>
    internal int[]? Index { get; set; }

    /// <summary>The number that a code stands for.</summary>
    internal float Value(int row, int column)
    {
        int g = row * Groups + (Index is null ? groupSize == 0 ? 0 : column / groupSize : Index[column]);
        return Scales[g] * (Codes[row * columns + column] - Zeros[g]);
    }

    /// <summary>The numbers that the codes stand for, [rows, columns].</summary>
    internal float[] Values()
    {
        var y = new float[Codes.Length];
        Parallel.For(0, rows, r =>
        {
            for (int c = 0; c < columns; c++) y[r * columns + c] = Value(r, c);
        });
        return y;
    }

    /// <summary>The same on a device, packed.</summary>
    internal QuantizedTensor ToTensor(Backend backend, string name)
    {
        var format = new AffineGroupFormat(bits, groupSize, Index is not null);
        QuantizedTensor packed = QuantizedTensor.Empty(backend, name, [rows, columns], format);
        int rowBytes = format.RowBytes(columns);
        var stream = new byte[rows * rowBytes];
        Parallel.For(0, rows, r => AffineGroupFormat.Pack(Codes.AsSpan(r * columns, columns), bits, stream.AsSpan(r * rowBytes, rowBytes)));
        backend.Upload(stream, packed.Parts[AffineGroupFormat.Codes]);
        backend.Upload(MemoryMarshal.AsBytes<Half>(Array.ConvertAll(Scales, s => (Half)s)), packed.Parts[AffineGroupFormat.Scales]);
        backend.Upload(Zeros, packed.Parts[AffineGroupFormat.Zeros]);
        if (Index is not null) backend.Upload(MemoryMarshal.AsBytes<int>(Index), packed.Parts[AffineGroupFormat.Index]);
        return packed;
    }
}
