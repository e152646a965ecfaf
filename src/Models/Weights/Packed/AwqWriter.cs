using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Writes matrices as <see cref="AwqLayout"/> reads them: for AutoAWQ, vLLM and transformers.</summary>
internal static class AwqWriter
{
    /// <summary>What is wrong with a matrix for these files, or null.</summary>
    internal static string? Fault(int outputs) => outputs % 8 != 0 ? $"its {outputs} outputs are no multiple of 8" : null;

    /// <summary>Adds X.qweight, X.qzeros and X.scales of X.weight.</summary>
    internal static void Add(SafetensorsWriter writer, QuantizedTensor w)
    {
        var format = (AffineGroupFormat)w.Format;
        if (format.Bits != 4 || format.HasIndex) throw new InvalidOperationException($"awq: {w} cannot be written: 4 bits and groups that are runs of columns are due");
        (int outputs, int inputs) = (w.Shape[0], w.Shape[1]);
        int groups = format.Groups(inputs);
        string stem = w.Name[..^"weight".Length];
        writer.Add(stem + "qweight", DType.I32, [inputs, outputs / 8], s => s.Write(MemoryMarshal.AsBytes<uint>(Codes(w.PartBytes(AffineGroupFormat.Codes), outputs, inputs))));
        writer.Add(stem + "qzeros", DType.I32, [groups, outputs / 8], s => s.Write(MemoryMarshal.AsBytes<uint>(Words(AffineLayout.Turned<byte>(w.PartBytes(AffineGroupFormat.Zeros), outputs, groups)))));
        writer.Add(stem + "scales", DType.F16, [groups, outputs], s => s.Write(GptqWriter.Scales(w, outputs, groups)));
    }

    private static uint[] Codes(byte[] packed, int outputs, int inputs)
    {
        int rowBytes = (inputs + 1) / 2;
        var words = new uint[inputs * (outputs / 8)];
        Parallel.For(0, inputs, i =>
        {
            for (int o = 0; o < outputs; o++)
                words[i * (outputs / 8) + o / 8] |= (uint)(packed[(o / 8 * 8 + AwqLayout.Order[o % 8]) * rowBytes + i / 2] >> 4 * (i % 2) & 15) << 4 * (o % 8);
        });
        return words;
    }

    private static uint[] Words(byte[] values)
    {
        var words = new uint[values.Length / 8];
        for (int i = 0; i < values.Length; i++) words[i / 8] |= (uint)values[i / 8 * 8 + AwqLayout.Order[i % 8]] << 4 * (i % 8);
        return words;
    }
}
