using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Matrix products of the simulator, full and of packed weights.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ProductTests
{
    [Theory, Shows("6.transposed-view")]
    [InlineData(1, 1, 1), InlineData(3, 5, 7), InlineData(64, 300, 33), InlineData(130, 17, 4), InlineData(5, 600, 200)]
    public void A_product_and_its_transposes(int m, int k, int n)
    {
        SimTensor a = Device.Random(1, m, k), b = Device.Random(2, k, n), y = Device.Empty(AclType.Float, m, n);
        double[] expected = Product(a.Values(), b.Values(), m, k, n);
        Mm(a, b, y).Run();
        Device.Near(y, expected);
        SimTensor at = Device.Random(3, k, m), bt = Device.Random(4, n, k), yt = Device.Empty(AclType.Float, n, m);
        Mm(at.Transposed(), bt.Transposed(), yt.Transposed()).Run();
        Device.Near(yt.Transposed(), Product(at.Transposed().Values(), bt.Transposed().Values(), m, k, n));
    }

    [Fact, Breaks("8.matmul-dtype")]
    public void Products_in_bfloat16_round_once()
    {
        SimTensor a = Device.Random(1, AclType.BFloat16, 4, 64), b = Device.Random(2, AclType.BFloat16, 64, 4), y = Device.Empty(AclType.BFloat16, 4, 4);
        Mm(a, b, y).Run();
        Device.Near(y, Product(a.Values(), b.Values(), 4, 64, 4), 1 / 256.0);
        SimTensor wide = Device.Empty(AclType.Float, 4, 4);
        Mm(a, b, wide).Run();
        Assert.Equal(y.Values(), wide.Values());     // before CANN 9 the sum may be rounded on its way to float32
        Mm(Device.Random(1, 4, 64), Device.Random(2, 64, 4), y).Breaks("8.matmul-dtype");
    }

    [Fact, Breaks("8.matmul-dtype", "8.matmul-rank", "8.matmul-shape")]
    public void Batches_broadcast_in_matmul_only()
    {
        SimTensor a = Device.Random(1, 2, 3, 4, 5), b = Device.Random(2, 3, 5, 6), y = Device.Empty(AclType.Float, 2, 3, 4, 6);
        new OperatorCall("Matmul") { ["self"] = a, ["mat2"] = b, ["out"] = y }.Run();
        double[] x = a.Values(), w = b.Values();
        Device.Near(y, [.. Enumerable.Range(0, 6).SelectMany(i => Product(x[(i * 20)..((i + 1) * 20)], w[(i % 3 * 30)..((i % 3 + 1) * 30)], 4, 5, 6))]);
        SimTensor shared = Device.Random(3, 5, 6);
        new OperatorCall("Matmul") { ["self"] = a, ["mat2"] = shared, ["out"] = y }.Run();
        Device.Near(y, Product(x, shared.Values(), 24, 5, 6));
        SimTensor vector = Device.Empty(AclType.Float, 5);
        new OperatorCall("Matmul") { ["self"] = Device.Floats([2], 1, 1), ["mat2"] = Device.Floats([2, 5], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ["out"] = vector }.Run();
        Device.Near(vector, [7, 9, 11, 13, 15]);
        SimTensor batch = Device.Empty(AclType.Float, 3, 4, 6);
        new OperatorCall("BatchMatMul") { ["self"] = Device.Random(1, 3, 4, 5), ["mat2"] = b, ["out"] = batch }.Run();
        new OperatorCall("BatchMatMul") { ["self"] = Device.Random(1, 1, 4, 5), ["mat2"] = b, ["out"] = batch }.Breaks("8.matmul-shape");
        new OperatorCall("BatchMatMul") { ["self"] = a, ["mat2"] = b, ["out"] = y }.Breaks("8.matmul-rank");
        new OperatorCall("Mm") { ["self"] = Device.Random(1, 3, 4, 5), ["mat2"] = b, ["out"] = batch }.Breaks("8.matmul-rank");
        Mm(Device.Random(1, 4, 5), Device.Random(1, 6, 4), Device.Empty(AclType.Float, 4, 4)).Breaks("8.matmul-shape");
        Mm(Device.Random(1, 4, 5), shared, Device.Empty(AclType.Float, 6, 4)).Breaks("8.matmul-shape");
        Mm(Device.Random(1, AclType.BFloat16, 4, 5), shared, Device.Empty(AclType.Float, 4, 6)).Breaks("8.matmul-dtype");
    }

    [Fact]
    public void Products_with_something_added()
    {
        SimTensor a = Device.Random(1, 3, 4), b = Device.Random(2, 4, 2), add = Device.Random(3, 2), y = Device.Empty(AclType.Float, 3, 2);
        new OperatorCall("Addmm") { ["self"] = add, ["mat1"] = a, ["mat2"] = b, ["beta"] = 0.5, ["alpha"] = 2, ["out"] = y }.Run();
        double[] product = Product(a.Values(), b.Values(), 3, 4, 2), bias = add.Values();
        Device.Near(y, [.. product.Select((p, i) => (2 * p) + (0.5 * bias[i % 2]))]);
        SimTensor batch = Device.Empty(AclType.Float, 1, 3, 2);
        new OperatorCall("Baddbmm") { ["self"] = add, ["batch1"] = a.View([1, 3, 4], [12, 4, 1]), ["batch2"] = b.View([1, 4, 2], [8, 2, 1]), ["beta"] = 0, ["alpha"] = 1, ["out"] = batch }.Run();
        Device.Near(batch, product);
    }

    [Fact, Breaks("8.cube-bf16", "8.cube-fp32", "8.cube-hf32", "8.cube-no-bf16", "8.cube-type"), Shows("8.cube-lower")]
    public void The_math_type_follows_card_and_dtype()
    {
        SimTensor a = Device.Random(1, 4, 4), b = Device.Random(2, 4, 4), y = Device.Empty(AclType.Float, 4, 4);
        SimTensor bf = Device.Random(1, AclType.BFloat16, 4, 4), half = Device.Random(1, AclType.Float16, 4, 4);
        double[] exact = Product(a.Values(), b.Values(), 4, 4, 4);
        Mm(a, b, y, 1).Run();
        Device.Near(y, exact, 1e-3);
        Assert.NotEqual(exact.Select(v => (float)v), y.Values().Select(v => (float)v)); // HF32 is not exact
        Mm(a, b, y, 5).Breaks("8.cube-type");
        Mm(a, b, y, 4).Breaks("8.cube-type");
        new OperatorCall("Mm", cann: "9.0") { ["self"] = a, ["mat2"] = b, ["out"] = y, ["cubeMathType"] = 4 }.Run();
        Mm(bf, bf, bf, 2).Breaks("8.cube-bf16");
        Mm(half, half, half, 3).Breaks("8.cube-hf32");
        foreach (string soc in new[] { "Ascend310P3", "Ascend910A" })
        {
            Mm(a, b, y, 0, soc).Breaks("8.cube-fp32");
            Mm(a, b, y, 3, soc).Breaks("8.cube-hf32");
            Mm(bf, bf, bf, 0, soc).Breaks("8.cube-no-bf16");
            Mm(half, half, half, 0, soc).Run();
            Mm(a, b, y, 1, soc).Run();
            Device.Near(y, exact, 1e-2);
        }
    }

    [Fact, Breaks("6.nz-blocks", "8.trans-weight")]
    public void A_weight_in_blocks_gives_the_same_product()
    {
        SimTensor a = Device.Random(1, AclType.BFloat16, 3, 20), w = Device.Random(2, AclType.BFloat16, 20, 40), y = Device.Empty(AclType.BFloat16, 3, 40);
        Mm(a, w, y).Run();
        double[] expected = y.Values();
        Assert.Equal(32 * 48, NzLayout.Count([20, 40], AclType.BFloat16));
        Assert.Equal(2 * 32 * 64, NzLayout.Count([2, 20, 40], AclType.Int8));
        SimTensor room = Device.Empty(AclType.BFloat16, 32 * 48);
        SimTensor blocks = room.View([20, 40], [40, 1]);
        new OperatorCall("InplaceCopy") { ["selfRef"] = blocks, ["src"] = w }.Run();
        new OperatorCall("TransMatmulWeight") { ["mmWeightRef"] = blocks }.Run();
        var nz = new SimTensor { Shape = [20, 40], Strides = [40, 1], Offset = 0, Storage = [3, 2, 16, 16], Type = AclType.BFloat16, Format = 29, Data = room.Data };
        Mm(a, nz, y).Run();
        Assert.Equal(expected, y.Values());
        SimTensor large = Device.Empty(AclType.BFloat16, 4 * 4 * 256);
        Mm(a, new SimTensor { Shape = [20, 40], Strides = [40, 1], Offset = 0, Storage = [4, 4, 16, 16], Type = AclType.BFloat16, Format = 29, Data = large.Data }, y).Breaks("6.nz-blocks");
        new OperatorCall("TransMatmulWeight") { ["mmWeightRef"] = Device.Random(1, 4, 4) }.Breaks("8.trans-weight");
        new OperatorCall("TransMatmulWeight") { ["mmWeightRef"] = Device.Random(1, AclType.Float16, 4) }.Breaks("8.trans-weight");
    }

    [Theory]
    [InlineData(AclType.Int8, 0, false), InlineData(AclType.Int8, 32, true), InlineData(AclType.Int4, 0, true), InlineData(AclType.Int4, 32, false), InlineData(AclType.Int32, 32, true)]
    internal void Packed_weights_are_widened_and_multiplied(AclType type, int group, bool withOffset)
    {
        const int M = 3, K = 80, N = 16;
        var random = new Random(5);
        double[] q = [.. Enumerable.Range(0, K * N).Select(_ => (double)random.Next(-8, 8))];
        SimTensor nibbles = Device.Of(type == AclType.Int8 ? AclType.Int8 : AclType.Int4, [K, N], q);
        SimTensor w = type == AclType.Int32 ? new SimTensor { Shape = [K, N / 8], Strides = [N / 8, 1], Offset = 0, Storage = [K * N / 8], Type = type, Format = 2, Data = nibbles.Data } : nibbles;
        int groups = group == 0 ? 1 : (K + group - 1) / group;
        SimTensor x = Device.Random(1, AclType.BFloat16, M, K), scale = Device.Random(2, AclType.BFloat16, groups, N), offset = Device.Random(3, AclType.BFloat16, groups, N), bias = Device.Random(4, N), y = Device.Empty(AclType.BFloat16, M, N);
        foreach (bool deterministic in new[] { true, false })
        {
            new OperatorCall("WeightQuantBatchMatmulV2") { ["x"] = x, ["weight"] = w, ["antiquantScale"] = scale, ["antiquantOffsetOptional"] = withOffset ? offset : null, ["biasOptional"] = bias, ["antiquantGroupSize"] = group, ["y"] = y, Deterministic = deterministic }.Run();
            double[] s = scale.Values(), o = offset.Values(), add = bias.Values();
            double[] wide = [.. q.Select((v, i) => { int g = ((group == 0 ? 0 : i / N / group) * N) + (i % N); return (v + (withOffset ? o[g] : 0)) * s[g]; })];
            Device.Near(y, [.. Product(x.Values(), wide, M, K, N).Select((p, i) => p + add[i % N])], 1 / 100.0);
        }
    }

    /// <summary>Scales of groups lie as the weight does. Beside a transposed weight the library only relabels them, so that plain ones would be another matrix.</summary>
    [Fact, Breaks("8.wq-scale-order")]
    public void Scales_of_groups_are_transposed_where_the_weight_is()
    {
        const int K = 96, N = 4;
        double[] q = [.. Enumerable.Range(0, K * N).Select(i => (double)((i * 5 % 16) - 8))];
        SimTensor x = Device.Random(1, AclType.Float16, 2, K), w = Device.Of(AclType.Int4, [N, K], q), scale = Device.Random(2, AclType.Float16, N, 3), offset = Device.Random(3, AclType.Float16, N, 3), y = Device.Empty(AclType.Float16, 2, N);
        OperatorCall Call(SimTensor weight, SimTensor scales, SimTensor offsets) => new("WeightQuantBatchMatmulV2") { ["x"] = x, ["weight"] = weight, ["antiquantScale"] = scales, ["antiquantOffsetOptional"] = offsets, ["antiquantGroupSize"] = 32, ["y"] = y };
        Call(w.Transposed(), scale.Transposed(), offset.Transposed()).Run();
        double[] s = scale.Values(), o = offset.Values(), wide = [.. Enumerable.Range(0, K * N).Select(i => { int at = (i % N * 3) + (i / N / 32); return (q[(i % N * K) + (i / N)] + o[at]) * s[at]; })];
        Device.Near(y, Product(x.Values(), wide, 2, K, N), 1 / 100.0);
        SimTensor plain = Device.Random(4, AclType.Float16, 3, N), turned = Device.Of(AclType.Int4, [K, N], q);
        Call(w.Transposed(), plain, offset.Transposed()).Breaks("8.wq-scale-order");
        Call(w.Transposed(), scale.Transposed(), plain).Breaks("8.wq-scale-order");
        Call(turned, plain, plain).Run();
        Call(turned, scale.Transposed(), plain).Breaks("8.wq-scale-order");
    }

    [Fact, Breaks("6.operator-missing-quant", "6.strided-transpose", "8.wq-310p", "8.wq-bias", "8.wq-dtype", "8.wq-group", "8.wq-out", "8.wq-scale-dtype", "8.wq-scale-shape", "8.wq-size"), Shows("8.wq-offset")]
    public void Packed_weights_keep_their_rules()
    {
        SimTensor x = Device.Of(AclType.Float16, [1, 64], [.. Enumerable.Repeat(1.0, 64)]), w = Device.Of(AclType.Int8, [64, 2], [.. Enumerable.Repeat(3.0, 128)]), one = Device.Of(AclType.Float16, [1], 0.5), y = Device.Empty(AclType.Float16, 1, 2);
        OperatorCall Call(Action<OperatorCall>? change = null, string soc = "Ascend910B2")
        {
            var call = new OperatorCall("WeightQuantBatchMatmulV2", soc) { ["x"] = x, ["weight"] = w, ["antiquantScale"] = one, ["antiquantGroupSize"] = 0, ["y"] = y };
            change?.Invoke(call);
            return call;
        }
        Call(c => c["antiquantOffsetOptional"] = Device.Of(AclType.Float16, [1], -1)).Run();
        Device.Near(y, [64, 64]); // (3 - 1) · 0.5, 64 times
        SimTensor turned = Device.Of(AclType.Int8, [2, 64], [.. Enumerable.Range(0, 128).Select(i => i < 64 ? 1.0 : 2.0)]);
        Call(c => c["weight"] = turned.Transposed()).Run();
        Device.Near(y, [32, 64]);
        Call(c => c["weight"] = Device.Of(AclType.Int8, [64, 4], new double[256]).View([64, 2], [4, 1])).Breaks("6.strided-transpose");
        Call(c => c["x"] = Device.Random(1, 1, 64)).Breaks("8.wq-dtype");
        Call(c => c["weight"] = Device.Of(AclType.UInt8, [64, 2], new double[128])).Breaks("8.wq-dtype");
        Call(c => c["weight"] = Device.Of(AclType.Int4, [64, 2], new double[128]), "Ascend310P3").Breaks("8.wq-310p");
        Call(c => c["x"] = Device.Random(1, AclType.BFloat16, 1, 64), "Ascend310P3").Breaks("8.wq-310p");
        Call(null, "Ascend310P3").Run();
        Call(null, "Ascend910A").Breaks("6.operator-missing-quant");
        Call(c => c["antiquantScale"] = Device.Floats([1], 1)).Breaks("8.wq-scale-dtype");
        Call(c => c["antiquantOffsetOptional"] = Device.Floats([1], 1)).Breaks("8.wq-scale-dtype");
        Call(c => c["antiquantScale"] = Device.Of(AclType.Float16, [3], 1, 1, 1)).Breaks("8.wq-scale-shape");
        Call(c => c["antiquantOffsetOptional"] = Device.Of(AclType.Float16, [2], 1, 1)).Breaks("8.wq-scale-shape");
        foreach (int group in new[] { 16, 33, 64, -32 }) Call(c => c["antiquantGroupSize"] = group).Breaks("8.wq-group");
        Call(c => c["biasOptional"] = Device.Floats([2], 1, 1)).Breaks("8.wq-bias");
        Call(c => c["y"] = Device.Empty(AclType.BFloat16, 1, 2)).Breaks("8.wq-out");
        Call(c => c["y"] = Device.Empty(AclType.Float16, 2, 1)).Breaks("8.wq-out");
        Call(c => { c["weight"] = Device.Empty(AclType.Int8, 64, 65536); c["y"] = Device.Empty(AclType.Float16, 1, 65536); }).Breaks("8.wq-size");
    }

    private static OperatorCall Mm(SimTensor a, SimTensor b, SimTensor y, int mathType = 0, string soc = "Ascend910B2") => new("Mm", soc) { ["self"] = a, ["mat2"] = b, ["out"] = y, ["cubeMathType"] = mathType };

    internal static double[] Product(double[] a, double[] b, int m, int k, int n)
    {
        var c = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                for (int l = 0; l < k; l++) c[(i * n) + j] += a[(i * k) + l] * b[(l * n) + j];
        return c;
    }
}
