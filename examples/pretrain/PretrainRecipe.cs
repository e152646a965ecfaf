using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Pure.Tuner.Pretrain;

/// <summary>The settings of a pretraining: every key must be there, so that the file tells the whole of it.</summary>
internal sealed record PretrainRecipe
{
    public required string OutputDir { get; init; }
    public required string QuickstartData { get; init; }
    public required int Seed { get; init; }
    public required int VocabSize { get; init; }
    public required int HiddenSize { get; init; }
    public required int IntermediateSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int MaxPositions { get; init; }
    public required int TokenizerTexts { get; init; }
    public required int TokensPerStep { get; init; }
    public required int Steps { get; init; }
    public required double LearningRate { get; init; }
    public required int WarmupSteps { get; init; }
    public required double WeightDecay { get; init; }
    public required double MaxGradNorm { get; init; }
    public required int LogSteps { get; init; }

    /// <summary>Reads a YAML file; <c>key=value</c> words win over it.</summary>
    /// <exception cref="UsageException">A key is missing, unknown or of another kind.</exception>
    public static PretrainRecipe Read(string path, IEnumerable<string> overrides)
    {
        var values = new Dictionary<string, string>();
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(path)));
        foreach ((YamlNode key, YamlNode value) in (YamlMappingNode)stream.Documents[0].RootNode) values[key.ToString()] = value.ToString();
        foreach (string word in overrides)
        {
            if (word.Split('=', 2) is not [var key, var value] || !values.ContainsKey(key)) throw new UsageException($"{word}: expected key=value with a key of {path}");
            values[key] = value;
        }
        var recipe = new PretrainRecipe
        {
            OutputDir = Text("output_dir"),
            QuickstartData = Text("quickstart_data"),
            Seed = Int("seed"),
            VocabSize = Int("vocab_size"),
            HiddenSize = Int("hidden_size"),
            IntermediateSize = Int("intermediate_size"),
            Layers = Int("num_hidden_layers"),
            Heads = Int("num_attention_heads"),
            KvHeads = Int("num_key_value_heads"),
            MaxPositions = Int("max_position_embeddings"),
            TokenizerTexts = Int("tokenizer_texts"),
            TokensPerStep = Int("tokens_per_step"),
            Steps = Int("steps"),
            LearningRate = Number("learning_rate"),
            WarmupSteps = Int("warmup_steps"),
            WeightDecay = Number("weight_decay"),
            MaxGradNorm = Number("max_grad_norm"),
            LogSteps = Int("log_steps"),
        };
        if (values.Count > 0) throw new UsageException($"{path}: there is no key '{values.Keys.First()}'");
        return recipe;

        string Text(string key) => values.Remove(key, out string? value) ? value : throw new UsageException($"{path}: {key} is missing");
        int Int(string key) => int.TryParse(Text(key), CultureInfo.InvariantCulture, out int n) ? n : throw new UsageException($"{path}: {key}: expected a whole number");
        double Number(string key) => double.TryParse(Text(key), CultureInfo.InvariantCulture, out double x) ? x : throw new UsageException($"{path}: {key}: expected a number");
    }
}
