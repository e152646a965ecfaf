using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>The upper 16 bits of a binary32: 8 bits of exponent, 7 of fraction.</summary>
/// <remarks>.NET 10 has no such type. Narrowing rounds to nearest, ties to even; a NaN stays a (quiet) NaN.</remarks>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Rounds to the nearest representable value, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if ((bits & 0x7FFF_FFFF) > 0x7F80_0000) return new((ushort)((bits >> 16) | 0x40));   // adding could carry a NaN into infinity
        return new((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Widens exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <inheritdoc/>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
