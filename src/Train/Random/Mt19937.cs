using System.Numerics;

namespace Pure.Tuner;

/// <summary>The Mersenne twister with 32-bit outputs: PyTorch's generator on the CPU, so that a seed means the same here.</summary>
/// <remarks>Matsumoto and Nishimura 1998, "Mersenne twister: a 623-dimensionally equidistributed uniform pseudo-random number generator".</remarks>
internal sealed class Mt19937
{
    private const int N = 624, M = 397;
    private readonly uint[] _state = new uint[N];
    private int _next = N;

    /// <param name="seed">The low 32 bits count, as in PyTorch.</param>
    public Mt19937(long seed)
    {
        uint s = unchecked((uint)seed);
        for (int i = 0; i < N; i++)
        {
            _state[i] = s;
            s = 1812433253u * (s ^ (s >> 30)) + (uint)(i + 1);
        }
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (_next == N) Twist();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>The next number in [0, 1): the low 24 bits times 2^-24.</summary>
    public float NextFloat() => (Next() & 0xffffff) * (1f / (1 << 24));

    /// <summary>Numbers in [from, to), rounded as PyTorch's uniform_ does in F32.</summary>
    public void Uniform(Span<float> y, float from, float to)
    {
        float width = to - from;
        // PyTorch's loop is compiled to fused multiply-add. In F64 product and sum are exact (48 bits), so this rounds once too, on every machine.
        for (int i = 0; i < y.Length; i++) y[i] = (float)((double)NextFloat() * width + from);
    }

    /// <summary>Draws and throws away.</summary>
    public void Skip(long draws)
    {
        while (draws > 0)
        {
            if (_next == N) Twist();
            int step = (int)Math.Min(draws, N - _next);
            _next += step;
            draws -= step;
        }
    }

    private void Twist()
    {
        uint[] s = _state;
        // Element i needs i, i + 1 (old) and i + M (old, then new): a vector ahead never reads what it should not have written yet.
        Mix(s, 0, N - M, M);
        Mix(s, N - M, N - 1, M - N);
        s[N - 1] = s[M - 1] ^ Fold((s[N - 1] & 0x80000000u) | (s[0] & 0x7fffffffu));
        _next = 0;
    }

    private static void Mix(uint[] s, int from, int to, int offset)
    {
        int i = from;
        for (; i + Vector<uint>.Count <= to; i += Vector<uint>.Count)
        {
            Vector<uint> y = (new Vector<uint>(s, i) & new Vector<uint>(0x80000000u)) | (new Vector<uint>(s, i + 1) & new Vector<uint>(0x7fffffffu));
            Vector<uint> odd = Vector<uint>.Zero - (y & Vector<uint>.One);
            (new Vector<uint>(s, i + offset) ^ Vector.ShiftRightLogical(y, 1) ^ (odd & new Vector<uint>(0x9908b0dfu))).CopyTo(s, i);
        }
        for (; i < to; i++) s[i] = s[i + offset] ^ Fold((s[i] & 0x80000000u) | (s[i + 1] & 0x7fffffffu));
    }

    private static uint Fold(uint y) => (y >> 1) ^ ((0u - (y & 1)) & 0x9908b0dfu);
}
