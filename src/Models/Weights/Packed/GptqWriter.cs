using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Writes matrices as <see cref="GptqLayout"/> reads them: for GPTQModel, AutoGPTQ and transformers.</summary>
internal static class GptqWriter
{
    /// <summary>What is wrong with a matrix for these files, or null.</summary>
    internal static string? Fault(int outputs, int inputs, int bits) =>
        (long)inputs * bits % 32 != 0 ? $"its {inputs} inputs of {bits} bits do not fill whole words of 32 bits"
        : (long)outputs * bits % 32 != 0 ? $"its {outputs} outputs of {bits} bits do not fill whole words of 32 bits"
        : null;

    /// <summary>Adds X.qweight, X.qzeros, X.scales and X.g_idx of X.weight.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="w">In <see cref="AffineGroupFormat"/>.</param>
    /// <param name="isMinusOne">Whether zero points are stored minus one: version 1.</param>
    internal static void Add(SafetensorsWriter writer, QuantizedTensor w, bool isMinusOne = true)
    {
        var format = (AffineGroupFormat)w.Format;
        (int outputs, int inputs, int bits) = (w.Shape[0], w.Shape[1], format.Bits);
        int groups = format.Groups(inputs), rowWords = inputs * bits / 32;
        string stem = w.Name[..^"weight".Length];
        writer.Add(stem + "qweight", DType.I32, [rowWords, outputs], s =>
            s.Write(MemoryMarshal.AsBytes<uint>(AffineLayout.Turned<uint>(MemoryMarshal.Cast<byte, uint>(w.PartBytes(AffineGroupFormat.Codes)), outputs, rowWords))));
        writer.Add(stem + "qzeros", DType.I32, [groups, outputs * bits / 32], s => s.Write(Zeros(w.PartBytes(AffineGroupFormat.Zeros), outputs, groups, bits, isMinusOne)));
        writer.Add(stem + "scales", DType.F16, [groups, outputs], s => s.Write(Scales(w, outputs, groups)));
        writer.Add(stem + "g_idx", DType.I32, [inputs], s =>
            s.Write(format.HasIndex ? w.PartBytes(AffineGroupFormat.Index) : MemoryMarshal.AsBytes<int>(Runs(inputs, format.GroupSize))));
    }

    /// <summary>Scales as F16 [groups, outputs].</summary>
    internal static byte[] Scales(QuantizedTensor w, int outputs, int groups)
    {
        byte[] bytes = w.PartBytes(AffineGroupFormat.Scales);
        Half[] scales = w.Parts[AffineGroupFormat.Scales].DType == DType.F16 ? MemoryMarshal.Cast<byte, Half>(bytes).ToArray() : Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), s => (Half)s);
        return MemoryMarshal.AsBytes<Half>(AffineLayout.Turned<Half>(scales, outputs, groups)).ToArray();
    }

    private static byte[] Zeros(byte[] zeros, int outputs, int groups, int bits, bool isMinusOne)
    {
        int rowBytes = outputs * bits / 8, mask = (1 << bits) - 1;
        var packed = new byte[groups * rowBytes];
        byte[] turned = AffineLayout.Turned<byte>(zeros, outputs, groups);
        for (int i = 0; isMinusOne && i < turned.Length; i++)
        {
            // Minus one in a field that cannot hold it would borrow from its neighbour in one reader and not in another.
            if (turned[i] == 0 || turned[i] - 1 > mask) throw new InvalidOperationException($"gptq: a zero point of {turned[i]} cannot be written in version 1 with {bits} bits");
            turned[i]--;
        }
        for (int g = 0; g < groups; g++) AffineGroupFormat.Pack(turned.AsSpan(g * outputs, outputs), bits, packed.AsSpan(g * rowBytes, rowBytes));
        return packed;
    }

    private static int[] Runs(int inputs, int groupSize) => [.. Enumerable.Range(0, inputs).Select(i => groupSize == 0 ? 0 : i / groupSize)];
}
