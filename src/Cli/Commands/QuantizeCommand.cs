namespace Pure.Tuner.Cli;

/// <summary><c>quantize</c>: a model in fewer bits, and what that costs.</summary>
internal static class QuantizeCommand
{
    public static Command Command { get; } = new("quantize", "write a model in fewer bits and measure what it lost", Run)
    {
        Flags = ["strict_device", "sym", "desc_act", "static_groups", "verify"],
        Profiles = static _ => true,
        Help = """
            pure-tuner quantize MODEL | RECIPE.yaml export_dir=OUT [method=gptq] [type=gptq4] [bits=4]
                [group_size=128] [sym=true] [desc_act=false] [key=value ...]

            method        gptq and awq look at text, rtn rounds each weight to the nearest number
            type          gptq (bits 2, 3, 4, 8; gptq4 is gptq with bits=4), awq (4 bits); with method=rtn also nf4, fp4
                          and int8 as bitsandbytes stores them, and GGUF types (q8_0, q4_0, q4_k_m, q6_k, ...), whose
                          scales are searched for; adapters are merged first
            bits, group_size (-1: whole rows), sym, desc_act, static_groups, damp_percent, checkpoint_format
                          as in a checkpoint's quantization_config
            export_quantization_dataset=FILE   text: .jsonl, .json, .csv or .txt; else the rows of dataset
            export_quantization_nsamples=128 export_quantization_maxlen=1024   windows and their tokens
            --verify      let the written model continue the same prompts, and name the first difference

            The result is a Hugging Face folder for this program, transformers, vLLM, GPTQModel or AutoAWQ, and
            quantization_report.json: sizes, perplexity before and after, the error of every layer.
            """,
    };

    private static int Run(CommandContext context)
    {
        Arguments arguments = context.Arguments;
        string? place = arguments.OneWordOrNone("which model? give its folder or a recipe, and export_dir=OUT");
        QuantizeOptions options = Options(arguments);
        bool verify = arguments.Flag("verify");
        Recipe recipe = InferenceRecipe.Read(place, Overrides.Of(arguments));
        if (context.Profile is { } profile) profile.Folder = recipe.ExportDir;
        if (verify) recipe = recipe with { PureTuner = recipe.PureTuner with { VerifyExport = true } };
        return Print(context, QuantizedExport.Run(recipe, options, context.Output.WriteLine, context.Cancellation), recipe);
    }

    /// <summary>The report, and where everything is.</summary>
    internal static int Print(CommandContext context, QuantizationReport report, Recipe recipe)
    {
        context.Output.Write(report.ToTable());
        context.Output.WriteLine($"written to {recipe.ExportDir}");
        return ExportCommand.Told(context, report.Verdict);
    }

    private static QuantizeOptions Options(Arguments arguments)
    {
        string? type = arguments.Text("type"), method = arguments.Text("method")?.ToLowerInvariant();
        int? saidBits = null;
        if (type is null && method == "rtn") throw new UsageException("quantize: type: not given; method=rtn rounds to any of several kinds of file, write for example type=gptq4");
        if (type is null && method is not (null or "gptq" or "awq")) throw new UsageException($"quantize: method: expected gptq, awq or rtn, found '{method}'");
        IQuantizeTarget target = QuantizeTargets.Find(type ?? method ?? "gptq", out saidBits);
        QuantizeOptions d = target.Defaults;
        method ??= target.Methods[0];
        if (!target.Methods.Contains(method)) throw new UsageException($"quantize: method: expected {string.Join(" or ", target.Methods)} with type '{d.Type}', found '{method}'");
        int bits = arguments.IntOrNull("bits") is { } given ? saidBits is { } said && said != given ? throw new UsageException($"quantize: bits: expected {said}, as in type={type}, found {given}; leave one of the two out") : given : saidBits ?? d.Bits;
        if (!target.Bits.Contains(bits)) throw new UsageException($"quantize: bits: expected {string.Join(", ", target.Bits.Order())} with type '{d.Type}', found {bits}");
        bool groups = target is GptqTarget or AwqTarget;
        if (!groups && ((string[])["group_size", "sym", "desc_act", "static_groups", "damp_percent", "checkpoint_format"]).FirstOrDefault(k => arguments.Text(k) is not null) is { } unread)
            throw new UsageException($"quantize: {unread}: is only read with type gptq or awq, found '{d.Type}', whose blocks are fixed; leave it out");
        int groupSize = arguments.IntOrNull("group_size", -1) ?? (d.GroupSize == 0 ? -1 : d.GroupSize);
        if (groupSize == 0) throw new UsageException("quantize: group_size: expected -1 for whole rows or a number from 1 on, found 0");
        double damp = Number(arguments, "damp_percent") ?? d.Damp;
        if (damp is not (> 0 and <= 1)) throw new UsageException(FormattableString.Invariant($"quantize: damp_percent: expected a share above 0 and up to 1, found {damp}"));
        string format = arguments.Text("checkpoint_format") ?? d.CheckpointFormat;
        if (format is not ("gptq" or "gptq_v2")) throw new UsageException($"quantize: checkpoint_format: expected gptq or gptq_v2, found '{format}'");
        bool symmetric = arguments.Text("sym") is null ? d.IsSymmetric : arguments.Flag("sym"), actOrder = arguments.Flag("desc_act"), staticGroups = arguments.Flag("static_groups");
        if ((actOrder || staticGroups) && method != "gptq") throw new UsageException($"quantize: {(actOrder ? "desc_act" : "static_groups")}: is only read with method=gptq, found '{method}'; leave it out");
        return d with { Method = method, Bits = bits, GroupSize = Math.Max(0, groupSize), IsSymmetric = symmetric, IsActOrder = actOrder, HasStaticGroups = staticGroups, Damp = damp, CheckpointFormat = format };
    }

    private static double? Number(Arguments arguments, string key) => arguments.Text(key) is not { } text ? null
        : double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double value) ? value
        : throw new UsageException($"quantize: {key}: '{text}' is not a number");
}
