using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>GPTQ's files: qweight I32 [in · bits / 32, out], a column's codes one stream of bits down its rows; qzeros I32 [groups, out · bits / 32]; scales [groups, out]; g_idx I32 [in].</summary>
/// <remarks>
/// Frantar et al. 2022, arXiv:2210.17323; the files are AutoGPTQ's and GPTQModel's. Version 1 ("gptq", or nothing said) stores each zero point minus one. It was
/// subtracted from whole words, borrowing from the neighbour where a zero point is 0, so one is added to whole words too.
/// </remarks>
internal sealed class GptqLayout : AffineLayout
{
    private const uint One2 = 0x55555555, One4 = 0x11111111, One8 = 0x01010101;
    private readonly bool _isMinusOne, _isActOrder;

    private GptqLayout(Checkpoint checkpoint, int bits, int groupSize, bool isMinusOne, bool isActOrder) : base(checkpoint, bits, groupSize) =>
        (_isMinusOne, _isActOrder) = (isMinusOne, isActOrder);

    /// <exception cref="CheckpointException">A setting is missing, makes no sense or asks for the layout of one kernel.</exception>
    internal static GptqLayout Read(Checkpoint checkpoint, JsonObject json)
    {
        var config = new QuantizationConfig(checkpoint.ConfigSource, json);
        const string Cure = "save the model in the format 'gptq' with GPTQModel, or fetch its 'gptq' version";
        int bits = config.Int("2, 3, 4 or 8", AffineGroupFormat.IsBits, "bits");
        int size = config.Int("-1 or a whole number from 1 on", g => g is -1 or > 0, "group_size");
        string format = config.Word("checkpoint_format") ?? "gptq";
        if (format is not ("gptq" or "gptq_v2")) throw config.Fault("checkpoint_format", $"expected 'gptq' or 'gptq_v2', found '{format}', which is laid out for one kernel", Cure);
        if (config.Flag("is_marlin_format")) throw config.Fault("is_marlin_format", "expected false, found true: Marlin's files are laid out for one kernel", Cure);
        return new GptqLayout(checkpoint, bits, Math.Max(size, 0), format == "gptq", config.Flag("desc_act"));
    }

    private protected override void CheckSizes(string tensor, int inputs, int outputs)
    {
        foreach ((string side, int size) in ((string, int)[])[("inputs", inputs), ("outputs", outputs)])
            if ((long)size * Bits % 32 != 0)
                throw new CheckpointException($"{Checkpoint.Source}: tensor '{tensor}': expected {side} whose {Bits} bits fill whole words of 32 bits, found {size}; {FetchAgain}");
    }

    private protected override (long[] Codes, long[] Zeros) Shapes(int inputs, int outputs, int groups) => ([(long)inputs * Bits / 32, outputs], [groups, (long)outputs * Bits / 32]);

    private protected override int[]? GroupIndex(string stem, int inputs, int groups)
    {
        string name = stem + "g_idx";
        if (!Checkpoint.Contains(name) && !_isActOrder) return null;
        Require(name, [inputs], "", "I32");
        int[] index = MemoryMarshal.Cast<byte, int>(Checkpoint.ReadRaw(name)).ToArray();
        bool isRuns = true;
        for (int i = 0; i < index.Length; i++)
        {
            if ((uint)index[i] >= (uint)groups)
                throw new CheckpointException($"{Checkpoint.Source}: tensor '{name}': expected groups from 0 to {groups - 1}, found {index[i]} for input {i}; {FetchAgain}");
            isRuns &= index[i] == (GroupSize == 0 ? 0 : i / GroupSize);
        }
        return isRuns ? null : index;
    }

    private protected override void Repack(ReadOnlySpan<uint> words, int inputs, int outputs, int firstRow, int rows, Span<byte> codes)
    {
        int rowWords = inputs * Bits / 32;
        Span<uint> y = MemoryMarshal.Cast<byte, uint>(codes);
        for (int r = 0; r < rowWords; r++)
        {
            ReadOnlySpan<uint> x = words.Slice(r * outputs + firstRow, rows);
            for (int o = 0; o < rows; o++) y[o * rowWords + r] = x[o];
        }
    }

    private protected override void Zeros(Span<uint> words, Span<byte> zeros)
    {
        if (_isMinusOne && Bits != 3)
            foreach (ref uint word in words) word += Bits switch { 2 => One2, 4 => One4, _ => One8 };
        ReadOnlySpan<byte> stream = MemoryMarshal.AsBytes(words);
        int mask = (1 << Bits) - 1;
        for (int o = 0; o < zeros.Length; o++) zeros[o] = (byte)(AffineGroupFormat.Code(stream, Bits, o) + (_isMinusOne && Bits == 3 ? 1 : 0) & mask);
    }
}
