using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Where views begin: an operator that copies nothing takes them from a multiple of 32 bytes on, another one copies them first.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class AlignmentTests
{
    [Fact, Breaks("6.view-align")]
    public void Operators_that_copy_nothing_take_views_from_32_bytes_on()
    {
        SimTensor room = Device.Random(1, 4096), small = Device.Random(2, AclType.Float16, 4096), bytes = Device.Of(AclType.Int8, [4096], new double[4096]);
        SimTensor At(long offset, params long[] shape) => room.View(shape, Shapes.Contiguous(shape), offset);
        SimTensor Half(long offset, params long[] shape) => small.View(shape, Shapes.Contiguous(shape), offset);

        OperatorCall Glu(long x, long y) => new("SwiGlu") { ["x"] = At(x, 3, 32), ["dim"] = -1, ["out"] = At(y, 3, 16) };
        Glu(8, 1024).Run();
        Glu(4, 1024).Breaks("6.view-align");            // 16 bytes into the storage
        Glu(8, 1025).Breaks("6.view-align");
        OperatorCall GluGrad(long dy, long dx) => new("SwiGluGrad") { ["yGrad"] = At(dy, 3, 16), ["x"] = At(1, 3, 32), ["dim"] = -1, ["out"] = At(dx, 3, 32) };
        GluGrad(8, 1024).Run();
        GluGrad(9, 1024).Breaks("6.view-align");
        GluGrad(8, 1030).Breaks("6.view-align");
        OperatorCall Rope(long y) => new("RotaryPositionEmbedding") { ["x"] = At(3, 1, 2, 3, 8), ["cos"] = At(0, 1, 1, 3, 8), ["sin"] = At(0, 1, 1, 3, 8), ["mode"] = 0, ["out"] = At(y, 1, 2, 3, 8) };
        Rope(1024).Run();
        Rope(1026).Breaks("6.view-align");
        OperatorCall Multiply(long x) => new("ForeachMulScalarV2") { ["x"] = new[] { At(x, 5) }, ["scalar"] = 2, ["out"] = new[] { At(1024, 5) } };
        Multiply(16).Run();
        Multiply(17).Breaks("6.view-align");
        OperatorCall Norm(long y) => new("ForeachNorm") { ["x"] = new[] { At(3, 5) }, ["scalar"] = 2, ["out"] = new[] { At(y, 1) } };
        Norm(1024).Run();
        Norm(1025).Breaks("6.view-align");              // one of many results in a row
        OperatorCall Weights(long x, long w) => new("WeightQuantBatchMatmulV2") { ["x"] = Half(x, 1, 64), ["weight"] = bytes.View([64, 2], [2, 1], w), ["antiquantScale"] = Half(0, 1), ["antiquantGroupSize"] = 0, ["y"] = Half(2048, 1, 2) };
        Weights(16, 32).Run();
        Weights(8, 32).Breaks("6.view-align");
        Weights(16, 16).Breaks("6.view-align");
    }

    [Theory, InlineData(0, 0), InlineData(8, 0), InlineData(4, 1), InlineData(1, 1)]
    [Shows("6.strided")]
    public void Other_operators_copy_first_which_takes_a_workspace(long offset, int copies)
    {
        SimTensor x = Device.Random(1, 64), y = Device.Empty(AclType.Float, 32);
        var call = new OperatorCall("Neg") { ["self"] = x.View([32], [1], offset), ["out"] = y };
        Assert.Equal(copies * 512, call.Plan().WorkspaceBytes);
        call.Run();
        Assert.Equal(x.Values()[(int)offset..(int)(offset + 32)].Select(v => -v), y.Values());
        (int status, string message) = InterfaceCall.Run("Neg", new Dictionary<string, object?> { ["self"] = x.View([32], [1], offset), ["out"] = y }, new());
        Assert.Equal((0, ""), (status, message));
    }

    /// <summary>The low half of a byte comes first. Who packs them the other way round gets another product, and no error.</summary>
    [Fact, Shows("6.int4-nibbles")]
    public void Two_numbers_of_four_bits_lie_low_half_first()
    {
        SimTensor x = Device.Of(AclType.Float16, [1, 1], 1), one = Device.Of(AclType.Float16, [1], 1), y = Device.Empty(AclType.Float16, 1, 4);
        double[] Product(params byte[] packed)
        {
            SimTensor w = Device.Empty(AclType.Int4, 1, 4);
            packed.CopyTo(Device.Memory.Write(w.Data, 2));
            new OperatorCall("WeightQuantBatchMatmulV2") { ["x"] = x, ["weight"] = w, ["antiquantScale"] = one, ["antiquantGroupSize"] = 0, ["y"] = y }.Run();
            return y.Values();
        }
        Assert.Equal([1, 2, -8, 7], Product(0x21, 0x78));
        Assert.Equal([2, 1, 7, -8], Product(0x12, 0x87));
    }
}
