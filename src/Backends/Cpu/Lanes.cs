using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Some F32 numbers side by side: one body of arithmetic for every register width, and for a single number.</summary>
/// <remarks>For kernels whose tiles are counted in registers; element-wise work goes through the row helpers, which split Vector512 where they must.</remarks>
internal unsafe interface ILanes<T> where T : struct, ILanes<T>
{
    static abstract int Count { get; }
    static abstract T All(float value);
    static abstract T Load(float* p);
    void Store(float* p);
    static abstract T LoadAt(ref float first, int i);
    void StoreAt(ref float first, int i);
    static abstract T operator +(T a, T b);
    static abstract T operator -(T a, T b);
    static abstract T operator *(T a, T b);
    static abstract T operator /(T a, T b);

    /// <summary>a · b + c, fused where the machine can.</summary>
    static abstract T MulAdd(T a, T b, T c);

    /// <summary>The larger; b when either is NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The smaller; b when either is NaN.</summary>
    static abstract T Min(T a, T b);
    static abstract T Abs(T a);
    static abstract T Sqrt(T a);

    /// <summary>The lanes added up.</summary>
    static abstract float Sum(T a);

    /// <summary>The lanes added up in F64.</summary>
    static abstract double WideSum(T a);

    /// <summary>The largest lane.</summary>
    static abstract float Largest(T a);

    /// <summary>a &lt; b ? x : y</summary>
    static abstract T IfLess(T a, T b, T x, T y);

    /// <summary>a · 2ⁿ where the low bits of <paramref name="n"/>'s representation hold n; the result is a normal number.</summary>
    static abstract T TimesPowerOfTwo(T a, T n);
}

/// <summary>One number: tails, and machines without vectors.</summary>
internal readonly unsafe struct Lane(float v) : ILanes<Lane>
{
    private readonly float _v = v;
    public float Value => _v;
    public static int Count => 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane All(float value) => new(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane Load(float* p) => new(*p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* p) => *p = _v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane LoadAt(ref float first, int i) => new(Unsafe.Add(ref first, i));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void StoreAt(ref float first, int i) => Unsafe.Add(ref first, i) = _v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane Sqrt(Lane a) => new(MathF.Sqrt(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Lane a) => a._v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double WideSum(Lane a) => a._v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Largest(Lane a) => a._v;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane operator +(Lane a, Lane b) => new(a._v + b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane operator -(Lane a, Lane b) => new(a._v - b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane operator *(Lane a, Lane b) => new(a._v * b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane operator /(Lane a, Lane b) => new(a._v / b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane MulAdd(Lane a, Lane b, Lane c) => new(float.MultiplyAddEstimate(a._v, b._v, c._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane Max(Lane a, Lane b) => a._v > b._v ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane Min(Lane a, Lane b) => a._v < b._v ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane Abs(Lane a) => new(MathF.Abs(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lane IfLess(Lane a, Lane b, Lane x, Lane y) => a._v < b._v ? x : y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane TimesPowerOfTwo(Lane a, Lane n) =>
        new(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a._v) + (BitConverter.SingleToInt32Bits(n._v) << 23)));
}

/// <summary>Eight numbers: AVX2, and pairs of 128 bits elsewhere.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> v) : ILanes<Lanes256>
{
    private readonly Vector256<float> _v = v;
    public Vector256<float> Value => _v;
    public static int Count => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 All(float value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 Load(float* p) => new(Vector256.Load(p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* p) => Vector256.Store(_v, p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 LoadAt(ref float first, int i) => new(Vector256.LoadUnsafe(ref first, (nuint)i));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void StoreAt(ref float first, int i) => _v.StoreUnsafe(ref first, (nuint)i);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 Sqrt(Lanes256 a) => new(Vector256.Sqrt(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Lanes256 a) => Vector256.Sum(a._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double WideSum(Lanes256 a) => Vector256.Sum(Vector256.WidenLower(a._v) + Vector256.WidenUpper(a._v));
    public static float Largest(Lanes256 a)
    {
        Vector128<float> x = Vector128.MaxNative(a._v.GetLower(), a._v.GetUpper());
        x = Vector128.MaxNative(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(x, Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._v + b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._v - b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._v * b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._v / b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 MulAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.MultiplyAddEstimate(a._v, b._v, c._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a._v, b._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Vector256.MinNative(a._v, b._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 IfLess(Lanes256 a, Lanes256 b, Lanes256 x, Lanes256 y) => new(Vector256.ConditionalSelect(Vector256.LessThan(a._v, b._v), x._v, y._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes256 TimesPowerOfTwo(Lanes256 a, Lanes256 n) => new((a._v.AsInt32() + Vector256.ShiftLeft(n._v.AsInt32(), 23)).AsSingle());
}

/// <summary>Sixteen numbers.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> v) : ILanes<Lanes512>
{
    private readonly Vector512<float> _v = v;
    public Vector512<float> Value => _v;
    public static int Count => 16;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 All(float value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 Load(float* p) => new(Vector512.Load(p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* p) => Vector512.Store(_v, p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 LoadAt(ref float first, int i) => new(Vector512.LoadUnsafe(ref first, (nuint)i));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void StoreAt(ref float first, int i) => _v.StoreUnsafe(ref first, (nuint)i);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 Sqrt(Lanes512 a) => new(Vector512.Sqrt(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Lanes512 a) => Vector512.Sum(a._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double WideSum(Lanes512 a) => Vector512.Sum(Vector512.WidenLower(a._v) + Vector512.WidenUpper(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Largest(Lanes512 a) => Lanes256.Largest(new(Vector256.MaxNative(a._v.GetLower(), a._v.GetUpper())));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._v + b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._v - b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._v * b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a._v / b._v);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 MulAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.MultiplyAddEstimate(a._v, b._v, c._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a._v, b._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Vector512.MinNative(a._v, b._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 Abs(Lanes512 a) => new(Vector512.Abs(a._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 IfLess(Lanes512 a, Lanes512 b, Lanes512 x, Lanes512 y) => new(Vector512.ConditionalSelect(Vector512.LessThan(a._v, b._v), x._v, y._v));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes512 TimesPowerOfTwo(Lanes512 a, Lanes512 n) => new((a._v.AsInt32() + Vector512.ShiftLeft(n._v.AsInt32(), 23)).AsSingle());
}
