namespace Pure.Tuner;

/// <summary>The values of the key optim: what they are here, and what to use in place of those that are not there.</summary>
internal static class OptimizerNames
{
    /// <summary>Names that a run can have.</summary>
    internal static readonly string[] Known = ["adamw_torch", "adamw_torch_fused", "adafactor", "sgd", "adagrad", "rmsprop", "lion_32bit", "galore_adamw", "adamw_8bit", "paged_adamw_32bit", "paged_adamw_8bit"];

    /// <summary>Names of the same arithmetic: where the state lies or which library computes makes no difference here.</summary>
    private static readonly Dictionary<string, (string Name, string Why)> s_same = new()
    {
        ["adamw_hf"] = ("adamw_torch", "an old name of"),
        ["adamw_torch_xla"] = ("adamw_torch", "here the same as"),
        ["adamw_torch_npu_fused"] = ("adamw_torch", "here the same as"),
        ["adamw_apex_fused"] = ("adamw_torch", "here the same as"),
        ["adamw_bnb_8bit"] = ("adamw_8bit", "another name of"),
        ["paged_adamw"] = ("paged_adamw_32bit", "another name of"),
        ["paged_lion_32bit"] = ("lion_32bit", "nothing is paged, so here the same as"),
        ["rmsprop_bnb_32bit"] = ("rmsprop", "here the same as"),
    };

    /// <summary>Known to the format and not there; what to use instead.</summary>
    private static readonly Dictionary<string, string> s_later = new()
    {
        ["adamw_torch_8bit"] = "adamw_8bit",
        ["adamw_torch_4bit"] = "adamw_8bit",
        ["adamw_anyprecision"] = "adamw_torch",
        ["lion_8bit"] = "lion_32bit",
        ["paged_lion_8bit"] = "paged_lion_32bit",
        ["rmsprop_bnb"] = "rmsprop",
        ["rmsprop_bnb_8bit"] = "rmsprop",
        ["ademamix"] = "adamw_torch",
        ["ademamix_8bit"] = "adamw_8bit",
        ["paged_ademamix_32bit"] = "paged_adamw_32bit",
        ["paged_ademamix_8bit"] = "paged_adamw_8bit",
        ["galore_adamw_8bit"] = "galore_adamw",
        ["galore_adafactor"] = "galore_adamw",
        ["galore_adamw_layerwise"] = "galore_adamw",
        ["galore_adamw_8bit_layerwise"] = "galore_adamw",
        ["galore_adafactor_layerwise"] = "galore_adamw",
        ["apollo_adamw"] = "galore_adamw",
        ["apollo_adamw_layerwise"] = "galore_adamw",
        ["lomo"] = "sgd",
        ["adalomo"] = "adafactor",
        ["grokadamw"] = "adamw_torch",
        ["stable_adamw"] = "adamw_torch",
        ["schedule_free_adamw"] = "adamw_torch",
        ["schedule_free_sgd"] = "sgd",
        ["schedule_free_radam"] = "adamw_torch",
    };

    /// <summary>Names of the same arithmetic as another.</summary>
    internal static IReadOnlyDictionary<string, (string Name, string Why)> Same => s_same;

    /// <summary>Names that are known and refused.</summary>
    internal static IEnumerable<string> Later => s_later.Keys;

    /// <summary>The name of the same arithmetic and a line that says so; null when the name is not another's.</summary>
    internal static (string Name, string Notice)? SameAs(string name) =>
        s_same.TryGetValue(name, out (string Name, string Why) same) ? (same.Name, $"optim: '{name}' is {same.Why} '{same.Name}'") : null;

    /// <summary>Why a name cannot be used, or null.</summary>
    internal static string? Fault(string name)
    {
        if (Known.Contains(name) || s_same.ContainsKey(name)) return null;
        if (name == "muon") return "'muon' is a switch of its own; write 'use_muon: true' and leave optim out";
        if (!s_later.TryGetValue(name, out string? instead))
            return $"expected one of {string.Join(", ", Known)}, found '{name}'; did you mean '{RecipeKeys.NearestOf(name, Known.Concat(s_same.Keys).Concat(s_later.Keys))}'?";
        string why = name.Contains("8bit", StringComparison.Ordinal) || name.Contains("4bit", StringComparison.Ordinal) || name == "rmsprop_bnb" ? "that state of few bits is not there yet" : "is not there yet";
        return $"'{name}': {why}; use '{instead}'";
    }
}
