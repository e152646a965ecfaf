namespace Pure.Tuner;

/// <summary>AWQ of one decoder layer: scales are searched, folded into what stands before, and groups are clipped.</summary>
/// <remarks>
/// Input channels of q, k, v and of gate, up are scaled against the norm before them, those of down against up's rows, those of o against v's rows where heads are not
/// shared. q and k are not clipped: what they make is multiplied with each other. As AutoAWQ does it, but for the losses of q, k, v (and gate, up), which are sums
/// over these layers' own outputs.
/// </remarks>
internal sealed class AwqBlock(LanguageModel model, QuantizeOptions options, List<LayerErrors> errors)
{
    private readonly AwqSearch _search = new(new AwqOptions { Bits = options.Bits, GroupSize = options.GroupSize, HasZeroPoint = !options.IsSymmetric });

    internal void Run(DecoderBlock block, CalibrationStates states)
    {
        Linear[] attention = [.. block.Attention.Linears], mlp = [.. block.Mlp.Linears];
        (Linear q, Linear k, Linear v, Linear o, Linear gate, Linear up, Linear down) = (attention[0], attention[1], attention[2], attention[3], mlp[0], mlp[1], mlp[2]);
        Hessian toMix = new(q.In), toOutput = new(o.In), toMlp = new(gate.In), toDown = new(down.In);
        states.Visit((x, context) =>
        {
            Tensor n = block.AttentionNorm.Forward(x), mixed = block.Attention.Mix(n, context);
            Tensor h = x + o.Forward(mixed, context), m = block.MlpNorm.Forward(h);
            toMix.Add(n.To(DType.F32));
            toOutput.Add(mixed.To(DType.F32));
            toMlp.Add(m.To(DType.F32));
            toDown.Add(block.Mlp.Gated(m, context).To(DType.F32));
        });
        var w = block.Linears.ToDictionary(l => l, l => Matrices.Read(l.Weight));
        double[] mixScales = Find(w, toMix, q, k, v), outputScales = v.Out == o.In ? Find(w, toOutput, o) : Ones(o.In), mlpScales = Find(w, toMlp, gate, up), downScales = Find(w, toDown, down);
        Matrices.Divide(block.AttentionNorm.Weight, mixScales);
        Matrices.Divide(block.MlpNorm.Weight, mlpScales);
        if (v.Out == o.In) DivideRows(v, w[v], outputScales);
        DivideRows(up, w[up], downScales);
        foreach ((Linear[] linears, Hessian hessian, double[] scales) in ((Linear[], Hessian, double[])[])[([q, k, v], toMix, mixScales), ([o], toOutput, outputScales), ([gate, up], toMlp, mlpScales), ([down], toDown, downScales)])
        {
            using var energy = new OutputEnergy(model.Backend, hessian);
            foreach (Linear linear in linears) Quantize(linear, w[linear], hessian, energy, scales, clips: linear != q && linear != k);
        }
        states.Replace((x, context) => block.Forward(x, context));
    }

    private double[] Find(Dictionary<Linear, float[]> w, Hessian hessian, params Linear[] linears)
    {
        using var energy = new OutputEnergy(model.Backend, hessian);
        return _search.Scales([.. linears.SelectMany(l => w[l])], linears.Sum(l => l.Out), hessian, energy).Scales;
    }

    private void Quantize(Linear linear, float[] w, Hessian hessian, OutputEnergy energy, double[] scales, bool clips)
    {
        var scaled = new double[w.Length];
        for (int i = 0; i < w.Length; i++) scaled[i] = w[i] * scales[i % scales.Length];
        for (int i = 0; i < w.Length; i++) w[i] = (float)scaled[i];
        if (clips) _search.Clip(scaled, linear.Out, hessian, scales);
        QuantizedTensor packed = _search.Quantize(scaled, linear.Out, linear.In).ToTensor(model.Backend, linear.Weight.Name);
        errors.Add(LayerErrors.Of(packed, w, energy, scales));
        Matrices.Replace(model.Decoder, linear, packed);
    }

    private static void DivideRows(Linear linear, float[] w, double[] by)
    {
        Matrices.Divide(linear.Bias, by);
        int columns = linear.In;
        for (int i = 0; i < w.Length; i++) w[i] = (float)(w[i] / by[i / columns]);
    }

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
