using Pure.Tuner.Ascend.Simulator;
using static Pure.Tuner.Tests.AttentionCalls;

namespace Pure.Tuner.Tests;

/// <summary>What no library can find, since it is allowed: a number that means something else than the caller thinks. Each is done the right way and the wrong way, and the results tell them apart.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class DutyTests
{
    [Fact, Shows("8.fia-scale", "8.fa-mask-sense")]
    public void Attention_takes_the_scale_as_it_is_and_masks_out_what_is_1()
    {
        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        static bool Sees(int i, int j) => j <= i + T - S;
        double[] right = Attention(q, k, v, S, T, (_, _, i, j) => Sees(i, j), out _, out _);
        SimTensor y = Device.Empty(AclType.Float16, B, N, S, D);
        double[] Run(double scale, bool turned)
        {
            SimTensor mask = Device.Of(AclType.Bool, [B, 1, S, T], [.. Enumerable.Range(0, B * S * T).Select(i => Sees(i / T % S, i % T) == turned ? 1.0 : 0)]);
            OperatorCall call = Fused(Laid("BNSD", q, N, S, AclType.Float16), [Laid("BNSD", k, Kv, T, AclType.Float16)], [Laid("BNSD", v, Kv, T, AclType.Float16)], y, "BNSD");
            (call["attenMask"], call["scaleValue"]) = (mask, scale);
            call.Run();
            return y.Values();
        }
        Assert.True(Apart(Run(ByHead, turned: false), right) < 5e-3);
        Assert.True(Apart(Run(1, turned: false), right) > 0.05);            // left at its default, which is not 1/sqrt(d)
        Assert.True(Apart(Run(ByHead, turned: true), right) > 0.05);        // 1 where it may look
    }

    [Fact, Shows("8.wq-offset", "8.fa-drop-bits")]
    public void An_offset_is_added_and_a_bit_of_1_keeps()
    {
        // w = (q - 3) · 0.5: the offset to be given is -3, the negative of the zero point.
        SimTensor x = Device.Of(AclType.Float16, [1, 64], [.. Enumerable.Repeat(1.0, 64)]), w = Device.Of(AclType.Int8, [64, 2], [.. Enumerable.Range(0, 128).Select(i => (double)(i % 2 == 0 ? 5 : 3))]), y = Device.Empty(AclType.Float16, 1, 2);
        double[] Product(double offset)
        {
            new OperatorCall("WeightQuantBatchMatmulV2") { ["x"] = x, ["weight"] = w, ["antiquantScale"] = Device.Of(AclType.Float16, [1], 0.5), ["antiquantOffsetOptional"] = Device.Of(AclType.Float16, [1], offset), ["antiquantGroupSize"] = 0, ["y"] = y }.Run();
            return y.Values();
        }
        Assert.Equal([64, 0], Product(-3));
        Assert.Equal([256, 192], Product(3));

        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        SimTensor to = Device.Empty(AclType.Float, B, N, S, D);
        double[] Dropped(byte bits)
        {
            OperatorCall call = Forward(Laid("BNSD", q, N, S), Laid("BNSD", k, Kv, T), Laid("BNSD", v, Kv, T), to);
            (call["keepProb"], call["dropMaskOptional"]) = (0.5, Device.Of(AclType.UInt8, [(B * N * S * T + 127) / 128 * 16], [.. Enumerable.Repeat((double)bits, (B * N * S * T + 127) / 128 * 16)]));
            call.Run();
            return to.Values();
        }
        double[] whole = Attention(q, k, v, S, T, (_, _, _, _) => true, out _, out _);
        Assert.True(Apart(Dropped(255), [.. whole.Select(e => 2 * e)]) < 1e-4);     // all kept, by 1 / keepProb
        Assert.All(Dropped(0), e => Assert.Equal(0, e));                            // who takes 1 for dropped keeps nothing
    }

    [Fact, Shows("8.cast-nan", "8.embeddinggrad-padding")]
    public void A_cast_loses_NaN_and_a_padding_index_of_0_loses_a_row()
    {
        SimTensor whole = Device.Empty(AclType.Int32, 3), back = Device.Empty(AclType.Float, 3);
        new OperatorCall("Cast") { ["self"] = Device.Floats([3], 1, double.NaN, -2), ["dtype"] = 3, ["out"] = whole }.Run();
        new OperatorCall("Cast") { ["self"] = whole, ["dtype"] = 0, ["out"] = back }.Run();
        Assert.Equal([1, 0, -2], back.Values());                    // who looks for NaN behind the cast finds none
        SimTensor dy = Device.Floats([2, 2], 1, 2, 3, 4), index = Device.Indices([2], 0, 1), dw = Device.Empty(AclType.Float, 2, 2);
        double[] Gradient(long padding)
        {
            new OperatorCall("EmbeddingDenseBackward") { ["grad"] = dy, ["indices"] = index, ["numWeights"] = 2, ["paddingIdx"] = padding, ["scaleGradByFreq"] = false, ["out"] = dw }.Run();
            return dw.Values();
        }
        Assert.Equal([1, 2, 3, 4], Gradient(-1));
        Assert.Equal([0, 0, 3, 4], Gradient(0));
    }

    private static double Apart(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
