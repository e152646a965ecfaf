namespace Pure.Tuner;

/// <summary>The formats of tools by name.</summary>
internal static class ToolFormats
{
    private static readonly Dictionary<string, IToolFormat> s_all = new IToolFormat[]
    {
        new DefaultToolFormat(), new Gemma4ToolFormat(), new Glm4ToolFormat(), new Llama3ToolFormat(), new Lfm2ToolFormat(), new Minimax1ToolFormat(), new Minimax2ToolFormat(),
        new MistralToolFormat(), new QwenToolFormat(), new Qwen35ToolFormat(), new Glm4MoeToolFormat(), new SeedOssToolFormat(), new LingToolFormat(),
    }.ToDictionary(f => f.Name);

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => s_all.Keys;

    /// <summary>The format of a name.</summary>
    /// <exception cref="UsageException">There is no such format.</exception>
    public static IToolFormat Get(string name) =>
        s_all.TryGetValue(name, out IToolFormat? format) ? format
        : throw new UsageException($"tool_format: there is no '{name}'; did you mean '{RecipeKeys.NearestOf(name, Names)}'? (known: {string.Join(", ", Names)})");
}
