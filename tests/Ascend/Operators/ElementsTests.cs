using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Views, conversions and element-wise operators of the simulator.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ElementsTests
{
    [Theory]
    [InlineData(1f, 0x3f80), InlineData(1.00390625f, 0x3f80), InlineData(1.01171875f, 0x3f82), InlineData(3.4e38f, 0x7f80), InlineData(float.NaN, 0xffc0)]
    public void BFloat16_rounds_to_nearest_even(float value, int bits) => Assert.Equal(bits & 0x7fff, Elements.ToBFloat16(value) & 0x7fff);

    [Fact]
    public void Hf32_keeps_11_bits() => Assert.Equal([1f, 1f, 1.0009765625f], new[] { 1f, 1.0001f, 1.0009765625f }.Select(Elements.ToHf32));

    [Fact]
    internal void Types_hold_what_they_can()
    {
        foreach (AclType type in new[] { AclType.Float, AclType.Float16, AclType.BFloat16, AclType.Double, AclType.Int8, AclType.Int16, AclType.Int32, AclType.Int64, AclType.Int4 })
            Assert.Equal([-3, 7, 0, -8], Device.Of(type, [4], -3, 7, 0, -8).Values());
        Assert.Equal([1, 0], Device.Of(AclType.Bool, [2], 5, 0).Values());
        Assert.Equal([0x7D, 0x80], Device.Memory.Read(Device.Of(AclType.Int4, [4], -3, 7, 0, -8).Data, 2).ToArray()); // the low nibble first
    }

    [Fact, Shows("6.strided")]
    public void Views_read_and_write_through_strides_offsets_and_zero_strides()
    {
        SimTensor x = Device.Floats([3, 4], [.. Enumerable.Range(0, 12).Select(i => (double)i)]);
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], x.Transposed().Values());
        Assert.Equal([5, 7, 5, 7], x.View([2, 2], [0, 2], 5).Values());
        SimTensor y = Device.Floats([4, 3], new double[12]);
        var copy = new OperatorCall("InplaceCopy") { ["selfRef"] = y.Transposed(), ["src"] = x };
        Assert.True(copy.Plan().WorkspaceBytes > 0);
        copy.Run();
        Assert.Equal(x.Values(), y.Transposed().Values());
        Assert.Equal(0, new OperatorCall("InplaceCopy") { ["selfRef"] = x, ["src"] = x }.Plan().WorkspaceBytes);
    }

    [Fact, Breaks("6.output-stride")]
    public void An_output_cannot_repeat_its_elements()
    {
        var copy = new OperatorCall("InplaceCopy") { ["selfRef"] = Device.Random(1, 4).View([3, 4], [0, 1]), ["src"] = Device.Random(2, 3, 4) };
        Assert.Throws<DeviceFault>(copy.Run);
        copy.Interface("6.output-stride");
    }

    [Fact]
    public void A_view_that_leaves_its_block_faults() =>
        Assert.Throws<DeviceFault>(() => new OperatorCall("Neg") { ["self"] = Device.Random(1, 4).View([5], [1]), ["out"] = Device.Empty(AclType.Float, 5) }.Run());

    public static TheoryData<string, double[], double[]> Functions => new()
    {
        { "Neg", [1, -2], [-1, 2] },
        { "Abs", [1, -2], [1, 2] },
        { "Exp", [0, 1, -1], [1, Math.E, 1 / Math.E] },
        { "Log", [1, Math.E], [0, 1] },
        { "Sqrt", [4, 2], [2, Math.Sqrt(2)] },
        { "Rsqrt", [4, 2], [0.5, 1 / Math.Sqrt(2)] },
        { "Reciprocal", [4, -2], [0.25, -0.5] },
        { "Sin", [0, 1], [0, Math.Sin(1)] },
        { "Tanh", [0, 1], [0, Math.Tanh(1)] },
        { "Sigmoid", [0, 1, -100], [0.5, 1 / (1 + Math.Exp(-1)), 0] },
        { "Erf", [0, 0.5, -1, 3, 8], [0, 0.5204998778, -0.8427007929, 0.9999779095, 1] },
        { "Silu", [0, 1, -2], [0, 1 / (1 + Math.Exp(-1)), -2 / (1 + Math.Exp(2))] },
        { "Gelu", [0, 1, -1], [0, 0.8411919906, -0.1588080094] },
    };

    [Theory, MemberData(nameof(Functions))]
    public void A_function_of_one_tensor(string name, double[] x, double[] y)
    {
        SimTensor result = Device.Empty(AclType.Float, x.Length);
        new OperatorCall(name) { ["self"] = Device.Floats([x.Length], x), ["out"] = result }.Run();
        Device.Near(result, y);
    }

    [Fact, Breaks("8.dtypes")]
    public void Most_functions_are_for_floats()
    {
        foreach (object[] row in Functions)
            if ((string)row[0] is var name && name is not ("Neg" or "Abs"))
                new OperatorCall(name) { ["self"] = Device.Empty(AclType.Int32, 2), ["out"] = Device.Empty(AclType.Int32, 2) }.Breaks("8.dtypes");
    }

    [Fact]
    public void Cos_and_sign_name_their_arguments_in_another_way()
    {
        SimTensor y = Device.Empty(AclType.Float, 2);
        new OperatorCall("Cos") { ["input"] = Device.Floats([2], 0, 1), ["out"] = y }.Run();
        Device.Near(y, [1, Math.Cos(1)]);
        new OperatorCall("Sign") { ["self"] = Device.Floats([2], -3, 0), ["result"] = y }.Run();
        Device.Near(y, [-1, 0]);
    }

    [Theory]
    [InlineData("Adds", "other", 3, 5), InlineData("Subs", "other", 3, -1), InlineData("Muls", "other", 3, 6), InlineData("Divs", "other", 4, 0.5)]
    [InlineData("PowTensorScalar", "exponent", 3, 8), InlineData("ClampMin", "clipValueMin", 3, 3), InlineData("ClampMax", "clipValueMax", 1, 1)]
    public void A_tensor_and_a_scalar(string name, string argument, double value, double expected)
    {
        SimTensor y = Device.Empty(AclType.BFloat16, 1);
        var call = new OperatorCall(name) { ["self"] = Device.Of(AclType.BFloat16, [1], 2), [argument] = value, ["out"] = y };
        if (name is "Adds" or "Subs") call["alpha"] = 1;
        call.Run();
        Device.Near(y, [expected]);
    }

    [Fact, Breaks("8.dtypes", "8.nan-to-num-card")]
    public void Scalars_in_place()
    {
        SimTensor x = Device.Floats([2], 2, 3);
        new OperatorCall("InplaceAdds") { ["selfRef"] = x, ["other"] = 2, ["alpha"] = 0.5 }.Run();
        new OperatorCall("InplaceMuls") { ["selfRef"] = x, ["other"] = 2 }.Run();
        new OperatorCall("InplacePowTensorScalar") { ["self"] = x, ["exponent"] = 2 }.Run();
        Device.Near(x, [36, 64]);
        new OperatorCall("InplaceMuls") { ["selfRef"] = Device.Of(AclType.Int32, [1], 2), ["other"] = 0.5 }.Breaks("8.dtypes");
        new OperatorCall("InplaceFillScalar") { ["selfRef"] = x, ["value"] = 7 }.Run();
        Device.Near(x, [7, 7]);
        new OperatorCall("InplaceZero") { ["selfRef"] = x }.Run();
        Device.Near(x, [0, 0]);
        SimTensor y = Device.Empty(AclType.Float, 3);
        new OperatorCall("NanToNum") { ["self"] = Device.Floats([3], double.NaN, double.PositiveInfinity, double.NegativeInfinity), ["nan"] = 1.0, ["posinf"] = 2.0, ["neginf"] = 3.0, ["out"] = y }.Run();
        Device.Near(y, [1, 2, 3]);
        foreach (string soc in new[] { "Ascend910A", "Ascend310P3" }) new OperatorCall("NanToNum", soc) { ["self"] = y, ["out"] = y }.Breaks("8.nan-to-num-card");
    }

    [Theory]
    [InlineData("Add", 2, 8, 14), InlineData("Sub", 2, -4, -6), InlineData("Mul", null, 6, 20), InlineData("Div", null, 2 / 3.0, 0.8), InlineData("Maximum", null, 3, 5), InlineData("Minimum", null, 2, 4)]
    public void Two_tensors(string name, object? alpha, double first, double second)
    {
        SimTensor y = Device.Empty(AclType.Float, 2), x = Device.Floats([2], 2, 4);
        var call = new OperatorCall(name) { ["self"] = x, ["other"] = Device.Floats([2], 3, 5), ["out"] = y };
        if (alpha is not null) call["alpha"] = alpha;
        call.Run();
        Device.Near(y, [first, second]);
        if (name is not ("Add" or "Mul" or "Div")) return;
        var inPlace = new OperatorCall("Inplace" + name) { ["selfRef"] = x, ["other"] = Device.Floats([2], 3, 5) };
        if (alpha is not null) inPlace["alpha"] = alpha;
        inPlace.Run();
        Device.Near(x, [first, second]);
    }

    [Fact, Breaks("8.broadcast", "8.dtypes"), Shows("6.strided")]
    public void Two_tensors_broadcast_and_agree_in_dtype()
    {
        SimTensor a = Device.Random(1, 3, 1, 5), b = Device.Random(2, 4, 1), y = Device.Empty(AclType.Float, 3, 4, 5);
        new OperatorCall("Mul") { ["self"] = a, ["other"] = b, ["out"] = y }.Run();
        double[] x = a.Values(), w = b.Values();
        Device.Near(y, [.. Enumerable.Range(0, 60).Select(i => x[(i / 20 * 5) + (i % 5)] * w[i / 5 % 4])]);
        new OperatorCall("Mul") { ["self"] = a, ["other"] = b, ["out"] = Device.Empty(AclType.Float, 3, 4, 1) }.Breaks("8.broadcast");
        new OperatorCall("Mul") { ["self"] = a, ["other"] = Device.Random(1, 4), ["out"] = y }.Breaks("8.broadcast");
        new OperatorCall("InplaceMul") { ["selfRef"] = a, ["other"] = y }.Breaks("8.broadcast");
        new OperatorCall("Mul") { ["self"] = a, ["other"] = Device.Random(1, AclType.BFloat16, 4, 1), ["out"] = y }.Breaks("8.dtypes");
        new OperatorCall("Mul") { ["self"] = a, ["other"] = b, ["out"] = Device.Empty(AclType.BFloat16, 3, 4, 5) }.Breaks("8.dtypes");
        new OperatorCall("Mul", "Ascend310P3") { ["self"] = Device.Random(1, AclType.BFloat16, 4), ["other"] = b, ["out"] = y }.Breaks("8.dtypes");
        SimTensor sum = Device.Empty(AclType.Int64, 1);
        new OperatorCall("Add") { ["self"] = Device.Indices([1], 1L << 53), ["other"] = Device.Indices([1], 1), ["alpha"] = 1, ["out"] = sum }.Run();
        Assert.Equal((1L << 53) + 1, Elements.Read<long>(Device.Memory, sum)[0]); // integers stay exact
        SimTensor power = Device.Empty(AclType.Float, 2);
        new OperatorCall("PowTensorTensor") { ["self"] = Device.Floats([2], 2, 3), ["exponent"] = Device.Floats([1], 2), ["out"] = power }.Run();
        Device.Near(power, [4, 9]);
    }

    [Fact]
    public void Three_tensors()
    {
        SimTensor a = Device.Floats([2], 1, 2), b = Device.Floats([2], 3, 4), c = Device.Floats([1], 2), y = Device.Empty(AclType.Float, 2);
        new OperatorCall("Addcmul") { ["self"] = a, ["tensor1"] = b, ["tensor2"] = c, ["value"] = 0.5, ["out"] = y }.Run();
        Device.Near(y, [4, 6]);
        new OperatorCall("Addcdiv") { ["self"] = a, ["tensor1"] = b, ["tensor2"] = c, ["value"] = 2, ["out"] = y }.Run();
        Device.Near(y, [4, 6]);
        new OperatorCall("InplaceAddcmul") { ["selfRef"] = y, ["tensor1"] = b, ["tensor2"] = c, ["value"] = -0.5 }.Run();
        Device.Near(y, [1, 2]);
        new OperatorCall("InplaceAddcdiv") { ["selfRef"] = y, ["tensor1"] = b, ["tensor2"] = c, ["value"] = 1 }.Run();
        Device.Near(y, [2.5, 4]);
        new OperatorCall("Lerps") { ["self"] = a, ["end"] = b, ["weight"] = 0.25, ["out"] = y }.Run();
        Device.Near(y, [1.5, 2.5]);
    }

    [Fact, Breaks("8.dtypes")]
    public void Comparisons_and_logic_give_bools()
    {
        SimTensor a = Device.Floats([3], 1, 2, 3), b = Device.Floats([3], 3, 2, 1), y = Device.Empty(AclType.Bool, 3);
        foreach ((string name, double[] expected) in new[] { ("EqTensor", new double[] { 0, 1, 0 }), ("LtTensor", [1, 0, 0]), ("GtTensor", [0, 0, 1]) })
        {
            new OperatorCall(name) { ["self"] = a, ["other"] = b, ["out"] = y }.Run();
            Assert.Equal(expected, y.Values());
        }
        foreach ((string name, double[] expected) in new[] { ("EqScalar", new double[] { 0, 1, 0 }), ("LtScalar", [1, 0, 0]), ("GtScalar", [0, 0, 1]), ("GeScalar", [0, 1, 1]) })
        {
            new OperatorCall(name) { ["self"] = a, ["other"] = 2, ["out"] = y }.Run();
            Assert.Equal(expected, y.Values());
        }
        SimTensor p = Device.Of(AclType.Bool, [3], 1, 1, 0), q = Device.Of(AclType.Bool, [3], 1, 0, 0);
        new OperatorCall("LogicalAnd") { ["self"] = p, ["other"] = q, ["out"] = y }.Run();
        Assert.Equal([1, 0, 0], y.Values());
        new OperatorCall("LogicalOr") { ["self"] = p, ["other"] = q, ["out"] = y }.Run();
        Assert.Equal([1, 1, 0], y.Values());
        new OperatorCall("LogicalNot") { ["self"] = p, ["out"] = y }.Run();
        Assert.Equal([0, 0, 1], y.Values());
        new OperatorCall("IsFinite") { ["self"] = Device.Floats([3], 1, double.NaN, double.NegativeInfinity), ["out"] = y }.Run();
        Assert.Equal([1, 0, 0], y.Values());
        new OperatorCall("EqTensor") { ["self"] = a, ["other"] = b, ["out"] = Device.Empty(AclType.Float, 3) }.Breaks("8.dtypes");
    }

    [Fact, Breaks("8.cast-dtype", "8.copy-any"), Shows("8.cast-nan")]
    public void Casts_copies_and_choices()
    {
        SimTensor x = Device.Floats([4], 1.7, -1.7, double.NaN, 1.00390625), y = Device.Empty(AclType.Int32, 4), half = Device.Empty(AclType.BFloat16, 4);
        new OperatorCall("Cast") { ["self"] = x, ["dtype"] = 3, ["out"] = y }.Run();
        Assert.Equal([1, -1, 0, 1], y.Values());
        new OperatorCall("Cast") { ["self"] = x, ["dtype"] = 27, ["out"] = half }.Run();
        Device.Near(half, [1.703125, -1.703125, double.NaN, 1], 0);
        new OperatorCall("Cast") { ["self"] = x, ["dtype"] = 9, ["out"] = y }.Breaks("8.cast-dtype");
        SimTensor wide = Device.Empty(AclType.Float16, 2, 4);
        new OperatorCall("InplaceCopy") { ["selfRef"] = wide, ["src"] = y }.Run();
        Assert.Equal([1, -1, 0, 1, 1, -1, 0, 1], wide.Values());
        new OperatorCall("InplaceCopy") { ["selfRef"] = y, ["src"] = wide }.Breaks("8.copy-any");
        SimTensor chosen = Device.Empty(AclType.Float, 2, 2), rows = Device.Of(AclType.Bool, [2, 1], 1, 0);
        new OperatorCall("SWhere") { ["condition"] = rows, ["self"] = Device.Floats([2], 1, 2), ["other"] = Device.Floats([1], 9), ["out"] = chosen }.Run();
        Assert.Equal([1, 2, 9, 9], chosen.Values());
        new OperatorCall("InplaceMaskedFillScalar") { ["selfRef"] = chosen, ["mask"] = rows, ["value"] = double.NegativeInfinity }.Run();
        Assert.Equal([double.NegativeInfinity, double.NegativeInfinity, 9, 9], chosen.Values());
    }

    [Fact]
    public void Large_tensors_are_cut_and_joined()
    {
        SimTensor x = Device.Random(1, 70_001), y = Device.Empty(AclType.Float, 70_001);
        new OperatorCall("Muls") { ["self"] = x, ["other"] = 2, ["out"] = y }.Run();
        Device.Near(y, [.. x.Values().Select(v => 2 * v)], 0);
        SimTensor t = Device.Random(2, 300, 333), u = Device.Empty(AclType.Float, 333, 300);
        new OperatorCall("Muls") { ["self"] = t.Transposed(), ["other"] = 1, ["out"] = u }.Run();
        Device.Near(u.Transposed(), t.Values(), 0);
    }
}
