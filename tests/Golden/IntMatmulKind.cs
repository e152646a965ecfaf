using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Weights and activations in 8 bits, and casts to 8 and 16 bits.</summary>
public sealed class IntMatmulKind : IGoldenKind
{
    public string Kind => "int_matmul";

    public void Run(GoldenCase golden)
    {
        string op = golden.Settings.GetProperty("op").GetString()!;
        Action<GoldenCase> run = op switch
        {
            "w8a8" => W8A8Product,
            "float8_cast" => Float8Cast,
            "half_cast" => HalfCast,
            _ => throw new NotSupportedException(op),
        };
        run(golden);
    }

    private static void W8A8Product(GoldenCase golden)
    {
        JsonElement settings = golden.Settings;
        float[] x = golden["in.x"].Floats(), w = golden["in.weight"].Floats();
        int width = golden["in.x"].Shape[^1], outer = w.Length / width;
        if (settings.GetProperty("smooth_alpha") is { ValueKind: JsonValueKind.Number } alpha)
        {
            float[] s = W8A8.SmoothScale(x, w, width, alpha.GetSingle());
            golden.Check("smooth_scale", s);
            for (int i = 0; i < x.Length; i++) x[i] /= s[i % width];
            for (int i = 0; i < w.Length; i++) w[i] *= s[i % width];
        }
        (sbyte[] xCodes, sbyte[] wCodes) = (new sbyte[x.Length], new sbyte[w.Length]);
        float[] wScales = W8A8.Quantize(w, settings.GetProperty("weight").GetString() switch { "per_channel" => width, "per_tensor" => w.Length, var t => throw new NotSupportedException(t) }, wCodes);
        string activation = settings.GetProperty("activation").GetString()!;
        int[]? zeros = null;
        float[] xScales;
        if (activation == "per_token_asym") (xScales, zeros) = W8A8.QuantizeAsymmetric(x, width, xCodes);
        else xScales = W8A8.Quantize(x, activation switch { "per_token" => width, "per_tensor" => x.Length, _ => throw new NotSupportedException(activation) }, xCodes);
        golden.Check("x_int8", Wide(xCodes));
        golden.Check("w_int8", Wide(wCodes));
        golden.Check("x_scale", xScales);
        golden.Check("w_scale", wScales);
        var sums = new int[x.Length / width * outer];
        Int8Linear.Multiply(xCodes, wCodes, width, sums);
        golden.Check("acc_int32", sums);
        if (zeros is not null)
        {
            golden.Check("x_zero", zeros);
            W8A8.TakeZeros(sums, zeros, wCodes, width);
            golden.Check("acc_corrected_int32", sums);
        }
        golden.Check("out", W8A8.Dequantize(sums, xScales, wScales, outer));
    }

    private static void Float8Cast(GoldenCase golden)
    {
        Float8Kind kind = Float8Kind.Find(golden.Settings.GetProperty("format").GetString()!["float8_".Length..])!;
        golden.Check("decoded", [.. golden["in.codes"].Ints().Select(c => kind.Values[c])]);
        float[] x = golden["in.x"].Floats();
        int[] expected = golden["encoded"].Ints();
        for (int i = 0; i < x.Length; i++)
        {
            byte code = kind.Encode(x[i]);
            if (float.IsNaN(kind.Values[expected[i]])) Assert.True(float.IsNaN(kind.Values[code]), $"{x[i]:R} gives {code} where NaN is expected");
            else Assert.True(code == expected[i], $"{x[i]:R} gives {code} where {expected[i]} is expected");
        }
    }

    private static void HalfCast(GoldenCase golden)
    {
        float[] x = MemoryMarshal.Cast<byte, float>(golden["in.f32_bits"].Bytes.Span).ToArray();
        foreach ((string name, DType dtype, Func<ushort, bool> isNaN) in new (string, DType, Func<ushort, bool>)[]
            { ("f16_bits", DType.F16, b => (b & 0x7FFF) > 0x7C00), ("bf16_bits", DType.BF16, b => (b & 0x7FFF) > 0x7F80) })
        {
            var bits = new ushort[x.Length];
            Widening.Narrow(x, dtype, MemoryMarshal.AsBytes(bits.AsSpan()));
            int[] expected = golden[name].Ints();
            for (int i = 0; i < x.Length; i++)
                if (float.IsNaN(x[i])) Assert.True(isNaN(bits[i]), $"{name}[{i}]: {bits[i]:x4} is no NaN");
                else Assert.True(bits[i] == expected[i], $"{name}[{i}]: {x[i]:R} gives {bits[i]:x4} where {expected[i]:x4} is expected");
        }
        byte[] halves = MemoryMarshal.AsBytes<ushort>(golden["in.half_bits"].Ints().Select(b => (ushort)b).ToArray()).ToArray();
        var y = new float[halves.Length / 2];
        Widening.F16(halves, y);
        golden.Check("f16_to_f32", y);
        Widening.BF16(halves, y);
        golden.Check("bf16_to_f32", y);
    }

    private static int[] Wide(sbyte[] codes) => Array.ConvertAll(codes, c => (int)c);
}
