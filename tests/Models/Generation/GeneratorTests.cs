namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class GeneratorTests : IDisposable
{
    private const string LongRope = """{"rope_type":"longrope","original_max_position_embeddings":16,"short_factor":[1,1.1,1.2,1.3],"long_factor":[2,3,4,5]}""";
    private readonly TinyModel _tiny = new();
    private static readonly int[][] s_prompts = [TinyModel.Prompt(5, 1), TinyModel.Prompt(17, 2), TinyModel.Prompt(1, 3), TinyModel.Prompt(9, 4)];
    private static readonly GenerationOptions s_greedy = new() { MaxNewTokens = 12 };
    private static readonly GenerationOptions s_sampling = new() { MaxNewTokens = 12, DoSample = true, Temperature = 1.3, TopK = 20, TopP = 0.95, Seed = 11 };

    public void Dispose() => _tiny.Dispose();

    public static TheoryData<bool> Sampling => [false, true];

    private static GenerationOptions Options(bool sampling) => sampling ? s_sampling : s_greedy;

    [Fact]
    public void Greedy_takes_the_best_token_of_the_whole_row_each_time()
    {
        foreach ((int[] prompt, GenerationResult result) in s_prompts.Zip(_tiny.Generator.Generate(s_prompts, s_greedy)))
        {
            List<int> row = [.. prompt];
            foreach (int token in result.Tokens)
            {
                float[] logits = _tiny.NextLogits([.. row]);
                Assert.Equal(Array.IndexOf(logits, logits.Max()), token);
                row.Add(token);
            }
            Assert.Equal(12, result.Tokens.Length);
            Assert.Equal(FinishReason.Length, result.Finish);
        }
    }

    [Theory, MemberData(nameof(Sampling))]
    public void Stream_equals_batch(bool sampling)
    {
        int[] batch = _tiny.Generator.Generate([s_prompts[1]], Options(sampling))[0].Tokens;
        Assert.Equal(batch, _tiny.Generator.Stream(s_prompts[1], Options(sampling)));
    }

    [Theory, MemberData(nameof(Sampling))]
    public void Row_does_not_hang_on_its_batch(bool sampling)
    {
        IReadOnlyList<GenerationResult> together = _tiny.Generator.Generate(s_prompts, Options(sampling));
        for (int i = 0; i < s_prompts.Length; i++)
            Assert.Equal(together[i].Tokens, _tiny.Generator.Generate([s_prompts[i]], Options(sampling), firstRow: i)[0].Tokens);
    }

    [Theory, MemberData(nameof(Sampling))]
    public void Parts_growth_and_cache_change_nothing(bool sampling)
    {
        var input = new GenerationInput(s_prompts);
        GenerationOptions options = Options(sampling) with { MaxNewTokens = 40 };
        int[][] expected = Tokens(input, options);
        Assert.Equal(expected, Tokens(input with { Chunk = 4 }, options));
        Assert.Equal(expected, Tokens(input with { Chunk = 1 }, options));
        Assert.Equal(expected, Tokens(input with { Capacity = 1 }, options));
        Assert.Equal(expected, Tokens(input, options with { UseCache = false }));
    }

    [Fact]
    public void Several_draws_of_a_prompt_differ_and_repeat_with_their_seed()
    {
        GenerationOptions options = s_sampling with { NumReturnSequences = 5 };
        IReadOnlyList<GenerationResult> first = _tiny.Generator.Generate(s_prompts, options), again = _tiny.Generator.Generate(s_prompts, options);
        Assert.Equal(20, first.Count);
        Assert.Equal([.. first.Select(r => r.Tokens)], again.Select(r => r.Tokens));
        Assert.Equal([0, 0, 0, 0, 0, 1], first.Take(6).Select(r => r.Prompt));
        Assert.Equal(5, first.Take(5).Select(r => string.Join(",", r.Tokens)).Distinct().Count());
        Assert.NotEqual([.. first.Select(r => r.Tokens)], _tiny.Generator.Generate(s_prompts, options with { Seed = 12 }).Select(r => r.Tokens));
    }

    [Fact]
    public void Temperature_zero_is_greedy() =>
        Assert.Equal(_tiny.Generator.Generate(s_prompts, s_greedy)[0].Tokens, _tiny.Generator.Generate(s_prompts, s_sampling with { Temperature = 0 })[0].Tokens);

    [Fact]
    public void End_token_ends_its_row_and_leaves_the_others()
    {
        IReadOnlyList<GenerationResult> whole = _tiny.Generator.Generate(s_prompts, s_greedy);
        int eos = whole[0].Tokens[4];
        IReadOnlyList<GenerationResult> ended = _tiny.Generator.Generate(s_prompts, s_greedy with { EosTokenIds = [eos] });
        for (int i = 0; i < whole.Count; i++)
        {
            int at = Array.IndexOf(whole[i].Tokens, eos);
            Assert.Equal(at < 0 ? whole[i].Tokens : whole[i].Tokens[..(at + 1)], ended[i].Tokens);
            Assert.Equal(at < 0 ? FinishReason.Length : FinishReason.Eos, ended[i].Finish);
        }
    }

    [Fact]
    public void Caller_ends_a_row_and_leaves_the_others()
    {
        int seen = 0;
        IReadOnlyList<GenerationResult> results = _tiny.Generator.Generate(s_prompts, s_greedy, token => token.Row != 1 || ++seen < 3);
        Assert.Equal([12, 3, 12, 12], results.Select(r => r.Tokens.Length));
        Assert.Equal(FinishReason.Stopped, results[1].Finish);
    }

    [Fact]
    public void Cancelled_call_leaves_nothing()
    {
        using var source = new CancellationTokenSource();
        int made = 0;
        Assert.Throws<OperationCanceledException>(() => _tiny.Generator.Generate(s_prompts, s_greedy, _ => { if (++made == 6) source.Cancel(); return true; }, cancel: source.Token));
        Assert.Equal(8, made);                     // the step is finished
        _tiny.CheckClean();
        Assert.Throws<OperationCanceledException>(() => _tiny.Generator.Generate(s_prompts, s_greedy with { NumBeams = 2 }, cancel: source.Token));
        Assert.Throws<OperationCanceledException>(() => _tiny.Generator.Stream(s_prompts[0], s_greedy, source.Token).ToList());
    }

    [Fact]
    public void Stream_that_is_left_leaves_nothing()
    {
        Assert.Equal(3, _tiny.Generator.Stream(s_prompts[0], s_greedy).Take(3).Count());
        _tiny.CheckClean();
    }

    [Fact]
    public void Longrope_reads_a_row_anew_at_its_limit()
    {
        using var tiny = new TinyModel(rope: LongRope);
        var generator = new Generator(tiny.Model);
        GenerationOptions options = s_greedy with { MaxNewTokens = 16 };
        int[][] expected = [.. generator.Generate(s_prompts, options with { UseCache = false }).Select(r => r.Tokens)];
        Assert.Equal(expected, generator.Generate(s_prompts, options).Select(r => r.Tokens));
        for (int i = 0; i < s_prompts.Length; i++)
        {
            List<int> row = [.. s_prompts[i]];
            foreach (int token in expected[i])
            {
                Assert.Equal(LogitPipeline.Best(tiny.NextLogits([.. row])), token);
                row.Add(token);
            }
        }
    }

    [Fact]
    public void Lengths_count_as_documented()
    {
        Assert.Equal(GenerationOptions.DefaultNewTokens, _tiny.Generator.Generate([s_prompts[0]], new())[0].Tokens.Length);
        Assert.Equal(7, _tiny.Generator.Generate([s_prompts[0]], new() { MaxLength = 12 })[0].Tokens.Length);
        Assert.Equal(3, _tiny.Generator.Generate([s_prompts[0]], new() { MaxLength = 12, MaxNewTokens = 3 })[0].Tokens.Length);
        int eos = _tiny.Generator.Generate([s_prompts[0]], s_greedy)[0].Tokens[0];
        Assert.True(_tiny.Generator.Generate([s_prompts[0]], s_greedy with { EosTokenIds = [eos], MinLength = 9 })[0].Tokens.Length >= 5);
        Assert.True(_tiny.Generator.Generate([s_prompts[0]], s_greedy with { EosTokenIds = [eos], MinNewTokens = 8 })[0].Tokens.Length >= 9);
    }

    [Fact]
    public void Wrong_calls_are_refused_in_a_sentence()
    {
        Assert.Equal("generate: prompt 1 is empty; it needs at least one id", Error([[1], []], s_greedy));
        Assert.Equal("generate: prompt 0 has 5 ids and max_length is 5: no room for a new one; set max_new_tokens", Error(s_prompts, new() { MaxLength = 5 }));
        Assert.Equal("decoder: id 61 is outside the vocabulary of 61; the tokenizer does not fit the model", Error([[61]], s_greedy));
        Assert.Equal("generate: temperature -1 must be a number from 0 on", Error(s_prompts, s_sampling with { Temperature = -1 }));
        Assert.Equal("generate: bad_words_ids 99 is outside the vocabulary of 61", Error(s_prompts, s_greedy with { BadWordsIds = [[3, 99]] }));
        Assert.Equal("generate: num_return_sequences 3 must not be above num_beams (2)", Error(s_prompts, s_greedy with { NumBeams = 2, NumReturnSequences = 3 }));
        Assert.Equal("generate: num_return_sequences 3 must be 1 where nothing is drawn: set do_sample or num_beams", Error(s_prompts, s_greedy with { NumReturnSequences = 3 }));
        using (Tape.Begin()) Assert.StartsWith("generate: a tape is recording", Assert.Throws<InvalidOperationException>(() => _tiny.Generator.Generate(s_prompts, s_greedy)).Message, StringComparison.Ordinal);
        Assert.StartsWith("generate: no token is left", Assert.Throws<InvalidOperationException>(() => _tiny.Generator.Generate(s_prompts, s_greedy with { SuppressTokens = [.. Enumerable.Range(0, 61)] })).Message, StringComparison.Ordinal);
        Assert.Empty(_tiny.Generator.Generate([], s_greedy));
    }

    private string Error(int[][] prompts, GenerationOptions options) => Assert.Throws<ArgumentException>(() => _tiny.Generator.Generate(prompts, options)).Message;

    private int[][] Tokens(GenerationInput input, GenerationOptions options) => [.. _tiny.Generator.Generate(input, options).Select(r => r.Tokens)];
}
