using Xunit.Abstractions;

namespace Pure.Tuner.Tests;

/// <summary>What rounded rows cost a published model: the likelihood of a long text, with and without.</summary>
public sealed class RoundedLikelihood(ITestOutputHelper output)
{
    private const int Window = 512;

    /// <summary>GOLDEN_TEXT names a file; GOLDEN_PRODUCTS is int8. GOLDEN_MODEL names another .gguf file.</summary>
    [SkippableFact]
    public void A_long_text_is_as_likely()
    {
        string? text = Environment.GetEnvironmentVariable("GOLDEN_TEXT");
        string path = Environment.GetEnvironmentVariable("GOLDEN_MODEL") ?? Path.Combine(Repository.Root, "..", "shared", "models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        Skip.If(text is not { Length: > 0 } || !GoldenBackend.RoundsRows, "minutes long: GOLDEN_TEXT names a file, GOLDEN_PRODUCTS is int8");
        Skip.IfNot(File.Exists(path), $"{path} is not there (set GOLDEN_MODEL)");
        using var cpu = new CpuBackend();
        Skip.If(cpu.Integers is null, cpu.Int8State);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        using DecoderModel model = DecoderModel.Load(checkpoint, cpu);
        int[] ids = Tokenizer.FromGguf(((GgufCheckpoint)checkpoint).File.Vocabulary()).Encode(File.ReadAllText(text!), addSpecialTokens: false);
        var plain = new List<double>();
        var rounded = new List<double>();
        for (int first = 0; first + Window <= ids.Length; first += Window)
        {
            int[] window = ids[first..(first + Window)];
            plain.Add(Nll(window, false));
            rounded.Add(Nll(window, true));
        }
        double f32 = plain.Average(), int8 = rounded.Average();
        output.WriteLine(FormattableString.Invariant($"{plain.Count} windows of {Window} tokens: {f32:F4} in f32, {int8:F4} rounded ({(int8 / f32 - 1) * 100:+0.000;-0.000} %; perplexity {Math.Exp(f32):F3} and {Math.Exp(int8):F3})"));
        Assert.InRange(int8 / f32, 0.99, 1.01);

        double Nll(int[] window, bool rounds)
        {
            cpu.Int8Activations = rounds;
            using var scope = TensorScope.Begin();
            ForwardContext context = ForwardContext.Packed(window.Length);
            return model.NegativeLogLikelihood(model.Hidden(window, context), context, [.. Enumerable.Range(0, window.Length - 1)], window[1..]).ToArray<float>().Average(x => (double)x);
        }
    }
}
