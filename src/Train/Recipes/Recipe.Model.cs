namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Which version of a hub id to take from the cache: a branch, a tag or a commit. A folder or file is used as it is.</summary>
    public string ModelRevision { get; init; } = "main";

    /// <summary>The folder inside each of <see cref="AdapterNameOrPath"/> that holds the adapter.</summary>
    public string? AdapterFolder { get; init; }

    /// <summary>How positions beyond the model's own are reached: training up to <see cref="CutoffLen"/>, answering up to twice the model's length. Null leaves the model as it is.</summary>
    [OneOf("linear", "dynamic", "yarn", "llama3")]
    public string? RopeScaling { get; init; }

    /// <summary>Train fresh weights: the folder gives only the configuration and the tokenizer.</summary>
    public bool TrainFromScratch { get; init; }

    /// <summary>What the base's numbers are stored in when it answers or is exported; <c>auto</c> is as in the file. Arithmetic is the device's.</summary>
    [OneOf("auto", "float16", "bfloat16", "float32")]
    public string InferDtype { get; init; } = "auto";

    /// <summary>The folders of the adapters, <see cref="AdapterFolder"/> put behind each.</summary>
    internal IReadOnlyList<string> AdapterFolders => AdapterFolder is { Length: > 0 } inner ? [.. AdapterNameOrPath.Select(a => Path.Combine(a, inner))] : AdapterNameOrPath;
}
