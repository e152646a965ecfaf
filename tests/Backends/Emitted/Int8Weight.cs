using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>A packed weight, and beside it its codes, scales and minima as they are read: what the twin multiplies.</summary>
internal sealed unsafe class Int8Weight : IDisposable
{
    private readonly byte[] _codes;
    private readonly float[] _scales, _minima;

    public Int8Weight(Backend backend, string format, int rows, int columns, ulong seed = 3)
    {
        Packed = PackedSample.Find(format)!.Make(backend, [rows, columns], seed);
        Reader = Int8Reader.For(Packed.Format)!;
        (_codes, _scales, _minima) = (new byte[rows * columns], new float[rows * columns / 32], new float[rows * columns / 32]);
        fixed (byte* codes = _codes)
        fixed (float* scales = _scales, minima = _minima)
            for (int i = 0; i < rows; i++) Reader.Read(Packed, i, codes + i * columns, scales + i * columns / 32, minima + i * columns / 32);
    }

    public QuantizedTensor Packed { get; }

    public Int8Reader Reader { get; }

    public int Columns => Packed.Shape[1];

    /// <summary>scale · (code - zero) + minimum</summary>
    public float Number(int row, int column)
    {
        int at = row * Columns + column;
        return _scales[at / 32] * (_codes[at] - Reader.Zero) + _minima[at / 32];
    }

    /// <summary>A row of a times a row of the weight, in the units' order.</summary>
    public float Sum(ReadOnlySpan<float> a, int row, float y) =>
        Int8Twin.Sum(a, p => _codes[row * Columns + p] - Reader.Zero, g => _scales[row * Columns / 32 + g], Reader.HasMinima ? g => _minima[row * Columns / 32 + g] : null, y);

    public void Dispose() => Packed.Dispose();
}
