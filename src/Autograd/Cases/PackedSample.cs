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
        Blocks<IQ4_NL>(), Blocks<IQ4_XS>(), Blocks<MXFP4>(), Blocks<NVFP4>(), Blocks<TQ1_0>(), Blocks<TQ2_0>(),
        Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 64, 256))), Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 128))), Rounded(new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Fp4))),
        Rounded(new Int8RowQuantizer()), Float8(new Float8Format(Float8Kind.E4M3, 128, 128)), Float8(new Float8Format(Float8Kind.E4M3, 1)), Float8(new Float8Format(Float8Kind.E5M2)),
        Rounded(new AffineRounding(2, 16, false, 0)), Rounded(new AffineRounding(3, 32, true, 0)), Rounded(new AffineRounding(4, 32, true, 0)),
        Rounded(new AffineRounding(4, 0, false, 1)), Rounded(new AffineRounding(8, 24, false, 0)), ActOrder(),
    ];

    /// <summary>The format of that name, or null.</summary>
    public static PackedSample? Find(string name) => All.FirstOrDefault(s => s.Format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Columns of a matrix for a check: at least two blocks.</summary>
    public int Columns => Math.Max(64, 2 * Format.Grain);

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

    /// <summary>Numbers up to 4: codes of at most that, scales from a half to one.</summary>
    private static PackedSample Float8(Float8Format format) => new(format, (backend, shape, seed) =>
    {
        var random = new Random((int)(seed & int.MaxValue));
        QuantizedTensor w = QuantizedTensor.Empty(backend, format.Name, shape, format);
        int most = format.Kind.Encode(4);
        byte[] codes = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (byte)(random.Next(most) | random.Next(2) << 7))];
        float[] scales = [.. Enumerable.Range(0, (int)w.Parts[Float8Format.Scale].Shape.Count).Select(_ => (float)(0.5 + random.NextDouble() / 2))];
        backend.Upload(codes, w.Parts[Float8Format.Codes]);
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(scales), w.Parts[Float8Format.Scale]);
        return w;
    });

    /// <summary>GPTQ's act order: neighbouring columns are of different groups.</summary>
    private static PackedSample ActOrder() => new(new AffineGroupFormat(4, 16, hasIndex: true), static (backend, shape, seed) =>
    {
        var random = new Random((int)(seed & int.MaxValue));
        var codes = new AffineCodes(shape[0], shape[1], 4, 16) { Index = [.. Enumerable.Range(0, shape[1]).Select(i => i / 16)] };
        random.Shuffle(codes.Index);
        for (int i = 0; i < codes.Codes.Length; i++) codes.Codes[i] = (byte)random.Next(16);
        for (int i = 0; i < codes.Scales.Length; i++) (codes.Scales[i], codes.Zeros[i]) = ((float)(Half)(0.1 + 0.1 * random.NextDouble()), (byte)random.Next(16));
        return codes.ToTensor(backend, "act-order");
    });

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
