namespace Pure.Tuner;

/// <summary>Quantises the linear layers of a model, decoder layer by decoder layer; what each layer is given comes from the quantised layers before it.</summary>
/// <remarks>One decoder layer's second moments are in memory at a time, and the hidden states of the calibration text.</remarks>
internal sealed class ModelQuantizer(LanguageModel model, QuantizeOptions options, IQuantizeTarget target, CalibrationText? text, Action<string> notice, CancellationToken cancel)
{
    private readonly List<LayerErrors> _errors = [];

    /// <summary>Replaces every linear layer of the blocks by a packed one.</summary>
    /// <returns>What it did to each.</returns>
    /// <exception cref="UsageException">A layer cannot be stored so.</exception>
    internal IReadOnlyList<LayerErrors> Run()
    {
        DecoderModel decoder = model.Decoder;
        RequireSizes();
        CalibrationStates? states = text is null ? null : new CalibrationStates(decoder, text.Windows, cancel);
        var progress = new QuantizeProgress(decoder.Layers.Count, notice);
        foreach (DecoderBlock block in decoder.Layers)
        {
            cancel.ThrowIfCancellationRequested();
            int before = _errors.Count;
            if (options.Method == "awq") new AwqBlock(model, options, _errors).Run(block, states!);
            else if (states is not null) Staged(block, states);
            else
                foreach (Linear linear in block.Linears) Round(linear, null);
            progress.Done([.. _errors.Skip(before)]);
        }
        if (!decoder.IsTied && options.Method == "rtn") Round(decoder.Head, null);
        RoundTable();
        StoreRest();
        return _errors;
    }

    /// <summary>Layers with the same inputs together, in the order of the forward pass.</summary>
    private void Staged(DecoderBlock block, CalibrationStates states)
    {
        Linear[] attention = [.. block.Attention.Linears], mlp = [.. block.Mlp.Linears];
        Stage(attention[..3], states, (x, _) => block.AttentionNorm.Forward(x));
        Stage(attention[3..], states, (x, context) => block.Attention.Mix(block.AttentionNorm.Forward(x), context));
        states.Replace((x, context) => x + block.Attention.Forward(block.AttentionNorm.Forward(x), context));
        Stage(mlp[..2], states, (h, _) => block.MlpNorm.Forward(h));
        Stage(mlp[2..], states, (h, context) => block.Mlp.Gated(block.MlpNorm.Forward(h), context));
        states.Replace((h, context) => h + block.Mlp.Forward(block.MlpNorm.Forward(h), context));
    }

    private void Stage(Linear[] linears, CalibrationStates states, Func<Tensor, ForwardContext, Tensor> inputs)
    {
        var hessian = new Hessian(linears[0].In);
        states.Visit((x, context) => hessian.Add(inputs(x, context).To(DType.F32)));
        GptqQuantizer? gptq = options.Method == "gptq" ? new GptqQuantizer(hessian, Gptq()) : null;
        using var energy = new OutputEnergy(model.Backend, hessian);
        foreach (Linear linear in linears)
        {
            cancel.ThrowIfCancellationRequested();
            if (gptq is null) Round(linear, energy);
            else
            {
                float[] w = Matrices.Read(linear.Weight);
                Put(linear, gptq.Quantize(w, linear.Out).ToTensor(model.Backend, linear.Weight.Name), w, energy);
            }
        }
    }

    private void Round(Linear linear, OutputEnergy? energy)
    {
        if (target.Rounding(options, model.Decoder, linear) is not { } quantizer) return;
        float[] w = Matrices.Read(linear.Weight);
        Put(linear, Rounded(quantizer, linear.Weight, w), w, energy);
    }

    private QuantizedTensor Rounded(IQuantizer quantizer, Weight weight, float[] w) =>
        quantizer.Quantize(model.Backend, weight.Name, weight.Shape, (row, y) => w.AsSpan(row * weight.Shape[1], y.Length).CopyTo(y));

    private void RoundTable()
    {
        Weight table = model.Decoder.Embedding.Weight;
        if (target.RoundingOfTable(options, model.Decoder) is not { } quantizer) return;
        float[] w = Matrices.Read(table);
        QuantizedTensor packed = Rounded(quantizer, table, w);
        _errors.Add(LayerErrors.Of(packed, w, null));
        model.Decoder.ReplaceEmbedding(packed);
        table.Dispose();
    }

    private void Put(Linear linear, QuantizedTensor packed, float[] w, OutputEnergy? energy)
    {
        _errors.Add(LayerErrors.Of(packed, w, energy, old: (linear.Weight as MergedWeight)?.Base as QuantizedTensor));
        Matrices.Replace(model.Decoder, linear, packed);
    }

    private GptqOptions Gptq() => new()
    {
        Bits = options.Bits,
        GroupSize = options.GroupSize,
        IsSymmetric = options.IsSymmetric,
        IsActOrder = options.IsActOrder,
        HasStaticGroups = options.HasStaticGroups,
        Damp = options.Damp,
        LowestZero = GptqTarget.LowestZero(options),
    };

    private void RequireSizes()
    {
        foreach (Linear linear in model.Decoder.Linears)
        {
            if (target.Fault(options, linear.Out, linear.In) is { } fault)
                throw new UsageException($"type: {linear.Path} cannot be written as {options.Type} with {options.Bits} bits: {fault}; choose another type or number of bits");
            if (options.GroupSize == 0 || linear.In % options.GroupSize == 0) continue;
            int fitting = ((int[])[128, 64, 32, 16]).FirstOrDefault(g => model.Decoder.Linears.All(l => l.In % g == 0), -1);
            throw new UsageException($"group_size: {linear.Path} cannot be written as {options.Type}: its {linear.In} inputs are no multiple of group_size {options.GroupSize}; use group_size={fitting} with 'pure-tuner quantize'");
        }
    }

    /// <summary>What is not packed is stored in what the readers of these files compute in.</summary>
    private void StoreRest()
    {
        if (target.Rest is not { } dtype) return;
        foreach (Parameter parameter in model.Decoder.Parameters)
            if (dtype == DType.F16 && parameter.Value.DType != DType.F16 && Matrices.Largest(parameter) is var largest && largest > (double)Half.MaxValue)
                throw new UsageException(FormattableString.Invariant($"{parameter.Name}: holds {largest:G4}, which float16 cannot, and {options.Type} files are float16; choose another type"));
        model.StoreIn(dtype);
    }
}
