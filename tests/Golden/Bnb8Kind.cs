using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>bitsandbytes' 8 bits: LLM.int8, blocks of the dynamic type, AdamW with states of them.</summary>
public sealed class Bnb8Kind : IGoldenKind
{
    public string Kind => "bnb8";

    public void Run(GoldenCase golden)
    {
        string op = golden.Settings.GetProperty("op").GetString()!;
        Action<GoldenCase, Backend> run = op switch
        {
            "linear_int8" => LinearInt8,
            "blockwise_8bit" => Blockwise,
            "adamw_8bit_trace" => AdamWTrace,
            _ => throw new NotSupportedException(op),
        };
        GoldenBackend.Run(backend => run(golden, backend));
    }

    private static void LinearInt8(GoldenCase golden, Backend backend)
    {
        float[] x = golden["in.x"].Floats(), weight = golden["in.weight"].Floats(), bias = golden.Has("in.bias") ? golden["in.bias"].Floats() : [];
        int width = golden["in.x"].Shape[^1], outer = golden["in.weight"].Shape[0], tokens = x.Length / width;
        using QuantizedTensor w = new Int8RowQuantizer().Quantize(backend, "w", [outer, width], (row, rows) => weight.AsSpan(row * width, rows.Length).CopyTo(rows));
        sbyte[] codes = w.Part<sbyte>(Int8RowFormat.Codes, 0, weight.Length).ToArray();
        float[] scales = w.Part<float>(Int8RowFormat.Scale, 0, outer).ToArray();
        golden.Check("SCB", scales);
        golden.Check("CB", Wide(codes));
        using (var scope = TensorScope.Begin())
        {
            Tensor dense = Tensor.Empty(backend, w.Shape), y = Tensor.Empty(backend, [tokens, outer]);
            w.Read(.., dense);
            golden.Check("weight_dequantized", dense.ToArray<float>());
            w.MatMul(Tensor.From<float>(backend, x, [tokens, width]), transposed: false, y, 1, accumulate: false);
            golden.Check("out_dequantized", [.. y.ToArray<float>().Select((v, i) => bias.Length == 0 ? v : v + bias[i % outer])]);
        }
        Int8Linear.Product product = Int8Linear.Multiply(x, codes, scales, width, bias, golden.Settings.GetProperty("threshold").GetSingle());
        if (golden.Has("outlier_cols")) golden.Check("outlier_cols", product.Outliers);
        else Assert.Empty(product.Outliers);
        golden.Check("SCA", product.Scales);
        golden.Check("CA", Wide(product.Codes));
        golden.Check("out_int32", product.Sums);
        golden.Check("out_llm_int8", product.Y);
    }

    private static void Blockwise(GoldenCase golden, Backend backend)
    {
        DynamicMap map = golden.Settings.GetProperty("signed").GetBoolean() ? DynamicMap.Signed : DynamicMap.Unsigned;
        int size = golden.Settings.GetProperty("blocksize").GetInt32();
        float[] x = golden["in.x"].Floats(), y = new float[x.Length], absmax = new float[Blockwise8Bit.Blocks(x.Length, size)];
        var codes = new byte[x.Length];
        Blockwise8Bit.Quantize(x, size, map, codes, absmax);
        Blockwise8Bit.Dequantize(codes, absmax, size, map, y);
        golden.Check("quant_map", map.Values.ToArray());
        golden.Check("codes", [.. codes.Select(c => (int)c)]);
        golden.Check("absmax", absmax);
        golden.Check("dequantized_float32", y);
        using var scope = TensorScope.Begin();
        DType dtype = golden["dequantized"].DType switch { "BF16" => DType.BF16, "F16" => DType.F16, _ => DType.F32 };
        golden.Check("dequantized", Tensor.From<float>(backend, y, [y.Length]).To(dtype).To(DType.F32).ToArray<float>());
    }

    private static void AdamWTrace(GoldenCase golden, Backend backend)
    {
        JsonElement s = golden.Settings;
        Assert.Equal(AdamW8Bit.BlockSize, s.GetProperty("blocksize").GetInt32());
        double[] betas = [.. s.GetProperty("betas").EnumerateArray().Select(b => b.GetDouble())];
        var shape = new Shape(golden["in.param"].Shape);
        var parameter = new Parameter("p", Tensor.From<float>(backend, golden["in.param"].Floats(), shape)) { RequiresGrad = true };
        using (var gradients = new Gradients([parameter]))
        using (var optimizer = new AdamW8Bit([new ParameterGroup([("p", parameter)], s.GetProperty("lr").GetDouble(), s.GetProperty("weight_decay").GetDouble())],
            betas[0], betas[1], s.GetProperty("eps").GetDouble(), minElements: s.GetProperty("min_8bit_size").GetInt32()))
        {
            for (int t = 0; t < s.GetProperty("steps").GetInt32(); t++)
            {
                gradients.Clear();
                using (Tensor g = Tensor.From<float>(backend, golden[$"in.grad.{t}"].Floats(), shape)) Gradients.AddTo(Gradients.Begin(parameter), g);
                optimizer.Step(1, 1);
                golden.Check($"param.{t}", parameter.Value.ToArray<float>());
            }
            Dictionary<string, Tensor> state = optimizer.State().ToDictionary(p => p.Name["p.".Length..], p => p.Value);
            Assert.Equal(s.GetProperty("state_is_8bit").GetBoolean(), state["state1"].DType == DType.U8);
            foreach (string name in golden.Tensors.Keys.Where(k => k.StartsWith("state.", StringComparison.Ordinal)))
            {
                string key = name["state.".Length..];
                if (key == "qmap1") golden.Check(name, DynamicMap.Signed.Values.ToArray());
                else if (key == "qmap2") golden.Check(name, DynamicMap.Unsigned.Values.ToArray());
                else if (state[key].DType == DType.U8) golden.Check(name, [.. state[key].ToArray<byte>().Select(b => (int)b)]);
                else golden.Check(name, state[key].ToArray<float>());
            }
        }
        parameter.Dispose();
    }

    private static int[] Wide(sbyte[] codes) => Array.ConvertAll(codes, c => (int)c);
}
