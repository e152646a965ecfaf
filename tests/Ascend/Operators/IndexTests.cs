using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Operators of the simulator that take rows by number, join tensors, drop elements.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class IndexTests
{
    [Fact, Breaks("8.index-dtype", "8.index-negative", "8.index-large")]
    public void Rows_by_number()
    {
        SimTensor w = Device.Floats([3, 2], 0, 1, 10, 11, 20, 21), y = Device.Empty(AclType.Float, 1, 2, 2);
        OperatorCall Embedding(SimTensor indices) => new("Embedding") { ["weight"] = w, ["indices"] = indices, ["out"] = y };
        Embedding(Device.Of(AclType.Int32, [1, 2], 2, 0)).Run();
        Assert.Equal([20, 21, 0, 1], y.Values());
        Embedding(Device.Floats([1, 2], 2, 0)).Breaks("8.index-dtype");
        Embedding(Device.Indices([1, 2], 2, -1)).Breaks("8.index-negative");
        Embedding(Device.Indices([1, 2], 1, 3)).Interface("8.index-large");
        Embedding(Device.Indices([1, 2], 1, 3)).Run();
        Assert.Equal([10, 11, double.NaN, double.NaN], y.Values());
        SimTensor columns = Device.Empty(AclType.Float, 3, 3);
        foreach (string name in new[] { "GatherV2", "IndexSelect" })
        {
            new OperatorCall(name) { ["self"] = w, ["dim"] = 1, ["index"] = Device.Indices([3], 1, 1, 0), ["out"] = columns }.Run();
            Assert.Equal([1, 1, 0, 11, 11, 10, 21, 21, 20], columns.Values());
        }
    }

    [Theory, Shows("8.embeddinggrad-order", "8.embeddinggrad-padding", "8.deterministic"), InlineData(true), InlineData(false)]
    public void Sums_into_rows_by_number(bool deterministic)
    {
        SimTensor dy = Device.Floats([3, 2], 1, 2, 3, 4, 5, 6), index = Device.Indices([3], 1, 0, 1), dw = Device.Empty(AclType.Float, 3, 2);
        OperatorCall Grad(long padding, bool scaled = false) => new("EmbeddingDenseBackward") { ["grad"] = dy, ["indices"] = index, ["numWeights"] = 3, ["paddingIdx"] = padding, ["scaleGradByFreq"] = scaled, ["out"] = dw, Deterministic = deterministic };
        Grad(-1).Run();
        Assert.Equal([3, 4, 6, 8, 0, 0], dw.Values());
        Grad(1).Run();
        Assert.Equal([3, 4, 0, 0, 0, 0], dw.Values());
        Grad(-1, scaled: true).Run();
        Assert.Equal([3, 4, 3, 4, 0, 0], dw.Values());
        SimTensor y = Device.Empty(AclType.Float, 3, 2);
        new OperatorCall("IndexAdd") { ["self"] = dw, ["dim"] = 0, ["index"] = index, ["source"] = dy, ["alpha"] = 2, ["out"] = y, Deterministic = deterministic }.Run();
        Assert.Equal([9, 12, 15, 20, 0, 0], y.Values());
        new OperatorCall("ScatterAdd") { ["self"] = dw, ["dim"] = 1, ["index"] = Device.Indices([2, 2], 0, 0, 1, 0), ["src"] = dy, ["out"] = y, Deterministic = deterministic }.Run();
        Assert.Equal([6, 4, 7, 7, 0, 0], y.Values());
        new OperatorCall("InplaceIndexCopy") { ["selfRef"] = y, ["dim"] = 0, ["index"] = Device.Indices([2], 2, 0), ["source"] = dy.View([2, 2], [2, 1]) }.Run();
        Assert.Equal([3, 4, 7, 7, 1, 2], y.Values());
    }

    [Fact]
    public void Sums_in_no_fixed_order_differ_from_run_to_run()
    {
        SimTensor dy = Device.Random(1, 1000, 1), index = Device.Indices([1000], new double[1000]), dw = Device.Empty(AclType.Float, 1, 1);
        double Run(bool deterministic)
        {
            new OperatorCall("EmbeddingDenseBackward") { ["grad"] = dy, ["indices"] = index, ["numWeights"] = 1, ["paddingIdx"] = -1, ["out"] = dw, Deterministic = deterministic }.Run();
            return dw.Values()[0];
        }
        Assert.Single(Enumerable.Range(0, 8).Select(_ => Run(true)).Distinct());
        Assert.True(Enumerable.Range(0, 8).Select(_ => Run(false)).Distinct().Count() > 1);
    }

    [Fact, Breaks("8.broadcast", "8.dtypes")]
    public void Tensors_side_by_side_and_the_upper_triangle()
    {
        SimTensor y = Device.Empty(AclType.Float, 2, 3);
        SimTensor[] parts = [Device.Floats([2, 1], 1, 2), Device.Floats([2, 2], 3, 4, 5, 6)];
        new OperatorCall("Cat") { ["tensors"] = parts, ["dim"] = -1, ["out"] = y }.Run();
        Assert.Equal([1, 3, 4, 2, 5, 6], y.Values());
        new OperatorCall("Cat") { ["tensors"] = parts, ["dim"] = 0, ["out"] = y }.Breaks("8.broadcast");
        new OperatorCall("Cat") { ["tensors"] = parts, ["dim"] = 1, ["out"] = Device.Empty(AclType.BFloat16, 2, 3) }.Breaks("8.dtypes");
        SimTensor upper = Device.Empty(AclType.Bool, 3, 3);
        new OperatorCall("Triu") { ["self"] = Device.Of(AclType.Bool, [3, 3], 1, 1, 1, 1, 1, 1, 1, 1, 1), ["diagonal"] = 1, ["out"] = upper }.Run();
        Assert.Equal([0, 1, 1, 0, 0, 1, 0, 0, 0], upper.Values());
    }

    [Fact, Breaks("8.dropout-mask", "8.dropout-prob")]
    public void Dropout_by_a_packed_mask()
    {
        SimTensor x = Device.Floats([10], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), y = Device.Empty(AclType.Float, 10), mask = Device.Of(AclType.UInt8, [16], [0b0000_0101, 0b10, .. new double[14]]);
        OperatorCall Drop(SimTensor bits, double prob) => new("DropoutDoMask") { ["self"] = x, ["mask"] = bits, ["prob"] = prob, ["out"] = y };
        Drop(mask, 0.5).Run();
        Assert.Equal([2, 0, 6, 0, 0, 0, 0, 0, 0, 20], y.Values());
        Drop(Device.Of(AclType.UInt8, [2], 5, 2), 0.5).Breaks("8.dropout-mask");
        Drop(Device.Of(AclType.Int8, [16], new double[16]), 0.5).Breaks("8.dropout-mask");
        Drop(mask, 1.5).Breaks("8.dropout-prob");
    }
}
