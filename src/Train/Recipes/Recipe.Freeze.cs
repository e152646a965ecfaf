namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Freeze tuning: how many of the last layers are trained; negative: of the first.</summary>
    public int FreezeTrainableLayers { get; init; } = 2;

    /// <summary>Freeze tuning: modules of those layers that are trained, such as self_attn; <c>all</c> is every one.</summary>
    public IReadOnlyList<string> FreezeTrainableModules { get; init; } = ["all"];

    /// <summary>Freeze tuning: modules outside the layers that are trained too, such as embed_tokens.</summary>
    public IReadOnlyList<string> FreezeExtraModules { get; init; } = [];

    /// <summary>Tell for every parameter whether it is trained.</summary>
    public bool PrintParamStatus { get; init; }

    /// <summary>Modules that are trained whole beside the adapters and saved with them: those whose path ends so.</summary>
    public IReadOnlyList<string> AdditionalTarget { get; init; } = [];

    /// <summary>Merge all loaded adapters and train a fresh one, in place of training the last one on.</summary>
    public bool CreateNewAdapter { get; init; }

    /// <summary>PiSSA: adapters start as the leading part of the weights, and the base keeps the rest.</summary>
    public bool PissaInit { get; init; }

    /// <summary>PiSSA: iterations of the reference's fast decomposition, -1 for the exact one; here it is always exact, and the number only goes into adapter_config.json.</summary>
    [Number(Min = 1, Except = -1)]
    public int PissaIter { get; init; } = 16;

    /// <summary>PiSSA: write the result as a plain adapter for the unchanged base too, in pissa_converted.</summary>
    public bool PissaConvert { get; init; }
}
