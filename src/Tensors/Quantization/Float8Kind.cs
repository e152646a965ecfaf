namespace Pure.Tuner;

/// <summary>An 8-bit float: sign, exponent, fraction; what each code means and which is nearest.</summary>
/// <remarks>Micikevicius et al. 2022, arXiv:2209.05433; the FNUZ kinds (no negative zero, one NaN) Noune et al. 2022, arXiv:2206.02915.</remarks>
internal sealed class Float8Kind
{
    private readonly float[] _values = new float[256];
    private readonly int _fractionBits, _bias;
    private readonly byte _largest, _overflow, _nan;
    private readonly bool _isUnsignedZero;

    /// <param name="name">As torch names it, without "float8_".</param>
    /// <param name="exponentBits">4 or 5.</param>
    /// <param name="bias">Exponent of 2^0.</param>
    /// <param name="largest">Code of the largest finite number.</param>
    /// <param name="overflow">What numbers beyond it become: the same, infinity or NaN.</param>
    /// <param name="nan">Code of NaN.</param>
    private Float8Kind(string name, int exponentBits, int bias, byte largest, byte overflow, byte nan)
    {
        (Name, _fractionBits, _bias, _largest, _overflow, _nan, _isUnsignedZero) = (name, 7 - exponentBits, bias, largest, overflow, nan, nan == 0x80);
        for (int code = 0; code < 256; code++)
        {
            int magnitude = code & 0x7F, exponent = magnitude >> _fractionBits, fraction = magnitude & ((1 << _fractionBits) - 1);
            float value = code == 0x80 && _isUnsignedZero ? float.NaN
                : magnitude > largest ? overflow == magnitude ? float.PositiveInfinity : float.NaN
                : exponent == 0 ? MathF.ScaleB(fraction, 1 - bias - _fractionBits)
                : MathF.ScaleB(fraction + (1 << _fractionBits), exponent - bias - _fractionBits);
            _values[code] = code >= 0x80 ? -value : value;
        }
    }

    /// <summary>Four bits of exponent, no infinities; what is too large becomes ±448.</summary>
    internal static Float8Kind E4M3 { get; } = new("e4m3fn", 4, 7, 0x7E, 0x7E, 0x7F);

    /// <summary>Five bits of exponent, with infinities.</summary>
    internal static Float8Kind E5M2 { get; } = new("e5m2", 5, 15, 0x7B, 0x7C, 0x7F);

    /// <summary>E4M3 with one zero and one NaN; what is too large becomes NaN.</summary>
    internal static Float8Kind E4M3Fnuz { get; } = new("e4m3fnuz", 4, 8, 0x7F, 0x80, 0x80);

    /// <summary>E5M2 with one zero and one NaN; what is too large becomes NaN.</summary>
    internal static Float8Kind E5M2Fnuz { get; } = new("e5m2fnuz", 5, 16, 0x7F, 0x80, 0x80);

    /// <summary>e4m3fn, e5m2, e4m3fnuz or e5m2fnuz.</summary>
    internal string Name { get; }

    /// <summary>The number of each code.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <summary>The largest finite number.</summary>
    internal float Largest => _values[_largest];

    /// <summary>The kind of that name, or null.</summary>
    internal static Float8Kind? Find(string name) => new[] { E4M3, E5M2, E4M3Fnuz, E5M2Fnuz }.FirstOrDefault(k => k.Name == name);

    /// <summary>The nearest code, ties to even.</summary>
    internal byte Encode(float x)
    {
        if (float.IsNaN(x)) return _nan;
        int sign = float.IsNegative(x) ? 0x80 : 0, code;
        if (float.IsInfinity(x)) code = _overflow;
        else
        {
            // A float in units of the last place of its binade is exact in F64, so there is one rounding.
            int exponent = Math.Max(x == 0 ? int.MinValue : MathF.ILogB(x), 1 - _bias);
            double units = Math.Round(Math.ScaleB(Math.Abs((double)x), _fractionBits - exponent));
            double wide = ((exponent + _bias - 1) << _fractionBits) + units;
            code = wide > _largest ? _overflow : (int)wide;
        }
        return code == 0x80 ? _nan : code == 0 && _isUnsignedZero ? (byte)0 : (byte)(sign | code);
    }
}
