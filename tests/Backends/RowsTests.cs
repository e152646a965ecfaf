using System.Runtime.Intrinsics;
using FsCheck;
using FsCheck.Fluent;
using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.TestTensors;

namespace Pure.Tuner.Tests;

/// <summary>The row drivers and vector functions: every length, and accuracy in units in the last place.</summary>
[Trait("Category", "Unit")]
public class RowsTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 258)];

    private readonly struct Scale3 : IRowOp
    {
        public static float Invoke(float a, float b, float c) => a * b * c;
        public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a * b * c;
    }

    [Theory, MemberData(nameof(Lengths))]
    public void Drivers_match_the_scalar_body_at_every_length(int n)
    {
        float[] a = Random(n + 3, 1), b = Random(n + 3, 2), c = Random(n + 3, 3), y = new float[n + 1];
        void Check(string what, Func<int, float> expected)
        {
            for (int i = 0; i < n; i++) Assert.True(expected(i) == y[i], $"{what}: element {i} of {n}");
            Assert.Equal(7, y[n]);
        }
        y[n] = 7;
        Rows.Map<Scale3>(a, b, c, y.AsSpan(0, n));
        Check("three rows", i => a[i] * b[i] * c[i]);
        Rows.Map<Scale3>(a, b, 0.3f, y.AsSpan(0, n));
        Check("two rows and a number", i => a[i] * b[i] * 0.3f);
        Rows.Map<Scale3>(a, 2f, 0.3f, y.AsSpan(0, n));
        Check("a row and two numbers", i => a[i] * 2f * 0.3f);
        Rows.Map<SubOp>(a, b, y.AsSpan(0, n));
        Check("sub", i => a[i] - b[i]);
        Rows.Map<DivOp>(a, 3f, y.AsSpan(0, n));
        Check("div by a number", i => a[i] / 3f);
        Rows.Map<NegOp>(a, y.AsSpan(0, n));
        Check("neg", i => -a[i]);
        Rows.Map<SubOp>(y.AsSpan(0, n), a, y.AsSpan(0, n));          // in place
        Check("in place", i => -a[i] - a[i]);
        Assert.Equal(a[..n].Sum(v => (double)v), Rows.Sum(a.AsSpan(0, n)), 1e-5);
        Assert.Equal(a[..n].Zip(b[..n], (u, v) => (double)u * v).Sum(), Rows.Dot(a.AsSpan(0, n), b.AsSpan(0, n)), 1e-5);
        Assert.Equal(n == 0 ? float.NegativeInfinity : a[..n].Max(), Rows.Max(a.AsSpan(0, n)));
        var narrow = new BFloat16[n];
        Rows.Narrow(a.AsSpan(0, n), narrow);
        Assert.Equal(a[..n].Select(v => (BFloat16)v), narrow);
        Rows.Widen(narrow, y.AsSpan(0, n));
        Check("bf16", i => (float)(BFloat16)a[i]);
    }

    [Fact]
    public void Narrowing_to_bf16_in_vectors_is_that_of_the_type_for_every_kind_of_number()
    {
        float[] x = [0, -0f, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1.00390625f, 1.01171875f, -1.00390625f, BitConverter.UInt32BitsToSingle(0x7F800001), BitConverter.UInt32BitsToSingle(0xFFFFFFFF), 3.3e38f, 65504, 1e-40f];
        var y = new BFloat16[x.Length];
        Rows.Narrow(x, y);
        Assert.Equal(x.Select(v => ((BFloat16)v).Bits), y.Select(v => v.Bits));
    }

    public static TheoryData<UnaryKind, float, float, double> Functions => new()
    {
        { UnaryKind.Exp, -110, 92, 2 }, { UnaryKind.Exp, -1, 1, 2 }, { UnaryKind.Log, 1e-30f, 1e30f, 2 }, { UnaryKind.Log, 0.5f, 2, 3 }, { UnaryKind.Log, 0, 1e-38f, 2 },
        { UnaryKind.Tanh, -12, 12, 3 }, { UnaryKind.Tanh, -0.7f, 0.7f, 3 }, { UnaryKind.Sigmoid, -100, 100, 4 }, { UnaryKind.Sigmoid, -3, 3, 3 },
        { UnaryKind.Erf, -5, 5, 3 }, { UnaryKind.Erf, -1.2f, 1.2f, 3 }, { UnaryKind.Erf, -1e-3f, 1e-3f, 2 }, { UnaryKind.Rsqrt, 1e-6f, 1e6f, 1.6 }, { UnaryKind.Sin, -30, 30, 2 }, { UnaryKind.Cos, -30, 30, 2 },
    };

    [Theory, MemberData(nameof(Functions))]
    public void Vector_functions_are_good_to_a_few_units_in_the_last_place(UnaryKind kind, float low, float high, double ulps)
    {
        using var cpu = new CpuBackend(1);
        var x = new float[40_000];
        for (int i = 0; i < x.Length; i++) x[i] = low > 0 && high / low > 1e6 ? low * MathF.Pow(high / low, i / (x.Length - 1f)) : low + (high - low) * (i / (x.Length - 1f));
        using Tensor t = Tensor.From<float>(cpu, x, [x.Length]), y = Tensor.EmptyLike(t);
        cpu.Unary(kind, t, y);
        float[] actual = y.ToArray<float>();
        double worst = 0;
        int at = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Scalar.Unary(kind, x[i]);
            if ((float)expected == actual[i]) continue;
            double unit = Math.Max(BitConverter.Int32BitsToSingle(1), MathF.BitIncrement(MathF.Abs((float)expected)) - (double)MathF.Abs((float)expected));
            if (kind is UnaryKind.Sin or UnaryKind.Cos) unit = Math.Max(unit, 6e-8);        // near a zero the argument's own rounding decides
            double error = Math.Abs(actual[i] - expected) / unit;
            if (!(error <= worst)) (worst, at) = (error, i);
        }
        double allowed = Vectors.IsAccelerated && !Vectors.HasFusedMultiplyAdd ? ulps + 1.5 : ulps;   // two roundings where there is no fused multiply-add
        Assert.True(worst <= allowed, $"{kind}({x[at]:R}) = {actual[at]:R}: {worst:F2} ulp");
    }

    [Theory]
    [InlineData(UnaryKind.Exp, new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, 1000, -1000 }, new[] { float.NaN, float.PositiveInfinity, 0, 1, float.PositiveInfinity, 0 })]
    [InlineData(UnaryKind.Log, new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, 1, -1 }, new[] { float.NaN, float.PositiveInfinity, float.NaN, float.NegativeInfinity, 0, float.NaN })]
    [InlineData(UnaryKind.Tanh, new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0 }, new[] { float.NaN, 1f, -1, 0 })]
    [InlineData(UnaryKind.Sigmoid, new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0 }, new[] { float.NaN, 1f, 0, 0.5f })]
    [InlineData(UnaryKind.Erf, new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0 }, new[] { float.NaN, 1f, -1, 0 })]
    [InlineData(UnaryKind.Sign, new[] { float.NaN, float.PositiveInfinity, -3, 0 }, new[] { float.NaN, 1f, -1, 0 })]
    public void Ends_of_the_scale(UnaryKind kind, float[] x, float[] expected)
    {
        using var cpu = new CpuBackend(1);
        using Tensor t = Tensor.From<float>(cpu, x, [x.Length]), y = Tensor.EmptyLike(t);
        cpu.Unary(kind, t, y);
        Assert.Equal(expected, y.ToArray<float>());
    }

    [Fact, Trait("Category", "Property")]
    public void An_element_does_not_depend_on_where_it_stands()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NormalFloat[]>(), ArbMap.Default.ArbFor<byte>(), (x, shift) =>
        {
            float[] a = [.. x.Select(v => (float)v.Get)], padded = [.. new float[shift % 40], .. a];
            var y = new float[a.Length];
            var z = new float[padded.Length];
            Rows.Map<TanhOp>(a, y);
            Rows.Map<TanhOp>(padded, z);
            return y.AsSpan().SequenceEqual(z.AsSpan(shift % 40));
        }).QuickCheckThrowOnFailure();
    }
}
