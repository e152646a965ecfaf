using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Conversion of elements: to wider types exactly, to narrower ones by rounding to nearest even; to integers towards zero, NaN to 0.</summary>
internal static unsafe class Elements
{
    private const int Grain = 1 << 16;

    /// <summary>All elements of a tensor in the order of its shape.</summary>
    public static T[] Read<T>(IDeviceMemory memory, SimTensor t) where T : unmanaged, INumberBase<T> => All<T>(View.Read(memory, t));

    /// <inheritdoc cref="Read{T}"/>
    public static T[] All<T>(View view) where T : unmanaged, INumberBase<T>
    {
        var values = GC.AllocateUninitializedArray<T>(checked((int)view.Count));
        Loops.For(view.Count, Grain, (from, to) => view.Load(from, values.AsSpan((int)from, (int)(to - from))));
        return values;
    }

    /// <summary>All elements of a tensor, rounded to its type.</summary>
    public static void Write<T>(IDeviceMemory memory, SimTensor t, T[] values) where T : unmanaged, INumberBase<T>
    {
        View view = View.Write(memory, t);
        Loops.For(view.Count, Grain, (from, to) => view.Store<T>(from, values.AsSpan((int)from, (int)(to - from))));
    }

    /// <summary>Values as they come back from memory of a type: rounded to it.</summary>
    public static float Round(float value, AclType type) => type switch
    {
        AclType.BFloat16 => FromBFloat16(ToBFloat16(value)),
        AclType.Float16 => (float)(Half)value,
        _ => value,
    };

    /// <summary>A value as float16 has it on cards that saturate: what is beyond is the largest number, and a NaN is 0.</summary>
    public static float Saturated(float value) => float.IsNaN(value) ? 0 : Math.Clamp((float)Half.CreateSaturating(value), -65504f, 65504f);

    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (ushort)((bits >> 16) | 0x40); // stays a NaN
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Keeps 11 bits behind the point: what a matrix unit sees of a float under HF32.</summary>
    public static float ToHf32(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x7f80_0000) == 0x7f80_0000 ? value : BitConverter.UInt32BitsToSingle((bits + 0x7ff + ((bits >> 12) & 1)) & 0xffff_f000);
    }

    public static void Load<TFrom, T>(TFrom* from, long step, Span<T> to) where TFrom : unmanaged, INumberBase<TFrom> where T : unmanaged, INumberBase<T>
    {
        if (step == 1 && typeof(TFrom) == typeof(T)) new ReadOnlySpan<T>(from, to.Length).CopyTo(to);
        else if (step == 0) to.Fill(T.CreateTruncating(*from));
        else for (int i = 0; i < to.Length; i++) to[i] = T.CreateTruncating(from[i * step]);
    }

    public static void LoadBFloat16<T>(ushort* from, long step, Span<T> to) where T : unmanaged, INumberBase<T>
    {
        int i = 0;
        if (step == 1 && typeof(T) == typeof(float))
        {
            ref float first = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(to));
            for (; i <= to.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector.Widen(Vector.Load(from + i), out Vector<uint> low, out Vector<uint> high);
                Vector.StoreUnsafe(Vector.AsVectorSingle(low << 16), ref first, (nuint)i);
                Vector.StoreUnsafe(Vector.AsVectorSingle(high << 16), ref first, (nuint)(i + Vector<uint>.Count));
            }
        }
        for (; i < to.Length; i++) to[i] = T.CreateTruncating(FromBFloat16(from[i * step]));
    }

    public static void LoadBool<T>(byte* from, long step, Span<T> to) where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < to.Length; i++) to[i] = from[i * step] != 0 ? T.One : T.Zero;
    }

    /// <summary>Two to a byte, the lower half first, -8 to 7.</summary>
    public static void LoadInt4<T>(byte* from, long index, long step, Span<T> to) where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < to.Length; i++)
        {
            long at = index + (i * step);
            int bits = (from[at >> 1] >> (int)((at & 1) * 4)) & 15;
            to[i] = T.CreateTruncating((bits ^ 8) - 8);
        }
    }

    public static void Store<T, TTo>(ReadOnlySpan<T> from, TTo* to, long step) where T : unmanaged, INumberBase<T> where TTo : unmanaged, INumberBase<TTo>
    {
        if (step == 1 && typeof(TTo) == typeof(T)) MemoryMarshal.Cast<T, TTo>(from).CopyTo(new Span<TTo>(to, from.Length));
        else for (int i = 0; i < from.Length; i++) to[i * step] = TTo.CreateTruncating(from[i]);
    }

    public static void StoreBFloat16<T>(ReadOnlySpan<T> from, ushort* to, long step) where T : unmanaged, INumberBase<T>
    {
        int i = 0;
        if (step == 1 && typeof(T) == typeof(float))
        {
            ref float first = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(from));
            for (; i <= from.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
                Vector.Store(Vector.Narrow(Rounded(Vector.LoadUnsafe(ref first, (nuint)i)), Rounded(Vector.LoadUnsafe(ref first, (nuint)(i + Vector<float>.Count)))), to + i);
        }
        for (; i < from.Length; i++) to[i * step] = ToBFloat16(float.CreateTruncating(from[i]));
    }

    private static Vector<uint> Rounded(Vector<float> x)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(x), rounded = (bits + new Vector<uint>(0x7fff) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        Vector<uint> isNumber = Vector.AsVectorUInt32(Vector.Equals(x, x));
        return Vector.ConditionalSelect(isNumber, rounded, (bits >>> 16) | new Vector<uint>(0x40));
    }

    public static void StoreBool<T>(ReadOnlySpan<T> from, byte* to, long step) where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < from.Length; i++) to[i * step] = from[i] == T.Zero ? (byte)0 : (byte)1;
    }

    public static void StoreInt4<T>(ReadOnlySpan<T> from, byte* to, long index, long step) where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < from.Length; i++)
        {
            long at = index + (i * step);
            int shift = (int)((at & 1) * 4), value = int.CreateTruncating(from[i]) & 15;
            to[at >> 1] = (byte)((to[at >> 1] & ~(15 << shift)) | (value << shift));
        }
    }
}
