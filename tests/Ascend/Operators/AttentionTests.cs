using Pure.Tuner.Ascend.Simulator;
using static Pure.Tuner.Tests.AttentionCalls;

namespace Pure.Tuner.Tests;

/// <summary>Attention of the simulator against the formula in doubles, and each of its rules.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class AttentionTests
{
    [Theory, InlineData("BSH"), InlineData("SBH"), InlineData("BSND"), InlineData("BNSD")]
    public void Every_layout_gives_the_same(string layout)
    {
        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        SimTensor y = Device.Empty(AclType.Float, Shape(layout, N, S)), most = Device.Empty(AclType.Float, B, N, S, 8), sum = Device.Empty(AclType.Float, B, N, S, 8);
        SimTensor tq = Laid(layout, q, N, S), tk = Laid(layout, k, Kv, T), tv = Laid(layout, v, Kv, T);
        Forward(tq, tk, tv, y, most, sum, layout).Run();
        double[] expected = Attention(q, k, v, S, T, (_, _, _, _) => true, out double[] largest, out double[] sums);
        Device.Near(y, Laid(layout, expected, N, S).Values(), 1e-5);
        Device.Near(most, [.. largest.SelectMany(a => Enumerable.Repeat(a, 8))], 1e-5);
        Device.Near(sum, [.. sums.SelectMany(a => Enumerable.Repeat(a, 8))], 1e-5);

        double[] d = Numbers(4, B * N * S * D);
        SimTensor dq = Device.Empty(AclType.Float, tq.Shape), dk = Device.Empty(AclType.Float, tk.Shape), dv = Device.Empty(AclType.Float, tv.Shape);
        Backward(tq, tk, tv, Laid(layout, d, N, S), y, most, sum, dq, dk, dv, layout).Run();
        double Loss(double[] a, double[] b, double[] c) => Attention(a, b, c, S, T, (_, _, _, _) => true, out _, out _).Zip(d, (p, g) => p * g).Sum();
        Device.Near(dq, Laid(layout, LayerTests.Slopes(a => Loss(a, k, v), q), N, S).Values(), 1e-4);
        Device.Near(dk, Laid(layout, LayerTests.Slopes(a => Loss(q, a, v), k), Kv, T).Values(), 1e-4);
        Device.Near(dv, Laid(layout, LayerTests.Slopes(a => Loss(q, k, a), v), Kv, T).Values(), 1e-4);
    }

    [Theory, Shows("8.fa-mask-sense"), InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(6)]
    public void Sparse_modes_hide_what_they_say(int mode)
    {
        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        SimTensor y = Device.Empty(AclType.Float, B, N, S, D);
        SimTensor own = Device.Of(AclType.UInt8, [B, 1, S, T], [.. Enumerable.Range(0, B * S * T).Select(i => i % 3 == 1 ? 1.0 : 0)]);
        Func<int, int, int, bool> sees = mode switch
        {
            0 => (b, i, j) => ((b * S * T) + (i * T) + j) % 3 != 1 && j >= i - 1 && j <= i + 2,
            1 => (b, i, j) => ((b * S * T) + (i * T) + j) % 3 != 1,
            2 => (_, i, j) => j <= i,
            3 => (_, i, j) => j <= i + T - S,
            4 => (_, i, j) => j >= i + T - S - 1 && j <= i + T - S + 2,
            _ => (b, i, j) => j < (b == 0 ? 1 : 6) || j <= i + T - S,
        };
        OperatorCall call = Forward(Laid("BNSD", q, N, S), Laid("BNSD", k, Kv, T), Laid("BNSD", v, Kv, T), y);
        call["attenMaskOptional"] = mode switch { 0 or 1 => own, 6 => Device.Empty(AclType.UInt8, 3072, 2048), _ => CausalMask };
        call["sparseMode"] = mode;
        (call["preTokens"], call["nextTokens"]) = mode is 0 or 4 ? (1, 2) : (All, All);
        call["prefixOptional"] = mode == 6 ? new long[] { 1, 6 } : null;
        call.Run();
        Device.Near(y, Attention(q, k, v, S, T, (b, _, i, j) => sees(b, i, j), out _, out _), 1e-5);
    }

    [Fact, Shows("8.fa-drop-bits")]
    public void Shifts_and_dropout_reach_scores_and_weights()
    {
        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        double[] shift = Numbers(5, N * S * T), d = Numbers(6, B * N * S * D);
        int bits = B * N * S * T;
        var random = new Random(7);
        var mask = new double[(bits + 127) / 128 * 16];
        for (int i = 0; i < mask.Length; i++) mask[i] = random.Next(256);
        bool Kept(int bit) => ((int)mask[bit / 8] >> (bit % 8) & 1) != 0;
        double[] Formula(double[] a, double[] b, double[] c) => Attention(a, b, c, S, T, (_, _, _, _) => true, out _, out _, (n, i, j) => shift[(((n * S) + i) * T) + j], bit => Kept(bit) ? 1 / 0.8 : 0);
        SimTensor tq = Laid("BNSD", q, N, S), tk = Laid("BNSD", k, Kv, T), tv = Laid("BNSD", v, Kv, T), y = Device.Empty(AclType.Float, B, N, S, D), most = Device.Empty(AclType.Float, B, N, S, 8), sum = Device.Empty(AclType.Float, B, N, S, 8);
        SimTensor pse = Device.Floats([1, N, S, T], shift), drop = Device.Of(AclType.UInt8, [mask.Length], mask);
        OperatorCall call = Forward(tq, tk, tv, y, most, sum);
        (call["realShiftOptional"], call["dropMaskOptional"], call["keepProb"]) = (pse, drop, 0.8);
        call.Run();
        Device.Near(y, Formula(q, k, v), 1e-5);
        SimTensor dq = Device.Empty(AclType.Float, tq.Shape), dk = Device.Empty(AclType.Float, tk.Shape), dv = Device.Empty(AclType.Float, tv.Shape);
        OperatorCall back = Backward(tq, tk, tv, Laid("BNSD", d, N, S), y, most, sum, dq, dk, dv);
        (back["pseShiftOptional"], back["dropMaskOptional"], back["keepProb"]) = (pse, drop, 0.8);
        back.Run();
        double Loss(double[] a, double[] b, double[] c) => Formula(a, b, c).Zip(d, (p, g) => p * g).Sum();
        Device.Near(dq, LayerTests.Slopes(a => Loss(a, k, v), q), 1e-4);
        Device.Near(dk, LayerTests.Slopes(a => Loss(q, a, v), k), 1e-4);
        Device.Near(dv, LayerTests.Slopes(a => Loss(q, k, a), v), 1e-4);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_row_that_sees_nobody_is_zero_only_where_that_was_asked_for(bool asked)
    {
        SimTensor q = Device.Random(1, 1, 1, 2, D), y = Device.Empty(AclType.Float, 1, 1, 2, D), most = Device.Empty(AclType.Float, 1, 1, 2, 8), sum = Device.Empty(AclType.Float, 1, 1, 2, 8);
        OperatorCall call = Forward(q, q, q, y, most, sum);
        (call["attenMaskOptional"], call["innerPrecise"], call["headNum"]) = (Device.Of(AclType.Bool, [2, 2], 1, 1, 0, 0), asked ? 2 : 0, 1);
        call.Run();
        Assert.All(y.Values()[..D], v => Assert.True(asked ? v == 0 : double.IsNaN(v)));
        Assert.All(y.Values()[D..], v => Assert.True(double.IsFinite(v)));
    }

    [Theory, InlineData(0), InlineData(3)]
    public void Packed_sequences_are_each_for_themselves(int mode)
    {
        // Two sequences of 3 and 4 tokens in rows of [T, N, D].
        long[] ends = [3, 7];
        double[] q = Numbers(1, 7 * N * D), k = Numbers(2, 7 * Kv * D), v = Numbers(3, 7 * Kv * D), d = Numbers(4, 7 * N * D);
        double[] Formula(double[] a, double[] b, double[] c)
        {
            var y = new double[7 * N * D];
            foreach ((int start, int n) in new[] { (0, 3), (3, 4) })
                for (int h = 0; h < N; h++)
                    for (int i = 0; i < n; i++)
                    {
                        double Score(int j) => ByHead * Enumerable.Range(0, D).Sum(e => a[((((start + i) * N) + h) * D) + e] * b[((((start + j) * Kv) + (h / 2)) * D) + e]);
                        int last = mode == 3 ? i : n - 1;
                        double z = Enumerable.Range(0, last + 1).Sum(j => Math.Exp(Score(j)));
                        for (int j = 0; j <= last; j++)
                            for (int e = 0; e < D; e++) y[((((start + i) * N) + h) * D) + e] += Math.Exp(Score(j)) / z * c[((((start + j) * Kv) + (h / 2)) * D) + e];
                    }
            return y;
        }
        SimTensor tq = Device.Floats([7, N, D], q), tk = Device.Floats([7, Kv, D], k), tv = Device.Floats([7, Kv, D], v), y = Device.Empty(AclType.Float, 7, N, D), most = Device.Empty(AclType.Float, 7, N, 8), sum = Device.Empty(AclType.Float, 7, N, 8);
        void Fill(OperatorCall call)
        {
            (call["actualSeqQLenOptional"], call["actualSeqKvLenOptional"], call["inputLayout"], call["sparseMode"]) = (ends, ends, "TND", mode);
            call["attenMaskOptional"] = mode == 3 ? CausalMask : null;
        }
        OperatorCall call = Forward(tq, tk, tv, y, most, sum, name: "FlashAttentionVarLenScore");
        Fill(call);
        call.Run();
        Device.Near(y, Formula(q, k, v), 1e-5);
        SimTensor dq = Device.Empty(AclType.Float, tq.Shape), dk = Device.Empty(AclType.Float, tk.Shape), dv = Device.Empty(AclType.Float, tv.Shape);
        OperatorCall back = Backward(tq, tk, tv, Device.Floats([7, N, D], d), y, most, sum, dq, dk, dv, name: "FlashAttentionUnpaddingScoreGrad");
        Fill(back);
        back.Run();
        double Loss(double[] a, double[] b, double[] c) => Formula(a, b, c).Zip(d, (p, g) => p * g).Sum();
        Device.Near(dq, LayerTests.Slopes(a => Loss(a, k, v), q), 1e-4);
        Device.Near(dk, LayerTests.Slopes(a => Loss(q, a, v), k), 1e-4);
        Device.Near(dv, LayerTests.Slopes(a => Loss(q, k, a), v), 1e-4);
    }

    [Fact, Breaks("8.fa-card", "8.fa-dropout", "8.fa-dtype", "8.fa-gqa", "8.fa-head", "8.fa-lanes", "8.fa-layout", "8.fa-lengths", "8.fa-mask-dtype", "8.fa-mask-shape", "8.fa-precise", "8.fa-prefix", "8.fa-pse", "8.fa-sparse-mask", "8.fa-sparse-mode", "8.fa-sparse-values", "8.fa-statistics", "8.fa-tnd-rows", "8.fagrad-card", "8.fagrad-dpse", "8.fagrad-inputs")]
    public void Attention_of_training_keeps_its_rules()
    {
        SimTensor q = Device.Random(1, B, N, S, D), k = Device.Random(2, B, Kv, T, D), v = Device.Random(3, B, Kv, T, D), y = Device.Empty(AclType.Float, B, N, S, D), most = Device.Empty(AclType.Float, B, N, S, 8);
        OperatorCall Call(Action<OperatorCall>? change = null, string soc = "Ascend910B2")
        {
            OperatorCall call = Forward(q, k, v, y, soc: soc);
            change?.Invoke(call);
            return call;
        }
        Call().Run();
        Call(c => c["inputLayout"] = "TND").Breaks("8.fa-layout");
        Call(c => c["key"] = Device.Random(1, AclType.BFloat16, B, Kv, T, D)).Breaks("8.fa-dtype");
        Call(c => c["value"] = Device.Random(1, B, Kv, T, D + 1)).Breaks("8.fa-head");
        SimTensor large = Device.Random(1, 1, 1, 2, 784);
        Call(c => (c["query"], c["key"], c["value"], c["attentionOutOut"], c["headNum"]) = (large, large, large, large, 1)).Breaks("8.fa-head");
        Call(c => c["headNum"] = 2).Breaks("8.fa-gqa");
        Call(c => (c["key"], c["value"]) = (Device.Random(1, B, 3, T, D), Device.Random(1, B, 3, T, D))).Breaks("8.fa-gqa");
        Call(c => c["softmaxMaxOut"] = Device.Empty(AclType.Float, B, N, S)).Breaks("8.fa-statistics");
        Call(c => c["softmaxSumOut"] = Device.Empty(AclType.BFloat16, B, N, S, 8)).Breaks("8.fa-statistics");
        Call(c => c["keepProb"] = 0.9).Breaks("8.fa-dropout");
        Call(c => c["dropMaskOptional"] = Device.Empty(AclType.UInt8, 48)).Breaks("8.fa-dropout");
        Call(c => (c["keepProb"], c["dropMaskOptional"]) = (0.9, Device.Empty(AclType.UInt8, 35))).Breaks("8.fa-dropout");
        Call(c => c["attenMaskOptional"] = Device.Empty(AclType.Float, S, T)).Breaks("8.fa-mask-dtype");
        Call(c => c["attenMaskOptional"] = Device.Empty(AclType.Bool, T, S)).Breaks("8.fa-mask-shape");
        Call(c => c["sparseMode"] = 9).Breaks("8.fa-sparse-mode");
        Call(c => c["sparseMode"] = 7).Breaks("8.fa-sparse-mode");
        Call(c => c["sparseMode"] = 2).Breaks("8.fa-sparse-mask");
        Call(c => (c["sparseMode"], c["attenMaskOptional"]) = (5, Device.Empty(AclType.Bool, B, 1, S, T))).Breaks("8.fa-prefix");
        Call(c => (c["sparseMode"], c["attenMaskOptional"], c["prefixOptional"]) = (6, CausalMask, new long[] { 1, 2 })).Breaks("8.fa-prefix");
        Call(c => (c["sparseMode"], c["attenMaskOptional"]) = (3, Device.Empty(AclType.Bool, S, T))).Breaks("8.fa-sparse-mask");
        Call(c => c["nextTokens"] = 0).Breaks("8.fa-sparse-mask");
        Call(c => (c["sparseMode"], c["attenMaskOptional"]) = (2, Triangle(turned: true))).Breaks("8.fa-sparse-values");
        Call(c => c["innerPrecise"] = 3).Breaks("8.fa-precise");
        Call(c => c["realShiftOptional"] = Device.Random(1, AclType.BFloat16, B, N, S, T)).Breaks("8.fa-pse");
        Call(c => c["realShiftOptional"] = Device.Random(1, B, N, T, S)).Breaks("8.fa-pse");
        Call(null, "Ascend310P3").Breaks("8.fa-card");
        Call(null, "Ascend910A").Breaks("8.fa-card");

        OperatorCall Grad(Action<OperatorCall> change, string soc = "Ascend910B2")
        {
            OperatorCall call = Backward(q, k, v, q, y, most, most, y, k, v, soc: soc);
            change(call);
            return call;
        }
        foreach (string name in new[] { "softmaxMaxOptional", "softmaxSumOptional", "attentionInOptional" }) Grad(c => c[name] = null).Breaks("8.fagrad-inputs");
        SimTensor uneven = Device.Of(AclType.Float, [B, N, S, 8], [.. Enumerable.Range(0, B * N * S * 8).Select(i => i % 8 == 0 ? 1.0 : 0)]);
        Grad(c => c["softmaxSumOptional"] = uneven).Breaks("8.fa-lanes");
        Grad(c => c["dpseOut"] = Device.Empty(AclType.Float, B, N, S, T)).Breaks("8.fagrad-dpse");
        Grad(_ => { }, "Ascend310P3").Breaks("8.fagrad-card");

        SimTensor rows = Device.Random(1, 7, N, D), heads = Device.Random(1, 7, Kv, D);
        foreach (long[]? lengths in new long[]?[] { [3, 4], [5, 3, 7], null, [3, 8] })
        {
            OperatorCall call = Forward(rows, heads, heads, rows, Device.Empty(AclType.Float, 7, N, 8), Device.Empty(AclType.Float, 7, N, 8), "TND", "FlashAttentionVarLenScore");
            (call["actualSeqQLenOptional"], call["actualSeqKvLenOptional"]) = (lengths, new long[] { 3, 7 });
            call.Breaks("8.fa-lengths");
        }
        SimTensor triangle = Device.Empty(AclType.Bool, 2048, 2048);
        OperatorCall uneven7 = Forward(rows, heads, heads, rows, Device.Empty(AclType.Float, 7, N, 8), Device.Empty(AclType.Float, 7, N, 8), "TND", "FlashAttentionVarLenScore");
        (uneven7["actualSeqQLenOptional"], uneven7["actualSeqKvLenOptional"], uneven7["attenMaskOptional"], uneven7["sparseMode"]) = (new long[] { 4, 7 }, new long[] { 3, 7 }, triangle, 3);
        uneven7.Breaks("8.fa-tnd-rows");
    }

    [Theory, Shows("8.fia-scale"), InlineData("BSH"), InlineData("BSND"), InlineData("BNSD")]
    public void Attention_of_inference(string layout)
    {
        (double[] q, double[] k, double[] v) = (Numbers(1, B * N * S * D), Numbers(2, B * Kv * T * D), Numbers(3, B * Kv * T * D));
        SimTensor tq = Laid(layout, q, N, S, AclType.Float16), tk = Laid(layout, k, Kv, T, AclType.Float16), tv = Laid(layout, v, Kv, T, AclType.Float16), y = Device.Empty(AclType.Float16, tq.Shape);
        SimTensor mask = Device.Of(AclType.Bool, [B, 1, S, T], [.. Enumerable.Range(0, B * S * T).Select(i => i % 3 == 1 ? 1.0 : 0)]);
        OperatorCall fused = Fused(tq, [tk], [tv], y, layout);
        (fused["attenMask"], fused["actualSeqLengthsKv"]) = (mask, new long[] { 6, 7 });
        fused.Run();
        double[] expected = Attention(q, k, v, S, T, (b, _, i, j) => ((b * S * T) + (i * T) + j) % 3 != 1 && j < (b == 0 ? 6 : 7), out _, out _);
        Device.Near(y, Laid(layout, expected, N, S).Values(), 5e-3);
        SimTensor prompt = Device.Empty(AclType.Float16, tq.Shape);
        new OperatorCall("PromptFlashAttention", "Ascend310P3") { ["query"] = tq, ["key"] = tk, ["value"] = tv, ["numHeads"] = N, ["scaleValue"] = ByHead, ["preTokens"] = All, ["nextTokens"] = All, ["inputLayout"] = layout, ["numKeyValueHeads"] = Kv, ["attentionOut"] = prompt }.Run();
        Device.Near(prompt, Laid(layout, Attention(q, k, v, S, T, (_, _, _, _) => true, out _, out _), N, S).Values(), 5e-3);
    }

    [Fact]
    public void One_new_token_a_sequence_with_keys_in_a_list()
    {
        double[] q = Numbers(1, B * N * D), k = Numbers(2, B * Kv * T * D), v = Numbers(3, B * Kv * T * D);
        SimTensor y = Device.Empty(AclType.Float16, B, N, 1, D);
        SimTensor[] keys = [.. Enumerable.Range(0, B).Select(b => Device.Of(AclType.Float16, [1, Kv, T, D], k[(b * Kv * T * D)..((b + 1) * Kv * T * D)]))];
        SimTensor[] values = [.. Enumerable.Range(0, B).Select(b => Device.Of(AclType.Float16, [1, Kv, T, D], v[(b * Kv * T * D)..((b + 1) * Kv * T * D)]))];
        new OperatorCall("IncreFlashAttention", "Ascend310P3") { ["query"] = Device.Of(AclType.Float16, [B, N, 1, D], q), ["key"] = keys, ["value"] = values, ["actualSeqLengths"] = new long[] { 4, 7 }, ["numHeads"] = N, ["scaleValue"] = ByHead, ["inputLayout"] = "BNSD", ["numKeyValueHeads"] = Kv, ["attentionOut"] = y }.Run();
        Device.Near(y, Attention(q, k, v, 1, T, (b, _, _, j) => j < (b == 0 ? 4 : 7), out _, out _), 5e-3);
    }

    [Fact, Breaks("6.contiguous-fused", "6.contiguous-incre", "6.contiguous-prompt", "8.fa-dtype", "8.fia-card", "8.fia-head", "8.fia-heads", "8.fia-lists", "8.fia-mask", "8.fia-precise")]
    public void Attention_of_inference_keeps_its_rules()
    {
        SimTensor q = Device.Random(1, AclType.BFloat16, B, S, N, D), k = Device.Random(2, AclType.BFloat16, B, T, Kv, D), y = Device.Empty(AclType.BFloat16, B, S, N, D);
        OperatorCall Call(Action<OperatorCall>? change = null, string soc = "Ascend910B2")
        {
            OperatorCall call = Fused(q, [k], [k], y, "BSND", soc);
            change?.Invoke(call);
            return call;
        }
        Call().Run();
        Call(c => c["key"] = Array.Empty<SimTensor>()).Breaks("8.fia-lists");
        Call(c => c["value"] = new[] { k, k }).Breaks("8.fia-lists");
        Call(c => c["numKeyValueHeads"] = 3).Breaks("8.fia-heads");
        Call(c => c["numKeyValueHeads"] = 0).Breaks("8.fia-heads"); // as many as q: 4, and key has 2
        SimTensor narrow = Device.Random(1, AclType.BFloat16, B, S, N, 8);
        Call(c => (c["query"], c["attentionOut"]) = (narrow, narrow)).Breaks("8.fia-head");
        Call(c => c["attenMask"] = Device.Empty(AclType.Float16, S, T)).Breaks("8.fia-mask");
        Call(c => c["innerPrecise"] = 4).Breaks("8.fia-precise");
        foreach (string soc in new[] { "Ascend310P3", "Ascend910A" }) Call(null, soc).Breaks("8.fia-card");
        new OperatorCall("PromptFlashAttention", "Ascend910A") { ["query"] = q }.Breaks("8.fia-card");
        SimTensor strided = Device.Random(1, AclType.BFloat16, B, N, S, D).View([B, S, N, D], [N * S * D, D, S * D, 1]);
        Call(c => c["query"] = strided).Breaks("6.contiguous-fused");
        Call(c => c["key"] = new[] { Device.Random(2, AclType.BFloat16, B, Kv, T, D).View([B, T, Kv, D], [Kv * T * D, D, T * D, 1]) }).Breaks("6.contiguous-fused");
        Call(c => c["attenMask"] = Device.Of(AclType.Bool, [1, T], new double[T]).View([S, T], [0, 1])).Breaks("6.contiguous-fused");
        OperatorCall Prompt(SimTensor query) => new("PromptFlashAttention") { ["query"] = query, ["key"] = k, ["value"] = k, ["numHeads"] = N, ["scaleValue"] = ByHead, ["preTokens"] = All, ["nextTokens"] = All, ["inputLayout"] = "BSND", ["numKeyValueHeads"] = Kv, ["attentionOut"] = y };
        Prompt(q).Run();
        Prompt(strided).Breaks("6.contiguous-prompt");
        SimTensor one = Device.Random(1, AclType.BFloat16, B, 1, N, D), tall = Device.Random(2, AclType.BFloat16, B, Kv, T, D).View([B, T, Kv, D], [Kv * T * D, D, T * D, 1]);
        OperatorCall Incre(SimTensor keys) => new("IncreFlashAttention") { ["query"] = one, ["key"] = new[] { keys }, ["value"] = new[] { k }, ["numHeads"] = N, ["scaleValue"] = ByHead, ["inputLayout"] = "BSND", ["numKeyValueHeads"] = Kv, ["attentionOut"] = one };
        Incre(k).Run();
        Incre(tall).Breaks("6.contiguous-incre");
        Call(c => c["query"] = Device.Random(1, B, S, N, D)).Breaks("8.fa-dtype");
    }
}
