using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>A published model: tokens, logits, greedy text, likelihood of texts.</summary>
public sealed class RealModelKind : IGoldenKind
{
    /// <summary>Where the runner-up is nearer than this, another order of summation may choose it.</summary>
    private const double SafeMargin = 0.02;
    private const double NllTolerance = 1e-4;

    /// <summary>The checkpoint's own; the recipe template of that name ends it with a full stop.</summary>
    private const string DefaultSystem = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

    public string Kind => "real_model";

    public string? SkipReason(GoldenCase golden) => GoldenBackend.Name == "reference" ? "the reference backend is too slow for a published model"
        : File.Exists(ModelPath(golden)) ? null : $"{ModelPath(golden)} is not there (set GOLDEN_MODELS)";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static string ModelPath(GoldenCase golden)
    {
        string path = golden.Settings.GetProperty("model").GetString()!;
        return Environment.GetEnvironmentVariable("GOLDEN_MODELS") is { Length: > 0 } models ? Path.Combine(models, Path.GetFileName(path))
            : File.Exists(golden.Path(path)) ? golden.Path(path) : Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "models", Path.GetFileName(path)));
    }

    private static void Run(GoldenCase golden, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(ModelPath(golden));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        Tokenizer tokenizer = Tokenizer.FromGguf(((GgufCheckpoint)checkpoint).File.Vocabulary());
        var template = new ChatEncoder(Template.Get("smollm2"), tokenizer, DefaultSystem);
        int most = golden.Settings.GetProperty("max_new_tokens").GetInt32();
        var options = new GenerationOptions { MaxNewTokens = most, EosTokenIds = tokenizer.EosId is { } eos ? [eos] : [] };
        foreach (JsonElement prompt in golden.Json.GetProperty("prompts").EnumerateArray()) CheckPrompt(golden, model, tokenizer, template, options, prompt);
        foreach (JsonElement text in golden.Json.GetProperty("texts").EnumerateArray()) CheckText(golden, model, tokenizer, text);
    }

    private static void CheckPrompt(GoldenCase golden, DecoderModel model, Tokenizer tokenizer, ChatEncoder template, GenerationOptions options, JsonElement prompt)
    {
        int[] ids = Ints(prompt.GetProperty("input_ids"));
        Assert.Equal(ids, tokenizer.Encode(prompt.GetProperty("text").GetString()!, addSpecialTokens: false));
        if (prompt.TryGetProperty("messages", out JsonElement messages)) Assert.Equal(ids, Chat(template, messages));

        using (var scope = TensorScope.Begin())
        {
            ForwardContext context = ForwardContext.Packed(ids.Length);
            golden.Check($"{prompt.GetProperty("name").GetString()}.last_logits", model.Logits(model.Hidden(ids, context), context, [ids.Length - 1]).ToArray<float>());
        }

        if (golden.Distances is not null) return;                         // a rounded logit may choose another word
        int[] expected = Ints(prompt.GetProperty("generated_ids"));
        double[] margins = [.. prompt.GetProperty("margins").EnumerateArray().Select(m => m.GetDouble())];
        int sure = Array.FindIndex(margins, m => m < SafeMargin);
        TextResult result = Assert.Single(new TextGenerator(model, tokenizer).Generate([ids], options));
        if (sure >= 0)
        {
            Assert.Equal(expected[..sure], result.Tokens[..Math.Min(sure, result.Tokens.Length)]);
            return;
        }
        Assert.Equal(expected, result.Tokens);
        Assert.Equal(prompt.GetProperty("generated_text").GetString(), result.Text);
    }

    private static int[] Chat(ChatEncoder template, JsonElement messages)
    {
        string? system = null;
        var turns = new List<TrainingMessage>();
        foreach (JsonElement message in messages.EnumerateArray())
        {
            (string role, string content) = (message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!);
            if (role == "system") system = content;
            else turns.Add(new TrainingMessage(role == "assistant" ? MessageRole.Assistant : MessageRole.User, content));
        }
        return template.EncodePrompt(turns, system);
    }

    private static void CheckText(GoldenCase golden, DecoderModel model, Tokenizer tokenizer, JsonElement text)
    {
        int[] ids = Ints(text.GetProperty("input_ids"));
        Assert.Equal(ids, tokenizer.Encode(text.GetProperty("text").GetString()!, addSpecialTokens: false));
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(ids.Length);
        double nll = model.NegativeLogLikelihood(model.Hidden(ids, context), context, [.. Enumerable.Range(0, ids.Length - 1)], ids[1..]).ToArray<float>().Average(x => (double)x);
        double expected = text.GetProperty("mean_nll").GetDouble();
        if (golden.Distances is { } distances) distances.Add("mean_nll", [nll], [expected]);
        else Assert.InRange(nll - expected, -NllTolerance, NllTolerance);
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];
}
