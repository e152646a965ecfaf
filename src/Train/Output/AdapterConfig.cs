using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>adapter_config.json of a LoRA: what PEFT reads and writes.</summary>
public sealed record AdapterConfig
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Path or name of the base, as the user gave it.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>Rank r.</summary>
    public int R { get; init; } = 8;

    /// <summary>Numerator of the scale.</summary>
    public double LoraAlpha { get; init; } = 8;

    /// <summary>Share of the inputs that is dropped in training.</summary>
    public double LoraDropout { get; init; }

    /// <summary>Which biases are trained: none, all or lora_only.</summary>
    public string Bias { get; init; } = "none";

    /// <summary>Names of the adapted layers: equal to a module's path or its end after a dot; null when <see cref="TargetPattern"/> says it.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>In place of names: a regular expression for whole paths, or "all-linear".</summary>
    public string? TargetPattern { get; init; }

    /// <summary>Names that are left out, in the same way.</summary>
    public IReadOnlyList<string>? ExcludeModules { get; init; }

    /// <summary>In place of names: a regular expression for whole paths that are left out.</summary>
    public string? ExcludePattern { get; init; }

    /// <summary>Modules that are trained and saved whole.</summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>Other ranks, by name or pattern; the first that fits counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Other alphas, by name or pattern; the first that fits counts.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Numbers of the adapted layers; null for all.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Names of the list that the layers are in.</summary>
    public IReadOnlyList<string>? LayersPattern { get; init; }

    /// <summary>Rows of the embedding that are trained alone: module and ids.</summary>
    public IReadOnlyList<KeyValuePair<string, int[]>> TrainableTokens { get; init; } = [];

    /// <summary>Scale alpha / sqrt(r).</summary>
    public bool UseRslora { get; init; }

    /// <summary>A learned length per output row.</summary>
    public bool UseDora { get; init; }

    /// <summary>Weights stored transposed.</summary>
    public bool FanInFanOut { get; init; }

    /// <summary>A bias on B.</summary>
    public bool LoraBias { get; init; }

    /// <summary>How the adapter started.</summary>
    public string InitLoraWeights { get; init; } = "true";

    /// <summary>The task, CAUSAL_LM here.</summary>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>Rank of a module's adapter.</summary>
    public int RankOf(string module) => First("rank_pattern", RankPattern, module) ?? R;

    /// <summary>Alpha of a module's adapter.</summary>
    public double AlphaOf(string module) => First("alpha_pattern", AlphaPattern, module) ?? LoraAlpha;

    /// <summary>What B A is multiplied with: alpha / r, or alpha / sqrt(r).</summary>
    public double ScaleOf(string module) => AlphaOf(module) / (UseRslora ? Math.Sqrt(RankOf(module)) : RankOf(module));

    /// <summary>Whether a linear layer gets an adapter.</summary>
    /// <param name="module">Its path, such as model.layers.0.self_attn.q_proj.</param>
    /// <param name="isHead">Whether it is the output head, which "all-linear" leaves out.</param>
    /// <param name="isEmbedding">Whether it is the embedding, which "all-linear" leaves out too.</param>
    public bool Targets(string module, bool isHead = false, bool isEmbedding = false)
    {
        if (ExcludePattern is { } exclude && FullMatch("exclude_modules", exclude, module)) return false;
        if (ExcludeModules?.Any(n => Named(n, module)) == true) return false;
        // What is trained whole has no adapter inside.
        if (ModulesToSave?.Any(m => Fit("modules_to_save", m, $@"^(?:.*\.)?{m}(?:$|\.)", module).Success) == true) return false;
        if (TargetPattern is { } pattern) return pattern == "all-linear" ? !isHead && !isEmbedding : FullMatch("target_modules", pattern, module);
        if (TargetModules?.Contains(module) == true) return true;       // a whole path, whatever the layers say
        if (TargetModules?.Any(n => Named(n, module)) != true) return false;
        if (LayersToTransform is not { Count: > 0 } layers) return true;
        string[] lists = LayersPattern is { Count: > 0 } names ? [.. names] : [@"[^.]*"];
        return lists.Any(l => Fit("layers_pattern", l, @$"^.*\.{l}\.(?<layer>\d+)\.", module) is { Success: true } m && int.TryParse(m.Groups["layer"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && layers.Contains(layer));
    }

    /// <summary>The configuration that a recipe trains.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="targets">Leaf names of the adapted layers.</param>
    public static AdapterConfig For(Recipe recipe, IReadOnlyList<string> targets) => new()
    {
        BaseModelNameOrPath = recipe.ModelNameOrPath,
        R = recipe.LoraRank,
        LoraAlpha = recipe.ResolvedLoraAlpha,
        LoraDropout = recipe.LoraDropout,
        TargetModules = targets,
        ModulesToSave = recipe.AdditionalTarget is { Count: > 0 } whole ? whole : null,
        UseRslora = recipe.UseRslora,
        UseDora = recipe.UseDora,
        InitLoraWeights = !recipe.PissaInit ? "true" : recipe.PissaIter == -1 ? "pissa" : $"pissa_niter_{recipe.PissaIter}",
    };

    /// <summary>Reads adapter_config.json from a folder.</summary>
    /// <exception cref="UsageException">The file is missing, not JSON, or of another kind of adapter.</exception>
    public static AdapterConfig Load(string folder) => AdapterConfigJson.Read(Path.Combine(folder, "adapter_config.json"));

    /// <summary>Writes adapter_config.json into a folder.</summary>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, "adapter_config.json"), AdapterConfigJson.Write(this));

    private static bool Named(string name, string module) => module == name || module.EndsWith("." + name, StringComparison.Ordinal);

    private static bool FullMatch(string key, string pattern, string module) => Fit(key, pattern, $"^(?:{pattern})\\z", module).Success;

    /// <summary>Looks for a pattern that stands in the file: it may be no pattern at all, or one that never comes to an end.</summary>
    private static System.Text.RegularExpressions.Match Fit(string key, string written, string pattern, string module)
    {
        try { return Regex.Match(module, pattern, RegexOptions.CultureInvariant, s_patience); }
        catch (RegexMatchTimeoutException e) { throw new UsageException($"{key}: the pattern '{written}' takes too long on '{module}': it can match it in too many ways; name the modules in a list", e); }
        catch (ArgumentException e) { throw new UsageException($"{key}: '{written}' is not a regular expression; name the modules in a list, or mend the pattern", e); }
    }

    private static T? First<T>(string key, IReadOnlyList<KeyValuePair<string, T>> patterns, string module) where T : struct
    {
        foreach ((string name, T value) in patterns)
            if (Fit(key, name, $@"^(.*\.)?({name})$", module).Success) return value;
        return null;
    }
}
