using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>The optimizer that a recipe asks for, with its parameter groups.</summary>
internal static class OptimizerFactory
{
    /// <param name="recipe">Keys optim, optim_args, use_galore, use_muon, loraplus_*, and the numbers they read.</param>
    /// <param name="trained">What is trained, by the names it is saved under.</param>
    /// <param name="model">The network: its linear layers can be named as targets.</param>
    /// <exception cref="UsageException">A name or number is wrong, or no layer fits a target.</exception>
    internal static Optimizer Make(Recipe recipe, IReadOnlyList<(string Name, Parameter Parameter)> trained, DecoderModel model)
    {
        OptimizerArguments arguments = OptimizerArguments.Parse(recipe);
        (double rate, double decay) = (recipe.LearningRate, recipe.WeightDecay);
        if (recipe.UseGalore)
        {
            var galore = new GaLoreOptions(recipe.GaloreRank, recipe.GaloreUpdateInterval, recipe.GaloreScale, recipe.GaloreProjType);
            List<ParameterGroup> projected = ParameterGroups.GaLore(trained, rate, decay, Linears(model), recipe.GaloreTarget, galore);
            RequireSome(projected, recipe.Where("galore_target"), recipe.GaloreTarget, model);
            return new GaLoreAdamW(projected, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon);
        }
        if (recipe.UseMuon)
            return new Muon([new ParameterGroup(trained, rate, decay)], Muon.IsMatrix, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon);
        if (recipe.Optim == "galore_adamw") return OfTrainer(recipe, trained, model, arguments);
        List<ParameterGroup> groups = recipe.LoraplusLrRatio is { } ratio
            ? ParameterGroups.LoraPlus(trained, rate, decay, ratio, recipe.LoraplusLrEmbedding)
            : ParameterGroups.Trainer(trained, rate, decay);
        return Make(recipe, groups, arguments, model);
    }

    /// <summary>The optimizer of the key optim on given groups.</summary>
    private static Optimizer Make(Recipe recipe, IReadOnlyList<ParameterGroup> groups, OptimizerArguments a, DecoderModel model)
    {
        // As Hugging Face's Trainer has it, the table of token vectors keeps F32 moments.
        AdamW8Bit EightBit(PagedMemory? paged) => new(groups, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon, keepsWide: p => ReferenceEquals(p, model.Embedding.Weight), paged: paged);
        return recipe.Optim switch
        {
            "adamw_8bit" => EightBit(null),
            "paged_adamw_8bit" => Paged(recipe, model, EightBit),
            "paged_adamw_32bit" => Paged(recipe, model, paged => new AdamW(groups, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon, paged: paged)),
            "adamw_torch" or "adamw_torch_fused" => new AdamW(groups, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon, amsgrad: a.Flag("amsgrad", false)),
            "sgd" => new Sgd(groups, a.Number("momentum", 0), a.Number("dampening", 0, double.NegativeInfinity), a.Flag("nesterov", false)),
            "lion_32bit" => new Lion(groups, recipe.AdamBeta1, recipe.AdamBeta2),
            "rmsprop" => new RmsProp(groups, a.Number("alpha", 0.99, 0, 1), a.Number("eps", 1e-8), a.Number("momentum", 0), a.Flag("centered", false)),
            "adagrad" => new Adagrad(groups, a.Number("lr_decay", 0), a.Number("initial_accumulator_value", 0), a.Number("eps", 1e-10)),
            "adafactor" => new Adafactor(groups, new AdafactorOptions
            {
                ScaleParameter = a.Flag("scale_parameter", false),
                RelativeStep = a.Flag("relative_step", false),
                WarmupInit = a.Flag("warmup_init", false),
                ClipThreshold = a.Number("clip_threshold", 1, 1e-12),
                DecayRate = a.Number("decay_rate", -0.8, double.NegativeInfinity),
                Beta1 = a.Maybe("beta1", 0, 1),
            }),
            _ => throw new UsageException($"{recipe.Where("optim")}: {OptimizerNames.Fault(recipe.Optim)}"),
        };
    }

    /// <summary>An optimizer whose state lies in files in the output folder.</summary>
    private static Optimizer Paged(Recipe recipe, DecoderModel model, Func<PagedMemory, Optimizer> make)
    {
        if (!model.Backend.IsHost) throw new UsageException($"{recipe.Where("optim")}: '{recipe.Optim}' pages the computer's memory, in which '{model.Backend.Name}' does not compute; use '{Unpaged(recipe.Optim)}'");
        try { return make(new PagedMemory(recipe.OutputDir ?? Path.GetTempPath())); }
        catch (IOException e) { throw new UsageException($"{recipe.Where("optim")}: {e.Message}; make room there, or use '{Unpaged(recipe.Optim)}'", e); }

        static string Unpaged(string name) => name == "paged_adamw_8bit" ? "adamw_8bit" : "adamw_torch";
    }

    /// <summary>optim: galore_adamw as Hugging Face's Trainer makes it: two groups, no decay anywhere.</summary>
    private static GaLoreAdamW OfTrainer(Recipe recipe, IReadOnlyList<(string Name, Parameter Parameter)> trained, DecoderModel model, OptimizerArguments a)
    {
        var galore = new GaLoreOptions(a.Whole("rank", 128), a.Whole("update_proj_gap", 200), a.Number("scale", 0.25), a.Word("proj_type", "std", GaLoreOptions.Types));
        IReadOnlyList<string> targets = recipe.OptimTargetModules;
        bool Fits(string path) => targets is ["all-linear"] or ["all_linear"] || targets.Any(t => path.Contains(t, StringComparison.Ordinal) || Matches(t, path, recipe));
        HashSet<string> chosen = [.. Linears(model).Where(Fits).Select(l => l + ".weight")];
        List<ParameterGroup> groups =
        [
            new([.. trained.Where(t => !chosen.Contains(t.Name))], recipe.LearningRate, 0),
            new([.. trained.Where(t => chosen.Contains(t.Name))], recipe.LearningRate, 0) { GaLore = galore },
        ];
        RequireSome(groups, recipe.Where("optim_target_modules"), targets, model);
        return new GaLoreAdamW(groups, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon);
    }

    private static bool Matches(string pattern, string path, Recipe recipe)
    {
        try { return Regex.IsMatch(path, $"^(?:{pattern})\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)); }
        catch (ArgumentException e) { throw new UsageException($"{recipe.Where("optim_target_modules")}: '{pattern}' is no pattern ({e.Message.TrimEnd('.')}); name parts of layers, for example 'mlp'", e); }
    }

    private static void RequireSome(List<ParameterGroup> groups, string where, IReadOnlyList<string> targets, DecoderModel model)
    {
        if (groups.Any(g => g.GaLore is not null && g.Parameters.Count > 0)) return;
        string[] known = [.. Linears(model).Select(l => l.Split('.')[^1]).Distinct()];
        throw new UsageException($"{where}: no trained linear layer fits '{string.Join(",", targets)}' (known: {string.Join(", ", known)}); name one of them");
    }

    /// <summary>Paths of all linear layers; a tied head is the embedding and none of them.</summary>
    internal static IEnumerable<string> Linears(DecoderModel model) => model.Linears.Select(l => l.Path).Concat(model.IsTied ? [] : [model.Head.Path]);
}
