using System.Buffers;

namespace Pure.Tuner;

/// <summary>cos and sin of every position met so far, made once and picked by position.</summary>
internal sealed class RopeTable(RopeConfig config)
{
    private float[] _cos = [], _sin = [];
    private int _positions, _length = -1;

    /// <summary>cos and sin of each token, F32 [tokens, rotary / 2].</summary>
    /// <param name="backend">Where they go.</param>
    /// <param name="positions">One a token.</param>
    internal (Tensor Cos, Tensor Sin) For(Backend backend, ReadOnlySpan<int> positions)
    {
        int length = 0, half = config.Rotary / 2;
        foreach (int position in positions) length = Math.Max(length, position + 1);
        Fill(length);
        return (Picked(backend, _cos, positions, half), Picked(backend, _sin, positions, half));
    }

    private static Tensor Picked(Backend backend, float[] table, ReadOnlySpan<int> positions, int half)
    {
        int count = positions.Length * half;
        float[] rows = ArrayPool<float>.Shared.Rent(count);
        for (int i = 0; i < positions.Length; i++) table.AsSpan(positions[i] * half, half).CopyTo(rows.AsSpan(i * half));
        Tensor y = Tensor.From<float>(backend, rows.AsSpan(0, count), [positions.Length, half]);
        ArrayPool<float>.Shared.Return(rows);
        return y;
    }

    private void Fill(int length)
    {
        if (config.DependsOnLength ? length == _length : length <= _positions) return;
        int half = config.Rotary / 2;
        _length = length;
        _positions = config.DependsOnLength ? length : Math.Max(length, Math.Min(2 * _positions, 1 << 20));
        (double[] inv, double factor) = config.Frequencies(length);
        _cos = new float[_positions * half];
        _sin = new float[_positions * half];
        for (int p = 0; p < _positions; p++)
            for (int k = 0; k < half; k++)
            {
                (double sin, double cos) = Math.SinCos(p * inv[k]);
                _cos[p * half + k] = (float)(cos * factor);
                _sin[p * half + k] = (float)(sin * factor);
            }
    }
}
