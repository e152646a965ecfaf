using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>AWQ's files, version gemm: qweight I32 [in, out / 8], eight outputs a word in the order of <see cref="Order"/>; qzeros I32 [groups, out / 8], the same; scales [groups, out].</summary>
/// <remarks>Lin et al. 2023, arXiv:2306.00978; the files are AutoAWQ's.</remarks>
internal sealed class AwqLayout : AffineLayout
{
    /// <summary>Which of eight neighbouring outputs the nibbles of a word are, from the lowest.</summary>
    internal static ReadOnlySpan<byte> Order => [0, 2, 4, 6, 1, 3, 5, 7];

    private AwqLayout(Checkpoint checkpoint, int groupSize) : base(checkpoint, 4, groupSize) { }

    /// <exception cref="CheckpointException">A setting is missing, makes no sense or asks for the layout of one kernel.</exception>
    internal static AwqLayout Read(Checkpoint checkpoint, JsonObject json)
    {
        var config = new QuantizationConfig(checkpoint.ConfigSource, json);
        const string Cure = "save the model as version 'gemm' with AutoAWQ, or fetch its 'gemm' version";
        config.Int("4", b => b == 4, "bits", "w_bit");
        int size = config.Int("-1 or a whole number from 1 on", g => g is -1 or > 0, "group_size", "q_group_size");
        string version = config.Word("version") ?? "gemm";
        if (version != "gemm") throw config.Fault("version", $"expected 'gemm', found '{version}', which is laid out for other kernels", Cure);
        if (config.Word("backend") is { } backend and not "autoawq") throw config.Fault("backend", $"expected 'autoawq', found '{backend}', which is laid out for other kernels", Cure);
        return new AwqLayout(checkpoint, Math.Max(size, 0));
    }

    private protected override void CheckSizes(string tensor, int inputs, int outputs)
    {
        if (outputs % 8 != 0) throw new CheckpointException($"{Checkpoint.Source}: tensor '{tensor}': expected a multiple of 8 outputs, found {outputs}; {FetchAgain}");
    }

    private protected override (long[] Codes, long[] Zeros) Shapes(int inputs, int outputs, int groups) => ([inputs, outputs / 8], [groups, outputs / 8]);

    private protected override void Repack(ReadOnlySpan<uint> words, int inputs, int outputs, int firstRow, int rows, Span<byte> codes)
    {
        int rowBytes = (inputs + 1) / 2, step = outputs / 8;
        codes.Clear();
        for (int o = 0; o < rows; o += 8)
            for (int i = 0; i < inputs; i++)
            {
                uint word = words[i * step + (firstRow + o) / 8];
                for (int n = 0; n < 8; n++, word >>= 4) codes[(o + Order[n]) * rowBytes + i / 2] |= (byte)((word & 15) << 4 * (i % 2));
            }
    }

    private protected override void Zeros(Span<uint> words, Span<byte> zeros)
    {
        for (int o = 0; o < zeros.Length; o++) zeros[o / 8 * 8 + Order[o % 8]] = (byte)(words[o / 8] >> 4 * (o % 8) & 15);
    }
}
