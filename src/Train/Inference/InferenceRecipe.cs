namespace Pure.Tuner;

/// <summary>What chat, generate and export are given: a folder that train wrote, a checkpoint, a recipe, and overrides.</summary>
internal static class InferenceRecipe
{
    private const string ArgumentsFile = "args.json";

    /// <param name="place">A folder, a .gguf file, a recipe file, or null.</param>
    /// <param name="overrides">key=value, winning over everything.</param>
    /// <exception cref="UsageException">Nothing is there, or a key is wrong.</exception>
    internal static Recipe Read(string? place, IEnumerable<string> overrides)
    {
        if (place is null || Path.GetExtension(place) is ".yaml" or ".yml" or ".json") return RecipeReader.Read(place, overrides);
        string arguments = Path.Combine(place, ArgumentsFile);
        if (Directory.Exists(place) && !File.Exists(arguments) && !File.Exists(Path.Combine(place, "config.json")) && Directory.EnumerateDirectories(place, "checkpoint-*").LastOrDefault() is { } last)
            throw new UsageException($"{place}: holds no finished run; use {last}");
        if (!File.Exists(arguments))
            return File.Exists(Path.Combine(place, "adapter_config.json"))
                ? RecipeReader.Read(null, [$"model_name_or_path={AdapterConfig.Load(place).BaseModelNameOrPath}", $"adapter_name_or_path={place}", .. overrides])
                : RecipeReader.Read(null, [$"model_name_or_path={place}", .. overrides]);
        // What the run was told stays; what it left behind is what is used.
        Recipe trained = RecipeReader.Read(arguments), run = RecipeReader.Read(arguments, overrides);
        if (!run.AdapterNameOrPath.SequenceEqual(trained.AdapterNameOrPath))
            throw new UsageException($"adapter_name_or_path: {place} brings its own adapter; to use others, give the base with model_name_or_path in place of the folder");
        return trained.FinetuningType == "lora"
            ? run with { AdapterNameOrPath = [.. trained.AdapterFolders.SkipLast(1), place], AdapterFolder = null }
            // The model written there has its positions in its own config.json.
            : run with { ModelNameOrPath = place, AdapterNameOrPath = [], AdapterFolder = null, RopeScaling = run.RopeScaling == trained.RopeScaling ? null : run.RopeScaling };
    }

    /// <summary>The model of a recipe, all its adapters in place; all but the last are merged.</summary>
    internal static LanguageModel Load(Recipe recipe, Action<string>? notice = null)
    {
        if (recipe.ModelNameOrPath is not { } path) throw new UsageException("model_name_or_path: not given; name a checkpoint's folder, a .gguf file, or a folder that train wrote");
        // A run's own folder says how long its rows were; else the reference's factor for answers is used.
        bool trained = recipe.Where("rope_scaling").StartsWith(ArgumentsFile, StringComparison.Ordinal);
        LanguageModel model = LanguageModel.Load(path, recipe.Device, recipe.Threads, ModelWishes.Of(recipe, trained ? recipe.CutoffLen : null, notice ?? (_ => { })));
        try
        {
            if (DTypeOf(recipe.InferDtype) is { } dtype) model.StoreIn(dtype);
            foreach (string adapter in recipe.AdapterFolders) model.LoadAdapter(adapter);
            if (recipe.PureTuner.Int16Activations)
            {
                if (model.Backend is not CpuBackend cpu) throw new UsageException($"{recipe.Where("pure_tuner.int16_activations")}: only the cpu rounds activations to 16 bits, not {recipe.Device}; leave the key out");
                if (!model.Decoder.Linears.Append(model.Decoder.Head).Any(l => l.Weight is QuantizedTensor w && CpuBackend.CanRound(w)))
                    throw new UsageException($"{recipe.Where("pure_tuner.int16_activations")}: no weight of {path} is stored in Q4_0, Q4_1 or Q8_0, so nothing would be rounded; say pure_tuner.int16_activations=false");
                cpu.Int16Activations = true;
            }
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary><see cref="Load"/> for answers: with products in BF16 where the recipe asks for them, and of integers where the processor has a unit.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="notice">Told what is rounded.</param>
    /// <exception cref="UsageException">The device does not do what the recipe asks for.</exception>
    internal static LanguageModel LoadToAnswer(Recipe recipe, Action<string>? notice = null)
    {
        LanguageModel model = Load(recipe);
        try
        {
            if (recipe.PureTuner.Bf16Products)
            {
                if (!model.Backend.Multiplies(DType.BF16))
                    throw new UsageException($"{recipe.Where("pure_tuner.bf16_products")}: {(model.Backend is CpuBackend cpu ? cpu.MatrixUnitState : $"{recipe.Device} does not multiply bf16")}; leave the key out");
                model.Backend.ProductType = DType.BF16;
            }
            // Products in bf16 were asked for by name; what nobody asked for does not take their place.
            Int8Rows.Apply(recipe, model, isAuto: !recipe.PureTuner.Bf16Products, notice ?? (_ => { }));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static DType? DTypeOf(string name) => name switch
    {
        "float16" => DType.F16,
        "bfloat16" => DType.BF16,
        "float32" => DType.F32,
        _ => null,
    };

    /// <summary>The recipe's sampling keys as options.</summary>
    /// <exception cref="UsageException">Beams and sampling are both asked for.</exception>
    internal static GenerationOptions Options(Recipe r, IReadOnlyList<int> stops)
    {
        if (r.NumBeams > 1 && r.DoSample && r.Origins.ContainsKey("do_sample"))
            throw new UsageException($"{r.Where("do_sample")}: beams do not sample here; set do_sample to false or num_beams to 1");
        bool wholeLength = r.Origins.ContainsKey("max_length") && !r.Origins.ContainsKey("max_new_tokens");
        return new GenerationOptions
        {
            DoSample = r.DoSample && r.Temperature > 0 && r.NumBeams == 1,
            Temperature = r.Temperature > 0 ? r.Temperature : 1,
            TopP = r.TopP,
            TopK = r.TopK,
            MaxNewTokens = wholeLength ? null : r.MaxNewTokens,
            MaxLength = wholeLength ? r.MaxLength : null,
            NumBeams = r.NumBeams,
            LengthPenalty = r.LengthPenalty,
            RepetitionPenalty = r.RepetitionPenalty,
            EosTokenIds = [.. stops],
            Seed = unchecked((int)r.Seed),
        };
    }
}
