using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>A packed format with a way to make matrices for checks: numbers of ordinary size in every block.</summary>
/// <param name="Format">The format.</param>
/// <param name="Make">A matrix from a seed: the same numbers on every device.</param>
internal sealed record PackedSample(PackedFormat Format, Func<Backend, Shape, ulong, QuantizedTensor> Make)
{
    /// <summary>Every format that there is, for the operator table, the tests of kernels and the benchmarks. A new format is a line here.</summary>
    public static IReadOnlyList<PackedSample> All { get; } =
    [
        Blocks<Q4_0>(), Blocks<Q4_1>(), Blocks<Q5_0>(), Blocks<Q5_1>(), Blocks<Q8_0>(),
        Blocks<Q2_K>(), Blocks<Q3_K>(), Blocks<Q4_K>(), Blocks<Q5_K>(), Blocks<Q6_K>(), Blocks<Q8_K>(),
        Blocks<IQ4_NL>(), Blocks<IQ4_XS>(), Blocks<MXFP4>(), Blocks<NVFP4>(), Blocks<TQ1_0>(), Blocks<TQ2_0>(), Blocks<Q1_0>(), Blocks<Q2_0>(),
        Blocks<IQ1_S>(), Blocks<IQ1_M>(), Blocks<IQ2_XXS>(), Blocks<IQ2_XS>(), Blocks<IQ2_S>(), Blocks<IQ3_XXS>(), Blocks<IQ3_S>(),
        Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 64, BnbFourBitFormat.UsualNested))), Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4))),
        Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Fp4, 64, BnbFourBitFormat.UsualNested))), Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 128))),
        Rounded(new Int8RowQuantizer()),
        Groups(new AffineGroupFormat(4, 32)), Groups(new AffineGroupFormat(4, 128)), Groups(new AffineGroupFormat(4, 32, hasIndex: true)), Groups(new AffineGroupFormat(2, 32)), Groups(new AffineGroupFormat(3, 32)),
        Groups(new AffineGroupFormat(8, 32, scaleType: DType.F32)), Groups(new AffineGroupFormat(4, 0)),
        EightBitFloats(new Float8Format(Float8Kind.E4M3)), EightBitFloats(new Float8Format(Float8Kind.E5M2)), EightBitFloats(new Float8Format(Float8Kind.E4M3, 16, 32)),
    ];

    /// <summary>The format of that name, or null.</summary>
    public static PackedSample? Find(string name) => All.FirstOrDefault(s => s.Format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Columns of a matrix for a check: at least two blocks.</summary>
    public int Columns => Math.Max(128, 2 * Format.Grain);

    /// <summary>Random bytes, block by block, drawn again until the largest number of a block is between 1/4 and 4: a scale of random bits would mostly be out of all proportion.</summary>
    private static PackedSample Blocks<T>() where T : struct, IBlockFormat => new(GgmlFormat<T>.Instance, static (backend, shape, seed) =>
    {
        // A few kinds of block, in an order that looks random: drawing costs some hundred tries each.
        const int Kinds = 64;
        var random = new Random((int)(seed & int.MaxValue));
        byte[][] kinds = [.. Enumerable.Range(0, Kinds).Select(_ => DrawBlock<T>(random))];
        QuantizedTensor w = QuantizedTensor.Empty(backend, GgmlFormat<T>.Instance.Name, shape, GgmlFormat<T>.Instance);
        var bytes = new byte[w.Parts[0].Shape.Count];
        for (int at = 0; at < bytes.Length; at += T.Bytes) kinds[random.Next(Kinds)].CopyTo(bytes, at);
        backend.Upload(bytes, w.Parts[0]);
        return w;
    });

    private static byte[] DrawBlock<T>(Random random) where T : struct, IBlockFormat
    {
        var block = new byte[T.Bytes];
        var numbers = new float[T.Elements];
        while (true)
        {
            random.NextBytes(block);
            T.Expand(block, numbers);
            float largest = 0;
            foreach (float v in numbers) largest = float.IsFinite(v) ? Math.Max(largest, Math.Abs(v)) : float.PositiveInfinity;
            if (largest is >= 0.25f and <= 4) return block;
        }
    }

    /// <summary>Random codes and zero points, scales near 1 / 2^bits; of columns out of order any group.</summary>
    private static PackedSample Groups(AffineGroupFormat format) => new(format, (backend, shape, seed) =>
    {
        var random = new Random((int)(seed & int.MaxValue));
        QuantizedTensor w = QuantizedTensor.Empty(backend, format.Name, shape, format);
        float size = 2f / (1 << format.Bits);
        foreach ((Tensor part, int i) in w.Parts.Select((p, i) => (p, i)))
            Fill(part, () => i switch
            {
                AffineGroupFormat.Codes => random.Next(256),
                AffineGroupFormat.Scales => size * (0.5f + random.NextSingle()),
                AffineGroupFormat.Zeros => random.Next(1 << format.Bits),
                _ => random.Next(format.Groups(shape[1])),
            });
        return w;
    });

    /// <summary>Random codes of numbers below 4, scales near 1.</summary>
    private static PackedSample EightBitFloats(Float8Format format) => new(format, (backend, shape, seed) =>
    {
        var random = new Random((int)(seed & int.MaxValue));
        QuantizedTensor w = QuantizedTensor.Empty(backend, format.Name, shape, format);
        Fill(w.Parts[Float8Format.Codes], () => random.Next(64) + 128 * random.Next(2));
        Fill(w.Parts[Float8Format.Scale], () => 0.5f + random.NextSingle());
        return w;
    });

    private static void Fill(Tensor part, Func<double> number) => HostElements.Write([.. Enumerable.Range(0, checked((int)part.Shape.Count)).Select(_ => number())], part);

    /// <summary>Random numbers near a bell curve, rounded into the format.</summary>
    internal static PackedSample Rounded(IQuantizer quantizer) => new(quantizer.Format, (backend, shape, seed) =>
        quantizer.Quantize(backend, quantizer.Format.Name, shape, (firstRow, rows) =>
        {
            for (int i = 0; i < rows.Length; i++)
            {
                (uint a, uint b, uint c, uint d) = CounterRandom.Philox(seed, (ulong)((long)firstRow * shape[1] + i));
                rows[i] = (float)(((double)a + b + c + d) / 2147483648.0 - 4) * 0.5f;
            }
        }));
}
